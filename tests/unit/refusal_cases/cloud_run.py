"""What Cloud Run cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import CLOUD_RUN, changed

_CANDIDATE = {"uri": "gs://models/fraud/1.5.0/model.onnx", "version": "1.5.0"}
_WITH_CANDIDATE = changed(CLOUD_RUN, candidate=_CANDIDATE, canary_percent=10)
_L4: dict[str, Any] = {"accelerator": "nvidia-l4"}
_GPU = changed(CLOUD_RUN, resources=_L4)
_ELSEWHERE = {"region": "europe-west3", "bucket": "models"}
_PUBLIC = {"public_access": True, "callers": ["allUsers"]}

# (refusal, what is refused, the nearest thing that works)
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "cloud_run/strategy",
        changed(_WITH_CANDIDATE, strategy="ab"),
        changed(_WITH_CANDIDATE, canary_percent=0),
    ),
    (
        "any/shift",
        changed(CLOUD_RUN, rollout={"shift": "linear", "size_percent": 10, "wait_seconds": 60}),
        changed(CLOUD_RUN, rollout={"shift": "all_at_once"}),
    ),
    (
        "cloud_run/cpu",
        changed(CLOUD_RUN, resources={"cpu": 3}),
        changed(CLOUD_RUN, resources={"cpu": 4, "memory_mib": 2048}),
    ),
    (
        "cloud_run/cpu",
        changed(CLOUD_RUN, resources={"cpu": 0.5}),
        changed(CLOUD_RUN, resources={"cpu": 1}),
    ),
    (
        "cloud_run/memory",
        changed(CLOUD_RUN, resources={"memory_mib": 4097}),
        changed(CLOUD_RUN, resources={"memory_mib": 4096}),
    ),
    (
        "cloud_run/memory",
        changed(CLOUD_RUN, resources={"memory_mib": 511}),
        changed(CLOUD_RUN, resources={"memory_mib": 512}),
    ),
    (
        "cloud_run/memory",
        changed(CLOUD_RUN, resources={"cpu": 4}),
        changed(CLOUD_RUN, resources={"cpu": 4, "memory_mib": 16_384}),
    ),
    (
        "cloud_run/accelerator",
        changed(CLOUD_RUN, resources={"accelerator": "nvidia-t4"}),
        _GPU,
    ),
    (
        "cloud_run/accelerator",
        changed(CLOUD_RUN, resources={**_L4, "accelerator_count": 2}),
        changed(CLOUD_RUN, resources={**_L4, "accelerator_count": 1}),
    ),
    (
        "cloud_run/gpu-size",
        changed(CLOUD_RUN, resources={**_L4, "cpu": 3}),
        changed(CLOUD_RUN, resources={**_L4, "cpu": 4}),
    ),
    (
        "cloud_run/gpu-size",
        changed(CLOUD_RUN, resources={**_L4, "memory_mib": 16_383}),
        changed(CLOUD_RUN, resources={**_L4, "memory_mib": 16_384}),
    ),
    ("cloud_run/gpu-region", _GPU | {"@cloud_run": _ELSEWHERE}, _GPU),
    ("cloud_run/gpu-billing", changed(_GPU, cpu_always=False), changed(_GPU, cpu_always=True)),
    (
        "cloud_run/snap-start",
        changed(CLOUD_RUN, cold_start={"mode": "snap_start"}),
        changed(CLOUD_RUN, cold_start={"mode": "provisioned"}),
    ),
    (
        "cloud_run/cold-start",
        changed(CLOUD_RUN, load_seconds=5, cold_start={"mode": "none", "budget_ms": 4999}),
        changed(CLOUD_RUN, load_seconds=5, cold_start={"mode": "none", "budget_ms": 5000}),
    ),
    (
        "cloud_run/everybody",
        changed(CLOUD_RUN, **_PUBLIC),
        changed(CLOUD_RUN, **_PUBLIC, data_classification="public"),
    ),
    (
        "cloud_run/everybody",
        changed(CLOUD_RUN, callers=["allAuthenticatedUsers"], data_classification="public"),
        changed(CLOUD_RUN, callers=["serviceAccount:shop@example.iam.gserviceaccount.com"]),
    ),
    (
        "cloud_run/name",
        CLOUD_RUN | {"@name": "f" * 34},
        # With `-dev` 37 signs.
        CLOUD_RUN | {"@name": "f" * 33},
    ),
    ("cloud_run/capture", changed(CLOUD_RUN, capture={"percent": 10}), CLOUD_RUN),
    (
        "cloud_run/scaling",
        changed(CLOUD_RUN, scaling={"metric": "cpu", "target": 50}),
        changed(CLOUD_RUN, concurrency=4),
    ),
    (
        "kubernetes/one-name-for-two",
        changed(
            CLOUD_RUN,
            candidate={"uri": "gs://models/fraud/1-4-0/m.onnx", "version": "1-4-0"},
        ),
        changed(CLOUD_RUN, candidate=_CANDIDATE),
    ),
]
