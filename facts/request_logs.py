"""What model servers by name can be told of logs and traces, and how.

Sources: vLLM's vllm/tracing/otel.py and vllm/engine/arg_utils.py (0.10 to main); Triton's user
guide, "Triton Server Trace".
"""

from typing import Final

__all__ = [
    "OUR_SERVER",
    "PAYLOADS_VARIABLE",
    "PAYLOAD_ARGUMENTS",
    "TRACES_PATH",
    "TRACING_SERVERS",
    "TRITON_TRACE_PAGE",
    "VLLM_PAGE",
    "traced_arguments",
]

OUR_SERVER: Final = "reference"
# By which our runtime writes payloads to its log, and by which vLLM (prompts) and Triton (tensors)
# do.
PAYLOADS_VARIABLE: Final = "MODEL_SERVING_REQUEST_LOG_PAYLOADS"
PAYLOAD_ARGUMENTS: Final = ("--enable-log-requests", "--trace-config=level=TENSORS")
VLLM_PAGE: Final = "https://docs.vllm.ai/en/latest/cli/serve.html"
TRITON_TRACE_PAGE: Final = (
    "https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/"
    "trace.html"
)
# https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
TRACES_PATH: Final = "/v1/traces"
# Those that send spans by OTLP over HTTP, and can be told a share of them.
TRACING_SERVERS: Final = (OUR_SERVER, "vllm", "triton")


def traced_arguments(server: str, endpoint: str, sample_percent: float, name: str) -> list[str]:
    """The server's arguments by which it sends spans; our own needs none.

    vLLM samples as OpenTelemetry's variables say. Triton traces each n-th request, and each one of
    a caller whose trace is handed on, whatever the share.
    """
    url = endpoint.rstrip("/") + TRACES_PATH
    if server == "vllm":
        return [f"--otlp-traces-endpoint={url}"]
    if server == "triton":
        return [
            "--trace-config=mode=opentelemetry",
            "--trace-config=level=TIMESTAMPS",
            f"--trace-config=rate={max(1, round(100 / sample_percent))}",
            f"--trace-config=opentelemetry,url={url}",
            f"--trace-config=opentelemetry,resource=service.name={name}",
        ]
    return []
