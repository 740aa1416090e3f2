"""Accelerators and the EC2 and SageMaker instance types that carry them.

Sources, read 2026-11-01: https://aws.amazon.com/ec2/instance-types/ (accelerated computing) and
NVIDIA's data sheets. Memory is what one device has, in MiB of nominal GiB.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One kind of device. `kubernetes_label` is the value of `nvidia.com/gpu.product` on a node."""

    name: str
    memory_mib: int
    kubernetes_label: str


ACCELERATORS: Final[dict[str, Accelerator]] = {
    a.name: a
    for a in (
        Accelerator("nvidia-t4", 16 * 1024, "Tesla-T4"),
        Accelerator("nvidia-a10g", 24 * 1024, "NVIDIA-A10G"),
        Accelerator("nvidia-l4", 24 * 1024, "NVIDIA-L4"),
        Accelerator("nvidia-l40s", 48 * 1024, "NVIDIA-L40S"),
        Accelerator("nvidia-v100", 16 * 1024, "Tesla-V100-SXM2-16GB"),
        Accelerator("nvidia-a100", 40 * 1024, "NVIDIA-A100-SXM4-40GB"),
        Accelerator("nvidia-h100", 80 * 1024, "NVIDIA-H100-80GB-HBM3"),
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


EC2_GPU_INSTANCE_TYPES: Final[dict[str, InstanceType]] = {
    t.name: t
    for t in (
        InstanceType("g4dn.xlarge", 4, 16 * 1024, "nvidia-t4", 1, nvme_only=True),
        InstanceType("g4dn.2xlarge", 8, 32 * 1024, "nvidia-t4", 1, nvme_only=True),
        InstanceType("g4dn.12xlarge", 48, 192 * 1024, "nvidia-t4", 4, nvme_only=True),
        InstanceType("g5.xlarge", 4, 16 * 1024, "nvidia-a10g", 1, nvme_only=True),
        InstanceType("g5.2xlarge", 8, 32 * 1024, "nvidia-a10g", 1, nvme_only=True),
        InstanceType("g5.12xlarge", 48, 192 * 1024, "nvidia-a10g", 4, nvme_only=True),
        InstanceType("g5.48xlarge", 192, 768 * 1024, "nvidia-a10g", 8, nvme_only=True),
        InstanceType("g6.xlarge", 4, 16 * 1024, "nvidia-l4", 1, nvme_only=True),
        InstanceType("g6.2xlarge", 8, 32 * 1024, "nvidia-l4", 1, nvme_only=True),
        InstanceType("g6.12xlarge", 48, 192 * 1024, "nvidia-l4", 4, nvme_only=True),
        InstanceType("g6e.xlarge", 4, 32 * 1024, "nvidia-l40s", 1, nvme_only=True),
        InstanceType("g6e.12xlarge", 48, 384 * 1024, "nvidia-l40s", 4, nvme_only=True),
        InstanceType("p3.2xlarge", 8, 61 * 1024, "nvidia-v100", 1),
        InstanceType("p4d.24xlarge", 96, 1152 * 1024, "nvidia-a100", 8, nvme_only=True),
        InstanceType("p5.48xlarge", 192, 2048 * 1024, "nvidia-h100", 8, nvme_only=True),
    )
}
