"""Machine types by their names, against the table of those that carry GPUs."""

import pytest

from facts.machines import choose, compute_engine
from facts.machines.shapes import MachineType
from policies import machine_types

NAMED = [one for one in choose.machines() if not one.name.startswith("n1-")]


@pytest.mark.parametrize("machine", NAMED, ids=lambda machine: machine.name)
def test_a_type_of_the_table_has_as_many(machine: MachineType) -> None:
    assert machine_types.accelerators(machine.name) == machine.accelerator_count
    assert machine_types.accelerators(machine.name.upper()) == machine.accelerator_count


def test_a_family_is_known_without_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a type that is newer than the table is seen as one with accelerators."""
    monkeypatch.setattr(machine_types, "_facts", dict[str, MachineType])
    assert [one.name for one in NAMED if not machine_types.is_accelerated(one.name)] == []
    counted = [one for one in NAMED if one.cloud == "gcp" and one.name[0] == "a"]
    assert counted
    for one in counted:
        assert machine_types.accelerators(one.name) == one.accelerator_count


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_the_largest_of_a_family_is_a_whole_machine(
    monkeypatch: pytest.MonkeyPatch, cloud: str
) -> None:
    """What is a whole machine by its name has several accelerators."""
    monkeypatch.setattr(machine_types, "_facts", dict[str, MachineType])
    whole = [m for m in NAMED if m.cloud == cloud and machine_types.is_whole_machine(m.name)]
    assert whole or cloud == "gcp"
    assert [one.name for one in whole if one.accelerator_count < 2] == []


@pytest.mark.parametrize("name", sorted(compute_engine.LEFT_OUT))
def test_a_type_that_is_left_out_carries_accelerators_too(name: str) -> None:
    assert machine_types.is_accelerated(name)


@pytest.mark.parametrize(
    "name",
    [
        *("m7i.48xlarge", "ml.m5.large", "e2-standard-4", "g1-small", "n1-standard-8"),
        *("c3d-standard-8", "Standard_D4ds_v5", "Standard_L8s_v3", "", "large"),
    ],
)
def test_others_have_none(name: str) -> None:
    assert machine_types.accelerators(name) == 0
    assert not machine_types.is_accelerated(name)
    assert not machine_types.is_whole_machine(name)
