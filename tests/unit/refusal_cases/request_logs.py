"""Logs of requests and traces that a target lacks: refused, and the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import (
    AZURE_ML,
    COMPONENT,
    KSERVE,
    SAGEMAKER,
    SELDON,
    SERVERLESS,
    VERTEX,
    changed,
)

_SHARE = {"sample_percent": 5}
_TRACING = {"endpoint": "http://collector.tracing:4318"}

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "on_sagemaker/request_logs",
        changed(SAGEMAKER, request_logs=_SHARE),
        changed(SAGEMAKER, capture={"percent": 5, "uri": "s3://captured/fraud"}),
    ),
    ("on_sagemaker/request_logs", changed(SERVERLESS, request_logs=_SHARE), SERVERLESS),
    ("on_sagemaker/tracing", changed(COMPONENT, tracing=_TRACING), COMPONENT),
    ("azure_ml/request_logs", changed(AZURE_ML, request_logs=_SHARE), AZURE_ML),
    (
        "azure_ml/tracing",
        changed(AZURE_ML, tracing=_TRACING),
        changed(AZURE_ML, app_insights=True),
    ),
    ("on_cluster/request_logs", changed(KSERVE, request_logs=_SHARE), KSERVE),
    ("on_cluster/request_logs", changed(SELDON, request_logs=_SHARE), SELDON),
    ("on_cluster/tracing", changed(KSERVE, tracing=_TRACING), KSERVE),
    (
        "vertex/tracing",
        changed(VERTEX, tracing=_TRACING),
        changed(VERTEX, request_logs={"sample_percent": 100}),
    ),
]
