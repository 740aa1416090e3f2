"""What KServe cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import KSERVE, changed

K_CANDIDATE = {"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "kserve/candidate-in-standard-mode",
        changed(KSERVE, candidate=K_CANDIDATE, canary_percent=10, deployment_mode="standard"),
        changed(KSERVE, candidate=K_CANDIDATE, canary_percent=10, deployment_mode="knative"),
    ),
    (
        "kserve/candidate-in-standard-mode",
        changed(KSERVE, candidate=K_CANDIDATE, deployment_mode="standard"),
        changed(KSERVE, deployment_mode="standard"),
    ),
    (
        "kserve/zero-in-standard-mode",
        changed(KSERVE, min_replicas=0, deployment_mode="standard"),
        changed(KSERVE, min_replicas=0),
    ),
    (
        "kserve/shift",
        changed(KSERVE, rollout={"shift": "canary"}),
        changed(KSERVE, candidate=K_CANDIDATE, canary_percent=5),
    ),
]
