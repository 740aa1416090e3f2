"""The stack's outputs of the last update, for an update of one model alone."""

from typing import Any

import pulumi


def kept_outputs() -> dict[str, Any]:
    """What the last update exported. An invoke, so that it leaves no resource in the state."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    found = pulumi.runtime.invoke("pulumi:pulumi:getStack", {"name": name})
    outputs: dict[str, Any] = (found.value or {}).get("outputs") or {}
    return outputs
