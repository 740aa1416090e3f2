"""The rules of one provider's types, from the table beside this file."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.check import Problem
from sandbox.rules.model import TypeRules

__all__ = ["Rules"]


class Rules:
    """What a provider decides by type; the table is read when it is first asked."""

    def __init__(self, provider: str, *, coerces: bool = False) -> None:
        """Know where the table is; `coerces` as in `sandbox.check.Shape`."""
        self._path = Path(__file__).with_name(f"{provider}.json")
        self._coerces = coerces
        self._types: dict[str, TypeRules | None] = {}

    def of(self, token: str) -> TypeRules | None:
        """The rules of a type; None where the table does not have it."""
        if token not in self._types:
            document = self._table.get(token)
            self._types[token] = (
                None if document is None else TypeRules.from_json(document, coerces=self._coerces)
            )
        return self._types[token]

    def tokens(self) -> list[str]:
        """Every type that the table has."""
        return list(self._table)

    def problems(self, token: str, inputs: Mapping[str, Any]) -> list[Problem]:
        """Inputs that exclude or need one another."""
        rules = self.of(token)
        return [] if rules is None else list(rules.problems(inputs))

    @functools.cached_property
    def _table(self) -> dict[str, dict[str, Any]]:
        if not self._path.exists():
            return {}
        document: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        return document["types"]
