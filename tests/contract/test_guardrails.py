"""Rules about the guardrails; each test's docstring is the rule."""

import re
from pathlib import Path

import pytest

from policies import docs
from policies.configuration import Setting
from policies.pack import RULES
from policies.rule import Rule
from tests.policies.cases import CASES

EXEMPTION_RULES = {"exemptions/expired", "exemptions/unused"}
# The least that each family must hold.
FAMILIES = ("resources", "cost and tags", "latency", "security")


def by_id(rule: Rule) -> str:
    return rule.id


def test_rules_and_cases_are_the_same_list() -> None:
    """Every rule has cases, and every case a rule; those about exemptions have their own tests."""
    assert {case.rule for case in CASES} == {rule.id for rule in RULES} - EXEMPTION_RULES


def test_ids_are_unique() -> None:
    """No two rules share an id."""
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


def test_names_of_cases_are_unique() -> None:
    """No two cases of a rule share a name."""
    names = [case.id for case in CASES]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("family", FAMILIES)
def test_at_least_five_rules_in_each_family(family: str) -> None:
    """Resources, cost and tags, latency and security hold at least five rules each."""
    names = {"cost and tags": ("cost", "tags")}.get(family, (family,))
    assert sum(rule.family in names for rule in RULES) >= 5


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_rule_is_complete(rule: Rule) -> None:
    """A rule has an id `family/fault`, title, reason, types, fix, and described settings."""
    assert re.fullmatch(r"[a-z]+/[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert rule.title.endswith(".")
    assert rule.reason
    assert rule.types
    assert rule.fix.endswith(".")
    for one in rule.settings.__dataclass_fields__.values():
        described: Setting = one.metadata["setting"]
        assert described.description.endswith(".")


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.id not in EXEMPTION_RULES], ids=by_id
)
def test_rule_has_the_cases_that_matter(rule: Rule) -> None:
    """A rule has passing and failing cases, one with something absent and one unknown."""
    cases = [case for case in CASES if case.rule == rule.id]
    assert any(case.faults for case in cases)
    assert any(not case.faults for case in cases)
    assert any("unknown" in case.id for case in cases)
    wordings = ("absent", "no_", "nothing", "without", "untainted", "none")
    assert any(word in case.id.removeprefix(rule.id) for case in cases for word in wordings)


@pytest.mark.parametrize("path", docs.generated(), ids=lambda path: path.name)
def test_generated_files_are_fresh(path: Path) -> None:
    """docs/guardrails.md and the configuration's schema are what `make docs` writes."""
    assert path.read_text(encoding="utf-8") == docs.generated()[path]


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_docs_link_leads_somewhere(rule: Rule) -> None:
    """The link in a finding is an anchor of the page."""
    page, _, anchor = rule.docs.partition("#")
    assert docs.PAGE.as_posix().endswith(page)
    assert f'<a id="{anchor}"></a>' in docs.PAGE.read_text(encoding="utf-8")
