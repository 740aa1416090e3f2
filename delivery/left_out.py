"""What an update of one model alone would delete: deployed graphs that call it, unregistered."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from delivery.failure import Failure
from stacks.settings.load import Settings

__all__ = ["refuse_left_out"]

_COMPONENT: Final = "model-serving:index:"


def refuse_left_out(resources: Sequence[Mapping[str, Any]], settings: Settings, only: str) -> None:
    """Graphs that are deployed and call the model have to be registered with it.

    The engine reaches them as its dependents, and deletes what it reaches and does not see.

    Raises:
        Failure: one of them does not call it any more, or its file is gone or cannot be read.
    """
    by_urn = {str(each["urn"]): each for each in resources}

    def owner(urn: str) -> str:
        """The name of the component that a resource belongs to; empty where there is none."""
        each = by_urn.get(urn)
        if each is None:
            return ""
        if str(each.get("type", "")).startswith(_COMPONENT):
            return urn.rpartition("::")[2]
        return owner(str(each.get("parent", "")))

    callers = {
        owner(urn)
        for urn, each in by_urn.items()
        if any(owner(str(needed)) == only for needed in each.get("dependencies") or ())
    }
    if left_out := sorted(callers - {"", only} - set(settings.models)):
        raise Failure(
            f"{', '.join(left_out)} calls {only!r} in what is deployed, and its file does not, or "
            "cannot be read: the engine would delete it\n"
            f"  fix: run `serving up` without --only, or mend stacks/models/{left_out[0]}.yaml"
        )
