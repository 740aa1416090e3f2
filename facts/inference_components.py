"""SageMaker's inference components: what copies of models need, and what an instance has for them.

Of an instance the operating system and SageMaker itself take a part that no page states. So what is
refused here does not fit by the whole instance either; what is let through may still not.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from facts.limits import Limit
from facts.machines.ec2 import EC2_GPU_INSTANCE_TYPES
from facts.sagemaker import cores, family, gpus

__all__ = [
    "BATCH_PERCENT",
    "CHECKED",
    "CPU",
    "DEFAULT_BATCH_PERCENT",
    "MEMORY_MIB",
    "SOURCE",
    "STARTUP_SECONDS",
    "VARIANT",
    "ZERO_SOURCE",
    "Copy",
    "component_name",
    "instances_for",
    "misfit",
    "most_on_one",
    "room",
    "shared_endpoint_name",
]

_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
SOURCE: Final = _API + "API_InferenceComponentComputeResourceRequirements.html"
ZERO_SOURCE: Final = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html"
)
CHECKED: Final = "2026-11-26"

# The numbers stand in SageMaker's API model (botocore 1.44.5) too.
CPU: Final = Limit("CPU cores of one copy", 0.25, None, "cores", SOURCE, CHECKED)
MEMORY_MIB: Final = Limit("memory of one copy", 128, None, "MiB", SOURCE, CHECKED)
STARTUP_SECONDS: Final = Limit(
    "time of a copy to load or to start",
    60,
    3600,
    "seconds",
    _API + "API_InferenceComponentStartupParameters.html",
    CHECKED,
)
BATCH_PERCENT: Final = Limit(
    "batch of a rolling update",
    5,
    50,
    "% of the copies",
    _API + "API_InferenceComponentRollingUpdatePolicy.html",
    CHECKED,
)
DEFAULT_BATCH_PERCENT: Final = 50

# The one variant of an endpoint that hosts components, as AWS's own examples call it.
VARIANT: Final = "AllTraffic"

# GiB of memory for each vCPU, by the first letters of a family: EC2's pages of the families.
# https://aws.amazon.com/ec2/instance-types/
_GIB_PER_CORE: Final = {"c4": 1.875, "c": 2.0, "m": 4.0, "r": 8.0}
_GIB: Final = {"medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}


@dataclass(frozen=True, slots=True)
class Copy:
    """What one copy of a model asks for, or one instance has; 0 asks for nothing."""

    cpu: float
    memory_mib: int
    accelerators: int


def room(instance_type: str) -> Copy | None:
    """What an instance has; None where that is not known."""
    known = EC2_GPU_INSTANCE_TYPES.get(instance_type.removeprefix("ml."))
    if known is not None:
        return Copy(known.vcpu, known.memory_mib, known.accelerator_count)
    of = family(instance_type)
    if of == "t2":
        gib: float | None = _GIB.get(instance_type.rpartition(".")[2])
    else:
        per_core = _GIB_PER_CORE.get(of) or _GIB_PER_CORE.get(of[:1])
        gib = cores(instance_type) * per_core if per_core else None
    if gib is None:
        return None
    return Copy(cores(instance_type), int(gib * 1024), gpus(instance_type))


def misfit(
    models: Mapping[str, tuple[Copy, int]], instance_type: str, instances: int
) -> str | None:
    """Why so many copies of these models can never be on so many instances; None if they may.

    `models` are what a copy needs and how many there are to be, by name.
    """
    has = room(instance_type)
    if has is None:
        return None
    for name, (copy, count) in models.items():
        fit = _on_one(copy, has)
        if fit < 1:
            return f"one copy of {name} needs {_told(copy)}, and {instance_type} has {_told(has)}"
        if fit * instances < count:
            return (
                f"{count} copies of {name} need {math.ceil(count / fit)} instances: {fit} "
                f"{'is' if fit == 1 else 'are'} on one {instance_type}"
            )
    for unit, needed, there in (
        ("CPU cores", sum(copy.cpu * count for copy, count in models.values()), has.cpu),
        ("MiB", sum(copy.memory_mib * count for copy, count in models.values()), has.memory_mib),
        (
            "GPUs",
            sum(copy.accelerators * count for copy, count in models.values()),
            has.accelerators,
        ),
    ):
        if needed > there * instances:
            return (
                f"{', '.join(sorted(models))} need {needed:g} {unit} together, and {instances} "
                f"{instance_type} have {there * instances:g}"
            )
    return None


def most_on_one(copy: Copy, instance_type: str) -> int | None:
    """How many copies may be on one instance; None where that is not known."""
    has = room(instance_type)
    return None if has is None else _on_one(copy, has)


def instances_for(copy: Copy, instance_type: str, most: int, batch_percent: int) -> int:
    """Instances for so many copies, and for one batch of a rolling update beside them.

    The new copies of a batch are there before the old ones go.
    https://aws.amazon.com/blogs/machine-learning/enhance-deployment-guardrails-with-inference-component-rolling-updates-for-amazon-sagemaker-ai-inference/
    """
    on_one = most_on_one(copy, instance_type)
    return math.ceil((most + math.ceil(most * batch_percent / 100)) / on_one) if on_one else 1


def shared_endpoint_name(server: str, environment: str) -> str:
    """The name of the endpoint that a shared endpoint's file makes."""
    return f"{server}-{environment}"


def component_name(name: str, environment: str, server: str | None) -> str:
    """The name that callers give beside the endpoint's, unique in account and region.

    On an endpoint of others it begins with the endpoint's: a model that moves to another one is
    there before the old one goes.
    """
    return f"{server}-{name}" if server else f"{name}-{environment}"


def _on_one(copy: Copy, has: Copy) -> int:
    counts = [has.memory_mib // copy.memory_mib if copy.memory_mib else math.inf]
    if copy.cpu:
        counts.append(has.cpu // copy.cpu)
    if copy.accelerators:
        counts.append(has.accelerators // copy.accelerators)
    return int(min(counts))


def _told(amounts: Copy) -> str:
    parts = [f"{amounts.memory_mib} MiB"]
    if amounts.cpu:
        parts.insert(0, f"{amounts.cpu:g} CPU cores")
    parts.append(f"{amounts.accelerators} GPUs")
    return ", ".join(parts)
