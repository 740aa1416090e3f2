"""Model servers by name: ports, probes, metrics, what callers may reach, and how they are started.

Sources are the servers' own documentation or source; `checked` is the day on which it was looked
up. What a server cannot do on a read-only root file system without help (write its logs, keep its
caches) is in `env` and `files`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from facts.pods import USER_ID
from facts.server_metrics import SERVER_METRICS

__all__ = ["MODEL_SERVERS", "ModelServerKind", "ending", "reads_a_folder"]

_CHECKED: Final = "2026-11-25"
_TMP: Final = "/tmp"  # noqa: S108 - in the pod
# Of what a pod has after SIGTERM: for those who have not heard yet that it goes, and for the
# process to end after the last answer. No more than a quarter each, where a pod has little.
_DRAIN_SECONDS: Final = 5
_END_SECONDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServerKind:
    """One kind of server. Paths are HTTP and begin with a slash; `""` where there is none.

    Arguments, variables, files and paths may hold `{name}`, the model's name, `{port}`,
    `{grpc_port}` and `{metrics_port}`, `{model}`, the folder of the model, `{files}`, that of
    the files, and `{drain}` and `{grace}`, the seconds of `ending`.
    """

    name: str
    port: int
    live_path: str
    ready_path: str
    metrics_path: str
    predict_paths: tuple[str, ...]
    """Prefixes that callers use; nothing else is routed from outside. None: the image decides."""
    source: str
    startup_path: str = ""
    """Default: the path of readiness."""
    grpc_port: int | None = None
    grpc_services: tuple[str, ...] = ()
    """By their full names: what callers may reach by gRPC."""
    metrics_port: int | None = None
    """None where the server's port has the metrics."""
    command: tuple[str, ...] = ()
    """Default: the image's own."""
    arguments: tuple[str, ...] = ()
    """Come before the model's own."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Configuration by file name; a model's own of the same name wins."""
    user_id: int = USER_ID
    """A smaller one where the image is made so."""
    checked: str | None = None

    @property
    def latency_metric(self) -> str:
        """Prometheus histogram of the time of requests in seconds, without `_bucket`."""
        return SERVER_METRICS[self.name].latency_metric if self.name in SERVER_METRICS else ""


