"""A published version of a Lambda function, once it can be invoked.

`serving:index:LambdaReadyVersion` is served by the provider in `provider/`: it waits for the
version's snapshot, and fails with Lambda's reason where there will be none.
"""

from typing import Final

import pulumi

__all__ = ["LambdaReadyVersion"]


class LambdaReadyVersion(pulumi.CustomResource):
    """`version` is a published version's number, for an alias; `state` is Lambda's of it."""

    function_name: pulumi.Output[str]
    version: pulumi.Output[str]
    alias_name: pulumi.Output[str]
    state: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        function_name: pulumi.Input[str],
        version: pulumi.Input[str],
        alias_name: pulumi.Input[str] | None = None,
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "function_name": function_name,
            "version": version,
            "alias_name": alias_name,
            "timeout_seconds": timeout_seconds,
            "state": None,
        }
        super().__init__("serving:index:LambdaReadyVersion", resource_name, properties, opts)

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


_WIRE_NAMES: Final = {
    "function_name": "functionName",
    "alias_name": "aliasName",
    "timeout_seconds": "timeoutSeconds",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
