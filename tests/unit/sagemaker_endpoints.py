"""SageMaker endpoints with some arguments beside the least, for tests of what they emit."""

import json
from typing import Any

import pulumi
import pytest

from components.aws.sagemaker.sagemaker_endpoint import SageMakerEndpoint
from facts.sagemaker import HOSTING, MULTI_MODEL_GPU, family
from tests.unit.component_mocks import Recorded, record
from tests.unit.test_sagemaker_endpoint import IMAGE, MINIMAL

__all__ = ["CAPTURE", "FURTHER", "KINDS", "OTHER_IMAGE", "made", "refused", "statements"]

OTHER_IMAGE = IMAGE.replace("server", "other")
CAPTURE: dict[str, Any] = {"capture_percent": 25, "capture_uri": "s3://captured/fraud"}
FURTHER: list[dict[str, Any]] = [
    {"hostname": "features", "image": OTHER_IMAGE, "first": True, "env": {"LEVEL": "info"}},
    {
        "hostname": "calibration",
        "image": OTHER_IMAGE,
        "uri": "s3://models/calibration/1/model.tar.gz",
        "candidate_image": IMAGE,
        "candidate_uri": "s3://models/calibration/2/model.tar.gz",
    },
]
# One type of each family, and those that are told from their family.
KINDS = sorted({*{family(kind): kind for kind in HOSTING}.values(), *MULTI_MODEL_GPU[:4]})


def made(**further: object) -> Recorded:
    """The endpoint with these arguments beside the least; None takes one away."""
    args = {key: value for key, value in (MINIMAL | further).items() if value is not None}
    return record(SageMakerEndpoint, "fraud", args)


def refused(problem: str, **further: object) -> None:
    """These arguments beside the least are refused."""
    with pytest.raises(pulumi.RunError) as caught:
        made(**further)
    assert problem in str(caught.value)


def statements(recorded: Recorded) -> dict[str, dict[str, Any]]:
    """The role's statements by their names."""
    policy = json.loads(recorded.inputs["fraud-role-policy"]["policy"])
    return {each["Sid"]: each for each in policy["Statement"]}
