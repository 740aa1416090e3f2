"""Karpenter's NodePools as pools: what they may launch, by requirements, limits and weight."""

from collections.abc import Iterator
from typing import Any

from facts.machines.choose import machines
from facts.machines.shapes import MachineType
from sandbox.autoscaling.node import (
    Option,
    Template,
    architecture,
    machine_resources,
    taint_of,
)
from sandbox.autoscaling.pods import amount
from sandbox.clouds.aws.compute import SUBNET
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped

__all__ = ["allows", "templates"]

Object = dict[str, Any]
_NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
_CAPACITY_TYPE = "karpenter.sh/capacity-type"
_EFA = "vpc.amazonaws.com/efa"
_ZONE = "topology.kubernetes.io/zone"
_CAPACITIES = {"reserved": "reserved", "spot": "spot", "on-demand": "on_demand"}


def templates(store: Store, context: str) -> Iterator[Template]:
    """One per NodePool and way to pay, in the order in which Karpenter prefers them.

    Reserved before spot before on demand: https://karpenter.sh/docs/concepts/nodepools/
    """
    for row in store.list("kubernetes", _NODE_POOL, account=context):
        yield from _of(store, row)


def _of(store: Store, row: Row) -> Iterator[Template]:
    spec = mapped(row.outputs.get("spec"))
    template = mapped(spec.get("template"))
    asked = [mapped(each) for each in listed(at(template, "spec", "requirements"))]
    labels = {str(k): str(v) for k, v in mapped(at(template, "metadata", "labels")).items()}
    labels["karpenter.sh/nodepool"] = row.name
    fitting = [m for m in machines("aws") if all(allows(each, _known(m)) for each in asked)]
    choices = {
        str(each.get("key")): tuple(str(value) for value in listed(each.get("values")))
        for each in asked
        if each.get("operator") == "In"
    }
    labels |= {key: values[0] for key, values in choices.items() if len(values) == 1}
    limits = mapped(spec.get("limits"))
    options = {m.name: Option(_resources(m), _known(m)) for m in fitting if _within(limits, m)}
    for option in options.values():
        for key, value in option.labels.items():
            choices[key] = tuple(dict.fromkeys((*choices.get(key, ()), value)))
    reference = mapped(at(template, "spec", "nodeClassRef"))
    node_class = store.get("kubernetes", _CLASS, str(reference.get("name")), account=row.account)
    missing = "" if node_class else f"its {reference.get('kind')} {reference.get('name')} is absent"
    zones = choices.get(_ZONE) or _zones(store, node_class) or ("*",)
    ways = [each for each in asked if each.get("key") == _CAPACITY_TYPE]
    # Without a word Karpenter launches on demand.
    words = [w for w in _CAPACITIES if all(allows(each, {_CAPACITY_TYPE: w}) for each in ways)]
    for word in words if ways else ["on-demand"]:
        yield Template(
            pool=row.name,
            scaler="karpenter",
            cloud="eks",
            cluster=row.account,
            known_as=row.name,
            labels={**labels, _CAPACITY_TYPE: word},
            taints=tuple(taint_of(mapped(each)) for each in listed(at(template, "spec", "taints"))),
            resources={},
            options=options,
            choices={key: values for key, values in choices.items() if key not in labels},
            machines=tuple(m.name for m in fitting),
            zones=zones,
            capacity=_CAPACITIES[word],
            weight=int(spec.get("weight") or 0),
            closed=missing or _closed(fitting, limits),
        )


def allows(requirement: Object, labels: dict[str, str]) -> bool:
    """Whether a requirement, of a NodePool or of a node affinity, holds of these labels.

    One about a label that is not among them holds: nothing is known of it here.
    """
    key, operator = str(requirement.get("key")), requirement.get("operator")
    values = [str(value) for value in listed(requirement.get("values"))]
    if key not in labels:
        return True
    has = labels[key]
    if operator in {"Gt", "Lt"} and has.isdecimal() and values and values[0].isdecimal():
        return int(has) > int(values[0]) if operator == "Gt" else int(has) < int(values[0])
    return {"In": has in values, "NotIn": has not in values, "DoesNotExist": False}.get(
        str(operator), True
    )


def _known(machine: MachineType) -> dict[str, str]:
    """Labels of a machine type by which NodePools choose.

    https://karpenter.sh/docs/concepts/scheduling/#well-known-labels
    """
    family, _, size = machine.name.partition(".")
    aws = "karpenter.k8s.aws/instance-"
    return {
        **architecture(machine),
        "node.kubernetes.io/instance-type": machine.name,
        f"{aws}family": family,
        f"{aws}size": size,
        f"{aws}category": family[0],
        f"{aws}cpu": str(machine.vcpu),
        f"{aws}memory": str(machine.memory_mib),
        f"{aws}gpu-manufacturer": "nvidia",
        f"{aws}gpu-count": str(machine.accelerator_count),
        f"{aws}gpu-name": machine.accelerator.removeprefix("nvidia-"),
    }


def _resources(machine: MachineType) -> dict[str, float]:
    """What Karpenter knows of it: parts of GPUs are not among that."""
    fabric = machine.fabric
    return {
        **machine_resources(machine),
        **({_EFA: float(fabric.interfaces)} if fabric.interconnect == "efa" else {}),
    }


def _within(limits: Object, machine: MachineType) -> bool:
    """Whether a first machine stays within the NodePool's limits: none is there yet."""
    one = {**_resources(machine), "nodes": 1.0}
    return all(one.get(name, 0.0) <= amount(limit) for name, limit in limits.items())


def _closed(fitting: list[MachineType], limits: Object) -> str:
    if not fitting:
        return "no instance type with GPUs meets its requirements"
    if not any(_within(limits, machine) for machine in fitting):
        told = ", ".join(f"{name}: {value}" for name, value in limits.items())
        return f"max nodes reached: limits {told}"
    return ""


def _zones(store: Store, node_class: Row | None) -> tuple[str, ...]:
    """Of the subnets that the node class chooses by id or by tags."""
    terms = (
        [] if node_class is None else listed(at(node_class.outputs, "spec", "subnetSelectorTerms"))
    )
    found: list[str] = []
    for subnet in store.list("aws", SUBNET):
        values = {**subnet.outputs, **subnet.inputs}
        for term in map(mapped, terms):
            tags = mapped(term.get("tags"))
            has = mapped(values.get("tags"))
            tagged = bool(tags) and all(
                key in has and value in {"*", has[key]} for key, value in tags.items()
            )
            if term.get("id") == subnet.id or tagged:
                found.append(str(values.get("availabilityZone") or subnet.region))
    return tuple(dict.fromkeys(found))
