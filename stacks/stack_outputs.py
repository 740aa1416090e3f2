"""What a stack exported, read before anything is registered."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

__all__ = ["stack_outputs"]


def stack_outputs(name: str) -> dict[str, Any]:
    """Outputs of organization/project/stack: an invoke, which leaves no resource in the state.

    A `pulumi.StackReference` has them as outputs only; what models are checked against has to be
    known while the program runs.
    """
    found = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": name})
    value = cast("Mapping[str, Any]", found.value or {})
    return dict(value.get("outputs") or {})
