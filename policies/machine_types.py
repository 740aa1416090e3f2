"""Machine types by their names: of EC2 and SageMaker, Compute Engine, Azure.

The name alone tells whose it is: EC2's have a dot, Azure's begin with `Standard_`.
"""

import re
from functools import cache
from typing import Final

from facts.machines import choose
from facts.machines.shapes import MachineType

# Families that carry accelerators. https://aws.amazon.com/ec2/instance-types/
# https://cloud.google.com/compute/docs/machine-resource and
# https://cloud.google.com/kubernetes-engine/docs/concepts/plan-tpus (ct…, tpu…); g1 was shared-core
# https://learn.microsoft.com/azure/virtual-machines/sizes/overview (N)
_ACCELERATED: Final = {
    "aws": re.compile(r"(g\d|gr\d|p\d|trn\d|inf\d|dl\d|vt\d)[a-z0-9-]*\..+"),
    "gcp": re.compile(r"(a[2-9]|g[2-9]|ct\d|tpu\d)[a-z0-9]*-.+"),
    "azure": re.compile(r"standard_n[cdgpv]\d+.*"),
}
# Sizes that, in these families, are always the whole machine, with several.
_WHOLE: Final = {
    "aws": re.compile(r".+\.(\d+-)?(metal|24xlarge|32xlarge|36xlarge|48xlarge)"),
    "gcp": re.compile(r".+-metal"),
    "azure": re.compile(r"standard_nd\d{2,3}i?[a-z]*_.+"),
}
# Compute Engine's names tell how many GPUs or TPUs: a3-highgpu-8g, ct6e-standard-4t.
_COUNTED: Final = re.compile(r".+-(\d+)[gt](-[a-z]+)?")


def cloud(instance_type: str) -> str:
    """Whose it is, by its name."""
    if "." in instance_type:
        return "aws"
    return "azure" if instance_type.lower().startswith("standard_") else "gcp"


def _plain(instance_type: str) -> str:
    """Without SageMaker's prefix; Azure takes any case."""
    return instance_type.removeprefix("ml.").lower()


@cache
def _facts() -> dict[str, MachineType]:
    # How many GPUs are attached to N1 is the pool's own word.
    return {m.name.lower(): m for m in choose.machines() if not m.name.startswith("n1-")}


def known(instance_type: str) -> MachineType | None:
    """The facts of a machine type, or of the EC2 type below a SageMaker type (`ml.…`)."""
    return _facts().get(_plain(instance_type))


def is_accelerated(instance_type: str) -> bool:
    """Whether the type's family carries accelerators, known to the facts or not."""
    name = _plain(instance_type)
    return known(name) is not None or bool(_ACCELERATED[cloud(name)].fullmatch(name))


def accelerators(instance_type: str) -> int | None:
    """How many it carries; 0 for other families; None where neither facts nor name say."""
    fact, name = known(instance_type), _plain(instance_type)
    if fact is not None:
        return fact.accelerator_count
    if not is_accelerated(name):
        return 0
    counted = _COUNTED.fullmatch(name) if cloud(name) == "gcp" else None
    return int(counted[1]) if counted else None


def is_whole_machine(instance_type: str) -> bool:
    """By its size alone: the largest of an accelerated family."""
    name = _plain(instance_type)
    return is_accelerated(name) and _WHOLE[cloud(name)].fullmatch(name) is not None
