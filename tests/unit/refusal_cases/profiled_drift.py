"""Drift where neither platform nor runtime looks: refused, and the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import MODEL_SERVER, SELDON, changed

_DRIFT = {"baseline_uri": "s3://models/fraud/drift/profile.json"}

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("on_cluster/drift", changed(SELDON, drift=_DRIFT), changed(MODEL_SERVER, drift=_DRIFT)),
    ("on_cluster/drift", changed(SELDON, drift=_DRIFT), SELDON),
]
