"""What our own resources take away from beside them for a change, and give back after it.

SageMaker refuses some updates of an endpoint while it is scaled, and Lambda a snapshot while an
alias is kept warm; provider/aws says more. A kill in between leaves the state with scaling that
AWS no longer has. The engine knows of the cut off change alone, so the rest is read again with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

__all__ = ["TAKERS", "may_be_taken_away"]

_SCALING: Final = "aws:appautoscaling/"
_WARMTH: Final = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
_ENDPOINT: Final = "serving:index:SageMakerLiveEndpoint"
_FUNCTION: Final = "serving:index:LambdaReadyVersion"
TAKERS: Final = frozenset({_ENDPOINT, _FUNCTION})
"""The types that take something away for their change."""


def may_be_taken_away(
    operation: str, record: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Those of the state's resources that the begun operation on `record` may have taken away."""
    kind, asked = str(record["type"]), _inputs(record)
    live = [each for each in resources if not each.get("delete")]
    if (kind, operation) == (_ENDPOINT, "updating"):
        start = f"endpoint/{asked.get('endpointName')}/variant/"
        return [each for each in live if _scales(each).startswith(start)]
    # It is made when an alias that is warm is to have snapshots.
    if kind == _FUNCTION and operation in {"creating", "updating"}:
        alias = asked.get("functionName"), asked.get("aliasName")
        scaled = "function:{}:{}".format(*alias)
        return [each for each in live if _scales(each) == scaled or _warms(each) == alias]
    return []


def _inputs(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", resource.get("inputs") or {})


def _scales(resource: Mapping[str, Any]) -> str:
    """What a scalable target, or what hangs on one, scales, as Application Auto Scaling says it."""
    scaling = str(resource["type"]).startswith(_SCALING)
    return str(_inputs(resource).get("resourceId")) if scaling else ""


def _warms(resource: Mapping[str, Any]) -> tuple[object, object] | None:
    """Function and alias that are kept warm."""
    if resource["type"] != _WARMTH:
        return None
    return _inputs(resource).get("functionName"), _inputs(resource).get("qualifier")
