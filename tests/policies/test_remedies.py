"""What a rule sets itself: the right value, once, and nothing else is touched."""

from typing import Any, cast

import pytest

from policies import Finding, evaluate
from policies.configuration import build
from policies.evaluation import Evaluation
from policies.pack import RULES
from policies.properties import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_MARKERS
from policies.rule import Level, Rule
from policies.view import Resource
from tests.policies.cases import CASES
from tests.policies.cases.table import Case, resource, secret
from tests.policies.conftest import Pack

UNKNOWN = min(UNKNOWN_MARKERS)
REMEDYING = {rule.id: rule for rule in RULES if rule.remedies}
FAILING = [case for case in CASES if case.rule in REMEDYING and case.faults]
LOGS = "aws:cloudwatch/logGroup:LogGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def evaluation(rule: Rule, settings: dict[str, Any], level: str = "remediate") -> Evaluation:
    others = {one.id: "disabled" for one in RULES}
    return Evaluation(RULES, build({**others, rule.id: level}, {rule.id: settings}, RULES))


def remedied(case: Case, subject: Resource) -> Resource:
    made = evaluation(REMEDYING[case.rule], case.settings).remediated(subject)
    return Resource(subject.type, subject.urn, subject.name, made[-1][1]) if made else subject


def paths(case: Case, subject: Resource) -> list[str]:
    rule = REMEDYING[case.rule]
    return [one.path for one in evaluation(rule, case.settings).resource(subject)]


def test_each_remedy_has_a_case() -> None:
    """By the property's name: what nobody tries is no remedy."""
    tried = {(case.rule, path.rpartition(".")[2]) for case in FAILING for path in case.faults}
    for rule in REMEDYING.values():
        assert not rule.stack
        for key in rule.remedies:
            assert (rule.id, key) in tried


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.id)
def test_what_is_set_passes_its_own_rule_and_is_set_once(case: Case) -> None:
    keys = REMEDYING[case.rule].remedies
    subject = case.resource()
    before = paths(case, subject)
    after = remedied(case, subject)
    assert paths(case, after) == [p for p in before if p.rpartition(".")[2] not in keys]
    assert remedied(case, after) is after
    # The resource that was given is another one's to judge.
    assert paths(case, subject) == before


def test_what_is_beside_stays_as_it_came() -> None:
    case = Case("security/imds-v1", "remedied", TEMPLATE, {})
    given = {
        "userData": secret("correct horse"),
        "imageId": UNKNOWN,
        "tagSpecifications": [{"tags": {"owner": secret(UNKNOWN), "n": 1.5, "none": None}}],
    }
    after = remedied(case, resource("t", TEMPLATE, given))
    assert dict(after.properties) == {**given, "metadataOptions": {"httpTokens": "required"}}


def test_a_secret_stays_one_around_what_is_set_in_it() -> None:
    case = Case("security/imds-v1", "remedied", TEMPLATE, {})
    given = {"metadataOptions": secret({"httpTokens": "optional", "httpEndpoint": "enabled"})}
    after = remedied(case, resource("t", TEMPLATE, given))
    options = after.properties["metadataOptions"]
    assert options[SIGNATURE_KEY] == SECRET_SIGNATURE
    assert options["value"] == {"httpTokens": "required", "httpEndpoint": "enabled"}


