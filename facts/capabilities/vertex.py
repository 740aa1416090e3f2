"""What Vertex AI can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.vertex_serving import (
    BATCH_PAGE,
    COHOSTING_PAGE,
    ENDPOINT_PAGE,
    MACHINE_PAGE,
    PREBUILT,
    SCALING_PAGE,
)

_API: Final = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/"
_ENDPOINT: Final = f"{_API}projects.locations.endpoints"
_LOGGING: Final = "https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging"
_READ: Final = "2026-11-26"

TARGET: Final = Target(
    "vertex",
    "Vertex AI",
    ("gs", "vertex"),
    tuple(PREBUILT),
    # No metric rolls an update back, and nothing moves in steps by itself.
    ("all_at_once",),
    _ENDPOINT,
    _READ,
)
BATCH: Final = Target(
    "vertex_batch",
    "batch prediction on Vertex AI",
    ("gs", "vertex"),
    tuple(PREBUILT),
    (),
    BATCH_PAGE,
    _READ,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0450",
        "vertex/shadow",
        "an endpoint has a traffic split and no copies: nothing sends a request to a second model "
        "whose answer nobody gets",
        "strategy: canary with canary_percent: 0, and a batch run (target vertex_batch) of the "
        "candidate over captured requests",
        _ENDPOINT,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0451",
        "vertex/ab",
        "a caller cannot choose between deployed models: the traffic split alone decides",
        "strategy: canary with canary_percent, or a file of its own for the other model",
        f"{_ENDPOINT}/predict",
        _READ,
    ),
    Refusal(
        "MS0452",
        "vertex/zero",
        "a deployed model keeps at least one replica; scaling to zero is a preview of v1beta1, and "
        "of no stable API",
        "min_replicas: 1; or target: kserve in knative mode, which scales to zero",
        SCALING_PAGE,
        _READ,
    ),
    Refusal(
        "MS0453",
        "vertex/cpu-and-memory",
        "a deployed model's CPU and memory are those of its machine type",
        "machine_type, and neither cpu nor memory_mib under `resources`",
        MACHINE_PAGE,
        _READ,
    ),
    Refusal(
        "MS0454",
        "vertex/accelerator",
        "Vertex AI has no machine with so many GPUs of that kind on demand",
        "an accelerator that it has, or a machine_type that carries it",
        f"{_API}MachineSpec",
        _READ,
    ),
    Refusal(
        "MS0455",
        "vertex/machine",
        "machine type and accelerator do not fit together",
        "no machine_type, and the cheapest with the GPUs is taken; or one that carries them",
        MACHINE_PAGE,
        _READ,
    ),
    Refusal(
        "MS0456",
        "vertex/peered-candidate",
        "a private endpoint by private services access serves one model and splits no traffic",
        "endpoint_type: private_service_connect, which is private too and splits traffic",
        ENDPOINT_PAGE,
        _READ,
    ),
    Refusal(
        "MS0457",
        "vertex/peered-capture",
        "a private endpoint by private services access does not log requests and answers",
        "endpoint_type: private_service_connect, which is private too and logs them",
        ENDPOINT_PAGE,
        _READ,
    ),
    Refusal(
        "MS0458",
        "vertex/capture-payload",
        "a logged request has its answer in the same row: one cannot be kept without the other",
        "payload: [request, response], and a view of the table without the column",
        _LOGGING,
        _READ,
    ),
    Refusal(
        "MS0459",
        "vertex/capture-place",
        "requests are logged to a table of BigQuery and nowhere else",
        "uri: bq://project.dataset.table, or no uri for a dataset of the endpoint's own",
        f"{_API}PredictRequestResponseLoggingConfig",
        _READ,
    ),
    Refusal(
        "MS0460",
        "vertex/scaling-pace",
        "an autoscaler on Vertex AI has neither cool-downs nor schedules: it looks at the last "
        "five minutes",
        "scaling: {metric: …, target: …}, with min_replicas high enough for the time before the "
        "peak",
        SCALING_PAGE,
    ),
    Refusal(
        "MS0461",
        "vertex/scaling-metric",
        "no metric that an autoscaler on Vertex AI follows",
        "metric: requests, cpu, or gpu where there is one",
        f"{_API}AutoscalingMetricSpec",
        _READ,
    ),
    Refusal(
        "MS0462",
        "vertex/scaling-target",
        "use is in percent, and whole",
        "target: 60, which is the default, or another from 1 to 100",
        f"{_API}AutoscalingMetricSpec",
        _READ,
    ),
    Refusal(
        "MS0463",
        "vertex/shared-pool",
        "machines are shared by models in Google's own containers for TensorFlow and PyTorch; a "
        "pool that is there has its machines already",
        "framework: tensorflow or pytorch without image; machines and bounds where the pool is "
        "made; or no resource_pool",
        COHOSTING_PAGE,
        _READ,
    ),
    Refusal(
        "MS0492",
        "vertex/pool-replicas",
        "how many replicas there are is of the pool, which models share and which has its bounds",
        "remove it, and set the bounds where the pool is made; or no resource_pool",
        COHOSTING_PAGE,
        _READ,
    ),
    Refusal(
        "MS0464",
        "vertex/service-controls",
        "a dedicated public endpoint cannot be within a perimeter of VPC Service Controls",
        "endpoint_type: private_service_connect",
        ENDPOINT_PAGE,
        _READ,
    ),
    Refusal(
        "MS0465",
        "vertex/payload",
        "larger than what that kind of endpoint takes",
        "a smaller payload; endpoint_type: dedicated or private_service_connect takes 10 MB",
        ENDPOINT_PAGE,
        _READ,
    ),
    Refusal(
        "MS0466",
        "vertex/registry-version",
        "a version in the Model Registry is `vertex://projects/…/locations/…/models/…@<number>`, "
        "and has its container, port and routes from when it was uploaded",
        "that URI with the version's number, or with an alias where the environment says "
        "follow_aliases, and no image",
        f"{_API}projects.locations.models",
        _READ,
    ),
    Refusal(
        "MS0467",
        "vertex_batch/candidate",
        "a batch run answers no requests that a candidate could get a share of",
        "a file of its own for the candidate, with another output_uri, to compare the results",
        BATCH_PAGE,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0468",
        "vertex_batch/place",
        "batch prediction reads and writes Cloud Storage and BigQuery",
        "gs://bucket/path, or bq://project.dataset.table; results to gs://bucket/path or "
        "bq://project.dataset",
        BATCH_PAGE,
        _READ,
    ),
    Refusal(
        "MS0469",
        "vertex_batch/max_replicas",
        "a batch run does not scale: what it begins with is what it has",
        "parallelism for how many machines a run has",
        BATCH_PAGE,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0490",
        "vertex_batch/canary_percent",
        "a batch run answers no requests that could be shared",
        "a file of its own for the candidate, with another output_uri, to compare the results",
        BATCH_PAGE,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0491",
        "vertex_batch/slo",
        "an objective is about requests, and a batch run answers none",
        "timeout_seconds, after which the update stops waiting for the run",
        BATCH_PAGE,
        _READ,
        of_key=True,
    ),
)
# Arguments of other components that ask for it, by the refusal.
_ARGUMENTS: Final = {
    "candidate_version": "vertex_batch/candidate",
    "candidate_uri": "vertex_batch/candidate",
    "canary_percent": "vertex_batch/canary_percent",
    "min_replicas": "vertex_batch/max_replicas",
    "max_replicas": "vertex_batch/max_replicas",
    "latency_p95_ms": "vertex_batch/slo",
    "error_rate_percent": "vertex_batch/slo",
}
REFUSED_ARGUMENTS: Final[dict[str, str]] = {
    argument: refusal.advice
    for argument, name in _ARGUMENTS.items()
    for refusal in REFUSALS
    if refusal.name == name
}
