"""Where the pods of LLMInferenceServices tell their metrics.

Labels: expectedSingleNodeMainDeployment, expectedPrefillMainDeployment, expectedMainMultiNodeLWS
and SchedulerLabels in pkg/controller/v1alpha2/llmisvc of KServe, releases 0.19 and 0.20. None of
them says a version: the labels of an LLMInferenceService do not reach its pods. Ports:
config/llmisvcconfig. All speak plain HTTP, unless KServe's own settings have
`enableLLMInferenceServiceTLS`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from components.kubernetes.kserve.llm_settings import LlmSettings
from components.kubernetes.labels import COMPONENT, NAME, PART_OF
from components.kubernetes.monitoring.scraping import FurtherPods, Scraping
from components.kubernetes.network import MERGED_METRICS, MERGED_METRICS_PATH
from components.serving import Core
from facts.language_models import Release

__all__ = ["llm_scraping"]

_SERVICE: Final = "llminferenceservice"
# Of those that requests are sent to, and what part of the work they have.
_WORKLOAD: Final = {"kserve.io/component": "workload"}
_ROLE: Final = "llm-d.ai/role"
# vLLM, and vLLM behind the sidecar that fetches what another pod has read of a prompt.
_WHOLE_PORT: Final = 8000
_DECODE_PORT: Final = 8001
_PICKER_PORT: Final = 9090
_PICKER: Final = f"{_SERVICE}-router-scheduler"
# The endpoint picker of releases before has other names.
_PICKER_SINCE: Final[Release] = (0, 20)
# The presets' images have one of these releases or a later one.
_VLLM: Final = "vllm-0.11"
# Name, version and role.
_Member: TypeAlias = tuple[str, str, str]


def llm_scraping(name: str, core: Core, settings: LlmSettings, release: Release) -> Scraping:
    """Of vLLM itself; with pods that only read prompts also those, and the endpoint picker.

    In a mesh of sidecars it is Istio that measures, and nothing of tokens. Pods that generate have
    then the whole of a request: they fetch what another pod has read of it.
    """
    role = "decode" if settings.prefill_replicas else None
    members = list(_members(name, core))

    def watched(metrics: str, port: int, path: str = "/metrics") -> Scraping:
        candidates = (
            FurtherPods(its, _workload(each, role), port, path, version)
            for each, version, its in members[1:]
        )
        return Scraping(
            _workload(name, role),
            metrics,
            port,
            path,
            version=core.model_version,
            further=tuple(candidates),
        )

    if settings.access.mesh == "istio_sidecar":
        return watched("istio-llm-d", MERGED_METRICS, MERGED_METRICS_PATH)
    if role is None:
        return watched(_VLLM, _WHOLE_PORT)
    found = watched("vllm-disaggregated", _DECODE_PORT)
    found = replace(found, further=(*found.further, *_prefilling(members)))
    if release < _PICKER_SINCE:
        return found
    return replace(found, router=tuple(_pickers(members)), router_metrics="llm-d-disaggregated")


def _prefilling(members: Sequence[_Member]) -> Iterator[FurtherPods]:
    for name, version, role in members:
        yield FurtherPods(
            f"{role}-prefill" if role else "prefill",
            _workload(name, "prefill"),
            _WHOLE_PORT,
            version=version,
            helps=True,
        )


def _pickers(members: Sequence[_Member]) -> Iterator[FurtherPods]:
    for name, version, role in members:
        yield FurtherPods(
            f"{role}-router" if role else "router",
            {NAME: name, PART_OF: _SERVICE, COMPONENT: _PICKER},
            _PICKER_PORT,
            version=version,
            helps=True,
        )


def _members(name: str, core: Core) -> Iterator[_Member]:
    """Name, version and role of the stable service, and of the candidate's."""
    yield name, core.model_version, ""
    if core.candidate_version is not None:
        yield f"{name}-candidate", core.candidate_version, "candidate"


def _workload(name: str, role: str | None) -> dict[str, str]:
    labels = {NAME: name, PART_OF: _SERVICE, **_WORKLOAD}
    return labels | {_ROLE: role} if role else labels
