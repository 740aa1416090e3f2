"""What a run that failed or was interrupted leaves: what is live, what is half done, what next."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from delivery.state import COMPONENT, from_state
from delivery.urn import type_of

__all__ = ["AT_ONCE", "lines"]

AT_ONCE: Final = "This goes on from there"
"""Before the next command, where nothing is to be done first."""


def lines(deployment: Mapping[str, Any], again: str, when: str = AT_ONCE) -> list[str]:
    """What to print below the engine's own words.

    Args:
        deployment: of a stack, as exported.
        again: the command that goes on from there.
        when: what stands before it.
    """
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    pending = cast("list[dict[str, Any]]", deployment.get("pending_operations") or [])
    live = [each.model for each in from_state(resources)]
    told = [f"Live: {', '.join(live) or 'no model yet'}"]
    if pending:
        told.append("Half done, and not known to have ended:")
        told += sorted(f"  {_operation(each, resources)}" for each in pending)
    return [*told, f"{when}: {again}"]


def _operation(operation: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> str:
    resource = cast("Mapping[str, Any]", operation["resource"])
    urn = str(resource["urn"])
    parents = {str(each["urn"]): str(each.get("parent", "")) for each in resources}
    above = str(resource.get("parent", ""))
    model = ""
    while above:
        kind = type_of(above)
        if kind.startswith(COMPONENT):
            # The outermost: a component of a component is a part of the model.
            model = above.rpartition("::")[2]
        above = parents.get(above, "")
    name = urn.rpartition("::")[2]
    of = f"{model}: " if model else ""
    return f"{of}{operation['type']} {name} ({resource.get('type')})"
