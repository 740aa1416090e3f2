"""The machines of EKS's managed node groups: which ones, where, and what happens without them."""

from typing import Any

from sandbox.capacity import Ask, failed, take
from sandbox.clouds.aws.compute import LAUNCH_TEMPLATE, SUBNET
from sandbox.clouds.base import Call
from sandbox.store import Row, Store
from sandbox.values import at, first, listed, mapped

__all__ = ["NODE_GROUP", "capacity", "machines", "nodes", "placed", "scaling_group", "zones"]

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
_DEFAULT_MACHINE = "t3.medium"
# EC2's codes and words, https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_WORDS = {
    "on_demand": "Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently"
    " do not have sufficient {machine} capacity in the Availability Zone you requested ({zone})."
    " Our system will be working on provisioning additional capacity.",
    "spot": "Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity"
    " due to your request configuration. Please adjust your request and try again.",
    "reserved": "Could not launch On-Demand Instances. ReservationCapacityExceeded - The requested"
    " reservation does not have sufficient compatible and available capacity for this request.",
}


def _template(store: Store, row: Row) -> dict[str, Any]:
    """The properties of the launch template that a node group names; empty if it has none."""
    given = mapped(row.inputs.get("launchTemplate"))
    scope = {"account": row.account, "region": row.region}
    found = store.get("aws", LAUNCH_TEMPLATE, str(given.get("id") or "-"), **scope)
    found = found or store.by_name("aws", LAUNCH_TEMPLATE, str(given.get("name") or "-"), **scope)
    return {} if found is None else found.inputs


def machines(store: Store, row: Row) -> list[str]:
    """Instance types, in the order in which they are tried: on demand that is as they are given.

    https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
    """
    given = [str(each) for each in listed(row.inputs.get("instanceTypes"))]
    return given or [str(_template(store, row).get("instanceType") or _DEFAULT_MACHINE)]


def zones(store: Store, row: Row) -> list[str]:
    """The availability zones of the group's subnets."""
    found: list[str] = []
    for subnet in listed(row.inputs.get("subnetIds")):
        place = store.get("aws", SUBNET, str(subnet), account=row.account, region=row.region)
        values = {} if place is None else {**place.outputs, **place.inputs}
        found.append(str(values.get("availabilityZone") or row.region))
    return list(dict.fromkeys(found))


def nodes(row: Row) -> int:
    """How many nodes it begins with."""
    return int(at(row.inputs, "scalingConfig", "desiredSize") or 0)


def scaling_group(row: Row) -> str:
    """The name of its Auto Scaling group; empty where it has none."""
    return str(
        at(first(at(first(row.outputs.get("resources")), "autoscalingGroups")), "name") or ""
    )


def capacity(store: Store, row: Row) -> str:
    """How the machines are paid: on_demand, spot or reserved."""
    given = str(row.inputs.get("capacityType") or "")
    reservation = at(_template(store, row), "capacityReservationSpecification")
    if given == "CAPACITY_BLOCK" or at(reservation, "capacityReservationTarget"):
        return "reserved"
    return "spot" if given == "SPOT" else "on_demand"


def placed(call: Call, row: Row) -> Row:
    """The new group with its first machines, or failed for want of them.

    Its Auto Scaling group goes on to the next zone while one is short.
    """
    if row.token != NODE_GROUP or row.outputs.get("status") == "CREATE_FAILED":
        return row
    ask = Ask(
        machines(call.store, row),
        [(zones(call.store, row), nodes(row))],
        capacity(call.store, row),
    )
    lack = take(call.store, ask)
    if lack is None:
        return row
    words = _WORDS[ask.capacity].format(
        machine=lack.machine, zone=next(iter(lack.zones), row.region)
    )
    group = scaling_group(row)
    return failed(
        row.replace(outputs={**row.outputs, "status": "CREATE_FAILED"}),
        f"{group}: AsgInstanceLaunchFailures: {words} Launching EC2 instance failed.",
        f"Tried {', '.join(ask.machines)} in {', '.join(lack.zones)}: {lack.got} of {lack.wanted}",
    )
