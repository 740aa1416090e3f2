"""Model servers by name: the port that they listen on and the paths that they answer.

Sources are the servers' own documentation; `checked` is the day on which it was looked up.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["MODEL_SERVERS", "ModelServerKind"]


@dataclass(frozen=True, slots=True)
class ModelServerKind:
    """One kind of server. Paths are HTTP; `metrics_port` is None where the server's port has them.

    `predict_paths` are the prefixes that callers use; nothing else is routed from outside.
    """

    name: str
    port: int
    live_path: str
    ready_path: str
    startup_path: str
    metrics_path: str
    predict_paths: tuple[str, ...]
    source: str
    metrics_port: int | None = None
    checked: str | None = None


MODEL_SERVERS: Final[dict[str, ModelServerKind]] = {
    kind.name: kind
    for kind in (
        ModelServerKind(
            "reference",
            8000,
            "/health/live",
            "/health/ready",
            "/health/startup",
            "/metrics",
            ("/v1/models", "/v2/models"),
            "runtime/",
        ),
    )
}
