"""What gets a candidate's share of the requests on a SageMaker endpoint, and how."""

from typing import Any

import pytest

from tests.unit.sagemaker_endpoints import FURTHER, made, refused
from tests.unit.test_sagemaker_endpoint import CANDIDATE


def test_a_shadow_gets_copies() -> None:
    recorded = made(strategy="shadow", max_replicas=3, **CANDIDATE)
    configuration = recorded.inputs["fraud-configuration"]
    (stable,) = configuration["productionVariants"]
    (shadow,) = configuration["shadowProductionVariants"]
    assert (stable["variantName"], stable["initialVariantWeight"]) == ("stable", 1.0)
    # Of ten requests one is copied: its weight is a share of the production variant's.
    assert (shadow["variantName"], shadow["initialVariantWeight"]) == ("candidate", 0.1)
    assert shadow["initialInstanceCount"] == 3
    live = recorded.inputs["fraud-live"]
    assert live["weights"] == {"stable": 100}
    # Nobody gets its answers: its alarms take no update back, and tell all the same.
    assert live["alarmNames"] == ["fraud-stable-latency", "fraud-stable-errors"]
    assert "fraud-candidate-latency" in recorded.inputs


def test_callers_choose() -> None:
    recorded = made(strategy="ab", **(CANDIDATE | {"canary_percent": 50}))
    assert recorded.inputs["fraud-live"]["weights"] == {"stable": 50, "candidate": 50}
    assert "shadowProductionVariants" not in recorded.inputs["fraud-configuration"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"strategy": "shadow"}, "strategy: got 'shadow'; use it beside a candidate"),
        ({"strategy": "ab"}, "strategy: got 'ab'; use it beside a candidate"),
        ({"strategy": "mirror"}, "strategy: got 'mirror'; use one of ab, canary, shadow"),
        (
            CANDIDATE
            | {"strategy": "shadow", "many_models": True}
            | {"model_uri": "s3://m/a/", "candidate_uri": "s3://m/b/"},
            "use canary or ab with this many_models (https://docs.aws.amazon.com",
        ),
        (CANDIDATE | {"strategy": "shadow", "containers": FURTHER}, "with this containers"),
        (
            CANDIDATE | {"strategy": "shadow", "instance_type": "ml.inf1.xlarge"},
            "with this instance_type",
        ),
        (
            {"shift": "canary", "instance_type": "ml.inf1.xlarge"},
            "shift: got 'canary'; use all_at_once: on Inf1",
        ),
    ],
)
def test_wrong_strategies(change: dict[str, Any], problem: str) -> None:
    refused(problem, **change)


def test_inf1_all_at_once() -> None:
    made(instance_type="ml.inf1.xlarge")
