"""What Vertex AI's API and the stand-in of pulumi-gcp both know; it imports neither."""

import random
from collections.abc import Collection, Mapping

__all__ = ["ENDPOINT", "MODEL", "number", "split_problem"]

ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
# pulumi-gcp has no type for uploaded models: the sandbox's own name for their rows.
MODEL = "gcp:vertex/model:Model"
_ALL = 100


def number(length: int = 19) -> str:
    """A number as Vertex AI makes ids of."""
    return str(random.randint(10 ** (length - 1), 10**length - 1))  # noqa: S311 - no secret


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
