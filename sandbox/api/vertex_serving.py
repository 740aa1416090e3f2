"""What a Vertex AI endpoint serves: its deployed models and the split of its traffic."""

import json
from typing import Any

from sandbox import eventual
from sandbox.api.vertex_call import Call, GoogleError, require, whole
from sandbox.api.vertex_facts import ENDPOINT, in_pulumi, split_problem
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = [
    "PAGE",
    "check_peered",
    "endpoint_of",
    "idle",
    "served",
    "split_of",
    "touched",
    "with_split",
]

_PEERED = "https://cloud.google.com/vertex-ai/docs/predictions/using-private-endpoints"
PAGE = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints"


def endpoint_of(call: Call) -> Row:
    """The endpoint that a call is for."""
    return require(call.store.get("gcp", ENDPOINT, call.name), call.name, "Endpoint")


def idle(row: Row) -> Row:
    """The row, if no operation changes what it serves."""
    if eventual.is_passing(row):
        reason = f"There are other operations running on the Endpoint {row.id}; wait for them."
        raise GoogleError("FAILED_PRECONDITION", reason)
    return row


def check_peered(row: Row, *, split: bool, others: bool) -> None:
    """An endpoint within a peered network serves one model, and splits nothing."""
    if not row.inputs.get("network"):
        return
    if split:
        reason = f"traffic_split: private endpoints do not support traffic splitting ({_PEERED})"
        raise GoogleError("INVALID_ARGUMENT", reason)
    if others:
        reason = f"The private Endpoint {row.id} serves one DeployedModel already ({_PEERED})"
        raise GoogleError("FAILED_PRECONDITION", reason)


def split_of(
    call: Call, live: dict[str, Any], *, new: str = "", without: str = ""
) -> dict[str, int]:
    """The traffic that is asked for; `new` is the id that "0" stands for."""
    asked = mapped(call.body.get("trafficSplit"))
    given = {str(key): whole(value, f"traffic_split.{key}") for key, value in asked.items()}
    deployed = [str(mapped(model).get("id")) for model in listed(live.get("deployedModels"))]
    deployed = [*(each for each in deployed if each != without), *([new] if new else [])]
    if new and "0" in given:
        given[new] = given.pop("0")
    if wrong := split_problem(given, deployed):
        raise GoogleError("INVALID_ARGUMENT", f"{wrong} ({PAGE})")
    return {key: share for key, share in given.items() if share}


def with_split(inputs: dict[str, Any], split: dict[str, int]) -> dict[str, Any]:
    """The inputs with another split, if the program has one."""
    if "trafficSplit" not in inputs:
        return inputs
    return {**inputs, "trafficSplit": json.dumps(split, separators=(",", ":"))}


def served(row: Row, models: list[Any], split: dict[str, Any]) -> dict[str, Any]:
    """The row's outputs with what it serves; a split that the program gives is an input."""
    outputs = {**row.outputs, "deployedModels": in_pulumi(models)}
    if "trafficSplit" not in row.inputs:
        outputs["trafficSplit"] = json.dumps(split, separators=(",", ":")) if split else ""
    return outputs


def touched(row: Row) -> dict[str, Any]:
    """The model that the latest deployment or mutation was about."""
    for model in map(mapped, listed(row.live.get("deployedModels"))):
        if model.get("id") == row.live.get("touched"):
            return model
    return {}
