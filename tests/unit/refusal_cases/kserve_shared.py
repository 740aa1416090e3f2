"""What a server that models share cannot do: the refusal, what is refused, what works."""

from typing import Any

from tests.unit.settings_project import KSERVE, SERVER, changed

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "any/deployment_mode=modelmesh",
        changed(KSERVE, deployment_mode="ModelMesh"),
        changed(KSERVE, model__framework="triton", runtime="kserve-tritonserver"),
    ),
    (
        "any/deployment_mode=modelmesh",
        changed(SERVER, deployment_mode="modelmesh"),
        SERVER,
    ),
    (
        "kserve_shared_server/candidate",
        changed(SERVER, candidate={"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}),
        SERVER,
    ),
]
