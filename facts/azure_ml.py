"""What Azure ML serves on, and how much of it: sizes of machines, names, traffic, quotas.

Sizes: the vendor's list of the machines that managed online endpoints take, with the cores and GPUs
of each; memory of those with GPUs is in facts/machines/azure.py.
"""

import math
import re
from dataclasses import dataclass
from typing import Final

from facts.limits import Limit

__all__ = [
    "ACCESS_PAGE",
    "BATCH_ACCESS_PAGE",
    "BATCH_NETWORK_PAGE",
    "BATCH_SCHEDULE_PAGE",
    "COMPUTE_NAME",
    "COMPUTE_NAME_SHAPE",
    "COOLDOWN_SECONDS",
    "ENDPOINT_NAME_LENGTH",
    "ENDPOINT_SIZES",
    "FRAMEWORKS",
    "MIRROR_PERCENT",
    "MOST_SCHEDULES",
    "PAGES",
    "REGISTRY_MODEL",
    "REQUEST_SECONDS",
    "ROLLOUT_PAGE",
    "SCALING_METRICS",
    "SIZES_PAGE",
    "WORKSPACE_MODEL",
    "EndpointSize",
    "carrying",
    "endpoint_size",
    "quota_cores",
    "wrong_endpoint_name",
]

PAGES: Final = "https://learn.microsoft.com/azure/machine-learning/"
SIZES_PAGE: Final = PAGES + "reference-managed-online-endpoints-vm-sku-list"
ROLLOUT_PAGE: Final = PAGES + "how-to-safely-rollout-online-endpoints"
ACCESS_PAGE: Final = PAGES + "concept-secure-online-endpoint"
BATCH_ACCESS_PAGE: Final = PAGES + "how-to-authenticate-batch-endpoint"
BATCH_NETWORK_PAGE: Final = PAGES + "how-to-secure-batch-endpoint"
BATCH_SCHEDULE_PAGE: Final = PAGES + "how-to-use-event-grid-batch"
_QUOTAS: Final = PAGES + "how-to-manage-quotas"

# Of endpoints and of deployments, online and batch.
ENDPOINT_NAME_LENGTH: Final = Limit(
    "length of an endpoint's name", 3, 32, "characters", _QUOTAS, "2026-11-26"
)
# "Only consist of letters and numbers", with single dashes between.
_ENDPOINT_NAME: Final = re.compile(r"[A-Za-z]([A-Za-z0-9]|-(?=[A-Za-z0-9]))*")
REQUEST_SECONDS: Final = Limit("request to an endpoint", 1, 180, "seconds", _QUOTAS, "2026-11-26")
MIRROR_PERCENT: Final = Limit(
    "traffic that is mirrored", 0, 50, "% of the requests", ROLLOUT_PAGE, "2026-11-26"
)
# https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster
# Without its length, which is of 3 to 24.
COMPUTE_NAME: Final = r"[A-Za-z]([A-Za-z0-9]*|[A-Za-z0-9-]*-[0-9]*[A-Za-z][A-Za-z0-9]*)"
COMPUTE_NAME_SHAPE: Final = "3 to 24 letters, digits and -, a letter first and one after the last -"
# What is deployed without a server or a script of one's own: how-to-deploy-mlflow-models.
# Prebuilt images for inference name no framework
# (concept-prebuilt-docker-images-inference, 2026-11-26), and a batch run loads MLflow's alone
# (reference-yaml-deployment-batch, 2026-11-26).
FRAMEWORKS: Final = ("mlflow",)
# What the scaling rules of a deployment can follow, by our words: how-to-autoscale-endpoints.
SCALING_METRICS: Final = ("cpu", "gpu", "requests", "latency")
# The least time that Azure Monitor waits between two steps:
# https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-best-practices
COOLDOWN_SECONDS: Final = 60
# Of 20 profiles one is that without a schedule:
# https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-understanding-settings
MOST_SCHEDULES: Final = 19
# How a model is named that Azure ML has: in the workspace, and in a registry.
WORKSPACE_MODEL: Final = r"azureml:(?P<name>[A-Za-z0-9][\w.-]{0,254}):(?P<version>[\w.-]{1,30})"
REGISTRY_MODEL: Final = r"azureml://registries/[^/\s]+/models/[^/\s]+/versions/[^/\s]+"
# For upgrades, of most sizes: includes/quota-allocation-online-deployment, 2026-11-26.
_RESERVED: Final = 1.2


@dataclass(frozen=True, slots=True)
class EndpointSize:
    """A size that managed online endpoints take; a part of a GPU counts as less than 1."""

    name: str
    family: str
    cores: int
    accelerator: str | None = None
    accelerator_count: float = 0
    exempt: bool = False
    """Whether no quota is reserved for upgrades."""


