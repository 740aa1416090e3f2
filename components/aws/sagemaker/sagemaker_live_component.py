"""What a SageMaker inference component really runs, declared.

`serving:index:SageMakerLiveComponent` is served by the provider in `provider/`: after the component
it brings up the first copies, moves them to another model by a rolling update, fails when SageMaker
went back in silence, and brings the number of copies within its bounds and no further.
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

__all__ = ["SageMakerLiveComponent"]


class SageMakerLiveComponent(pulumi.CustomResource):
    """`specification` and `deployment_config` are spelled as in SageMaker's API."""

    component_name: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    status: pulumi.Output[str]
    live_copies: pulumi.Output[int]

    def __init__(
        self,
        resource_name: str,
        *,
        component_name: pulumi.Input[str],
        endpoint_name: pulumi.Input[str],
        specification: Mapping[str, Any],
        deployment_config: Mapping[str, Any],
        min_copies: int,
        max_copies: int,
        tags: Mapping[str, str],
        timeout_seconds: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "component_name": component_name,
            "endpoint_name": endpoint_name,
            "specification": dict(specification),
            "deployment_config": dict(deployment_config),
            "min_copies": min_copies,
            "max_copies": max_copies,
            "tags": dict(tags),
            "timeout_seconds": timeout_seconds,
            "status": None,
            "live_copies": None,
        }
        super().__init__("serving:index:SageMakerLiveComponent", resource_name, properties, opts)

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


_WIRE_NAMES: Final = {
    "component_name": "componentName",
    "endpoint_name": "endpointName",
    "deployment_config": "deploymentConfig",
    "min_copies": "minCopies",
    "max_copies": "maxCopies",
    "timeout_seconds": "timeoutSeconds",
    "live_copies": "liveCopies",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
