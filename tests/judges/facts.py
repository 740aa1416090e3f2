"""Reads the truth tables: what sources that the sandbox does not read say of properties."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["constraints", "replacements", "required", "source"]

FOLDER = Path(__file__).with_name("truth")


def constraints(provider: str) -> Mapping[str, Mapping[str, Any]]:
    """What a source allows, by type; see truth/README.md."""
    return _table(provider).get("types", {})


def replacements(provider: str) -> Mapping[str, Mapping[str, Any]]:
    """What a source says of changes, by type and path."""
    return _table(f"replace_{provider}").get("types", {})


def required(provider: str, token: str) -> frozenset[str]:
    """Paths that must be given wherever the object around them is."""
    paths = constraints(provider).get(token, {}).get("paths", {})
    return frozenset(path for path, facts in paths.items() if facts.get("required"))


def source(name: str) -> str:
    """Where a table is from."""
    return _table(name).get("source", "")


@functools.cache
def _table(name: str) -> Mapping[str, Any]:
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
