"""How long a broken glass is in force: until an update that no guardrail stops."""

import json

import pytest

from stacks.break_glass import IN_FORCE, OUTPUT, VARIABLE, recorded


def broken(monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps({"model": model, "reason": f"{model} is down"}))


def in_force(outputs: dict[str, list[dict[str, object]]]) -> set[str]:
    return {name for name, records in outputs.items() if any(r.get(IN_FORCE) for r in records)}


def test_in_force_until_the_next_update_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "fraud")
    first = recorded({}, only="fraud")
    assert in_force(first) == {"fraud"}
    broken(monkeypatch, "churn")
    both = recorded({OUTPUT: first}, only="churn")
    assert in_force(both) == {"fraud", "churn"}
    monkeypatch.delenv(VARIABLE)
    # Another model's update says nothing of it.
    assert in_force(recorded({OUTPUT: both}, only="churn")) == {"fraud"}
    after = recorded({OUTPUT: both})
    assert in_force(after) == set()
    assert [each["reason"] for each in after["fraud"]] == ["fraud is down"]
    # Broken once more: the newest alone.
    broken(monkeypatch, "fraud")
    again = recorded({OUTPUT: both}, only="fraud")["fraud"]
    assert [bool(each.get(IN_FORCE)) for each in again] == [True, False]
