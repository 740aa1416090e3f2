"""What EC2 and EKS refuse of launch templates: network cards, reservations, what EKS decides."""

from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, listed, mapped
from sandbox.wire import UNKNOWN

__all__ = ["constraints", "of_node_group"]

_BLOCK = "CAPACITY_BLOCK"
_MARKET = "capacity-block"
_EFA = ("efa", "efa-only")


def constraints(call: Call) -> list[Problem]:
    """What is wrong of a template as it is."""
    return _interfaces(call) + _reservation(call)


def _interfaces(call: Call) -> list[Problem]:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html."""
    found: list[Problem] = []
    seen: set[tuple[int, int]] = set()
    fabric: set[int] = set()
    interfaces = [mapped(each) for each in listed(call.inputs.get("networkInterfaces"))]
    for index, interface in enumerate(interfaces):
        place = (interface.get("networkCardIndex", 0), interface.get("deviceIndex", 0))
        if UNKNOWN in place or not all(isinstance(each, int | float) for each in place):
            continue
        card, device = int(place[0]), int(place[1])
        path = f"networkInterfaces[{index}]"
        if (card, device) in seen:
            reason = f"card {card} has a device {device} already; use another deviceIndex"
            found.append(Problem(f"{path}.deviceIndex", reason))
        seen.add((card, device))
        kind = interface.get("interfaceType")
        if kind == "efa-only" and (card, device) == (0, 0):
            reason = (
                'got "efa-only"; the primary interface has an address: use "interface" or "efa"'
            )
            found.append(Problem(f"{path}.interfaceType", reason))
        if kind in _EFA and card in fabric:
            reason = f"card {card} has an EFA already; use one on each card"
            found.append(Problem(f"{path}.interfaceType", reason))
        fabric |= {card} if kind in _EFA else set()
        if len(interfaces) > 1 and str(interface.get("associatePublicIpAddress")).lower() == "true":
            reason = "got true; with several interfaces none gets a public address"
            found.append(Problem(f"{path}.associatePublicIpAddress", reason))
    return found


def _reservation(call: Call) -> list[Problem]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateCapacityReservationSpecificationRequest.html."""
    given = mapped(call.inputs.get("capacityReservationSpecification"))
    preference = given.get("capacityReservationPreference")
    target = mapped(given.get("capacityReservationTarget"))
    found: list[Problem] = []
    if target and preference in ("open", "none"):
        path = "capacityReservationSpecification.capacityReservationPreference"
        found.append(Problem(path, f'got "{preference}" beside a target; use one of them'))
    market = at(call.inputs, "instanceMarketOptions", "marketType")
    if market == _MARKET and not target.get("capacityReservationId"):
        path = "capacityReservationSpecification.capacityReservationTarget.capacityReservationId"
        found.append(Problem(path, "missing; a capacity block is named by its id, cr-…"))
    return found


def of_node_group(call: Call, template: Row) -> list[Problem]:
    """What EKS refuses of the template that a managed node group names.

    https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html and, of capacity blocks,
    https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html
    """
    given, inputs = template.inputs, call.inputs
    found: list[Problem] = []
    for path in ("diskSize", "remoteAccess"):
        if inputs.get(path):
            reason = f"not beside a launch template: say it there ({template.name or template.id})"
            found.append(Problem(path, reason))
    if given.get("instanceType") and inputs.get("instanceTypes"):
        reason = f'the launch template says "{given["instanceType"]}"; say it in one of them'
        found.append(Problem("instanceTypes", reason))
    where = (
        "launchTemplate.id"
        if "id" in mapped(inputs.get("launchTemplate"))
        else "launchTemplate.name"
    )
    if given.get("iamInstanceProfile"):
        found.append(Problem(where, "the template names an instance profile; EKS uses nodeRoleArn"))
    if any(mapped(each).get("subnetId") for each in listed(given.get("networkInterfaces"))):
        found.append(Problem(where, "the template names a subnet; EKS uses subnetIds"))
    return found + _block(call, given, where)


def _block(call: Call, given: dict[str, Any], where: str) -> list[Problem]:
    market = at(given, "instanceMarketOptions", "marketType")
    if market == "spot":
        return [Problem(where, 'the template asks for spot; use capacityType "SPOT" of the group')]
    if call.inputs.get("capacityType") != _BLOCK:
        if market != _MARKET:
            return []
        return [Problem("capacityType", f'the template is of a capacity block; use "{_BLOCK}"')]
    found: list[Problem] = []
    if market != _MARKET:
        reason = f'instanceMarketOptions.marketType of the template is missing; use "{_MARKET}"'
        found.append(Problem(where, reason))
    if not given.get("instanceType"):
        found.append(
            Problem(where, "the template names no instanceType, as a capacity block needs")
        )
    return found
