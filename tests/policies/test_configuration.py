"""Configuration files: levels, settings, and one clear error for everything that is wrong."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies import ConfigurationError, evaluate
from policies.configuration import from_json
from policies.pack import RULES
from policies.rule import Level
from tests.policies.cases.table import resource

FOLDER = Path(__file__).resolve().parents[2] / "policies" / "config"
BY_ID = {rule.id: rule for rule in RULES}
KMS = BY_ID["security/endpoint-kms"]
NO_KEY = resource(
    "c",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    {"productionVariants": [{"instanceType": "ml.m5.large"}]},
)
EXEMPTION = {
    "rule": KMS.id,
    "urn": "*::c",
    "reason": "moving",
    "owner": "team-risk",
    "expires": "2030-01-01",
}
ALONE = {"all": "disabled", KMS.id: "mandatory"}


def test_nothing_configured_is_each_rules_own_level() -> None:
    configuration = from_json({}, RULES)
    assert [configuration.level(rule) for rule in RULES] == [rule.level for rule in RULES]


@pytest.mark.parametrize(
    ("config", "level"),
    [
        ({"all": "advisory"}, Level.ADVISORY),
        ({"all": "disabled", KMS.id: "mandatory"}, Level.MANDATORY),
        ({KMS.id: {"enforcementLevel": "advisory"}}, Level.ADVISORY),
        ({"all": "advisory", KMS.id: {}}, Level.ADVISORY),
        ({"all": "remediate"}, Level.REMEDIATE),
    ],
)
def test_levels(config: dict[str, Any], level: Level) -> None:
    assert from_json(config, RULES).level(KMS) is level


def test_everything_wrong_is_told_at_once() -> None:
    wrong = {
        "all": {"max_days": 1},
        "security/endpoint-kmz": "mandatory",
        "security/endpoint-kms": "mandatry",
        "cost/log-retention": {"max_day": 30},
        "resources/replicas-unbounded": {"max_replicas": 0},
        "resources/container-limits": {"require_cpu_limit": "yes"},
        "security/route-open": {"public_routes": "GET /health"},
        "cost/over-budget": {
            "monthly_ceiling": -1,
            "prices": ["aws,ec2,m5.large,*,month,x,USD,2026-11-01,us"],
            "regions": ["eu-west-1"],
        },
        "cost/pool-capacity": {"capacity": "cheap"},
        "tags/missing": 7,
        "exemptions": {"granted": [{**EXEMPTION, "rule": "security/kms", "expires": "soon"}, 3]},
    }
    with pytest.raises(ConfigurationError) as refused:
        from_json(wrong, RULES)
    told = "\n".join(refused.value.problems)
    for part in (
        "all: got an object",
        "security/endpoint-kmz: no such rule; did you mean 'security/endpoint-kms'?",
        "security/endpoint-kms: got level 'mandatry'; use one of advisory, mandatory, remediate,",
        "cost/log-retention.max_day: no such setting; did you mean 'max_days'?",
        "resources/replicas-unbounded.max_replicas: got 0; use a whole number from 1 up",
        "resources/container-limits.require_cpu_limit: got 'yes'; use true or false",
        "security/route-open.public_routes: got 'GET /health'; use a list of texts",
        "cost/over-budget.monthly_ceiling: got -1; use a number from 0 up",
        "use line 2: price: got x; use a number, 0 or more; line 2: unit: got month; use hour",
        "cost/over-budget.regions: got ['eu-west-1']; use texts such as aws/eu-west-1",
        "cost/pool-capacity.capacity: got 'cheap'; use one of any, on_demand, spot",
        "tags/missing: got 7; use a level, or an object with settings",
        "exemptions.granted[0].rule: no rule 'security/kms'",
        "exemptions.granted[0].expires: got 'soon'; use a date like 2027-01-31",
        "exemptions.granted[1]: got 3; use an object",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reason": " "}, ".reason"),
        ({"owner": None}, ".owner"),
        ({"until": "2030-01-01"}, ".until: no such key"),
        ({"urn": "**"}, "exempts everything"),
        ({"rule": "security/endpoint-km"}, "did you mean 'security/endpoint-kms'?"),
    ],
)
def test_wrong_exemption_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match="exemptions") as refused:
        from_json({"exemptions": {"granted": [EXEMPTION | change]}}, RULES)
    assert says in str(refused.value)


@pytest.mark.parametrize("name", ["dev.json", "prod.json"])
def test_our_own_files_are_right(name: str) -> None:
    config = json.loads((FOLDER / name).read_text())
    level = {"dev.json": Level.ADVISORY, "prod.json": Level.MANDATORY}[name]
    assert from_json(config, RULES).level(KMS) is level


def test_a_wrong_level_of_all_is_said_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        from_json({"all": "mandatry", "security/endpoint-kmz": "advisory"}, RULES)
    allowed = "advisory, mandatory, remediate, disabled"
    assert refused.value.problems == (
        f"all: got level 'mandatry'; use one of {allowed}; did you mean 'mandatory'?",
        "security/endpoint-kmz: no such rule; did you mean 'security/endpoint-kms'?",
    )


def test_exemption_is_always_listed() -> None:
    config = ALONE | {"exemptions": {"granted": [EXEMPTION]}}
    for resources in ([NO_KEY], []):
        found = evaluate(resources, config, today=date(2030, 1, 1))
        listed = [one for one in found if one.rule == "exemptions"]
        assert [one.level for one in listed] == [Level.ADVISORY]
        assert "until 2030-01-01, by team-risk: moving" in listed[0].message


@pytest.mark.parametrize(
    ("urn", "found"),
    [("*::c", []), ("*::d", ["no such resource"]), (NO_KEY.urn, []), ("*::other", ["no finding"])],
)
def test_unused_exemption_is_a_finding(urn: str, found: list[str]) -> None:
    other = resource("other", NO_KEY.type, {"kmsKeyArn": "arn"})
    config = ALONE | {
        "exemptions/unused": "mandatory",
        "exemptions": {"granted": [EXEMPTION | {"urn": urn}]},
    }
    unused = [
        one
        for one in evaluate([NO_KEY, other], config, today=date(2030, 1, 1))
        if one.rule == "exemptions/unused"
    ]
    assert len(unused) == len(found)
    for one, part in zip(unused, found, strict=True):
        assert part in one.message


def test_exemption_for_a_value_to_come_is_not_unused() -> None:
    """A preview that cannot judge must not stop the update that the exemption is for."""
    config = ALONE | {
        "exemptions/unused": "mandatory",
        "exemptions": {"granted": [EXEMPTION | {"urn": "*::to-come"}]},
    }
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    coming = resource("to-come", NO_KEY.type, {**NO_KEY.properties, "kmsKeyArn": unknown})
    for preview in (True, False):
        found = evaluate([coming], config, preview=preview, today=date(2030, 1, 1))
        assert "exemptions/unused" not in [one.rule for one in found]
    settled = resource("to-come", NO_KEY.type, {**NO_KEY.properties, "kmsKeyArn": "arn"})
    found = evaluate([settled], config, preview=True, today=date(2030, 1, 1))
    assert "exemptions/unused" in [one.rule for one in found]


def test_unjudged_resource_leaves_its_exemption_alone() -> None:
    """With --target, what stands still is in the stack but is not judged by itself."""
    from policies.evaluation import Evaluation  # noqa: PLC0415 - the frame itself.

    config = from_json({"exemptions": {"granted": [EXEMPTION]}}, RULES)
    evaluation = Evaluation(RULES, config, today=date(2030, 1, 1))
    assert {one.rule for one in evaluation.stack([NO_KEY])} == {"exemptions"}
