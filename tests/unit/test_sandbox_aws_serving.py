"""The AWS stand-in serves: functions with versions and aliases, live endpoints."""

from pathlib import Path

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.store import Fault
from sandbox.wire import UNKNOWN
from tests.unit.sandbox_aws import (
    ACCOUNT,
    ALIAS,
    CONFIGURATION,
    ENDPOINT,
    FUNCTION,
    code,
    function,
    live,
    served,
    variant,
)
from tests.unit.sandbox_life import Made, Stack


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


# ---- Lambda ----


def test_a_version_is_published_when_code_or_configuration_change(aws: Stack) -> None:
    made = function(aws)
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{made.id}"
    assert made.outputs["version"] == "1"
    assert made.outputs["qualifiedArn"] == f"{arn}:1"
    assert made.outputs["invokeArn"].endswith(f"functions/{arn}/invocations")
    tagged = aws.update(made, tags={"a": "b"})
    assert tagged.outputs["version"] == "1"
    expected = aws.preview_update(tagged, code=code("2")).outputs
    assert expected["version"] is UNKNOWN
    assert expected["qualifiedArn"] is UNKNOWN
    assert expected["arn"] == arn
    changed = aws.update(tagged, code=code("2"))
    assert changed.outputs["version"] == "2"
    assert changed.outputs["codeSha256"] != made.outputs["codeSha256"]
    row = aws.store.by_name("aws", FUNCTION, made.id)
    assert row is not None
    assert row.live["versions"] == ["1", "2"]
    assert set(row.live["codes"]) == {"1", "2"}


def test_without_publish_there_is_only_latest(aws: Stack) -> None:
    assert function(aws, publish=False).outputs["version"] == "$LATEST"


def test_an_alias_routes_to_versions_that_exist(aws: Stack) -> None:
    made = function(aws)

    def alias(version: str, weights: dict[str, float]) -> Made:
        routing = {"additionalVersionWeights": weights}
        return aws.create(
            ALIAS, "a", functionName=made.id, functionVersion=version, routingConfig=routing
        )

    with pytest.raises(RefusedError, match=r"(?s)no version 2; it has \$LATEST, 1\."):
        alias("2", {})
    with pytest.raises(RefusedError, match=r'additionalVersionWeights\["7"\]: function .* no ver'):
        alias("1", {"7": 0.1})
    made = aws.update(made, code=code("2"))
    found = alias("1", {"2": 0.1})
    assert found.id == found.outputs["arn"] == f"{made.outputs['arn']}:{found.inputs['name']}"


def test_weights_of_an_alias_are_checked_before_anything_is_made(aws: Stack) -> None:
    inputs = {
        "functionName": UNKNOWN,
        "functionVersion": "1",
        "routingConfig": {"additionalVersionWeights": {"1": 0.5, "2": 1.5}},
    }
    weight, version = (problem.reason for problem in aws.problems(ALIAS, inputs))
    assert version == "version 1 is the alias's own (functionVersion): weigh another"
    assert weight.startswith("got 1.5; use 0 to 1 (")


# ---- SageMaker, live ----


def test_an_endpoint_serves_its_configuration(aws: Stack) -> None:
    _, config, endpoint = served(aws)
    assert endpoint.outputs["arn"] == f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:endpoint/fraud"
    assert live(aws) == {
        "status": "InService",
        "endpoint_config_name": config.id,
        "variants": [
            {
                "name": "stable",
                "desired_weight": 3.0,
                "current_weight": 3.0,
                "desired_instance_count": 2,
                "current_instance_count": 2,
            }
        ],
    }


def moved(aws: Stack, endpoint: Made, model: Made) -> Made:
    """Somebody changes the weight live, then the endpoint gets another configuration."""

    def weigh(weight: float) -> None:
        row = aws.store.by_name("aws", ENDPOINT, "fraud")
        assert row is not None
        variants = [{**row.live["variants"][0], "current_weight": weight}]
        aws.store.put(row.replace(live={**row.live, "variants": variants}))

    weigh(7.0)
    aws.update(endpoint, tags={"only": "tags"})
    assert live(aws)["variants"][0]["current_weight"] == 7.0
    config = aws.create(CONFIGURATION, "next", productionVariants=[variant("stable", model, 1)])
    return aws.update(endpoint, endpointConfigName=config.id)


def test_an_update_resets_the_weights(aws: Stack) -> None:
    model, _, endpoint = served(aws)
    moved(aws, endpoint, model)
    assert live(aws)["variants"][0]["current_weight"] == 1.0


def test_a_silent_rollback_keeps_what_was_live(aws: Stack) -> None:
    model, config, endpoint = served(aws)
    aws.store.add_fault(Fault(ENDPOINT, "update", "silent_rollback", skip=1))
    after = moved(aws, endpoint, model)
    assert after.outputs["endpointConfigName"] == config.id
    assert live(aws)["endpoint_config_name"] == config.id
    assert live(aws)["status"] == "InService"
    assert "rolled back" in live(aws)["failure_reason"]
