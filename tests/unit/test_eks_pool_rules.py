"""What EKS and Karpenter refuse of a pool, on both sides of each rule."""

from typing import Any

import pytest

from facts.machines.ec2 import EC2_GPU_INSTANCE_TYPES
from facts.pools.eks_rules import EksAsk, eks_faults, eks_machines

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
GROUP = "arn:aws:resource-groups:eu-west-1:123456789012:group/gpus"
KARPENTER = {"provisioner": "karpenter"}
BLOCK = {"capacity": "capacity_block", "reservation": "cr-1"}
RESERVED = {"capacity": "reserved", "reservation": "cr-1"}


def ask(*types: str, **more: Any) -> EksAsk:  # noqa: ANN401 - any of its fields
    machines = [EC2_GPU_INSTANCE_TYPES[name] for name in types or ("g6.xlarge",)]
    return EksAsk(machines=machines, **more)


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (ask(), []),
        (ask(driver="cloud"), []),
        (ask(driver="operator"), ["driver"]),
        (ask(disk_key=KEY), []),
        (ask(disk_key="alias/mine"), ["disk_key"]),
        (ask("g6.xlarge", "g6.2xlarge"), []),
        (ask("g6.xlarge", "g5g.xlarge"), ["instance_types"]),
        (ask("p5.48xlarge", "p5e.48xlarge", interconnect="efa"), []),
        (ask("p5e.48xlarge", "p5en.48xlarge", interconnect="efa"), ["instance_types"]),
        (ask("p5e.48xlarge", "p5en.48xlarge"), []),
        (ask(local_ssd=True), []),
        (ask("p3.2xlarge", local_ssd=True), ["local_ssd"]),
        (ask("g6.xlarge", "p3.2xlarge", local_ssd=True), ["local_ssd"]),
        (ask(**RESERVED), []),
        (ask("g6.xlarge", "g6.2xlarge", **RESERVED), ["instance_types"]),
        (ask("g6.xlarge", "g6.2xlarge", **RESERVED | {"reservation": GROUP}), []),
        (ask("g6.xlarge", "g6.2xlarge", **RESERVED, **KARPENTER), []),
        (ask(**RESERVED | {"reservation": "mine"}), ["reservation"]),
        (ask(**RESERVED | {"reservation": GROUP}, **KARPENTER), ["reservation"]),
        (ask(**BLOCK, zones=["a"]), []),
        (ask(**BLOCK, subnets=1), []),
        (ask(**BLOCK, zones=["a", "b"], subnets=3), ["zones"]),
        (ask(**BLOCK), ["zones"]),
        (ask(**BLOCK, **KARPENTER), []),
        (ask(**BLOCK | {"reservation": GROUP}, zones=["a"]), ["reservation"]),
        (ask(node_repair=False, kubernetes_version="1.34"), []),
        (
            ask(node_repair=False, kubernetes_version="1.34", **KARPENTER),
            ["kubernetes_version", "node_repair"],
        ),
    ],
)
def test_each_rule(asked: EksAsk, keys: list[str]) -> None:
    assert [key for key, _, _ in eks_faults(asked)] == keys


def test_karpenter_takes_any_size_unless_types_are_said() -> None:
    def names(asked: EksAsk) -> set[str]:
        return {machine.name for machine in eks_machines(asked)}

    assert names(ask(any_size=True)) == {"g6.xlarge"}
    assert names(ask(**KARPENTER)) == {"g6.xlarge"}
    assert names(ask(any_size=True, **KARPENTER)) > {"g6.xlarge", "g6.16xlarge", "gr6.4xlarge"}
    # Four of them, or a machine without disks, are something else.
    assert "g6.12xlarge" not in names(ask(any_size=True, **KARPENTER))
    wide = ask("p5.48xlarge", any_size=True, interconnect="efa", **KARPENTER)
    assert names(wide) == {"p5.48xlarge"}
    bare = ask("p3.2xlarge", any_size=True, local_ssd=True, **KARPENTER)
    assert [key for key, _, _ in eks_faults(bare)] == ["local_ssd"]
