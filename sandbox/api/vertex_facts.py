"""What Vertex AI's API and the stand-in of pulumi-gcp both know; it imports neither."""

import random
from collections.abc import Collection, Mapping
from typing import Any

from sandbox.values import mapped

__all__ = ["ENDPOINT", "MODEL", "in_pulumi", "number", "split_problem"]

ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
# pulumi-gcp has no type for uploaded models: the sandbox's own name for their rows.
MODEL = "gcp:vertex/model:Model"
_ALL = 100
# What pulumi-gcp shows of a deployed model as it is in the API, and blocks, which it has lists of.
_SHOWN = (
    *("id", "model", "modelVersionId", "displayName", "createTime", "serviceAccount"),
    *("enableAccessLogging", "enableContainerLogging", "sharedResources"),
)
_BLOCKS = ("automaticResources", "dedicatedResources", "privateEndpoints")


def number(length: int = 19) -> str:
    """A number as Vertex AI makes ids of."""
    return str(random.randint(10 ** (length - 1), 10**length - 1))  # noqa: S311 - no secret


def in_pulumi(models: Collection[Any]) -> list[dict[str, Any]]:
    """Deployed models as the output `deployedModels` has them, from what the API has."""
    found: list[dict[str, Any]] = []
    for model in map(mapped, models):
        shown = {name: model[name] for name in _SHOWN if name in model}
        for name in _BLOCKS:
            if block := dict(mapped(model.get(name))):
                if machine := block.pop("machineSpec", None):
                    block["machineSpecs"] = [machine]
                shown[name] = [block]
        found.append(shown)
    return found


def split_problem(split: Mapping[str, int], deployed: Collection[str]) -> str:
    """What is wrong with a traffic split over deployed models, as the service words it."""
    for name in split:
        if name not in deployed:
            there = ", ".join(deployed) or "none"
            return f"traffic_split: DeployedModel {name} is not deployed; deployed are {there}"
    total = sum(split.values())
    if split and total != _ALL:
        return f"traffic_split: the values must add up to {_ALL}, got {total}"
    return ""
