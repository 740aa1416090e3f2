"""What Vertex AI's API and the stand-in of pulumi-gcp both know; it imports neither."""

import random
import re
from collections.abc import Collection, Mapping
from typing import Any

from sandbox.store import Row, Store
from sandbox.values import listed, mapped

__all__ = [
    "BATCH_JOB",
    "ENDPOINT",
    "MODEL",
    "MONITORING_JOB",
    "OPERATION",
    "POOL",
    "endpoint_id_problem",
    "in_pulumi",
    "named_accelerators",
    "named_alike",
    "number",
    "split_problem",
    "users_of_pool",
]

ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
# pulumi-gcp has no types for these: the sandbox's own names for their rows.
MODEL = "gcp:vertex/model:Model"
BATCH_JOB = "gcp:vertex/batchPredictionJob:BatchPredictionJob"
MONITORING_JOB = "gcp:vertex/modelDeploymentMonitoringJob:ModelDeploymentMonitoringJob"
OPERATION = "gcp:vertex/operation:Operation"
POOL = "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool"
_ALL = 100
# Of digits pulumi-gcp's documentation of `name` allows ten, the service's own nine:
# https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints/create
_ENDPOINT_ID = re.compile(r"[1-9][0-9]{0,9}|[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
# Numbers of AcceleratorType, which clients send instead of names.
# https://cloud.google.com/vertex-ai/docs/reference/rpc/google.cloud.aiplatform.v1#acceleratortype
_ACCELERATORS = {
    1: "NVIDIA_TESLA_K80",
    2: "NVIDIA_TESLA_P100",
    3: "NVIDIA_TESLA_V100",
    4: "NVIDIA_TESLA_P4",
    5: "NVIDIA_TESLA_T4",
    6: "TPU_V2",
    7: "TPU_V3",
    8: "NVIDIA_TESLA_A100",
    9: "NVIDIA_A100_80GB",
    10: "TPU_V4_POD",
    11: "NVIDIA_L4",
    12: "TPU_V5_LITEPOD",
    13: "NVIDIA_H100_80GB",
    14: "NVIDIA_H100_MEGA_80GB",
    15: "NVIDIA_H200_141GB",
    16: "NVIDIA_B200",
    17: "NVIDIA_GB200",
    18: "NVIDIA_RTX_PRO_6000",
}
# What pulumi-gcp shows of a deployed model as it is in the API, and blocks, which it has lists of.
_SHOWN = (
    *("id", "model", "modelVersionId", "displayName", "createTime", "serviceAccount"),
    *("enableAccessLogging", "enableContainerLogging", "sharedResources"),
)
_BLOCKS = ("automaticResources", "dedicatedResources", "privateEndpoints")


def number(length: int = 19) -> str:
    """A number as Vertex AI makes ids of."""
    return str(random.randint(10 ** (length - 1), 10**length - 1))  # noqa: S311 - no secret


def endpoint_id_problem(wanted: str) -> str:
    """What is wrong with an id for a new endpoint; the service's own numbers are longer."""
    if _ENDPOINT_ID.fullmatch(wanted):
        return ""
    return (
        f"got {wanted}; use up to 63 lower-case letters, digits and hyphens, of which the first is"
        " a letter and the last no hyphen, or up to 10 digits without a leading zero"
    )


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


def named_accelerators(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """The same with names for numbers of accelerators."""
    if isinstance(value, list):
        return [named_accelerators(item) for item in listed(value)]  # pyright: ignore[reportUnknownArgumentType]
    if not isinstance(value, dict):
        return value
    found = {key: named_accelerators(item) for key, item in mapped(value).items()}  # pyright: ignore[reportUnknownArgumentType]
    kind = found.get("acceleratorType")
    return {**found, "acceleratorType": _ACCELERATORS[kind]} if kind in _ACCELERATORS else found


def named_alike(name: str, other: str) -> bool:
    """Whether two names are of one resource, with the project's number or id."""
    return name.split("/")[2:] == other.split("/")[2:]


def users_of_pool(store: Store, pool: Row) -> list[Row]:
    """The endpoints that serve from a pool of machines, once for each deployed model."""
    return [
        endpoint
        for endpoint in store.list("gcp", ENDPOINT)
        for deployed in map(mapped, listed(endpoint.live.get("deployedModels")))
        if named_alike(str(deployed.get("sharedResources")), pool.id)
    ]


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
