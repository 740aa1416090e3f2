"""What Seldon Core 2 cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import DIGEST, SELDON, changed

_CANDIDATE = {"uri": "gs://models/churn/2.2.0", "version": "2.2.0"}

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "seldon/own-server",
        changed(SELDON, resources={"accelerator": "nvidia-l4"}),
        changed(SELDON, server_name="mlserver-gpu", requirements=["gpu"]),
    ),
    (
        "seldon/own-server",
        changed(SELDON, resources={"cpu": 2}),
        changed(SELDON, resources={"memory_mib": 512}),
    ),
    (
        "seldon/own-server",
        changed(SELDON, model__image=f"registry/churn@{DIGEST}"),
        changed(SELDON, model__framework="mlserver"),
    ),
    (
        "seldon/share-owner",
        changed(SELDON, candidate=_CANDIDATE, canary_percent=10, rollout={"owner": "rollout"}),
        changed(SELDON, candidate=_CANDIDATE, canary_percent=10, rollout={"owner": "file"}),
    ),
    (
        "seldon/mirror-beside-share",
        changed(SELDON, candidate=_CANDIDATE, canary_percent=10, mirror_percent=5),
        changed(SELDON, candidate=_CANDIDATE, canary_percent=0, mirror_percent=5),
    ),
]
