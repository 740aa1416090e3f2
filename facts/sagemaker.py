"""SageMaker's instance types: which host models, and what follows from their disks and chips.

The lists are the enumerations of SageMaker's API model (botocore 1.44.5), read 2026-11-26;
tests/contract/test_sagemaker_facts.py compares them with the installed one.
"""

import difflib
import re
from typing import Final

from facts.machines.ec2 import EC2_GPU_INSTANCE_TYPES

__all__ = [
    "HOSTING",
    "HOSTING_SOURCE",
    "LOCAL_DISKS",
    "LOCAL_DISKS_SOURCE",
    "MULTI_MODEL_GPU",
    "MULTI_MODEL_SOURCE",
    "TRANSFORM",
    "TRANSFORM_SOURCE",
    "cores",
    "family",
    "gpus",
    "has_local_disks",
    "is_neuron",
    "nearest",
]

_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
HOSTING_SOURCE: Final = _API + "API_ProductionVariant.html"
TRANSFORM_SOURCE: Final = _API + "API_TransformResources.html"
# CreateEndpointConfig, KmsKeyId: local disks are encrypted by hardware, and a key is refused.
LOCAL_DISKS_SOURCE: Final = _API + "API_CreateEndpointConfig.html"

_FIFTH: Final = "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge"
_INTEL_6: Final = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"
_INTEL_7: Final = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"
_ARM: Final = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"
_ARM_8: Final = f"medium {_ARM} 24xlarge 48xlarge"
_G: Final = "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"
_G7: Final = "2xlarge 4xlarge 8xlarge 12xlarge 24xlarge 48xlarge"
_INF2: Final = "xlarge 8xlarge 24xlarge 48xlarge"


def _types(*rows: tuple[str, str]) -> tuple[str, ...]:
    return tuple(
        f"ml.{family}.{size}"
        for families, sizes in rows
        for family in families.split()
        for size in sizes.split()
    )


# ProductionVariantInstanceType
HOSTING: Final = _types(
    ("t2", "medium large xlarge 2xlarge"),
    ("m4", "xlarge 2xlarge 4xlarge 10xlarge 16xlarge"),
    ("m5 m5d r5 r5d", _FIFTH),
    ("c4", "large xlarge 2xlarge 4xlarge 8xlarge"),
    ("c5 c5d", "large xlarge 2xlarge 4xlarge 9xlarge 18xlarge"),
    ("c6i m6i r6i c6in", _INTEL_6),
    ("m7i c7i r7i", _INTEL_7),
    ("c7g m6g m6gd c6g c6gd c6gn r6g r6gd", _ARM),
    ("r7gd", f"medium {_ARM}"),
    ("r8g c8g m8g", _ARM_8),
    ("p2", "xlarge 8xlarge 16xlarge"),
    ("p3", "2xlarge 8xlarge 16xlarge"),
    ("dl1 p4d p4de", "24xlarge"),
    ("p5", "4xlarge 48xlarge"),
    ("p5e p5en p6-b200 p6-b300 trn2", "48xlarge"),
    ("p6e-gb200", "36xlarge"),
    ("g4dn", "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("g5 g6 g6e", _G),
    ("g7 g7e", _G7),
    ("inf1", "xlarge 2xlarge 6xlarge 24xlarge"),
    ("inf2", _INF2),
    ("trn1", "2xlarge 32xlarge"),
    ("trn1n", "32xlarge"),
)
# TransformInstanceType
TRANSFORM: Final = _types(
    ("m4", "xlarge 2xlarge 4xlarge 10xlarge 16xlarge"),
    ("m5", _FIFTH),
    ("c4", "xlarge 2xlarge 4xlarge 8xlarge"),
    ("c5", "xlarge 2xlarge 4xlarge 9xlarge 18xlarge"),
    ("m6i c6i r6i", _INTEL_6),
    ("m7i c7i r7i", _INTEL_7),
    ("p2", "xlarge 8xlarge 16xlarge"),
    ("p3", "2xlarge 8xlarge 16xlarge"),
    ("g4dn", "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("g5 g6 g6e", _G),
    ("trn1", "2xlarge 32xlarge"),
    ("inf2", _INF2),
)
# GPU types that can hold many models; read 2026-11-26. All types with CPUs alone can.
MULTI_MODEL_SOURCE: Final = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-support.html"
)
MULTI_MODEL_GPU: Final = _types(
    ("p2", "xlarge"),
    ("p3", "2xlarge"),
    ("g5 g4dn", "xlarge 2xlarge 4xlarge 8xlarge 16xlarge"),
)

# Families with NVMe disks of their own. Those with NVIDIA GPUs are in facts/machines/ec2.py; of
# the others a `d` behind the generation says it, and of dl1 and Trainium their own pages do.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html
LOCAL_DISKS: Final = frozenset(
    {"m5d", "r5d", "c5d", "m6gd", "c6gd", "r6gd", "r7gd", "dl1", "trn1", "trn1n", "trn2"}
    | {"p6e-gb200"}
    | {name.partition(".")[0] for name, found in EC2_GPU_INSTANCE_TYPES.items() if found.nvme_only}
)
_NEURON: Final = frozenset({"inf1", "inf2", "trn1", "trn1n", "trn2"})
# vCPUs that are not four for each `x` of the size: EC2's pages of the families.
_CORES: Final = {"ml.c4.8xlarge": 36, "ml.t2.medium": 2}
_SIZES: Final = {"medium": 1, "large": 2, "xlarge": 4}
# NVIDIA GPUs of the types that no pool of ours has.
_GPUS: Final = {
    "ml.p2.xlarge": 1,
    "ml.p2.8xlarge": 8,
    "ml.p2.16xlarge": 16,
    "ml.p6e-gb200.36xlarge": 4,
}


def family(instance_type: str) -> str:
    """`g5` of `ml.g5.xlarge`."""
    return instance_type.removeprefix("ml.").partition(".")[0]


def has_local_disks(instance_type: str) -> bool:
    """Whether its disks are NVMe: they are encrypted by hardware, of a fixed size, without a key.

    Source: `LOCAL_DISKS_SOURCE`; the size: model-train-storage-tips-considerations.html.
    """
    return family(instance_type) in LOCAL_DISKS


def is_neuron(instance_type: str) -> bool:
    """Whether it carries AWS's own chips, for which models are compiled."""
    return family(instance_type) in _NEURON


def gpus(instance_type: str) -> int:
    """NVIDIA GPUs of one instance; 0 where there is none."""
    known = EC2_GPU_INSTANCE_TYPES.get(instance_type.removeprefix("ml."))
    return known.accelerator_count if known else _GPUS.get(instance_type, 0)


def cores(instance_type: str) -> int:
    """How many vCPUs one instance has."""
    size = instance_type.rpartition(".")[2]
    if instance_type in _CORES:
        return _CORES[instance_type]
    counted = re.fullmatch(r"(\d+)xlarge", size)
    return 4 * int(counted[1]) if counted else _SIZES.get(size, 1)


def nearest(instance_type: str, known: tuple[str, ...] = HOSTING) -> str:
    """The instance type that is meant, or one that is written alike; empty where none is."""
    spelled = f"ml.{instance_type.removeprefix('ml.').lower()}"
    found = difflib.get_close_matches(spelled, known, n=1, cutoff=0.6)
    return found[0] if found else ""
