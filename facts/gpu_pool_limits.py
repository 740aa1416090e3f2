"""What the pools of each cloud can do: settings and components are held to the same."""

from typing import Final

from facts.accelerators import EC2_GPU_INSTANCE_TYPES
from facts.gpu_pool_rules import Limits

__all__ = ["EKS", "LIMITS"]

EKS: Final = Limits(
    cluster="eks",
    machines=tuple(EC2_GPU_INSTANCE_TYPES.values()),
    capacities=("on_demand", "spot", "reserved", "capacity_block"),
    reserving=("reserved", "capacity_block"),
    interconnects={"efa": ()},
    most_nodes=450,
    source="https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html",
    reserved_labels=("eks.amazonaws.com/",),
)

LIMITS: Final[dict[str, Limits]] = {limits.cluster: limits for limits in (EKS,)}
