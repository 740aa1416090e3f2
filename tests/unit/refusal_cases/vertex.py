"""What Vertex AI cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import DIGEST, VERTEX, VERTEX_BATCH, changed

_CANDIDATE = {"uri": "gs://models/fraud/1.5.0/", "version": "1.5.0"}
_WITH_CANDIDATE = changed(VERTEX, candidate=_CANDIDATE, canary_percent=10)
_IMAGE = f"europe-docker.pkg.dev/example-models/models/fraud@{DIGEST}"
_REGISTERED = "vertex://projects/example-models/locations/europe-west4/models/fraud@3"
_TENSORFLOW = changed(VERTEX, model__framework="tensorflow")
_PYTORCH = changed(VERTEX, model__framework="pytorch")
_CAPTURED = changed(VERTEX, capture={"percent": 10})
# What the environment says of Vertex AI.
_PEERED = {"network": "projects/210987654321/global/networks/serving"}
_PRIVATE = {"allowed_projects": ["example-shop"]}
_BY_CONNECT = {"endpoint_type": "private_service_connect", "@vertex": _PRIVATE}
_BY_PEERING = {"endpoint_type": "peered", "@vertex": _PEERED}
_PERIMETER = {"service_perimeter": True, **_PRIVATE}

# (refusal, what is refused, the nearest thing that works)
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "vertex/shadow",
        changed(_WITH_CANDIDATE, strategy="shadow"),
        changed(_WITH_CANDIDATE, strategy="canary", canary_percent=0),
    ),
    ("vertex/ab", changed(_WITH_CANDIDATE, strategy="ab"), _WITH_CANDIDATE),
    ("vertex/zero", changed(VERTEX, min_replicas=0), changed(VERTEX, min_replicas=1)),
    (
        "vertex/cpu-and-memory",
        changed(VERTEX, resources={"cpu": 2}),
        changed(VERTEX, machine_type="n1-standard-4"),
    ),
    (
        "vertex/cpu-and-memory",
        changed(VERTEX_BATCH, resources={"memory_mib": 2048}),
        changed(VERTEX_BATCH, machine_type="n1-highmem-2"),
    ),
    (
        "vertex/accelerator",
        changed(_PYTORCH, resources={"accelerator": "nvidia-b300"}),
        changed(_PYTORCH, resources={"accelerator": "nvidia-l4"}),
    ),
    (
        "vertex/accelerator",
        changed(_PYTORCH, resources={"accelerator": "nvidia-t4", "accelerator_count": 3}),
        changed(_PYTORCH, resources={"accelerator": "nvidia-t4", "accelerator_count": 2}),
    ),
    (
        "vertex/machine",
        changed(_PYTORCH, machine_type="g2-standard-4", resources={"accelerator": "nvidia-t4"}),
        changed(_PYTORCH, resources={"accelerator": "nvidia-t4"}),
    ),
    (
        "vertex/machine",
        changed(VERTEX_BATCH, machine_type="a2-highgpu-1g"),
        changed(
            VERTEX_BATCH,
            model__framework="pytorch",
            machine_type="a2-highgpu-1g",
            resources={"accelerator": "nvidia-a100"},
        ),
    ),
    (
        "vertex/peered-candidate",
        _WITH_CANDIDATE | _BY_PEERING,
        _WITH_CANDIDATE | _BY_CONNECT,
    ),
    ("vertex/peered-capture", _CAPTURED | _BY_PEERING, _CAPTURED | _BY_CONNECT),
    (
        "vertex/capture-payload",
        changed(VERTEX, capture={"payload": ["request"]}),
        changed(VERTEX, capture={"payload": ["response", "request"]}),
    ),
    (
        "vertex/capture-place",
        changed(VERTEX, capture={"uri": "gs://models/captured/"}),
        changed(VERTEX, capture={"uri": "bq://example-models.captured.fraud"}),
    ),
    (
        "vertex/capture-place",
        changed(VERTEX, capture={"uri": "bq://example-models.captured"}),
        _CAPTURED,
    ),
    (
        "vertex/scaling-pace",
        changed(VERTEX, scaling={"scale_in_cooldown_seconds": 300}),
        changed(VERTEX, scaling={"metric": "cpu", "target": 50}),
    ),
    (
        "vertex/scaling-pace",
        changed(VERTEX, scaling={"schedules": [{"schedule": "0 8 * * *", "min_replicas": 2}]}),
        changed(VERTEX, min_replicas=2),
    ),
    (
        "vertex/scaling-metric",
        changed(VERTEX, scaling={"metric": "concurrency", "target": 5}),
        changed(VERTEX, scaling={"metric": "requests", "target": 300}),
    ),
    (
        "vertex/scaling-metric",
        changed(VERTEX, scaling={"metric": "gpu"}),
        changed(_PYTORCH, scaling={"metric": "gpu"}, resources={"accelerator": "nvidia-l4"}),
    ),
    (
        "vertex/scaling-target",
        changed(VERTEX, scaling={"target": 101}),
        changed(VERTEX, scaling={"target": 100}),
    ),
    (
        "vertex/scaling-target",
        changed(VERTEX, scaling={"metric": "requests", "target": 0.5}),
        changed(VERTEX, scaling={"metric": "requests", "target": 1}),
    ),
    (
        "vertex/shared-pool",
        changed(VERTEX, resource_pool="shared"),
        changed(_TENSORFLOW, resource_pool="shared"),
    ),
    (
        "vertex/shared-pool",
        changed(_TENSORFLOW, resource_pool="shared", machine_type="n1-standard-4"),
        changed(_TENSORFLOW, own_resource_pool=True, machine_type="n1-standard-4"),
    ),
    (
        "vertex/shared-pool",
        changed(_TENSORFLOW, own_resource_pool=True, model__image=_IMAGE),
        changed(_TENSORFLOW, own_resource_pool=True),
    ),
    (
        "vertex/pool-replicas",
        changed(_TENSORFLOW, resource_pool="shared", min_replicas=0),
        changed(_TENSORFLOW, resource_pool="shared"),
    ),
    (
        "vertex/pool-replicas",
        changed(_TENSORFLOW, resource_pool="shared", max_replicas=4),
        changed(_TENSORFLOW, own_resource_pool=True, max_replicas=4),
    ),
    (
        "vertex/service-controls",
        VERTEX | {"@vertex": _PERIMETER},
        VERTEX | {"@vertex": _PERIMETER, "endpoint_type": "private_service_connect"},
    ),
    (
        "vertex/payload",
        changed(VERTEX, payload_mb=10.5),
        changed(VERTEX, payload_mb=10),
    ),
    (
        "vertex/payload",
        changed(VERTEX, payload_mb=2, endpoint_type="public"),
        changed(VERTEX, payload_mb=1.5, endpoint_type="public"),
    ),
    (
        "vertex/registry-version",
        changed(VERTEX, model={"uri": _REGISTERED.partition("@")[0], "version": "3"}),
        changed(VERTEX, model={"uri": _REGISTERED, "version": "3"}),
    ),
    (
        "vertex/registry-version",
        changed(VERTEX_BATCH, model={"uri": _REGISTERED, "version": "3", "image": _IMAGE}),
        changed(VERTEX_BATCH, model={"uri": _REGISTERED, "version": "3"}),
    ),
    (
        "kubernetes/one-name-for-two",
        changed(VERTEX, candidate={"uri": "gs://models/fraud/1-4-0/", "version": "1-4-0"}),
        changed(VERTEX, candidate=_CANDIDATE),
    ),
    (
        "vertex_batch/candidate",
        changed(VERTEX_BATCH, candidate=_CANDIDATE),
        VERTEX_BATCH,
    ),
    ("vertex_batch/canary_percent", changed(VERTEX_BATCH, canary_percent=10), VERTEX_BATCH),
    ("vertex_batch/slo", changed(VERTEX_BATCH, slo={"latency_p95_ms": 50}), VERTEX_BATCH),
    (
        "vertex_batch/place",
        changed(VERTEX_BATCH, input_uri="s3://data/customers/"),
        changed(VERTEX_BATCH, input_uri="bq://example-models.data.customers"),
    ),
    (
        "vertex_batch/place",
        changed(VERTEX_BATCH, output_uri="bq://example-models"),
        changed(VERTEX_BATCH, output_uri="bq://example-models.scores"),
    ),
    (
        "vertex_batch/max_replicas",
        changed(VERTEX_BATCH, max_replicas=4),
        changed(VERTEX_BATCH, parallelism=4),
    ),
]
