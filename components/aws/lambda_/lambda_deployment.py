"""The version that an alias of a Lambda function is at, declared and moved by CodeDeploy.

`serving:index:LambdaDeployment` is served by the provider in `provider/`: it starts the deployment,
waits for it, and fails when the alias does not arrive.
"""

from typing import Final

import pulumi


class LambdaDeployment(pulumi.CustomResource):
    """`target_version` is a published version's number; `live_weights` are percent by version."""

    application_name: pulumi.Output[str]
    deployment_group_name: pulumi.Output[str]
    function_name: pulumi.Output[str]
    alias_name: pulumi.Output[str]
    target_version: pulumi.Output[str]
    live_weights: pulumi.Output[dict[str, float]]
    deployment_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        application_name: pulumi.Input[str],
        deployment_group_name: pulumi.Input[str],
        function_name: pulumi.Input[str],
        alias_name: pulumi.Input[str],
        target_version: pulumi.Input[str],
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "application_name": application_name,
            "deployment_group_name": deployment_group_name,
            "function_name": function_name,
            "alias_name": alias_name,
            "target_version": target_version,
            "timeout_seconds": timeout_seconds,
            "live_weights": None,
            "deployment_id": None,
        }
        super().__init__("serving:index:LambdaDeployment", resource_name, properties, opts)

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


_WIRE_NAMES: Final = {
    "application_name": "applicationName",
    "deployment_group_name": "deploymentGroupName",
    "function_name": "functionName",
    "alias_name": "aliasName",
    "target_version": "targetVersion",
    "timeout_seconds": "timeoutSeconds",
    "live_weights": "liveWeights",
    "deployment_id": "deploymentId",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
