"""Every case in process, and what must hold for every finding whatever the rule."""

import copy
import itertools
from datetime import date
from typing import Any, cast

import pytest

from policies import Finding, evaluate
from policies.pack import RULES
from tests.policies.cases import CASES
from tests.policies.cases.table import UNKNOWN, Case, secret, urn

FAILING = [case for case in CASES if case.faults]
STACK_RULES = {rule.id for rule in RULES if rule.stack}
# Canary that must never be printed.
CANARY = "canary-3f9a"


def judge(
    case: Case,
    properties: dict[str, Any] | None = None,
    *,
    config: dict[str, Any] | None = None,
    type_: str = "",
    preview: bool = True,
    today: date | None = None,
) -> list[Finding]:
    every = [case.resource(properties, type_), *case.others]
    return evaluate(every, config or case.config(), preview=preview, today=today)


def of(case: Case, findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.rule == case.rule]


def paths(value: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a tree."""
    below: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        below = list(cast("dict[str, Any]", value).items())
    elif isinstance(value, list):
        below = list(enumerate(cast("list[Any]", value)))
    found: list[tuple[Any, ...]] = []
    for key, inner in below:
        found += [(*at, key), *paths(inner, (*at, key))]
    return found


def spelt(path: tuple[Any, ...]) -> str:
    """A place as findings name it."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def copied(case: Case, wanted: str) -> tuple[dict[str, Any], Any, Any]:
    """A copy of the properties, and in it the container of the value at a path, and its key."""
    properties = copy.deepcopy(case.properties)
    path = next(path for path in paths(properties) if spelt(path) == wanted)
    parent: Any = properties
    for key in path[:-1]:
        parent = parent[key]
    return properties, parent, path[-1]


# The other failing cases are about an absent property: nothing is at that path.
PRESENT = [case for case in FAILING if case.faults[0] in map(spelt, paths(case.properties))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_verdict(case: Case) -> None:
    findings = judge(case)
    assert [one.path for one in findings] == list(case.faults)
    for one in findings:
        assert (one.rule, one.level, one.urn) == (case.rule, "mandatory", urn("subject"))
        assert case.says in one.message
        assert one.fix in one.message
        assert one.docs in one.message


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.id)
def test_another_type_is_left_alone(case: Case) -> None:
    assert judge(case, type_="random:index/randomId:RandomId") == []


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.id)
def test_exemption_makes_it_advisory(case: Case) -> None:
    findings = judge(case, config=exempting(case, "2030-01-01"), today=date(2030, 1, 1))
    assert {one.level for one in findings} == {"advisory"}
    assert all("the reason" in one.message for one in findings)
    assert len(of(case, findings)) == len(case.faults)


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.id)
def test_expired_exemption_does_not(case: Case) -> None:
    findings = judge(case, config=exempting(case, "2030-01-01"), today=date(2030, 1, 2))
    assert {one.level for one in of(case, findings)} == {"mandatory"}
    assert [one.rule for one in findings if one.blocks and one.rule != case.rule] == [
        "exemptions/expired"
    ]


def exempting(case: Case, expires: str) -> dict[str, Any]:
    granted = {
        "rule": case.rule,
        "urn": "*::subject",
        "reason": "the reason",
        "owner": "team",
        "expires": expires,
    }
    return case.config(
        **{
            "exemptions/expired": "mandatory",
            "exemptions/unused": "mandatory",
            "exemptions": {"granted": [granted]},
        }
    )


@pytest.mark.parametrize("case", PRESENT, ids=lambda case: case.id)
def test_unknown_never_cries_wolf_and_never_hides(case: Case) -> None:
    """Unknown where the fault was: silent there in a preview, a finding in the update."""
    path = case.faults[0]
    changed, parent, key = copied(case, path)
    parent[key] = UNKNOWN
    assert path not in [one.path for one in judge(case, changed)]
    if case.rule not in STACK_RULES:
        later = judge(case, changed, preview=False)
        assert [one for one in later if one.path == path], later


@pytest.mark.parametrize("case", PRESENT, ids=lambda case: case.id)
def test_secret_is_judged_and_never_printed(case: Case) -> None:
    changed, parent, key = copied(case, case.faults[0])
    value = parent[key]
    parent[key] = secret(value)
    findings = judge(case, changed)
    assert len(findings) == len(case.faults)
    # A number may well stand in the message for another reason.
    if isinstance(value, str) and len(value) > 6:
        assert all(value not in one.message for one in findings)


ODD: tuple[object, ...] = (
    7,
    CANARY,
    True,
    [CANARY],
    {CANARY: CANARY},
    [[1]],
    None,
    secret(CANARY),
    [None],
    dict[str, object](),
    secret(UNKNOWN),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_malformed_is_a_clear_finding(case: Case) -> None:
    """Whatever stands at any place, the rule itself does not fail, and no secret is printed."""
    for path, odd in itertools.product(paths(case.properties), ODD):
        changed = copy.deepcopy(case.properties)
        parent: Any = changed
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = odd
        for one in judge(case, changed):
            assert "a failure of the rule itself" not in one.message, (path, odd)
            if odd == secret(CANARY):
                assert CANARY not in one.message, path


# What containers, functions and machines are given, where plain values may well be secret.
GIVEN = {
    *("environment", "environmentVariables", "env", "envs", "variables", "appSettings"),
    *("connectionStrings", "secretString", "stringData", "userData", "customData", "password"),
    *("args", "command", "containerArgs"),
}
# By names of its own, such as TRUST_REMOTE_CODE: switches, whose values are no secrets.
SHOWS_SWITCHES = "security/remote-code"


GIVING = [
    case
    for case in CASES
    if case.rule != SHOWS_SWITCHES
    and any(GIVEN.intersection(path[:-1]) for path in paths(case.properties))
]


@pytest.mark.parametrize("case", GIVING, ids=lambda case: case.id)
def test_a_plain_value_that_may_be_secret_is_not_printed(case: Case) -> None:
    """Nothing marks it: whoever forgot to make it secret is not shown up by a finding."""
    for path in paths(case.properties):
        changed = copy.deepcopy(case.properties)
        parent: Any = changed
        for key in path[:-1]:
            parent = parent[key]
        if (
            GIVEN.isdisjoint(path[:-1])
            or path[-1] == "name"
            or not isinstance(parent[path[-1]], str)
        ):
            continue
        parent[path[-1]] = CANARY
        for one in judge(case, changed):
            assert CANARY not in one.message, path


@pytest.mark.parametrize(
    "case", [case for case in FAILING if case.rule not in STACK_RULES], ids=lambda case: case.id
)
def test_unknown_anywhere_hides_nothing_in_the_update(case: Case) -> None:
    """Whatever is unknown even then: the fault is found, or that nothing could be judged."""
    for path in paths(case.properties):
        changed = copy.deepcopy(case.properties)
        parent: Any = changed
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = UNKNOWN
        assert judge(case, changed, preview=False), path
