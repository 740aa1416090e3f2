"""The candidate's share where a rollout owns it: the one that is live, not the one in the file.

Pulumi's `ignoreChanges` cannot say this: it takes what the last update wrote, so the first share
would be dropped, since before it there was none; and it reaches into no list. So the live object is
read, and what it says is said again: nothing changes, and nobody is overruled.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from components.held_share import artifact
from components.kubernetes.predictor import CANARY

__all__ = ["kept_share"]

_API: Final = "serving.kserve.io/v1beta1"


class _LiveInferenceService(pulumi.CustomResource):
    """The InferenceService as it is, read and never changed."""

    spec: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        shape = {"apiVersion": _API, "kind": "InferenceService", "spec": None}
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
    where = pulumi.Output.concat(namespace, "/", name)
    read = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=where))
    live = _LiveInferenceService(f"{name}-live", read)
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
