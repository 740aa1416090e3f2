"""A node that is not there yet, as an autoscaler imagines it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from facts.machines.shapes import MachineType

__all__ = [
    "CLASS_LABEL",
    "GPU",
    "Option",
    "Taint",
    "Template",
    "architecture",
    "machine_labels",
    "machine_resources",
    "taint",
    "taint_of",
]

GPU = "nvidia.com/gpu"
# By it a pod chooses a ComputeClass of GKE.
CLASS_LABEL = "cloud.google.com/compute-class"
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Taint:
    """A taint of a node."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        """As `kubectl taint` takes it."""
        return f"{self.key}={self.value}:{self.effect}"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the machine types that a pool may take: its resources, and labels of its own."""

    resources: dict[str, float]
    labels: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A pool, and the node that it would add.

    Attributes:
        known_as: The name that patterns of the priority expander find.
        options: Machine types of which one would be taken that the pod fits on, as Karpenter
            does. Empty: `resources` are those of every node.
        choices: Values that a node may have of a label, where the pod's choice decides.
        weight: Karpenter's.
        closed: Why the pool adds none at all, whatever the pod.
    """

    pool: str
    scaler: str
    cloud: str
    cluster: str
    known_as: str
    labels: dict[str, str]
    taints: tuple[Taint, ...]
    resources: dict[str, float]
    machines: tuple[str, ...]
    zones: tuple[str, ...]
    capacity: str
    nodes: int = 0
    most: int | None = None
    weight: int = 0
    closed: str = ""
    options: dict[str, Option] = field(default_factory=dict[str, Option])
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def architecture(shape: MachineType | None) -> dict[str, str]:
    """Labels of what runs on a machine."""
    return {
        "kubernetes.io/arch": _ARCHITECTURES[shape.architecture] if shape else "amd64",
        "kubernetes.io/os": "linux",
    }


def machine_labels(name: str, shape: MachineType | None, region: str, zone: str) -> dict[str, str]:
    """Labels that every node has."""
    return {
        **architecture(shape),
        "node.kubernetes.io/instance-type": name,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
    }


def machine_resources(shape: MachineType | None) -> dict[str, float]:
    """All of the machine: the autoscaler does not know what the kubelet keeps."""
    if shape is None:
        # A machine without GPUs, as far as is known here: a pod that asks for some never fits.
        return {"pods": 110.0}
    memory = float(shape.memory_mib) * 1024**2
    gpus = float(shape.accelerator_count)
    return {"pods": 110.0, "cpu": float(shape.vcpu), "memory": memory, GPU: gpus}


def taint_of(given: Mapping[str, object], effects: Mapping[str, str] | None = None) -> Taint:
    """Of key, value and effect, of which a cloud may have words of its own."""
    effect = str(given.get("effect"))
    return Taint(
        str(given.get("key")), str(given.get("value") or ""), (effects or {}).get(effect, effect)
    )


def taint(key: str, value_and_effect: str) -> Taint:
    """Of a key and `value:Effect`."""
    value, _, effect = value_and_effect.rpartition(":")
    return Taint(key, value, effect)
