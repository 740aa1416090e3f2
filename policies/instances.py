"""Instance types of EKS node groups, launch templates and SageMaker variants."""

import re
from typing import Final

from facts.machines.ec2 import EC2_GPU_INSTANCE_TYPES
from facts.machines.shapes import MachineType

# EC2 families that carry accelerators. https://aws.amazon.com/ec2/instance-types/
_ACCELERATED: Final = re.compile(r"^(g\d|gr\d|p\d|trn\d|inf\d|dl\d|vt\d)[a-z0-9-]*$")
# Sizes that, in these families, are always the whole machine (four accelerators or more).
_WHOLE: Final = re.compile(r"^(\d+-)?(metal|24xlarge|32xlarge|36xlarge|48xlarge)$")


def known(instance_type: str) -> MachineType | None:
    """The facts of an EC2 type, or of the SageMaker type (`ml.…`) on it."""
    return EC2_GPU_INSTANCE_TYPES.get(instance_type.removeprefix("ml."))


def is_accelerated(instance_type: str) -> bool:
    """Whether the type's family carries accelerators, known to the facts or not."""
    family = instance_type.removeprefix("ml.").split(".")[0]
    return known(instance_type) is not None or _ACCELERATED.match(family) is not None


def accelerators(instance_type: str) -> int | None:
    """How many it carries; 0 for other families; None where the facts do not say."""
    fact = known(instance_type)
    if fact is not None:
        return fact.accelerator_count
    return None if is_accelerated(instance_type) else 0


def is_whole_machine(instance_type: str) -> bool:
    """By its size alone: the largest of an accelerated family."""
    size = instance_type.rpartition(".")[2]
    return is_accelerated(instance_type) and _WHOLE.match(size) is not None