def secrets_in(value: object, at: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    """Where values are secret."""
    found: set[tuple[Any, ...]] = set()
    if isinstance(value, dict):
        wire = cast("dict[str, Any]", value)
        if wire.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return {at} | secrets_in(wire["value"], at)
        for key, each in wire.items():
            found |= secrets_in(each, (*at, key))
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[Any]", value)):
            found |= secrets_in(each, (*at, index))
    return found


def all_secret(value: object) -> object:
    """Each value, at every depth, as a secret of its own."""
    if isinstance(value, dict):
        wire = cast("dict[str, Any]", value)
        return secret({key: all_secret(each) for key, each in wire.items()})
    if isinstance(value, list):
        return secret([all_secret(each) for each in cast("list[Any]", value)])
    return secret(value)


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.id)
def test_each_remedy_keeps_every_secret_but_what_it_sets(case: Case) -> None:
    given = {key: all_secret(value) for key, value in case.properties.items()}
    given["beside"] = secret("correct horse")
    subject = resource("s", case.type, given, of=case.of)
    after = remedied(case, subject)
    lost = secrets_in(dict(subject.properties)) - secrets_in(dict(after.properties))
    # Its own value stands there now, which is in the docs.
    assert {path[-1] for path in lost} <= set(REMEDYING[case.rule].remedies)
    assert after.properties["beside"] == secret("correct horse")


@pytest.mark.parametrize(
    "given",
    [
        {"metadataOptions": UNKNOWN},
        {"metadataOptions": {"httpTokens": UNKNOWN}},
        {"metadataOptions": "text"},
        {"metadataOptions": secret(UNKNOWN)},
    ],
)
def test_nothing_is_set_where_nobody_knows(given: dict[str, Any]) -> None:
    case = Case("security/imds-v1", "remedied", TEMPLATE, {})
    subject = resource("t", TEMPLATE, given)
    assert remedied(case, subject) is subject


@pytest.mark.parametrize("level", ["advisory", "mandatory", "disabled"])
def test_nothing_is_set_unless_it_is_asked_for(level: str) -> None:
    rule = REMEDYING["cost/log-retention"]
    subject = resource("l", LOGS, {})
    assert evaluation(rule, {}, level).remediated(subject) == []
    assert Evaluation(RULES, build({}, {}, RULES)).remediated(subject) == []


def test_an_exempt_resource_is_left_alone() -> None:
    granted = {
        "rule": "cost/log-retention",
        "urn": "*::l",
        "reason": "r",
        "owner": "o",
        "expires": "2999-12-31",
    }
    config = {"cost/log-retention": "remediate", "exemptions": {"granted": [granted]}}
    (found,) = [one for one in told(config) if one.path == "retentionInDays"]
    assert (found.level, found.remedied) == (Level.ADVISORY, "")


def told(config: dict[str, Any]) -> list[Finding]:
    return evaluate([resource("l", LOGS, {})], config)


def test_in_process_it_is_told_and_does_not_stop() -> None:
    (found,) = told({"cost/log-retention": "remediate"})
    assert (found.level, found.path, found.remedied) == (
        Level.ADVISORY,
        "retentionInDays",
        "400",
    )
    assert "\nset to 400 by this guardrail\n" in found.message


def test_what_is_left_stops() -> None:
    """A policy that lets everybody use a key is nobody's to rewrite."""
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*"}]}'
    key = resource("k", "aws:kms/key:Key", {"policy": policy})
    levels = {
        one.path.partition(".")[0]: one.level
        for one in evaluate([key], {"all": "disabled", "security/kms-rotation": "remediate"})
    }
    assert levels.pop("enableKeyRotation") is Level.ADVISORY
    assert set(levels.values()) == {Level.MANDATORY}


def test_settings_choose_a_value_that_the_vendor_takes() -> None:
    (found,) = told({"cost/log-retention": {"enforcementLevel": "remediate", "max_days": 100}})
    assert found.remedied == "90"


def test_through_the_protocol(pack: Pack) -> None:
    subject = resource("t", TEMPLATE, {"userData": secret("x"), "imageId": UNKNOWN})
    assert pack.remediate(subject) == []
    pack.configure({"security/imds-v1": ("remediate", {})})
    ((name, properties),) = pack.remediate(subject)
    assert name == "security/imds-v1"
    assert properties == {
        "userData": secret("x"),
        "imageId": UNKNOWN,
        "metadataOptions": {"httpTokens": "required"},
    }
