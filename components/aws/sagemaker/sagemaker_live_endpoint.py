"""What a SageMaker endpoint really runs, declared: configuration, shift and traffic weights.

`serving:index:SageMakerLiveEndpoint` is served by the provider in `provider/`: it moves the
endpoint to a configuration by UpdateEndpoint, keeps instance counts and weights meanwhile, fails
when SageMaker went back in silence, and sets the weights only where they differ. The endpoint
itself is pulumi-aws' to make, tag and delete, with `OF_THE_LIVE_ENDPOINT` ignored.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws.sagemaker.sagemaker_shift import Shift

__all__ = ["OF_THE_LIVE_ENDPOINT", "SageMakerLiveEndpoint", "live_endpoint"]

# What of `aws.sagemaker.Endpoint` is given for its creation alone: `ignore_changes`.
OF_THE_LIVE_ENDPOINT: Final = ("endpoint_config_name", "deployment_config")


class SageMakerLiveEndpoint(pulumi.CustomResource):
    """Weights are whole numbers per variant name; the live share is weight / sum of weights."""

    endpoint_name: pulumi.Output[str]
    endpoint_config_name: pulumi.Output[str]
    weights: pulumi.Output[dict[str, int]]
    status: pulumi.Output[str]
    live_weights: pulumi.Output[dict[str, float]]

    def __init__(
        self,
        resource_name: str,
        *,
        endpoint_name: pulumi.Input[str],
        endpoint_config_name: pulumi.Input[str],
        weights: Mapping[str, int],
        shift: Shift | None = None,
        alarm_names: Sequence[pulumi.Input[str]] = (),
        scaled_variants: Sequence[str] = (),
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "endpoint_name": endpoint_name,
            "endpoint_config_name": endpoint_config_name,
            "weights": dict(weights),
            "shift": shift.kind if shift else None,
            "shift_size_percent": shift.size_percent if shift else None,
            "shift_wait_seconds": shift.wait_seconds if shift else None,
            "alarm_names": list(alarm_names) or None,
            "scaled_variants": list(scaled_variants) or None,
            "timeout_seconds": timeout_seconds,
            "status": None,
            "live_weights": None,
        }
        super().__init__("serving:index:SageMakerLiveEndpoint", resource_name, properties, opts)

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


_WIRE_NAMES: Final = {
    "endpoint_name": "endpointName",
    "endpoint_config_name": "endpointConfigName",
    "shift_size_percent": "shiftSizePercent",
    "shift_wait_seconds": "shiftWaitSeconds",
    "alarm_names": "alarmNames",
    "scaled_variants": "scaledVariants",
    "timeout_seconds": "timeoutSeconds",
    "live_weights": "liveWeights",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}


def live_endpoint(
    name: str,
    endpoint_name: str,
    configuration: aws.sagemaker.EndpointConfiguration,
    *,
    after: Sequence[pulumi.Resource],
    tags: Mapping[str, str],
    weights: Mapping[str, int],
    shift: Shift | None = None,
    alarm_names: Sequence[pulumi.Input[str]] = (),
    scaled_variants: Sequence[str] = (),
    timeout_seconds: int | None,
    parent: pulumi.Resource,
) -> tuple[aws.sagemaker.Endpoint, SageMakerLiveEndpoint]:
    """The endpoint, made once `after` is there, and what keeps it on the configuration.

    What uses the endpoint takes its name from the second, which is there once it serves.
    """
    endpoint = aws.sagemaker.Endpoint(
        f"{name}-endpoint",
        name=endpoint_name,
        endpoint_config_name=configuration.name,
        tags=dict(tags),
        # After its creation it is moved by the live endpoint, which keeps counts and weights.
        opts=pulumi.ResourceOptions(
            parent=parent, depends_on=list(after), ignore_changes=list(OF_THE_LIVE_ENDPOINT)
        ),
    )
    live = SageMakerLiveEndpoint(
        f"{name}-live",
        endpoint_name=endpoint.name,
        endpoint_config_name=configuration.name,
        weights=weights,
        shift=shift,
        alarm_names=alarm_names,
        scaled_variants=scaled_variants,
        timeout_seconds=timeout_seconds,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return endpoint, live
