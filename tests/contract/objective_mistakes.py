"""What is asked of objectives that cannot hold, on every target, and what is said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stacks.settings.batch import Batch
from stacks.settings.models import MODEL_CLASSES

__all__ = ["ANSWERING", "KEDA", "MISTAKES", "ROOM", "Mistake"]

ANSWERING: Final = sorted(
    target for target, kind in MODEL_CLASSES.items() if not issubclass(kind, Batch)
)
ROOM: Final = {"max_replicas": 4}
KEDA: Final = {
    **ROOM,
    "autoscaler": "keda",
    "prometheus_url": "http://prometheus.monitoring:9090",
}


@dataclass(frozen=True)
class Mistake:
    """What is asked of a target, and what is said of it."""

    target: str
    slo: Mapping[str, Any]
    code: str
    key: str
    says: tuple[str, ...]
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of the file."""
    within: Mapping[str, Any] | None = None
    """The objective that is right, a little inside of the bound."""


_CAPACITY: Final = {"capacity": {"concurrency": 4}}
_SIXTY: Final = ("60 s = 60000 ms", "less than 60000")
MISTAKES: Final = (
    # An objective of 100 %.
    *(
        Mistake(
            target,
            {"error_rate_percent": 0},
            "MS0104",
            "slo.error_rate_percent",
            ("got 0", "0 % of any number of requests is none"),
            within={"error_rate_percent": 0.001},
        )
        for target in ANSWERING
    ),
    # Fewer requests than a budget needs: 3 a day for 30 days at 1 % are 0.9 of one.
    *(
        Mistake(
            target,
            {"requests_per_day": 3},
            "MS0613",
            "slo.window_days",
            ("3 requests a day x 30 days x 1 %", "0.9 of a request", "34 or more", "1.12 or more"),
            within={"requests_per_day": 4},
        )
        for target in ANSWERING
    ),
    Mistake(
        "sagemaker",
        {"requests_per_day": 0.1, "error_rate_percent": 0.001},
        "MS0613",
        "slo.window_days",
        ("3e-05 of a request", "error_rate_percent of 33.4 or more"),
    ),
    # Longer than the way there waits.
    *(
        Mistake(
            target,
            {"latency_p95_ms": 60_000},
            "MS0614",
            "slo.latency_p95_ms",
            ("SageMaker gives a request up after", *_SIXTY),
            within={"latency_p95_ms": 59_999},
        )
        for target in (
            *("sagemaker", "sagemaker_serverless", "sagemaker_component"),
            "sagemaker_shared_endpoint",
        )
    ),
    Mistake(
        "vertex",
        {"latency_p95_ms": 60_000},
        "MS0614",
        "slo.latency_p95_ms",
        ("the shared public endpoint gives", *_SIXTY, "endpoint_type"),
        more={"endpoint_type": "public"},
        within={"latency_p95_ms": 59_999},
    ),
    Mistake(
        "azure_ml",
        {"latency_p95_ms": 5000},
        "MS0614",
        "slo.latency_p95_ms",
        ("after 5 s = 5000 ms", "or raise request_timeout_seconds"),
        within={"latency_p95_ms": 4999},
    ),
    Mistake(
        "azure_ml",
        {"latency_p95_ms": 20_000},
        "MS0614",
        "slo.latency_p95_ms",
        ("after 20 s",),
        more={"request_timeout_seconds": 20},
        within={"latency_p95_ms": 19_000},
    ),
    Mistake(
        "kserve_graph",
        {"latency_p95_ms": 60_000},
        "MS0614",
        "slo.latency_p95_ms",
        ("the graph's router gives", "or raise write_timeout_seconds"),
        within={"latency_p95_ms": 59_999},
    ),
    Mistake(
        "kserve_graph",
        {"latency_p95_ms": 2000},
        "MS0614",
        "slo.latency_p95_ms",
        ("Knative gives a request up after 2 s", "or raise timeout_seconds"),
        more={"timeout_seconds": 2},
        within={"latency_p95_ms": 1999},
    ),
    Mistake(
        "kubernetes",
        {"latency_p95_ms": 10_000},
        "MS0614",
        "slo.latency_p95_ms",
        ("the way in from outside gives a request up after 10 s",),
        more={
            "host": "prices.example.com",
            "tls_secret_name": "prices-tls",
            "request_timeout_seconds": 10,
        },
        within={"latency_p95_ms": 9999},
    ),
    Mistake(
        "lambda",
        {"latency_p95_ms": 10_000},
        "MS0505",
        "timeout_seconds",
        ("10",),
        within={"latency_p95_ms": 9999},
    ),
    Mistake(
        "cloud_run",
        {"latency_p95_ms": 10_000},
        "MS0214",
        "timeout_seconds",
        ("10",),
        within={"latency_p95_ms": 9999},
    ),
    Mistake(
        "azure_functions",
        {"latency_p95_ms": 30_000},
        "MS0214",
        "timeout_seconds",
        ("30",),
        within={"latency_p95_ms": 29_999},
    ),
    # What nothing there measures.
    *(
        Mistake(
            target,
            {"first_token_p95_ms": 500},
            "MS0600",
            "slo.first_token_p95_ms",
            ("nothing there tells it",),
        )
        for target in ANSWERING
        if target != "kserve_llm"
    ),
    # What no target of autoscaling follows from.
    *(
        Mistake(target, _CAPACITY, "MS0611", "slo.capacity", (why,))
        for target, why in {
            "kserve_graph": "the router waits",
            "kserve_shared_server": "share the replicas",
            "kserve_trained_model": "shared by others",
            "lambda": "one request at once",
            "sagemaker_async": "in which requests may wait",
            "sagemaker_serverless": "SageMaker starts what is needed",
            "sagemaker_shared_endpoint": "as the copies of its models need",
            "seldon": "servers that others scale",
        }.items()
    ),
    *(
        Mistake(
            target,
            _CAPACITY,
            "MS0611",
            "slo.capacity",
            ("nothing scales: there are always 2 replicas", "raise max_replicas"),
            more={"min_replicas": 2, "max_replicas": 2},
        )
        for target in ("sagemaker", "sagemaker_component", "vertex", "kserve", "kubernetes")
    ),
    *(
        Mistake(
            target,
            _CAPACITY,
            "MS0611",
            "slo.capacity",
            ("scaling.metric is cpu", "no arithmetic", "requests"),
            more={**ROOM, "scaling": {"metric": "cpu"}},
        )
        for target in ("sagemaker", "vertex", "azure_ml")
    ),
    Mistake(
        "azure_ml",
        _CAPACITY,
        "MS0611",
        "slo.capacity.concurrency",
        ("an instance works on 1 at once", "at most max_concurrent_requests, 1"),
        more=ROOM,
        within={"capacity": {"concurrency": 1}},
    ),
    Mistake(
        "azure_ml",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("whose target is the objective itself",),
        more={**ROOM, "scaling": {"metric": "latency"}},
    ),
    Mistake(
        "sagemaker",
        {"latency_p95_ms": 100, "capacity": {"concurrency": 4, "mean_latency_ms": 101}},
        "MS0611",
        "slo.capacity.mean_latency_ms",
        ("got 101 ms", "at most 100"),
        more=ROOM,
        within={"latency_p95_ms": 100, "capacity": {"concurrency": 4, "mean_latency_ms": 100}},
    ),
    Mistake(
        "sagemaker",
        {"latency_p95_ms": 1, "capacity": {"concurrency": 24}},
        "MS0611",
        "slo.capacity.concurrency",
        ("60000 ms / 1 ms x 24 x 70 % = 1.008e+06",),
        more=ROOM,
        within={"latency_p95_ms": 1, "capacity": {"concurrency": 23}},
    ),
    Mistake(
        "cloud_run",
        {"capacity": {"concurrency": 4, "utilization_percent": 96}},
        "MS0611",
        "slo.capacity.utilization_percent",
        ("got 96", "10 to 95 %"),
        within={"capacity": {"concurrency": 4, "utilization_percent": 95}},
    ),
    Mistake(
        "azure_functions",
        {"capacity": {"concurrency": 4, "utilization_percent": 70}},
        "MS0611",
        "slo.capacity.utilization_percent",
        ("fills each instance before",),
        within={"capacity": {"concurrency": 4}},
    ),
    Mistake(
        "azure_functions",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("Elastic Premium", "plan flex"),
        more={"plan": "premium"},
    ),
    Mistake(
        "kserve",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("autoscaler is hpa", "deployment_mode knative"),
        more={**ROOM, "deployment_mode": "standard"},
    ),
    Mistake(
        "kserve",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("Knative scales by cpu_target_percent",),
        more={**ROOM, "cpu_target_percent": 80},
    ),
    Mistake(
        "kserve_llm",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("load_metric is queue_depth", "requests_in_flight"),
        more={**KEDA, "load_metric": "queue_depth"},
    ),
    Mistake(
        "kubernetes",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("known to its author alone",),
        more={
            **KEDA,
            "prometheus_query": "sum(rate(requests_total[1m]))",
            "prometheus_target": 5,
        },
    ),
    # The same thing said twice.
    *(
        Mistake(target, _CAPACITY, "MS0612", key, ("slo.capacity says it too",), more=more)
        for target, key, more in (
            ("sagemaker", "scaling.target", {**ROOM, "scaling": {"target": 600}}),
            ("sagemaker_component", "scaling.target", {**ROOM, "scaling": {"target": 600}}),
            (
                "vertex",
                "scaling.target",
                {**ROOM, "scaling": {"metric": "requests", "target": 600}},
            ),
            (
                "azure_ml",
                "scaling.target",
                {**ROOM, "scaling": {"metric": "requests", "target": 600}},
            ),
            ("cloud_run", "concurrency", {"concurrency": 8}),
            ("azure_functions", "concurrency", {"concurrency": 8}),
            ("kserve", "concurrency_target", {"concurrency_target": 8}),
            (
                "kserve_llm",
                "load_target",
                {**KEDA, "load_target": 8, "load_metric": "queue_depth"},
            ),
            ("kubernetes", "requests_per_second_target", {"requests_per_second_target": 8}),
        )
    ),
)
