"""What a model file says for KServe's LLMInferenceService."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.cold_start import PodColdStart
from stacks.settings.common import Common
from stacks.settings.fields import DnsLabel, Text, Truth, Url, Whole
from stacks.settings.language_models import LanguageModelKeys, LoadScalingKeys
from stacks.settings.network_access import NetworkAccess

EnvName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,254}$"),
    Field(json_schema_extra={"allowed": "a name of letters, digits and _"}),
]


class KServeLlmModel(LoadScalingKeys, LanguageModelKeys, NetworkAccess, Common):
    """A language model on Kubernetes by KServe's LLMInferenceService."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["kserve_llm"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest replicas; 0 needs `activation_query`."""
    max_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Most replicas; above `min_replicas` needs `prometheus_url`, or `autoscaler: wva`."""
    cold_start: PodColdStart = PodColdStart.model_construct()
    """Longest first answer after a sleep, with `min_replicas: 0`, and what it is estimated by."""
    namespace: DnsLabel = "models"
    """Kubernetes namespace. Default: the environment's, or `models`."""
    arguments: list[Text] = Field(default=[])
    """Further arguments of vLLM, plain words."""
    env: dict[EnvName, str] = Field(default={})
    """Environment variables of vLLM; nothing secret."""
    data_parallel: Whole | None = Field(default=None, ge=1, le=1024)
    """Copies of the weights in one replica. Default: `data_parallel_local`."""
    data_parallel_local: Whole | None = Field(default=None, ge=1, le=16)
    """Of those copies, how many are on one node. Default: 1."""
    expert_parallel: Truth | None = None
    """Whether the experts of a mixture of experts are parted over all copies."""
    prefill_replicas: Whole | None = Field(default=None, ge=0, le=1000)
    """Pods that only read prompts. Default: 0, each pod reads and generates."""
    candidate_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Pods of the candidate. Default: the larger of 1 and `min_replicas`."""
    scheduler: Truth | None = None
    """Whether an endpoint picker chooses the pod by queue and KV cache. Default: true."""
    gateway_name: DnsLabel | None = None
    """Gateway, which exists. Default: KServe's own."""
    gateway_namespace: DnsLabel | None = None
    """Its namespace. Default: the model's."""
    base_refs: list[DnsLabel] = Field(default=[])
    """LLMInferenceServiceConfigs below these settings, the last one winning."""
    autoscaler: Literal["none", "keda", "wva"] | None = None
    """keda: on vLLM's load; wva: KServe's `scaling`. Default: keda where there is a range."""
    prometheus_url: Url | None = None
    """Prometheus that has vLLM's metrics; needed by `autoscaler: keda`."""
    service_account_name: DnsLabel | None = None
    """Service account that may read the weights."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a service that is not ready fails the update. Default: 1800."""
