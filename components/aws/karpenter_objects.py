"""Machines of a pool in Karpenter's words: parts of its NodePool and EC2NodeClass."""

from collections.abc import Sequence
from typing import Any, Final

from components.aws.eks_gpu_machines import GpuMachine, node_config
from components.checks import Checks
from components.kubernetes.objects import Manifest

__all__ = ["disk", "machine_fields", "read_disruption", "requirements"]

_CONSOLIDATION: Final = {"when_empty": "WhenEmpty", "when_underused": "WhenEmptyOrUnderutilized"}


def read_disruption(checks: Checks) -> dict[str, Any]:
    """A model takes minutes to be loaded elsewhere: nothing is moved to save a little."""
    policy = checks.choice("consolidation", "when_empty", _CONSOLIDATION)
    seconds = checks.whole("consolidate_after_seconds", 600, 0, 86_400)
    return {
        "consolidationPolicy": _CONSOLIDATION[policy],
        "consolidateAfter": f"{seconds}s",
        # One machine at a time: GPUs are too scarce for a second fleet.
        "budgets": [{"nodes": "1"}],
    }


def machine_fields(machine: GpuMachine) -> Manifest:
    """What only some machines have: own disks, parallel pulls, EFA, a reservation."""
    pool = machine.pool
    spec: Manifest = {}
    if pool.local_ssd:
        spec["instanceStorePolicy"] = "RAID0"
    if pool.image_streaming:
        spec["userData"] = node_config(local_ssd=False, fast_pull=True)
    if machine.efa:
        first = {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
        others = (
            {
                "networkCardIndex": card,
                "deviceIndex": 0 if card else 1,
                "interfaceType": "efa-only",
            }
            for card in machine.efa_cards
        )
        spec["networkInterfaces"] = [first, *others]
    if pool.reservation is not None:
        spec["capacityReservationSelectorTerms"] = [{"id": pool.reservation}]
    return spec


def disk(mapping: dict[str, Any]) -> Manifest:
    """A disk of a launch template in Karpenter's words."""
    ebs = mapping["ebs"]
    mapped: Manifest = {
        "encrypted": True,
        "deleteOnTermination": True,
        "volumeType": ebs["volume_type"],
        "volumeSize": f"{ebs['volume_size']}Gi",
    }
    for key, word in (("iops", "iops"), ("throughput", "throughput"), ("kms_key_id", "kmsKeyID")):
        if key in ebs:
            mapped[word] = ebs[key]
    return {"deviceName": mapping["device_name"], "ebs": mapped}


def requirements(machine: GpuMachine, capacity_types: Sequence[str]) -> list[Manifest]:
    """Of which machines Karpenter takes the cheapest."""
    pool = machine.pool
    wanted = {
        "node.kubernetes.io/instance-type": [each.name for each in pool.machines],
        "kubernetes.io/arch": ["arm64" if machine.is_arm else "amd64"],
        "kubernetes.io/os": ["linux"],
        "karpenter.sh/capacity-type": list(capacity_types),
    }
    if pool.zones:
        wanted["topology.kubernetes.io/zone"] = list(pool.zones)
    if pool.capacity == "capacity_block":
        wanted["karpenter.k8s.aws/capacity-reservation-type"] = ["capacity-block"]
    return [{"key": key, "operator": "In", "values": values} for key, values in wanted.items()]
