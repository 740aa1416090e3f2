"""What the API's forms of the Vertex AI resources share: numbers, machines, names."""

from collections.abc import Mapping
from typing import Any, cast

__all__ = ["machine_inputs", "machine_of", "named_by_id", "whole"]


def whole(value: object) -> int:
    """A number of Pulumi's, which are floats, as the API takes it."""
    return int(cast(float, value))


def machine_of(inputs: Mapping[str, object]) -> dict[str, Any]:
    """MachineSpec of the inputs."""
    machine: dict[str, Any] = {"machineType": inputs["machineType"]}
    if inputs.get("acceleratorType"):
        machine["acceleratorType"] = inputs["acceleratorType"]
        machine["acceleratorCount"] = whole(inputs["acceleratorCount"])
    return machine


def machine_inputs(machine: Mapping[str, Any]) -> dict[str, object]:
    """The inputs that a live MachineSpec stands for."""
    accelerator = machine.get("acceleratorType")
    return {
        "machineType": machine.get("machineType"),
        "acceleratorType": None if accelerator == "ACCELERATOR_TYPE_UNSPECIFIED" else accelerator,
        "acceleratorCount": machine.get("acceleratorCount"),
    }


def named_by_id(name: object, project: str) -> str:
    """A resource's name with the project's id: the API answers with its number."""
    return f"projects/{project}/{str(name).split('/', 2)[2]}"
