"""The kubeconfig: which contexts there are, and which one a provider works in."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.clouds.base import RefusedError

__all__ = ["active", "contexts"]


def _document(text: str) -> Any:  # noqa: ANN401 - a document
    if text.lstrip().startswith("{"):
        return json.loads(text)
    # A tenth of a second, which a plugin without a kubeconfig does not pay.
    from ruamel.yaml import YAML, YAMLError  # noqa: PLC0415

    try:
        return YAML(typ="safe").load(text)  # pyright: ignore[reportUnknownMemberType]
    except YAMLError as error:
        raise ValueError(str(error)) from error


def active(settings: Mapping[str, Any]) -> str:
    """The context that a provider of these settings works in."""
    _, current = contexts(settings.get("kubeconfig"))
    return str(settings.get("context") or current)


def contexts(given: Any) -> tuple[list[str], str]:  # noqa: ANN401
    """Contexts of a kubeconfig, and its current one; empty when there is no kubeconfig."""
    text = ""
    if isinstance(given, str) and given.strip():
        path = Path(given).expanduser() if "\n" not in given and "{" not in given else None
        text = path.read_text(encoding="utf-8") if path is not None and path.exists() else given
    elif os.environ.get("KUBECONFIG"):
        path = Path(os.environ["KUBECONFIG"].split(os.pathsep)[0])
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not text:
        return [], ""
    try:
        document: Any = _document(text)
        names = [str(context["name"]) for context in document["contexts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"the kubeconfig cannot be read: {error}") from error
    return names, str(document.get("current-context") or "")
