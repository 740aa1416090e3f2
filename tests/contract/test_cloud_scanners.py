"""checkov's rules for what the components emit in a cloud; each test's docstring is the rule.

checkov belongs to `make judges`. Where that has installed it, it is asked here too; elsewhere those
tests are skipped, and the committed figures are held against the gate. The ways to Terraform's
words and to ARM's are in `test_scanner_words.py`.
"""

import functools
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.progress import SetupError
from tests.contract import cloud_mistakes, cloud_mistakes_further
from tests.contract.cloud_arguments import FURTHER
from tests.contract.emitted_clouds import CLOUDS, groups, of
from tests.judges import clouds, report
from tests.judges.scanners import tools
from tests.judges.scanners.clouds import Verdict, exceptions, verdicts
from tests.judges.scanners.plan import Made

CASES = (*cloud_mistakes.CASES, *cloud_mistakes_further.CASES)
UNPROVED = cloud_mistakes_further.UNPROVED
# Rules that are said to be of all types of AWS, and are of none of these.
NO_RULES = {"CKV2_AWS_37", "CKV2_AWS_75"}
# By their references alone: without them the rule is broken.
BY_REFERENCE = {
    "CKV2_AWS_5": ("AwsPrivateNetwork", "MINIMAL"),
    "CKV2_AWS_11": ("AwsPrivateNetwork", "MINIMAL"),
    "CKV2_AWS_12": ("AwsPrivateNetwork", "MINIMAL"),
    "CKV2_AWS_19": ("AwsPrivateNetwork", "internet"),
    "CKV2_GCP_18": ("GcpPrivateNetwork", "MINIMAL"),
}
ALONE = "without references"


def checkov() -> Path:
    """The program; without it the test is skipped."""
    program = tools.installed()
    if program is None:
        pytest.skip("checkov is not installed; `python -m tests.judges clouds` does it")
    return program


@functools.cache
def scanned() -> tuple[Verdict, ...]:
    """What the components emit, and both sides of each case; starting checkov takes long."""
    program = checkov()
    given: dict[str, Sequence[Made]] = {**groups()}
    for side in (False, True):
        given[f"{_side(bad=side)} cases"] = [
            replace(case.made(bad=side), name=f"case{number}") for number, case in enumerate(CASES)
        ]
    for component, label in set(BY_REFERENCE.values()):
        given[f"{ALONE} {component} {label}"] = [
            replace(each, answers=()) for each in of(component, label)
        ]
    with tempfile.TemporaryDirectory() as folder:
        return verdicts(program, given, Path(folder))


def _side(*, bad: bool) -> str:
    return "bad" if bad else "good"


def emitted() -> list[Verdict]:
    """What is said of the components."""
    return [each for each in scanned() if each.component in CLOUDS]


def test_every_component_of_a_cloud_is_judged() -> None:
    """Each has further sets of arguments; those without anything in a cloud are of Kubernetes."""
    assert sorted(FURTHER) == CLOUDS


def test_only_what_is_listed_is_wrong() -> None:
    """Every rule is met, but where an exception says why not."""
    assert clouds.not_listed(emitted()) == []


def test_every_exception_is_needed() -> None:
    """With each of its components, types and sets of arguments."""
    assert clouds.needless(emitted()) == []


def test_each_rule_sees_what_it_is_about() -> None:
    """What is good passes, and what is wrong in one place does not."""
    said = {(each.source, each.name, each.id, each.kind): each.passed for each in scanned()}
    found: dict[str, tuple[bool | None, bool | None]] = {}
    for number, case in enumerate(CASES):
        good, bad = (
            said.get((f"{side} cases", f"case{number}", case.id, case.kind))
            for side in ("good", "bad")
        )
        found[f"{number} {case.id} {case.kind}"] = (good, bad)
    wanted = {
        f"{number} {case.id} {case.kind}": (None if case.silent else True, False)
        for number, case in enumerate(CASES)
    }
    assert found == wanted


