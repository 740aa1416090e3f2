"""What a SageMaker endpoint really runs, declared: configuration and traffic weights.

`serving:index:SageMakerLiveEndpoint` is served by the provider in `provider/`: after the endpoint
it waits until the endpoint is in service, fails when the live configuration is not the one that
was asked for (SageMaker rolls back in silence), and sets the weights only where they differ.
"""

from collections.abc import Mapping
from typing import Final

import pulumi


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
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "endpoint_name": endpoint_name,
            "endpoint_config_name": endpoint_config_name,
            "weights": dict(weights),
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
    "timeout_seconds": "timeoutSeconds",
    "live_weights": "liveWeights",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
