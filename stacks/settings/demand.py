"""What the pods of a deployment ask for when it has grown to its most."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from stacks.settings.environment import KubernetesTarget
from stacks.settings.kserve_shared import TrainedModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings

__all__ = ["Demand", "demand", "total"]

# What a replica gets where nothing is said, as the components have it.
_USUAL_CPU: Final = 1.0
_USUAL_MEMORY_MIB: Final = 2048
_USUAL_COMPANION_MEMORY_MIB: Final = 1024
# What is put beside the server in each pod, CPU and MiB: Knative's queue proxy (config-deployment;
# its memory by the namespace's LimitRange) and Istio's sidecar (its chart's defaults).
_QUEUE_PROXY: Final = (0.025, 64)
_SIDECAR: Final = (0.1, 128)
# Strategies with a second set of pods beside the stable one.
_BESIDE: Final = frozenset({"blue_green", "canary", "ab", "shadow"})


@dataclass(frozen=True, slots=True)
class Demand:
    """Requests of pods together."""

    pods: int = 0
    cpu: float = 0.0
    memory_mib: int = 0
    gpus: int = 0

    def __add__(self, other: "Demand") -> "Demand":
        return Demand(
            self.pods + other.pods,
            self.cpu + other.cpu,
            self.memory_mib + other.memory_mib,
            self.gpus + other.gpus,
        )


def total(demands: Iterable[Demand]) -> Demand:
    """All together."""
    return sum(demands, Demand())


def demand(settings: AnySettings, cluster: KubernetesTarget) -> Demand:
    """Most replicas times what one asks for; the candidate's and those beside it included.

    Raises:
        NotKnown: a setting that it needs is wrong.
    """
    if isinstance(settings, TrainedModel):
        # Its pods are those of its server.
        return Demand()
    replicas = _get(settings, "max_replicas") or _get(settings, "parallelism") or 0
    replicas += _candidates(settings, replicas) + (_get(settings, "prefill_replicas") or 0)
    resources = settings.resources
    gpus = 0
    if resources.accelerator is not None:
        gpus = resources.accelerator_count or _get(settings, "tensor_parallel") or 1
    more_cpu, more_memory = _injected(settings, cluster)
    whole = _times(
        replicas,
        (resources.cpu or _USUAL_CPU) + more_cpu,
        (resources.memory_mib or _USUAL_MEMORY_MIB) + more_memory,
        gpus,
    )
    for part in settings.parts.values() if isinstance(settings, ModelServerModel) else ():
        most = part.max_replicas or max(_get(settings, "max_replicas"), part.min_replicas or 0)
        own = part.resources
        whole += _times(
            most + _candidates(settings, most),
            (own.cpu or _USUAL_CPU) + more_cpu,
            (own.memory_mib or _USUAL_MEMORY_MIB) + more_memory,
            (own.accelerator_count or 1) if own.accelerator else 0,
        )
    for key in ("transformer", "explainer"):
        if companion := _get(settings, key):
            whole += _times(
                companion.max_replicas,
                (companion.cpu or _USUAL_CPU) + more_cpu,
                (companion.memory_mib or _USUAL_COMPANION_MEMORY_MIB) + more_memory,
                0,
            )
    return whole


def _times(replicas: int, cpu: float, memory_mib: int, gpus: int) -> Demand:
    return Demand(replicas, replicas * cpu, replicas * memory_mib, replicas * gpus)


def _candidates(settings: AnySettings, replicas: int) -> int:
    """Replicas of the candidate at its most: its own number, else as many as the stable model's."""
    if _get(settings, "candidate") is None:
        return 0
    strategy = _get(settings, "strategy")
    if strategy is not None and strategy not in _BESIDE:
        return 0
    return _get(settings, "candidate_replicas") or replicas


def _injected(settings: AnySettings, cluster: KubernetesTarget) -> tuple[float, int]:
    cpu, memory_mib = 0.0, 0
    if _get(settings, "deployment_mode") == "knative":
        cpu, memory_mib = _QUEUE_PROXY
    if cluster.mesh == "istio_sidecar":
        cpu, memory_mib = cpu + _SIDECAR[0], memory_mib + _SIDECAR[1]
    return cpu, memory_mib


def _get(settings: AnySettings, key: str) -> Any:  # noqa: ANN401 - any setting
    """A setting, or None where the target has none such; a wrong one raises."""
    return getattr(settings, key) if key in type(settings).model_fields else None
