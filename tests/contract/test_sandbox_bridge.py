"""Changes of lists and sets are planned as Pulumi's Terraform bridge recorded its own plans."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.diff import Likeness, Replaces, changes

TABLE = Path(__file__).parents[1] / "judges" / "truth" / "bridge.json"
CASES: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("schema", sorted({case["schema"] for case in CASES}))
def test_plans_are_the_bridges(schema: str) -> None:
    for case in CASES:
        if case["schema"] != schema:
            continue
        plan = planned(schema, case["old"], case["new"])
        if "unordered" in case["case"]:
            # Terraform's state has its own order, which the positions of removed items are of.
            assert decision(plan) == decision(case["plan"]), case
        else:
            assert plan == case["plan"], case


def test_there_are_plans_of_every_kind() -> None:
    assert len(CASES) > 300
    kinds = {kind for case in CASES for kind in case["plan"].values()}
    assert kinds == {f"{kind}{end}" for kind in ("ADD", "DELETE", "UPDATE") for end in ENDINGS}


ENDINGS = ("", "_REPLACE")


def planned(schema: str, old: list[str] | None, new: list[str] | None) -> dict[str, str]:
    name = "prop" if "max_items_one" in schema else "props"
    is_set, is_block = schema.startswith("Set"), "block" in schema
    likeness = Likeness(
        sets=frozenset({name} if is_set else ()),
        coerces=True,
        empty=True,
    )
    found = changes(inputs(name, old, is_block), inputs(name, new, is_block), likeness)
    rules = replaces(schema, name, is_block=is_block)
    return {change.path: change.kind.upper() + ENDINGS[rules.needs(change)] for change in found}


def inputs(name: str, values: list[str] | None, is_block: bool) -> dict[str, Any]:  # noqa: FBT001 - as it is in the schema
    items: list[Any] = [{"nestedProp": value} if is_block else value for value in values or ()]
    if name == "prop":
        return {name: items[0]} if items else {}
    return {} if values is None else {name: items}


def replaces(schema: str, name: str, *, is_block: bool) -> Replaces:
    if "force_new" not in schema or "no_force_new" in schema:
        return Replaces()
    if "nested_force_new" in schema:
        return Replaces(frozenset({f"{name}.nestedProp"}))
    return Replaces(itself=frozenset({name})) if is_block else Replaces(frozenset({name}))


def decision(plan: dict[str, str]) -> str:
    if any(kind.endswith("REPLACE") for kind in plan.values()):
        return "replace"
    return "update" if plan else "nothing"
