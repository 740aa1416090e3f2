"""What is told of objects that never became ready."""

from typing import Any

import pytest

from delivery.not_ready import reasons

URN = "urn:pulumi:dev::p::model-serving:index:InferenceService$kubernetes:x::churn-service"


def _resource(status: Any, *, errors: bool = True) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "urn": URN,
        "type": "kubernetes:serving.kserve.io/v1beta1:InferenceService",
        "initErrors": ["timed out"] if errors else [],
        "outputs": {"status": status},
    }


def test_kserves_own_reason() -> None:
    status = {
        "modelStatus": {
            "lastFailureInfo": {"reason": "NoSupportingRuntime", "message": "no runtime for pmml"}
        },
        "conditions": [
            {"type": "PredictorReady", "status": "False", "reason": "Stopped"},
            {"type": "IngressReady", "status": "True", "message": "fine"},
            {"type": "Ready", "status": "Unknown", "reason": "", "message": "waits"},
        ],
    }
    assert reasons([_resource(status)]) == [
        "churn-service (InferenceService): NoSupportingRuntime: no runtime for pmml",
        "churn-service (InferenceService): PredictorReady is False: Stopped",
        "churn-service (InferenceService): Ready is Unknown: waits",
    ]


def test_a_failure_is_no_good_when_it_is_true() -> None:
    conditions = [
        {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": ""},
        {"type": "Stalled", "status": "False", "reason": "x"},
    ]
    assert reasons([_resource({"conditions": conditions})]) == [
        "churn-service (InferenceService): Failed is True: BackoffLimitExceeded"
    ]


@pytest.mark.parametrize("status", [None, {}, {"conditions": None}, {"conditions": [1]}, "x"])
def test_nothing_said_is_nothing_told(status: object) -> None:
    assert reasons([_resource(status)]) == []


def test_what_is_ready_is_not_asked() -> None:
    conditions = [{"type": "Ready", "status": "False", "reason": "Old"}]
    assert reasons([_resource({"conditions": conditions}, errors=False)]) == []
