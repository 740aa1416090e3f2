"""The kubeconfig: which contexts there are, and which one a provider works in."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.clouds.base import RefusedError
from sandbox.values import mapped

__all__ = ["active", "contexts", "servers"]


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
    document = _read(given)
    if document is None:
        return [], ""
    names = [str(context["name"]) for context in document["contexts"]]
    return names, str(document.get("current-context") or "")


def servers(given: Any) -> dict[str, str]:  # noqa: ANN401
    """URL of the API behind each context."""
    document: Any = _read(given) or {"contexts": []}
    urls: dict[str, str] = {}
    for each in document.get("clusters") or ():
        urls[str(each.get("name"))] = str(mapped(each.get("cluster")).get("server") or "")
    found: dict[str, str] = {}
    for each in document["contexts"]:
        found[str(each["name"])] = urls.get(str(mapped(each.get("context")).get("cluster")), "")
    return found


def _read(given: Any) -> Any:  # noqa: ANN401 - a document
    text = ""
    if isinstance(given, str) and given.strip():
        path = Path(given).expanduser() if "\n" not in given and "{" not in given else None
        text = path.read_text(encoding="utf-8") if path is not None and path.exists() else given
    elif os.environ.get("KUBECONFIG"):
        path = Path(os.environ["KUBECONFIG"].split(os.pathsep)[0])
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not text:
        return None
    try:
        document: Any = _document(text)
        for context in document["contexts"]:
            str(context["name"])
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"the kubeconfig cannot be read: {error}") from error
    return document
