"""What the pods of a deployment ask for when it has grown to its most."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from facts.edge import usual
from facts.pods import is_fetched
from stacks.settings.batch import Batch
from stacks.settings.common import Common, Resources
from stacks.settings.environment import KubernetesTarget
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.kserve_shared import TrainedModel
from stacks.settings.kubernetes_batch import KubernetesBatch
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.pairs import asks_for_gpus
from stacks.settings.sagemaker_batch import SageMakerBatch
from stacks.settings.sagemaker_components import SharedEndpoint
from stacks.settings.seldon import SeldonModel
from stacks.settings.yaml_source import KeyPath

__all__ = ["Demand", "Pods", "demand", "pods", "total"]

# What a replica gets where nothing is said, CPU and MiB, as the components have it.
_USUAL: Final = {
    "kserve_graph": (0.5, 256),
    "kserve_llm": (4.0, 16_384),
    "kserve_shared_server": (1.0, 4096),
}
_USUAL_SERVER: Final = (1.0, 2048)
_USUAL_COMPANION: Final = (1.0, 1024)
_USUAL_DOWNLOAD: Final = (1.0, 1024)
# What is put beside the server in each pod, CPU and MiB: Knative's queue proxy (config-deployment;
# its memory by the namespace's LimitRange) and Istio's sidecar (its chart's defaults).
_QUEUE_PROXY: Final = (0.025, 64)
_SIDECAR: Final = (0.1, 128)
# The endpoint picker of a language model, one pod per version, in KServe's preset:
# config-llm-scheduler.yaml of 0.20, and what came before.
_PICKER: Final = (1.256, 2548)
_OLDER_PICKER: Final = (0.512, 1000)
_NEW_PICKER_FROM: Final = (0, 20)
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


@dataclass(frozen=True, slots=True)
class Pods:
    """The pods of a model's server or of one of its parts, all alike."""

    path: KeyPath
    """Where their `resources` are written."""
    resources: Resources
    most: int
    """Pods at the most, candidates and nodes of a replica included."""
    cpu: float
    memory_mib: int
    gpus: int


def pods(settings: AnySettings, cluster: KubernetesTarget) -> list[Pods]:
    """The pods that the model's server and its parts have when they have grown to their most.

    Raises:
        NotKnown: a setting that it needs is wrong.
    """
    if isinstance(settings, TrainedModel | SeldonModel | SharedEndpoint | SageMakerBatch):
        # Its pods are those of its server, which others run for Seldon; SageMaker has none.
        return []
    replicas = _get(settings, "max_replicas") or _get(settings, "parallelism") or 0
    replicas += _candidates(settings, replicas) + (_get(settings, "prefill_replicas") or 0)
    resources = settings.resources
    more_cpu, more_memory = _injected(settings, cluster)
    uri = settings.model.uri if isinstance(settings, Common | Batch) else None

    def alike(path: KeyPath, resources: Resources, most: int, uri: str | None, usual: int) -> Pods:
        cpu, memory = _pod(settings, resources, uri)
        count = (resources.accelerator_count or usual) if asks_for_gpus(resources) else 0
        return Pods(path, resources, most, cpu + more_cpu, memory + more_memory, count)

    usual = _get(settings, "tensor_parallel") or 1
    found = [alike(("resources",), resources, replicas * _nodes(settings), uri, usual)]
    for name, part in settings.parts.items() if isinstance(settings, ModelServerModel) else ():
        most = part.max_replicas or max(_get(settings, "max_replicas"), part.min_replicas or 0)
        most += _candidates(settings, most)
        found.append(alike(("parts", name, "resources"), part.resources, most, part.uri, 1))
    return found


def demand(settings: AnySettings, cluster: KubernetesTarget) -> Demand:
    """Most replicas times what one asks for; the candidate's and those beside it included.

    Raises:
        NotKnown: a setting that it needs is wrong.
    """
    whole = total(
        Demand(each.most, each.most * each.cpu, each.most * each.memory_mib, each.most * each.gpus)
        for each in pods(settings, cluster)
    )
    injected = _injected(settings, cluster)
    for key in ("transformer", "explainer"):
        if companion := _get(settings, key):
            usual_cpu, usual_memory = _USUAL_COMPANION
            asked = (companion.cpu or usual_cpu, companion.memory_mib or usual_memory)
            whole += _times(companion.max_replicas, asked, injected)
    return whole + _pickers(settings, cluster)


def _pod(settings: AnySettings, resources: Resources, uri: str | None) -> tuple[float, int]:
    """CPU and MiB of one pod: of its server, or of its download if that asks for more.

    The two run one after the other, and the pod counts with the larger:
    https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
    """
    if isinstance(settings, ModelServerModel | KubernetesBatch):
        found = usual(_get(settings, "profile") or "cluster")
        cpu, memory = found.cpu, found.memory_mib
    else:
        cpu, memory = _USUAL.get(settings.target, _USUAL_SERVER)
    cpu, memory = resources.cpu or cpu, resources.memory_mib or memory
    keeps_it = _get(settings, "model_volume_mib") is not None
    if _get(settings, "download_image") and uri and is_fetched(uri) and not keeps_it:
        cpu = max(cpu, _get(settings, "download_cpu") or _USUAL_DOWNLOAD[0])
        memory = max(memory, _get(settings, "download_memory_mib") or _USUAL_DOWNLOAD[1])
    return cpu, memory


def _nodes(settings: AnySettings) -> int:
    """Pods of one replica."""
    local = _get(settings, "data_parallel_local") or 1
    return max(1, (_get(settings, "data_parallel") or local) // local)


def _pickers(settings: AnySettings, cluster: KubernetesTarget) -> Demand:
    if not isinstance(settings, KServeLlmModel) or settings.scheduler is False:
        return Demand()
    version = tuple(int(part) for part in cluster.kserve_version.split("."))
    asked = _PICKER if version >= _NEW_PICKER_FROM else _OLDER_PICKER
    versions = 1 if settings.candidate is None else 2
    return _times(versions, asked, _injected(settings, cluster))


def _times(pods: int, asked: tuple[float, int], injected: tuple[float, int]) -> Demand:
    (cpu, memory_mib), (more_cpu, more_memory) = asked, injected
    return Demand(pods, pods * (cpu + more_cpu), pods * (memory_mib + more_memory))


def _candidates(settings: AnySettings, replicas: int) -> int:
    """Replicas of the candidate at its most: its own number, else as many as the stable model's."""
    if _get(settings, "candidate") is None:
        return 0
    if isinstance(settings, KServeLlmModel):
        return settings.candidate_replicas or max(1, settings.min_replicas)
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
