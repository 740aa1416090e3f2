"""Accelerators and the EC2 and SageMaker instance types that carry them.

Sources, read 2026-11-01: https://aws.amazon.com/ec2/instance-types/ (accelerated computing) and
NVIDIA's data sheets. Memory is what one device has, in MiB of nominal GiB.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# How Kubernetes counts GPUs, and the label of nodes that names their kind.
GPU: Final = "nvidia.com/gpu"
PRODUCT_LABEL: Final = "nvidia.com/gpu.product"


@dataclass(frozen=True, slots=True)
class MigProfile:
    """One way to cut a device into equal parts: how many there are, and the memory of each."""

    per_gpu: int
    memory_mib: int


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One kind of device. `kubernetes_label` is the value of `PRODUCT_LABEL` on a node."""

    name: str
    memory_mib: int
    kubernetes_label: str
    mig_profiles: Mapping[str, MigProfile] = field(default_factory=dict[str, MigProfile])


def _mig(memory_gib: int) -> dict[str, MigProfile]:
    """The profiles of a device with seven compute and eight memory slices.

    https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-mig-profiles.html
    """
    eighth = memory_gib // 8
    return {
        f"{compute}g.{slices * eighth}gb": MigProfile(per_gpu, slices * eighth * 1024)
        for compute, slices, per_gpu in (
            (1, 1, 7),
            (1, 2, 4),
            (2, 2, 3),
            (3, 4, 2),
            (4, 4, 1),
            (7, 8, 1),
        )
    }


ACCELERATORS: Final[dict[str, Accelerator]] = {
    a.name: a
    for a in (
        Accelerator("nvidia-t4", 16 * 1024, "Tesla-T4"),
        Accelerator("nvidia-a10g", 24 * 1024, "NVIDIA-A10G"),
        Accelerator("nvidia-l4", 24 * 1024, "NVIDIA-L4"),
        Accelerator("nvidia-l40s", 48 * 1024, "NVIDIA-L40S"),
        Accelerator("nvidia-v100", 16 * 1024, "Tesla-V100-SXM2-16GB"),
        Accelerator("nvidia-a100", 40 * 1024, "NVIDIA-A100-SXM4-40GB", _mig(40)),
        Accelerator("nvidia-h100", 80 * 1024, "NVIDIA-H100-80GB-HBM3", _mig(80)),
    )
}


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One instance type; `nvme_only` ones refuse a volume key. No accelerator: None and 0."""

    name: str
    vcpu: int
    memory_mib: int
    accelerator: str | None = None
    accelerator_count: int = 0
    nvme_only: bool = False


def _family(
    family: str, accelerator: str, sizes: dict[str, tuple[int, int, int]], *, nvme_only: bool
) -> list[InstanceType]:
    """Sizes are (vCPU, memory in GiB, accelerators)."""
    return [
        InstanceType(f"{family}.{size}", vcpu, gib * 1024, accelerator, count, nvme_only=nvme_only)
        for size, (vcpu, gib, count) in sizes.items()
    ]


EC2_GPU_INSTANCE_TYPES: Final[dict[str, InstanceType]] = {
    t.name: t
    for t in (
        *_family(
            "g4dn",
            "nvidia-t4",
            {
                "xlarge": (4, 16, 1),
                "2xlarge": (8, 32, 1),
                "4xlarge": (16, 64, 1),
                "8xlarge": (32, 128, 1),
                "16xlarge": (64, 256, 1),
                "12xlarge": (48, 192, 4),
                "metal": (96, 384, 8),
            },
            nvme_only=True,
        ),
        *(
            instance_type
            for family, accelerator in (("g5", "nvidia-a10g"), ("g6", "nvidia-l4"))
            for instance_type in _family(
                family,
                accelerator,
                {
                    "xlarge": (4, 16, 1),
                    "2xlarge": (8, 32, 1),
                    "4xlarge": (16, 64, 1),
                    "8xlarge": (32, 128, 1),
                    "16xlarge": (64, 256, 1),
                    "12xlarge": (48, 192, 4),
                    "24xlarge": (96, 384, 4),
                    "48xlarge": (192, 768, 8),
                },
                nvme_only=True,
            )
        ),
        *_family(
            "g6e",
            "nvidia-l40s",
            {
                "xlarge": (4, 32, 1),
                "2xlarge": (8, 64, 1),
                "4xlarge": (16, 128, 1),
                "8xlarge": (32, 256, 1),
                "16xlarge": (64, 512, 1),
                "12xlarge": (48, 384, 4),
                "24xlarge": (96, 768, 4),
                "48xlarge": (192, 1536, 8),
            },
            nvme_only=True,
        ),
        *_family(
            "p3",
            "nvidia-v100",
            {"2xlarge": (8, 61, 1), "8xlarge": (32, 244, 4), "16xlarge": (64, 488, 8)},
            nvme_only=False,
        ),
        *_family("p4d", "nvidia-a100", {"24xlarge": (96, 1152, 8)}, nvme_only=True),
        *_family(
            "p5",
            "nvidia-h100",
            {"4xlarge": (16, 256, 1), "48xlarge": (192, 2048, 8)},
            nvme_only=True,
        ),
    )
}
