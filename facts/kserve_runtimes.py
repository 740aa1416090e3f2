"""The serving runtimes that KServe's releases bring, and what each of them serves.

Read from `config/runtimes/*.yaml` of KServe 0.15.2, 0.16.0, 0.17.0, 0.19.0 and 0.20.0
on 2026-11-25. How a server says that it is ready is from `python/kserve/kserve/protocol/` for
KServe's own, whose `/v2/health/ready` says yes whatever is loaded (dataplane.py); of others it is
by the page that `ready_source` names.
"""

from dataclasses import dataclass
from typing import Final, Literal

from facts.server_metrics import SERVER_METRICS

__all__ = ["RUNTIMES", "ModelFormat", "Protocol", "ServingRuntime"]

Protocol = Literal["v1", "v2", "grpc-v1", "grpc-v2"]
Release = tuple[int, int]
_LONG_AGO: Final[Release] = (0, 0)
_NEVER: Final[Release] = (1_000, 0)
_OWN: Final = "python/kserve/kserve/protocol/rest/"


@dataclass(frozen=True, slots=True)
class ModelFormat:
    """A framework that a runtime serves. KServe selects it by itself only with `auto`."""

    name: str
    version: str = "1"
    auto: bool = True
    priority: int = 1
    since: Release = _LONG_AGO
    until: Release = _NEVER
    """First release that does not have it any more."""

    def in_release(self, release: Release) -> bool:
        """Whether a release's runtime serves it."""
        return self.since <= release < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingRuntime:
    """A `ClusterServingRuntime`; its container answers HTTP on port 8080.

    Paths are of probes: `{name}` stands for what the server calls the model, the InferenceService's
    name unless an argument says otherwise. Without a path the port is asked, because the server
    knows the model by a name of its own.
    """

    name: str
    formats: tuple[ModelFormat, ...]
    protocols: tuple[Protocol, ...]
    ready_v1: str | None = None
    ready_v2: str | None = None
    live: str | None = None
    ready_source: str = _OWN
    grpc_port: int | None = None
    since: Release = _LONG_AGO
    installed: bool = True
    """Whether `config/runtimes/kustomization.yaml` installs it."""
    metrics: str
    """What it tells Prometheus, by its name in facts/server_metrics.py."""
    metrics_argument: str = ""
    """How the argument begins without which it tells nothing, and which the runtime has not.
    Default: it tells by itself."""
    metrics_port: int = 8080
    """Where the pod tells it: `config/runtimes/*.yaml`, and the servers' own defaults."""
    metrics_path: str = "/metrics"
    reads_hub: bool = False
    """Whether it can download from Hugging Face itself, with `HF_TOKEN` for gated models."""

    @property
    def latency_metric(self) -> str:
        """Its Prometheus histogram of the time of requests in seconds, without `_bucket`."""
        return SERVER_METRICS[self.metrics].latency_metric

    @property
    def source(self) -> str:
        """The file of KServe's source that says so."""
        return f"config/runtimes/{self.name}.yaml"

    def serves(self, framework: str, release: Release, *, by_name: bool) -> bool:
        """Whether it takes a framework in a release; `by_name`: it is asked for by its name."""
        return self.since <= release and any(
            each.name == framework and each.in_release(release) and (by_name or each.auto)
            for each in self.formats
        )

    def priority(self, framework: str, release: Release) -> int:
        """KServe takes the supporting runtime with the lowest number."""
        return min(
            each.priority
            for each in self.formats
            if each.name == framework and each.in_release(release)
        )

    def ready_path(self, protocol: str, name: str) -> str | None:
        """Where the server says that the model it calls `name` is loaded; None: its port opens."""
        path = self.ready_v1 if protocol.endswith("v1") else self.ready_v2
        return path and path.format(name=name)


_OWN_V1: Final = "/v1/models/{name}"
_OWN_V2: Final = "/v2/models/{name}/ready"
_ALL: Final = "/v2/health/ready"
_PAIR: Final[tuple[Protocol, ...]] = ("v1", "v2")
_0_17: Final[Release] = (0, 17)
_0_20: Final[Release] = (0, 20)


def _kserves_own(
    name: str,
    *formats: ModelFormat,
    protocols: tuple[Protocol, ...] = _PAIR,
    since: Release = _LONG_AGO,
    reads_hub: bool = False,
) -> ServingRuntime:
    """A server on KServe's Python SDK: it has both protocols' paths, and `/` while it lives."""
    return ServingRuntime(
        name=name,
        formats=formats,
        protocols=protocols,
        ready_v1=_OWN_V1,
        ready_v2=_OWN_V2,
        live="/",
        metrics="kserve",
        since=since,
        reads_hub=reads_hub,
    )


