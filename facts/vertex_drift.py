"""Vertex AI Model Monitoring, version 1: the one that is generally available.

Version 2 is a preview, and of no stable API: no service of the v1 clients has it.
https://cloud.google.com/vertex-ai/docs/model-monitoring/overview
"""

from typing import Final

__all__ = ["BASELINE", "BASELINE_USE", "LOGGING_PAGE", "MONITORING_PAGE"]

MONITORING_PAGE: Final = (
    "https://cloud.google.com/vertex-ai/docs/model-monitoring/using-model-monitoring"
)
# "Request-response logging and Model Monitoring v1", read 2026-11-26.
LOGGING_PAGE: Final = (
    "https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging"
)
BASELINE: Final = (
    r"bq://[a-z][a-z0-9:.-]*[a-z0-9]\.[A-Za-z0-9_]+\.[A-Za-z0-9_$-]+"
    r"|gs://[a-z0-9][a-z0-9._-]+/\S+\.(csv|jsonl|tfrecord)"
)
BASELINE_USE: Final = "bq://project.dataset.table, or gs://… that ends with .csv, .jsonl, .tfrecord"
