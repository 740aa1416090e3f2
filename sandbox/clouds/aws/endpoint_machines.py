"""What an endpoint configuration cannot have on the machines that it names."""

from typing import Final

from facts.sagemaker import LOCAL_DISKS_SOURCE, has_local_disks
from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.values import listed, mapped

__all__ = ["configuration_problems"]

_BLOCKS: Final = ("productionVariants", "shadowProductionVariants")


def configuration_problems(call: Call) -> list[Problem]:
    """Disks that are NVMe have no key and no size."""
    found: list[Problem] = []
    for block in _BLOCKS:
        for number, each in enumerate(listed(call.inputs.get(block))):
            variant = mapped(each)
            kind = variant.get("instanceType")
            if not isinstance(kind, str) or not has_local_disks(kind):
                continue
            if call.inputs.get("kmsKeyArn") and not found:
                reason = (
                    f"not with {kind}: its disks are local, and encrypted by hardware "
                    f"({LOCAL_DISKS_SOURCE}, KmsKeyId)"
                )
                found.append(Problem("kmsKeyArn", reason))
            if variant.get("volumeSizeInGb"):
                path = f"{block}[{number}].volumeSizeInGb"
                found.append(Problem(path, f"not with {kind}, whose local disks have their size"))
    return found
