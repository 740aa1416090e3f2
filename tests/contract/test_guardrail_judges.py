"""What is listed about the guardrails beside others; each test's docstring is the rule."""

import json

from policies.pack import RULES
from tests.judges import report
from tests.judges.guardrails import guardrails, verdicts
from tests.judges.scanners import tools
from tests.policies.cases import CASES

FEWEST_WORDS = 5


def test_disagreements_are_of_rules_checks_and_cases_that_are_there() -> None:
    """Each has a reason, and names one rule, checks that the rule names, cases of that rule."""
    checks = {rule.id: set(rule.checkov) for rule in RULES}
    cases = {(case.rule, case.name) for case in CASES}
    for one in verdicts.listed():
        assert one.rule in checks, one
        assert set(one.checks) <= checks[one.rule], one
        assert {(one.rule, name) for name in one.cases} <= cases, one
        assert len(one.reason.split()) >= FEWEST_WORDS, one


def test_no_disagreement_is_listed_twice() -> None:
    """A rule, a check and a case are in one entry alone."""
    every = [
        (one.rule, check, case)
        for one in verdicts.listed()
        for check in one.checks or ("",)
        for case in one.cases
    ]
    assert sorted(every) == sorted(set(every))


def test_the_committed_figures_are_of_the_pinned_checkov_and_meet_the_gates() -> None:
    """`make judges` was run with what is pinned, and found nothing that is not listed."""
    found = json.loads(report.FIGURES.read_text(encoding="utf-8"))["guardrails"]
    assert found["checkov"]["version"] == tools.version("checkov")
    assert list(guardrails.failures(found)) == []


def test_a_difference_that_is_not_listed_fails_the_gate() -> None:
    """The gate sees a verdict that differs, an entry that nothing needs, and an empty run."""
    differs = verdicts.Compared(
        "security/imds-v1", "anything", "CKV_AWS_79", ours=True, theirs=False
    )
    alike = verdicts.Compared("security/imds-v1", "anything", "CKV_AWS_79", ours=True, theirs=True)
    said = "\n".join(verdicts.failures(verdicts.figures([differs], {})))
    assert "security/imds-v1: anything: the rule alone finds a fault" in said
    assert "the entry security/imds-v1 two hops is not needed" in said
    assert "1 verdicts were compared" in said
    assert verdicts.figures([alike], {})["not listed"] == []
