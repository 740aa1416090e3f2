"""Components of AWS that answer requests, as they are watched when all of it is asked for."""

from typing import Any, Final

import pulumi

from components.aws.lambda_.lambda_endpoint import LambdaEndpoint
from components.aws.sagemaker.sagemaker_async_endpoint import SageMakerAsyncEndpoint
from components.aws.sagemaker.sagemaker_endpoint import SageMakerEndpoint
from components.aws.sagemaker.sagemaker_inference_component import SageMakerInferenceComponent
from components.aws.sagemaker.sagemaker_serverless_endpoint import SageMakerServerlessEndpoint
from components.aws.sagemaker.sagemaker_shared_endpoint import SageMakerSharedEndpoint
from tests.unit import (
    test_lambda_endpoint,
    test_sagemaker_async_endpoint,
    test_sagemaker_endpoint,
    test_sagemaker_inference_component,
    test_sagemaker_serverless_endpoint,
    test_sagemaker_shared_endpoint,
)
from tests.unit.component_mocks import record

__all__ = ["KINDS", "WATCHED", "monitored"]

WATCHED: Final[dict[str, Any]] = {
    "alarms": "burn_rate",
    "dashboard": True,
    "runbook_url": "https://wiki.example/runbooks/{alert}",
}
# The component and its least arguments.
KINDS: Final[dict[str, tuple[type[pulumi.ComponentResource], dict[str, Any]]]] = {
    "endpoint": (SageMakerEndpoint, test_sagemaker_endpoint.MINIMAL),
    "candidate": (
        SageMakerEndpoint,
        {**test_sagemaker_endpoint.MINIMAL, **test_sagemaker_endpoint.CANDIDATE},
    ),
    "serverless": (SageMakerServerlessEndpoint, test_sagemaker_serverless_endpoint.MINIMAL),
    "async": (SageMakerAsyncEndpoint, test_sagemaker_async_endpoint.MINIMAL),
    "component": (SageMakerInferenceComponent, test_sagemaker_inference_component.MINIMAL),
    "shared": (SageMakerSharedEndpoint, test_sagemaker_shared_endpoint.MINIMAL),
    "lambda": (LambdaEndpoint, test_lambda_endpoint.MINIMAL),
}


def monitored(kind: str, **more: object) -> dict[str, dict[str, Any]]:
    component, least = KINDS[kind]
    return record(component, "fraud", {**least, **WATCHED, **more}).inputs
