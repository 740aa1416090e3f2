"""Whether a model on Kubernetes that goes to sleep wakes within its budget."""

from typing import Final

from facts.pod_cold_start import FETCH_MIB_PER_SECOND, PodStart, fetched_mib
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["cold_starts"]

_SOURCE: Final = (
    "https://github.com/kubernetes/community/blob/master/sig-scalability/slos/"
    "pod_startup_latency.md"
)


def cold_starts(settings: AnySettings, where: PlaceOf) -> list[Problem]:
    """Problems of one file's `cold_start`, or of the latency that stands in for it."""
    if not isinstance(settings, KServeModel | KServeLlmModel | ModelServerModel):
        return []
    return apply([_within_budget], (settings, where))


def _within_budget(
    file: tuple[KServeModel | KServeLlmModel | ModelServerModel, PlaceOf],
) -> list[Problem]:
    settings, where = file
    asked, bound = settings.cold_start, settings.slo.latency_p95_ms
    if settings.min_replicas or not asked.is_asked:
        return []
    start = _start(settings)
    budget = bound if asked.budget_ms is None else asked.budget_ms
    if start.least_ms <= budget:
        return []
    path: KeyPath = ("slo", "latency_p95_ms")
    if asked.budget_ms is not None:
        path = ("cold_start", "budget_ms")
    return [
        Problem(
            where(path),
            "MS0602",
            dotted(path),
            f"got {budget:g} ms, and with min_replicas 0 a first answer takes longer: {start}",
            allowed=f"at least {start.least_ms:.0f}",
            fix="min_replicas: 1; or a smaller image or model, images that nodes have already "
            "(image_mib: 0), a cache of models; or say fetch_mib_per_second where it is faster",
            source=_SOURCE,
        )
    ]


def _start(settings: KServeModel | KServeLlmModel | ModelServerModel) -> PodStart:
    asked = settings.cold_start
    weights = getattr(settings, "weights_gib", None)
    kept = getattr(settings, "cache", None) or getattr(settings, "model_volume_mib", None)
    return PodStart(
        asked.image_mib,
        fetched_mib(asked.model_mib, weights, settings.model.uri, cached=bool(kept)),
        asked.server_start_ms,
        asked.fetch_mib_per_second or FETCH_MIB_PER_SECOND,
    )
