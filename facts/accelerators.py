"""Kinds of GPUs: memory, how they can be cut, what joins them, and their names in each cloud.

Memory is what vendors call it, in MiB of nominal GiB; of kinds with GDDR memory a driver shows up
to 7 percent less (EC2 reports 22,888 MiB of an L4). Which machines carry them is in facts/machines.
Sources, read 2026-11-26:

- memory, names on Compute Engine, and what joins the GPUs of a machine:
  https://cloud.google.com/compute/docs/accelerator-optimized-machines (of 2026-04-14),
  https://aws.amazon.com/ec2/instance-types/accelerated-computing/,
  https://learn.microsoft.com/azure/virtual-machines/sizes/overview (GPU accelerated)
- parts: https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-mig-profiles.html and the
  configuration of https://github.com/NVIDIA/mig-parted (deployments/systemd), of 2026-08-21
- labels: the name that the driver gives, spaces as hyphens, by GPU feature discovery,
  https://github.com/NVIDIA/k8s-device-plugin/blob/main/docs/gpu-feature-discovery/README.md
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = [
    "ACCELERATORS",
    "GPU",
    "PRODUCT_LABEL",
    "Accelerator",
    "MigProfile",
]

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
    """One kind of device.

    `gke_name` is the value of cloud.google.com/gke-accelerator, None where Google Cloud has none;
    a machine that names its GPUs otherwise says so itself. `interconnect` joins the GPUs of one
    machine: pcie, nvlink, or None where no source tells.
    """

    name: str
    memory_mib: int
    kubernetes_label: str
    """The value of `PRODUCT_LABEL` on a node."""
    interconnect: str | None
    gke_name: str | None = None
    mig_profiles: Mapping[str, MigProfile] = field(default_factory=dict[str, MigProfile])

    @property
    def memory_gib(self) -> int:
        """Memory as vendors name it."""
        return self.memory_mib // 1024


def _mig(eighth: int, quarter: int, half: int, whole: int) -> dict[str, MigProfile]:
    """The profiles of a device with seven compute and eight memory slices.

    The sizes are those in the profiles' names, in GiB: of an eighth of the memory and so on, each
    rounded by NVIDIA.
    """
    return {
        f"{compute}g.{gib}gb": MigProfile(per_gpu, gib * 1024)
        for compute, gib, per_gpu in (
            (1, eighth, 7),
            (1, quarter, 4),
            (2, quarter, 3),
            (3, half, 2),
            (4, half, 1),
            (7, whole, 1),
        )
    }


# The RTX PRO 6000 has four slices of each kind.
_QUARTERS: Final = {
    "1g.24gb": MigProfile(4, 24 * 1024),
    "2g.48gb": MigProfile(2, 48 * 1024),
    "4g.96gb": MigProfile(1, 96 * 1024),
}

# Name, GiB, label, interconnect, name on GKE, parts.
_Kind = tuple[str, int, str, str | None, str | None, dict[str, MigProfile]]
_KINDS: Final[tuple[_Kind, ...]] = (
    ("nvidia-p4", 8, "Tesla-P4", "pcie", "nvidia-tesla-p4", {}),
    ("nvidia-p100", 16, "Tesla-P100-PCIE-16GB", "pcie", "nvidia-tesla-p100", {}),
    ("nvidia-v100", 16, "Tesla-V100-SXM2-16GB", "nvlink", "nvidia-tesla-v100", {}),
    ("nvidia-v100-32gb", 32, "Tesla-V100-SXM2-32GB", "nvlink", None, {}),
    ("nvidia-t4", 16, "Tesla-T4", "pcie", "nvidia-tesla-t4", {}),
    ("nvidia-t4g", 16, "NVIDIA-T4G", "pcie", None, {}),
    # Azure gives a whole A10 as the largest of its virtual GPUs.
    ("nvidia-a10", 24, "NVIDIA-A10-24Q", "pcie", None, {}),
    ("nvidia-a10g", 24, "NVIDIA-A10G", "pcie", None, {}),
    (
        "nvidia-a100",
        40,
        "NVIDIA-A100-SXM4-40GB",
        "nvlink",
        "nvidia-tesla-a100",
        _mig(5, 10, 20, 40),
    ),
    (
        "nvidia-a100-80gb",
        80,
        "NVIDIA-A100-SXM4-80GB",
        "nvlink",
        "nvidia-a100-80gb",
        _mig(10, 20, 40, 80),
    ),
    ("nvidia-a100-80gb-pcie", 80, "NVIDIA-A100-80GB-PCIe", "pcie", None, _mig(10, 20, 40, 80)),
    ("nvidia-l4", 24, "NVIDIA-L4", "pcie", "nvidia-l4", {}),
    ("nvidia-l40s", 48, "NVIDIA-L40S", "pcie", None, {}),
    (
        "nvidia-h100",
        80,
        "NVIDIA-H100-80GB-HBM3",
        "nvlink",
        "nvidia-h100-80gb",
        _mig(10, 20, 40, 80),
    ),
    ("nvidia-h100-nvl", 94, "NVIDIA-H100-NVL", None, None, _mig(12, 24, 47, 94)),
    ("nvidia-h200", 141, "NVIDIA-H200", "nvlink", "nvidia-h200-141gb", _mig(18, 35, 71, 141)),
    ("nvidia-b200", 180, "NVIDIA-B200", "nvlink", "nvidia-b200", _mig(23, 45, 90, 180)),
    ("nvidia-b300", 269, "NVIDIA-B300-SXM6-AC", "nvlink", None, _mig(34, 67, 135, 269)),
    ("nvidia-gb200", 186, "NVIDIA-GB200", "nvlink", "nvidia-gb200", _mig(23, 47, 93, 186)),
    ("nvidia-gb300", 279, "NVIDIA-GB300", "nvlink", "nvidia-gb300", _mig(35, 70, 139, 278)),
    ("nvidia-rtx-pro-4500", 32, "NVIDIA-RTX-PRO-4500-Blackwell-Server-Edition", "pcie", None, {}),
    (
        "nvidia-rtx-pro-6000",
        96,
        "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition",
        "pcie",
        "nvidia-rtx-pro-6000",
        _QUARTERS,
    ),
)

ACCELERATORS: Final[dict[str, Accelerator]] = {
    name: Accelerator(name, gib * 1024, label, interconnect, gke_name, mig)
    for name, gib, label, interconnect, gke_name, mig in _KINDS
}
