"""What our own resources take away from beside them for a change, and give back after it.

SageMaker refuses some updates of an endpoint while it is scaled, and Lambda a snapshot while an
alias is kept warm; provider/aws says more. A kill in between leaves the state with scaling that
AWS no longer has. The engine knows of the cut off change alone, so the rest is read again with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

__all__ = ["TAKERS", "left_over", "may_be_taken_away"]

_SCALING: Final = "aws:appautoscaling/"
_WARMTH: Final = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
_FUNCTION: Final = "aws:lambda/function:Function"
_ENDPOINT: Final = "serving:index:SageMakerLiveEndpoint"
_READY: Final = "serving:index:LambdaReadyVersion"
TAKERS: Final = frozenset({_ENDPOINT, _READY})
"""The types that take something away for their change."""


Resource = Mapping[str, Any]


def may_be_taken_away(
    operation: str, record: Resource, resources: Sequence[Resource]
) -> list[Resource]:
    """Those of the state's resources that the begun operation on `record` may have taken away."""
    if (record["type"], operation) == (_ENDPOINT, "updating"):
        start = f"endpoint/{_inputs(record).get('endpointName')}/variant/"
        return [each for each in _live(resources) if _scales(each).startswith(start)]
    # It is made when an alias that is warm is to have snapshots.
    if record["type"] == _READY and operation in {"creating", "updating"}:
        return _warmth(record, resources)
    return []


def left_over(resources: Sequence[Resource]) -> list[tuple[Resource, Resource]]:
    """What may be taken away and is in the state still, each after what takes it.

    An alias has snapshots or is kept warm. A state in which it has both is of an update that ended
    in between, on the way to the one or to the other.
    """
    live = _live(resources)
    snapped = {_inputs(each).get("name") for each in live if _has_snapshots(each)}
    return [
        (each, warm)
        for each in live
        if each["type"] == _READY and _inputs(each).get("functionName") in snapped
        for warm in _warmth(each, resources)
    ]


def _has_snapshots(resource: Resource) -> bool:
    asked = _inputs(resource).get("snapStart")
    return resource["type"] == _FUNCTION and bool(asked)


def _live(resources: Sequence[Resource]) -> list[Resource]:
    return [each for each in resources if not each.get("delete")]


def _warmth(ready: Resource, resources: Sequence[Resource]) -> list[Resource]:
    """What keeps the alias warm whose version is waited for."""
    alias = _inputs(ready).get("functionName"), _inputs(ready).get("aliasName")
    scaled = "function:{}:{}".format(*alias)
    return [each for each in _live(resources) if _scales(each) == scaled or _warms(each) == alias]


def _inputs(resource: Resource) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", resource.get("inputs") or {})


def _scales(resource: Resource) -> str:
    """What a scalable target, or what hangs on one, scales, as Application Auto Scaling says it."""
    scaling = str(resource["type"]).startswith(_SCALING)
    return str(_inputs(resource).get("resourceId")) if scaling else ""


def _warms(resource: Resource) -> tuple[object, object] | None:
    """Function and alias that are kept warm."""
    if resource["type"] != _WARMTH:
        return None
    return _inputs(resource).get("functionName"), _inputs(resource).get("qualifier")