def test_rules_about_references_see_them() -> None:
    """A security group in use, a network with a log or a firewall, an address of a gateway."""
    broken = {(each.id, each.source) for each in scanned() if not each.passed}
    for rule, (component, label) in BY_REFERENCE.items():
        assert (rule, f"{ALONE} {component} {label}") in broken


def test_every_rule_for_clusters_and_nodes_has_a_case() -> None:
    """All that checkov has for these types, as it lists them itself."""
    told = tools.text(checkov(), "--list", "--framework", "terraform", "arm")
    rows = [[cell.strip() for cell in line.split("|")] for line in told.splitlines()]
    rules = {
        (row[2], row[4])
        for row in rows
        if len(row) > 4 and row[4] in cloud_mistakes.KINDS and row[2] not in NO_RULES
    }
    assert rules - UNPROVED.keys() == {(case.id, case.kind) for case in cloud_mistakes.CASES}


def test_every_rule_that_passes_can_fail() -> None:
    """By a case, by references, or it is said why not."""
    passed = {(each.id, each.kind) for each in emitted() if each.passed}
    proved = {(case.id, case.kind) for case in CASES}
    unproved = {rule for rule in passed - proved if rule[0] not in BY_REFERENCE}
    assert unproved == UNPROVED.keys()


def test_exceptions_have_reasons_and_pages() -> None:
    """Each is of a rule, of components that are there, with a page of who knows."""
    listed = [(one.id, component) for one in exceptions() for component in one.components]
    assert sorted(listed) == sorted(set(listed))
    for one in exceptions():
        assert set(one.components) <= set(CLOUDS)
        assert len(one.reason.split()) >= 3
        assert re.fullmatch(r"https://[\w.-]+/\S+", one.page), one.page


def test_the_committed_figures_meet_the_gates() -> None:
    found = json.loads(report.FIGURES.read_text(encoding="utf-8"))["clouds"]
    assert found["version"] == tools.version("checkov")
    assert list(clouds.failures(found)) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, ""),
        ({"not listed": ["one"]}, "clouds: one"),
        ({"listed in vain": ["x y"]}, "the entry x y is not needed"),
        ({"checks": 0}, "checkov made 0 checks"),
    ],
)
def test_gates(more: dict[str, Any], said: str) -> None:
    found: dict[str, Any] = {"not listed": [], "listed in vain": [], "checks": 1000, **more}
    assert len(list(clouds.failures(found))) == bool(said)
    assert said in "".join(clouds.failures(found))


# ---- what is wrong is said, whoever asks ----

WRONG = Verdict("CKV_AWS_39", "aws_eks_cluster", "EksCluster MINIMAL", "x", passed=False, text="t")


@pytest.mark.parametrize(
    ("change", "listed"),
    [
        ({}, False),
        ({"source": "EksCluster public"}, True),
        ({"source": "EksGpuNodePool public"}, False),
        ({"source": "EksCluster public", "id": "CKV_AWS_58"}, False),
        ({"source": "EksCluster public", "kind": "aws_instance"}, False),
    ],
)
def test_an_exception_is_of_one_rule_component_and_type(
    change: dict[str, Any], *, listed: bool
) -> None:
    assert (clouds.not_listed([replace(WRONG, **change)]) == []) == listed


def test_exceptions_that_nothing_needs() -> None:
    assert "CKV_AWS_39 EksCluster" in clouds.needless([])
    needed = replace(WRONG, source="EksCluster public")
    assert [line for line in clouds.needless([needed]) if "CKV_AWS_39" in line] == []


def test_what_checkov_cannot_read_is_no_finding(tmp_path: Path) -> None:
    told = {"summary": {"parsing_errors": 1}, "results": {"parsing_errors": ["0-plan.json"]}}
    program = tmp_path / "scanner"
    program.write_text(f"#!/bin/sh\necho '{json.dumps([told])}'\n")
    program.chmod(0o755)
    with pytest.raises(SetupError, match="cannot read"):
        verdicts(program, {}, tmp_path)
