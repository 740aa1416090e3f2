"""What a batch run cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import BATCH, changed

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "kubernetes_batch/candidate",
        changed(BATCH, candidate={"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}),
        changed(BATCH, output_uri="s3://data/scores-2.2.0/"),
    ),
    ("kubernetes_batch/canary_percent", changed(BATCH, canary_percent=10), BATCH),
    (
        "kubernetes_batch/max_replicas",
        changed(BATCH, max_replicas=4),
        changed(BATCH, partitions=8, parallelism=4),
    ),
    (
        "kubernetes_batch/slo",
        changed(BATCH, slo={"latency_p95_ms": 100}),
        changed(BATCH, timeout_seconds=600),
    ),
]
