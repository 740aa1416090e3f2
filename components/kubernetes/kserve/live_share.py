"""The candidate's share where a rollout owns it: the one that is live, not the one in the file.

Pulumi's `ignoreChanges` cannot say this: it takes what the last update wrote, so the first share
would be dropped, since before it there was none; and it reaches into no list. So the live object is
read, and what it says is said again: nothing changes, and nobody is overruled.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from components.kubernetes.kserve.kserve_held_share import artifact
from components.kubernetes.kserve.split_route import CANARY

__all__ = ["kept_share", "live_share", "ready_share", "share_once_ready"]

_API: Final = "serving.kserve.io/v1beta1"


class _LiveInferenceService(pulumi.CustomResource):
    """The InferenceService as it is, read and never changed."""

    spec: pulumi.Output[dict[str, Any]]
    status: pulumi.Output[dict[str, Any] | None]

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        shape = {"apiVersion": _API, "kind": "InferenceService", "spec": None, "status": None}
        super().__init__(f"kubernetes:{_API}:InferenceService", name, shape, opts)


def kept_share(
    name: str,
    namespace: pulumi.Input[str],
    uri: pulumi.Output[str],
    first_percent: int,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[int]:
    """The live share of the candidate at `uri`; `first_percent` where it has none yet.

    The InferenceService has to be there, with the stable model.
    """
    live = _read(name, namespace, opts)
    return pulumi.Output.all(live.spec, uri).apply(
        lambda known: live_share(known[0], known[1], first_percent)
    )


def live_share(spec: Mapping[str, Any] | None, uri: str, first_percent: int) -> int:
    """The share in a live `spec` of the candidate at `uri`."""
    parts = spec or {}
    for held in cast("list[dict[str, Any]]", parts.get("canary") or []):
        canary = cast("dict[str, Any]", held.get("predictor") or {})
        if canary.get("name") == CANARY and artifact(canary) == uri:
            return int(held.get("trafficPercent", first_percent))
    predictor = cast("dict[str, Any]", parts.get("predictor") or {})
    if artifact(predictor) == uri:
        return int(predictor.get("canaryTrafficPercent", first_percent))
    return first_percent


def share_once_ready(
    name: str,
    namespace: pulumi.Input[str],
    uri: pulumi.Output[str],
    percent: int,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[int]:
    """The asked share of a candidate that is live and ready; else the update stops here."""
    live = _read(name, namespace, opts)
    return pulumi.Output.all(live.spec, live.status, uri).apply(
        lambda known: ready_share(name, known[0], known[1], known[2], percent)
    )


def ready_share(
    name: str,
    spec: Mapping[str, Any] | None,
    status: Mapping[str, Any] | None,
    uri: str,
    percent: int,
) -> int:
    """`percent`, if a live canary with the artifact at `uri` is ready.

    Raises:
        RunError: it is not there, or not ready.
    """
    held = cast("list[dict[str, Any]]", (spec or {}).get("canary") or [])
    is_there = any(artifact(canary.get("predictor") or {}) == uri for canary in held)
    states = cast("list[dict[str, Any]]", (status or {}).get("canaryStatuses") or [])
    is_ready = any(each.get("name") == CANARY and each.get("ready") for each in states)
    if is_there and is_ready:
        return percent
    what = "is not ready" if is_there else "is not live yet"
    raise pulumi.RunError(
        f"{name}: the candidate {what}, and {percent} % of the requests would fail; deploy it with "
        "canary_percent 0 first, and give it its share once status.canaryStatuses says ready"
    )


def _read(
    name: str, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> _LiveInferenceService:
    where = pulumi.Output.concat(namespace, "/", name)
    read = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=where))
    return _LiveInferenceService(f"{name}-live", read)
