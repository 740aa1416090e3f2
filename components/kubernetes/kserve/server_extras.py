"""What a kind of model adds to its server: arguments, variables, volumes, its own measure of load.

A module for a kind of model (a language model, say) reads its own arguments and hands back one of
these; `predictor.py` adds it to the container and the pod, whichever runtime serves the model.
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["ServerExtras"]


@dataclass(frozen=True, slots=True)
class ServerExtras:
    """In Kubernetes' spelling; all of it comes after what the user's own arguments say."""

    arguments: tuple[str, ...] = ()
    environment: tuple[dict[str, Any], ...] = ()
    volumes: tuple[dict[str, Any], ...] = ()
    volume_mounts: tuple[dict[str, Any], ...] = ()
    annotations: dict[str, str] = field(default_factory=dict[str, str])
    """Of the InferenceService."""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    """Of the InferenceService, such as the one that names a local model cache."""
