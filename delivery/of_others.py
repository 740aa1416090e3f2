"""What others set of a resource on purpose, and is no drift of the resource itself.

pulumi-azure-native writes Azure ML's endpoints and deployments whole, also what another resource of
the stack or a scale rule sets of them once they are there. `serving:index:AzureMlLiveValues` reads
that just before a write, and the write gives it back as it was. So what the state remembers of it
is of the last write, and a refresh finds it changed after each move of traffic. Who owns it tells
of what somebody else has moved: `AzureMlTraffic`, `AzureMlBatchDefault`. What reads alone has
nothing that could drift: it is gone with what it reads, which is told itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from delivery.json_values import mapping
from delivery.urn import type_of

__all__ = ["only_reads", "without"]

_LIVE_VALUES: Final = "serving:index:AzureMlLiveValues"
_ML: Final = "azure-native:machinelearningservices"
# By type: the inputs that are given what AzureMlLiveValues has read.
_GIVEN_BACK: Final[Mapping[str, tuple[str, ...]]] = {
    f"{_ML}:BatchEndpoint": ("properties.defaults",),
    f"{_ML}:OnlineDeployment": ("sku.capacity",),
    f"{_ML}:OnlineEndpoint": ("properties.traffic", "properties.mirrorTraffic"),
}


def only_reads(urn: str) -> bool:
    """Whether there is nothing at the vendor that this resource makes or sets."""
    return type_of(urn) == _LIVE_VALUES


def without(state: Mapping[str, Any], paths: Iterable[str]) -> list[str]:
    """The paths of what differs, but those that others set of a resource that is in this state."""
    others = [
        path
        for path in _GIVEN_BACK.get(type_of(str(state.get("urn"))), ())
        if _reads_live(state, path.partition(".")[0])
    ]
    return [path for path in paths if not any(_is_in(path, one) for one in others)]


def _reads_live(state: Mapping[str, Any], name: str) -> bool:
    """Whether an input of the resource comes of what was read just before its write."""
    needs = mapping(state.get("propertyDependencies")).get(name) or ()
    return any(only_reads(str(each)) for each in needs)


def _is_in(path: str, place: str) -> bool:
    return path == place or path.startswith((f"{place}.", f"{place}["))
