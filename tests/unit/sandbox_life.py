"""Drives a stand-in cloud as the engine would, in this process and in plain Python."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.check import Problem
from sandbox.clouds import cloud
from sandbox.diff import Plan
from sandbox.life import Life, Result
from sandbox.naming import Autonaming
from sandbox.store import Store

AUTONAMING = Autonaming(seed=b"tests")


@dataclasses.dataclass
class Made:
    """A resource that was made: what the engine would keep in its state."""

    urn: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


class Stack:
    """The resources of one provider in one store."""

    def __init__(self, provider: str, path: Path, settings: dict[str, Any] | None = None) -> None:
        self.store = Store(path)
        self.life = Life(cloud(provider), self.store)
        self.life.configure(settings or {})

    def problems(self, token: str, inputs: Mapping[str, object], name: str = "it") -> list[Problem]:
        return self.life.check(urn(token, name), inputs, {}, AUTONAMING)[1]

    def checked(
        self, token: str, name: str, inputs: Mapping[str, object], old: Made | None
    ) -> dict[str, Any]:
        before = old.inputs if old else {}
        added, problems = self.life.check(urn(token, name), inputs, before, AUTONAMING)
        assert not problems, problems
        return {**inputs, **added}

    def preview(self, token: str, name: str, /, **inputs: object) -> Result:
        given = self.checked(token, name, inputs, None)
        return self.life.preview_creation(urn(token, name), given, set())

    def create(self, token: str, name: str, /, **inputs: object) -> Made:
        given = self.checked(token, name, inputs, None)
        result = self.life.create(urn(token, name), given, set())
        return Made(urn(token, name), result.id, given, result.outputs)

    def plan(self, made: Made, /, **inputs: object) -> Plan:
        return self.life.diff(
            made.urn, made.inputs, self._again(made, inputs), [], state=made.outputs
        )

    def paths(self, made: Made, /, **inputs: object) -> dict[str, bool]:
        """Changed paths, and whether each needs a new resource."""
        plan = self.plan(made, **inputs)
        return {change.path: change.path in plan.replacing for change in plan.changes}

    def preview_update(self, made: Made, /, **inputs: object) -> Result:
        return self.life.preview_update(
            made.urn,
            made.id,
            outputs=made.outputs,
            old=made.inputs,
            new=self._again(made, inputs),
            secrets=set(),
        )

    def update(self, made: Made, /, **inputs: object) -> Made:
        given = self._again(made, inputs)
        result = self.life.update(made.urn, made.id, made.inputs, given, set(), state=made.outputs)
        return Made(made.urn, made.id, given, result.outputs)

    def read(self, made: Made) -> Result | None:
        return self.life.read(made.urn, made.id, made.inputs, set(), state=made.outputs)

    def delete(self, made: Made) -> None:
        self.life.delete(made.urn, made.id, made.inputs, state=made.outputs)

    def _again(self, made: Made, changes: Mapping[str, object]) -> dict[str, Any]:
        """The program's inputs of before with changes; None removes."""
        automatic = made.inputs.get("__defaults", [])
        old = {k: v for k, v in made.inputs.items() if k not in automatic and k[:2] != "__"}
        new = {k: v for k, v in {**old, **changes}.items() if v is not None}
        token, name = made.urn.split("::")[2:]
        return self.checked(token, name, new, made)


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::tests::{token}::{name}"


def trust(*services: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
