"""What a plain model server cannot do: the refusal, what is refused, the nearest that works."""

from typing import Any

from tests.unit.refusal_cases import takeover
from tests.unit.settings_project import MODEL_SERVER, changed

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "kubernetes/no-image",
        changed(MODEL_SERVER, model__image=None, model__framework="onnx"),
        MODEL_SERVER,
    ),
    *takeover.CASES,
]
