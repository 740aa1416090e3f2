"""Logs of requests and traces that targets cannot be asked for, model by model, and why.

What a target shares with others of its kind is said once, under the name of the kind.
"""

from collections.abc import Mapping
from typing import Final

from facts.capabilities.shapes import Refusal

__all__ = ["KINDS", "REFUSALS"]

_READ: Final = "2026-11-26"
_DATA_CAPTURE: Final = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html"
)
_INVOKE: Final = (
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html"
)
_AZURE_ML: Final = (
    "https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints"
)
_KNATIVE: Final = (
    "https://knative.dev/docs/serving/observability/logging/request-logging/"
    "setting-up-request-logging/"
)
_VERTEX: Final = "https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging"

# Targets of one kind, by whose name their refusals go.
KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("sagemaker", "sagemaker_serverless", "sagemaker_async", "sagemaker_component"),
            "sagemaker_shared_endpoint",
        ),
        "on_sagemaker",
    ),
    **dict.fromkeys(
        (
            *("kserve", "kserve_llm", "kserve_graph", "kserve_shared_server"),
            *("kserve_trained_model", "seldon"),
        ),
        "on_cluster",
    ),
}

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0660",
        "on_sagemaker/request_logs",
        "SageMaker keeps no log of requests: its endpoints tell metrics, and what their containers "
        "print; what can be kept of requests is all that is in them",
        "on a real-time endpoint `capture`, which keeps a share of the requests as a whole",
        _DATA_CAPTURE,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0661",
        "on_sagemaker/tracing",
        "SageMaker hands no W3C headers on to a container, and makes no spans of its own",
        "a trace of the caller's that ends with the request to SageMaker; or target: lambda, or "
        "kubernetes",
        _INVOKE,
        of_key=True,
    ),
    Refusal(
        "MS0662",
        "azure_ml/request_logs",
        "an endpoint's log of requests (AmlOnlineEndpointTrafficLog) goes to a Log Analytics "
        "workspace by a diagnostic setting, and has all of them",
        "`log_workspace_id` in the environment's targets.azure.monitoring, which makes the "
        "setting; what requests hold is kept by `capture`",
        _AZURE_ML,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0663",
        "azure_ml/tracing",
        "Azure ML sends what it knows of requests to the workspace's Application Insights, and to "
        "no other place",
        "app_insights: true",
        _AZURE_ML,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0664",
        "on_cluster/request_logs",
        "logs of requests are switched on for the whole cluster there: Knative's by "
        "logging.enable-request-log and its template in the ConfigMap config-observability, and "
        "the servers that the platform brings have no share",
        "config-observability, for all of the cluster's models; or target: kubernetes",
        _KNATIVE,
        of_key=True,
    ),
    Refusal(
        "MS0665",
        "on_cluster/tracing",
        "the servers that the platform brings are told by its own settings, which hold for the "
        "whole cluster, whether they send spans",
        "of an image of one's own the OTEL_… variables in `env`; or target: kubernetes",
        "https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/",
        of_key=True,
    ),
    Refusal(
        "MS0666",
        "vertex/tracing",
        "Vertex AI makes no spans of predictions that somebody could sample",
        "of a container of one's own the OTEL_… variables in `env`; "
        "request_logs: {sample_percent: 100} for a line with the latency of each request",
        _VERTEX,
        of_key=True,
    ),
)