def ending(grace_seconds: int) -> dict[str, int]:
    """What a server may take after SIGTERM of the seconds until its pod is killed.

    `drain` is for one that goes on to take requests for a while, `grace` for what has begun then.
    """
    drain = min(_DRAIN_SECONDS, grace_seconds // 4)
    return {"drain": drain, "grace": grace_seconds - drain - min(_END_SECONDS, grace_seconds // 4)}


def reads_a_folder(kind: ModelServerKind) -> bool:
    """Whether a server is told the folder of its model, and does not fetch one by itself."""
    texts = (*kind.command, *kind.arguments, *kind.env.values(), *kind.files.values())
    return any("{model}" in text for text in texts)


MODEL_SERVERS: Final[dict[str, ModelServerKind]] = {
    kind.name: kind
    for kind in (
        ModelServerKind(
            name="reference",
            port=8000,
            live_path="/health/live",
            ready_path="/health/ready",
            startup_path="/health/startup",
            metrics_path="/metrics",
            predict_paths=("/v1/models", "/v2/models"),
            # What it serves it reads from the variables of every model server.
            env={
                "MODEL_SERVING_PORT": "{port}",
                "MODEL_SERVING_DRAIN_SECONDS": "{drain}",
                "MODEL_SERVING_GRACE_SECONDS": "{grace}",
            },
            source="runtime/server/",
        ),
        ModelServerKind(
            name="triton",
            user_id=1000,
            port=8000,
            grpc_port=8001,
            grpc_services=("inference.GRPCInferenceService",),
            metrics_port=8002,
            live_path="/v2/health/live",
            ready_path="/v2/health/ready",
            metrics_path="/metrics",
            predict_paths=("/v2/models",),
            arguments=(
                "tritonserver",
                "--model-repository={model}",
                "--http-port={port}",
                "--grpc-port={grpc_port}",
                "--metrics-port={metrics_port}",
                # Else 30 seconds: src/command_line_parser.cc of triton-inference-server/server.
                "--exit-timeout-secs={grace}",
            ),
            source="https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/"
            "customization_guide/inference_protocols.html",
            checked=_CHECKED,
        ),
        ModelServerKind(
            name="mlserver",
            user_id=1000,
            port=8080,
            grpc_port=8081,
            grpc_services=("inference.GRPCInferenceService",),
            metrics_port=8082,
            live_path="/v2/health/live",
            ready_path="/v2/health/ready",
            metrics_path="/metrics",
            predict_paths=("/v2/models",),
            env={
                "MLSERVER_MODELS_DIR": "{model}",
                "MLSERVER_HTTP_PORT": "{port}",
                "MLSERVER_GRPC_PORT": "{grpc_port}",
                "MLSERVER_METRICS_PORT": "{metrics_port}",
                # Else beside the working directory, which is read-only.
                "MLSERVER_METRICS_DIR": _TMP,
                "MLSERVER_ENVIRONMENTS_DIR": _TMP,
                # It ends its workers first, with what they are at, which have 5 seconds else.
                "MLSERVER_PARALLEL_WORKERS_TIMEOUT": "{grace}",
            },
            source="https://docs.seldon.ai/mlserver/reference/settings",
            checked=_CHECKED,
        ),
        ModelServerKind(
            name="tensorflow-serving",
            user_id=1000,
            port=8501,
            grpc_port=8500,
            grpc_services=("tensorflow.serving.PredictionService",),
            # It has no health endpoint; a model's status answers once the model is loaded.
            live_path="/v1/models/{name}",
            ready_path="/v1/models/{name}",
            metrics_path="/monitoring/prometheus/metrics",
            predict_paths=("/v1/models",),
            command=("/usr/bin/tensorflow_model_server",),
            arguments=(
                "--model_name={name}",
                "--model_base_path={model}",
                "--port={grpc_port}",
                "--rest_api_port={port}",
                "--monitoring_config_file={files}/monitoring.config",
            ),
            files={
                "monitoring.config": 'prometheus_config {\n  enable: true\n  path: "/monitoring/'
                'prometheus/metrics"\n}\n'
            },
            source="https://www.tensorflow.org/tfx/serving/api_rest",
            checked=_CHECKED,
        ),
        ModelServerKind(
            # Its maintainers do not maintain it any more.
            name="torchserve",
            user_id=1000,
            port=8080,
            metrics_port=8082,
            live_path="/ping",
            ready_path="/ping",
            metrics_path="/metrics",
            predict_paths=("/predictions", "/explanations", "/v1/models", "/v2/models"),
            arguments=(
                "torchserve",
                "--start",
                "--foreground",
                "--model-store={model}",
                "--models=all",
                "--ts-config={files}/config.properties",
                "--no-config-snapshots",
            ),
            env={
                "LOG_LOCATION": _TMP,
                "METRICS_LOCATION": _TMP,
                "TEMP": _TMP,
            },
            files={
                # Management stays on loopback, and the network lets named callers in only: its
                # tokens, which change every hour, would keep the probes out.
                "config.properties": "inference_address=http://0.0.0.0:{port}\n"
                "management_address=http://127.0.0.1:8081\n"
                "metrics_address=http://0.0.0.0:{metrics_port}\n"
                "metrics_mode=prometheus\n"
                "disable_token_authorization=true\n"
            },
            source="https://docs.pytorch.org/serve/inference_api.html",
            checked=_CHECKED,
        ),
        ModelServerKind(
            name="vllm",
            port=8000,
            live_path="/health",
            ready_path="/health",
            metrics_path="/metrics",
            predict_paths=("/v1",),
            command=("python3", "-m", "vllm.entrypoints.openai.api_server"),
            # A model's own `--shutdown-timeout={grace}` lets it finish: those before 0.18 do not
            # know it, and would not start (vllm-project/vllm pull request 34730).
            arguments=("--model={model}", "--served-model-name={name}", "--port={port}"),
            # No image names every user, and torch asks for the name of its own.
            env={"HF_HOME": _TMP, "USER": "model"},
            source="https://docs.vllm.ai/en/latest/deployment/k8s.html",
            checked=_CHECKED,
        ),
        ModelServerKind(
            # The image of `bentoml containerize`: the service's code, its models below
            # BENTOML_HOME and its runners, which are processes of the same container.
            name="bentoml",
            port=3000,
            live_path="/livez",
            ready_path="/readyz",
            metrics_path="/metrics",
            # Named after the methods of the service.
            predict_paths=(),
            # Where it keeps the metrics of its processes; code and models stay in the image.
            env={"BENTOML_PORT": "{port}", "BENTOML_HOME": _TMP},
            user_id=1034,
            source="https://docs.bentoml.com/en/latest/build-with-bentoml/observability/"
            "metrics.html",
            checked=_CHECKED,
        ),
        ModelServerKind(
            name="tgi",
            port=3000,
            live_path="/health",
            ready_path="/health",
            metrics_path="/metrics",
            predict_paths=("/generate", "/generate_stream", "/v1"),
            arguments=("--model-id={model}", "--hostname=0.0.0.0", "--port={port}"),
            env={"HUGGINGFACE_HUB_CACHE": _TMP, "USER": "model"},
            source="https://huggingface.co/docs/text-generation-inference/reference/launcher",
            checked=_CHECKED,
        ),
        ModelServerKind(
            # Which file it serves is the model's to say: `env: {LLAMA_ARG_MODEL: …}`.
            name="llama.cpp",
            port=8080,
            live_path="/health",
            ready_path="/health",
            metrics_path="/metrics",
            predict_paths=("/v1", "/completion", "/embedding"),
            env={
                "LLAMA_ARG_HOST": "0.0.0.0",  # noqa: S104 - the pod's own address
                "LLAMA_ARG_PORT": "{port}",
                "LLAMA_ARG_ENDPOINT_METRICS": "1",
            },
            source="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
            checked=_CHECKED,
        ),
        ModelServerKind(
            name="ollama",
            port=11_434,
            live_path="/",
            ready_path="/",
            metrics_path="",
            # Not those that pull, push, create and delete models.
            predict_paths=("/api/generate", "/api/chat", "/api/embed", "/v1"),
            env={
                "OLLAMA_HOST": "0.0.0.0:{port}",
                "OLLAMA_MODELS": "{model}",
                "OLLAMA_NOPRUNE": "1",
            },
            source="https://github.com/ollama/ollama/blob/main/envconfig/config.go",
        ),
    )
}