_USUAL: Final = (2, 4, 8, 16, 32, 48, 64)
_STORAGE: Final = (8, 16, 32, 48, 64, 80)
# Family, spelling of its sizes by their cores.
_CPU: Final[tuple[tuple[str, str, tuple[int, ...]], ...]] = (
    ("standardDASv4Family", "D{}as_v4", (*_USUAL, 96)),
    ("standardDAv4Family", "D{}a_v4", (*_USUAL, 96)),
    ("standardESv3Family", "E{}s_v3", _USUAL),
    ("standardFSv2Family", "F{}s_v2", (*_USUAL, 72)),
    ("standardFXMDVSFamily", "FX{}mds", (4, 12, 24, 36, 48)),
    ("standardLASv3Family", "L{}as_v3", _STORAGE),
    ("standardLSv2Family", "L{}s_v2", _STORAGE),
    ("standardLSv3Family", "L{}s_v3", _STORAGE),
)
_DS_CORES: Final = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16}
# Family, GPU, whether it is exempt; sizes with their cores and GPUs.
_GPU: Final[tuple[tuple[str, str, bool, dict[str, tuple[int, float]]], ...]] = (
    (
        "standardNCADSA100v4Family",
        "nvidia-a100-80gb-pcie",
        True,
        {
            "NC24ads_A100_v4": (24, 1),
            "NC48ads_A100_v4": (48, 2),
            "NC96ads_A100_v4": (96, 4),
        },
    ),
    (
        "standard NCASv3_T4 Family",
        "nvidia-t4",
        False,
        {
            "NC4as_T4_v3": (4, 1),
            "NC8as_T4_v3": (8, 1),
            "NC16as_T4_v3": (16, 1),
            "NC64as_T4_v3": (64, 4),
        },
    ),
    (
        "standardNCSv2Family",
        "nvidia-p100",
        False,
        {"NC6s_v2": (6, 1), "NC12s_v2": (12, 2), "NC24s_v2": (24, 4)},
    ),
    (
        "standardNCSv3Family",
        "nvidia-v100",
        False,
        {"NC6s_v3": (6, 1), "NC12s_v3": (12, 2), "NC24s_v3": (24, 4)},
    ),
    (
        "standardNCADSH100v5Family",
        "nvidia-h100-nvl",
        True,
        {"NC40ads_H100_v5": (40, 1), "NC80adis_H100_v5": (80, 2)},
    ),
    ("standard NDAMSv4_A100Family", "nvidia-a100-80gb", True, {"ND96amsr_A100_v4": (96, 8)}),
    ("standard NDASv4_A100 Family", "nvidia-a100", True, {"ND96asr_v4": (96, 8)}),
    ("standardNDSv2Family", "nvidia-v100-32gb", True, {"ND40rs_v2": (40, 8)}),
    (
        "standardNDv5H100Family",
        "nvidia-h100",
        True,
        {"ND96is_H100_v5": (96, 8), "ND96isr_H100_v5": (96, 8)},
    ),
    (
        "standardNVADSA10v5Family",
        "nvidia-a10",
        False,
        {
            "NV6ads_A10_v5": (6, 1 / 6),
            "NV12ads_A10_v5": (12, 1 / 3),
            "NV18ads_A10_v5": (18, 1 / 2),
            "NV36ads_A10_v5": (36, 1),
            "NV36adms_A10_v5": (36, 1),
            "NV72ads_A10_v5": (72, 2),
        },
    ),
)


def _sizes() -> list[EndpointSize]:
    found = [
        EndpointSize(f"Standard_{name.format(cores)}", family, cores)
        for family, name, counts in _CPU
        for cores in counts
    ]
    found += [
        EndpointSize(f"Standard_DS{size}_v2", "standardDSv2Family", cores)
        for size, cores in _DS_CORES.items()
    ]
    for family, accelerator, exempt, sizes in _GPU:
        found += [
            EndpointSize(f"Standard_{name}", family, cores, accelerator, gpus, exempt)
            for name, (cores, gpus) in sizes.items()
        ]
    return found


# The page of 2023-10-18, read on 2026-11-26.
ENDPOINT_SIZES: Final[dict[str, EndpointSize]] = {size.name: size for size in _sizes()}
_BY_WORD: Final = {name.lower(): size for name, size in ENDPOINT_SIZES.items()}


def endpoint_size(name: str) -> EndpointSize | None:
    """A size by its name in any case, as ARM reads it."""
    return _BY_WORD.get(name.lower())


def carrying(accelerator: str, count: int) -> list[str]:
    """Sizes with at least so many whole GPUs of this kind, the smallest first."""
    fitting = [
        size
        for size in ENDPOINT_SIZES.values()
        if size.accelerator == accelerator and size.accelerator_count >= count
    ]
    return [size.name for size in sorted(fitting, key=lambda size: size.cores)]


def quota_cores(size: EndpointSize, instances: int) -> int:
    """Cores of its family that a deployment counts against the quota, upgrades included."""
    counted = instances if size.exempt else math.ceil(_RESERVED * instances)
    return counted * size.cores


def wrong_endpoint_name(name: str) -> str:
    """What the name of an endpoint or of a deployment should be; empty for a right one."""
    if ENDPOINT_NAME_LENGTH.allows(len(name)) and _ENDPOINT_NAME.fullmatch(name):
        return ""
    return "3 to 32 letters, digits and single dashes, a letter first"