RUNTIMES: Final[tuple[ServingRuntime, ...]] = (
    _kserves_own("kserve-sklearnserver", ModelFormat("sklearn")),
    _kserves_own(
        "kserve-xgbserver",
        ModelFormat("xgboost", "1", until=_0_17),
        ModelFormat("xgboost", "2", since=_0_17),
    ),
    _kserves_own(
        "kserve-lgbserver",
        ModelFormat("lightgbm", "3", until=_0_17),
        ModelFormat("lightgbm", "4", since=_0_17),
    ),
    _kserves_own("kserve-paddleserver", ModelFormat("paddle", "2")),
    _kserves_own("kserve-pmmlserver", ModelFormat("pmml", "3"), ModelFormat("pmml", "4")),
    _kserves_own("kserve-autogluonserver", ModelFormat("autogluon"), since=_0_20),
    _kserves_own(
        "kserve-predictiveserver",
        ModelFormat("sklearn", auto=False, priority=3),
        ModelFormat("xgboost", "2", auto=False, priority=3),
        ModelFormat("lightgbm", "4", auto=False, priority=3),
        since=_0_17,
    ),
    _kserves_own("kserve-huggingfaceserver", ModelFormat("huggingface"), reads_hub=True),
    ServingRuntime(
        name="kserve-mlserver",
        formats=(
            ModelFormat("sklearn", "0", priority=2),
            ModelFormat("sklearn", "1", priority=2),
            ModelFormat("xgboost", "1", priority=2),
            ModelFormat("xgboost", "2", priority=2),
            ModelFormat("lightgbm", "3", priority=2),
            ModelFormat("lightgbm", "4", priority=2),
            ModelFormat("mlflow", "1"),
            ModelFormat("mlflow", "2"),
        ),
        protocols=("v2",),
        # A model-settings.json beside the model may give it another name.
        ready_v2=_ALL,
        live="/v2/health/live",
        ready_source="https://mlserver.readthedocs.io/en/latest/user-guide/",
        metrics="mlserver",
        metrics_port=8082,
    ),
    ServingRuntime(
        name="kserve-tritonserver",
        formats=(
            ModelFormat("triton", "2"),
            ModelFormat("onnx"),
            ModelFormat("tensorrt", "8"),
            ModelFormat("tensorflow", "1"),
            ModelFormat("tensorflow", "2"),
            ModelFormat("pytorch", auto=False),
        ),
        protocols=("v2", "grpc-v2"),
        # Models have the names of the repository's folders.
        ready_v2=_ALL,
        live="/v2/health/live",
        ready_source="https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/README.html",
        grpc_port=9000,
        metrics="triton",
        metrics_port=8002,
    ),
    ServingRuntime(
        name="kserve-tensorflow-serving",
        formats=(
            ModelFormat("tensorflow", "1", priority=2),
            ModelFormat("tensorflow", "2", priority=2),
        ),
        protocols=("v1", "grpc-v1"),
        ready_v1=_OWN_V1,
        ready_source="https://www.tensorflow.org/tfx/serving/api_rest",
        grpc_port=9000,
        metrics="tensorflow-serving",
        # kPrometheusPath of tensorflow_serving/util/prometheus_exporter.cc, unless the file says
        # otherwise.
        metrics_argument="--monitoring_config_file",
        metrics_path="/monitoring/prometheus/metrics",
    ),
    ServingRuntime(
        name="kserve-torchserve",
        # Models have the names of config.properties.
        formats=(ModelFormat("pytorch", priority=2),),
        protocols=("v1", "v2", "grpc-v2"),
        grpc_port=7070,
        ready_source="https://pytorch.org/serve/inference_api.html",
        metrics="torchserve",
        metrics_port=8082,
    ),
    ServingRuntime(
        name="kserve-openvino",
        formats=(
            ModelFormat("openvino", "10"),
            ModelFormat("onnx", priority=2),
            ModelFormat("tensorflow", "1", priority=3),
            ModelFormat("huggingface", ""),
        ),
        protocols=("v1", "v2", "grpc-v2"),
        ready_v1=_OWN_V1,
        ready_v2=_OWN_V2,
        live="/v2/health/live",
        ready_source="https://docs.openvino.ai/2025/model-server/ovms_docs_rest_api_kfs.html",
        grpc_port=9000,
        since=_0_17,
        installed=False,
        metrics="openvino",
        metrics_argument="--metrics_enable",
    ),
    ServingRuntime(
        name="kserve-vllmserver",
        formats=(ModelFormat("vLLM"),),
        # It names none, so KServe lets every protocol pass; the server speaks OpenAI's.
        protocols=("v2",),
        ready_v2="/v1/models",
        live="/health",
        ready_source="config/runtimes/kserve-vllmserver.yaml",
        metrics="vllm",
        since=_0_20,
        reads_hub=True,
    ),
)
