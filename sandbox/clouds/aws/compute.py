"""EKS and EC2: clusters, node groups, launch templates and the network below them."""

import uuid
from typing import Any, cast

from sandbox.check import Problem
from sandbox.clouds.aws import access, launch_templates, trust
from sandbox.clouds.aws.eks_access import CLUSTER, on_cluster, protection
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.references import ROLE, elsewhere, exists, lookup, role_for
from sandbox.clouds.base import Call, Naming, hexadecimal, moment
from sandbox.values import at, listed, mapped

__all__ = ["CLUSTER", "KINDS", "LAUNCH_TEMPLATE", "SUBNET"]

LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
_EKS = "arn:aws:eks:{region}:{account}:"
_EC2 = "arn:aws:ec2:{region}:{account}:"


def _subnets(call: Call, path: str, values: Any) -> list[Problem]:  # noqa: ANN401
    if not isinstance(values, list):
        return []
    return [
        problem
        for index, value in enumerate(values)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        for problem in exists(call, f"{path}[{index}]", SUBNET, value)
    ]


def _node_group_references(call: Call) -> list[Problem]:
    found = on_cluster(call) + _subnets(call, "subnetIds", call.inputs.get("subnetIds"))
    found = found or _elsewhere(call, call.inputs.get("clusterName"), call.inputs.get("subnetIds"))
    found += role_for(call, "nodeRoleArn", "ec2.amazonaws.com", call.inputs.get("nodeRoleArn"))
    template: dict[str, Any] = call.inputs.get("launchTemplate") or {}
    for key in ("id", "name"):
        found += exists(call, f"launchTemplate.{key}", LAUNCH_TEMPLATE, template.get(key))
    return found or _template_version(call, template)


def _template_version(call: Call, template: dict[str, Any]) -> list[Problem]:
    """A version that the template has; `$Latest` and `$Default` mean one."""
    row = lookup(call, LAUNCH_TEMPLATE, str(template.get("id") or template.get("name") or "-"))
    version = str(template.get("version") or "")
    if row is None:
        return _without_template(call)
    latest = int(row.outputs.get("latestVersion", 1))
    if not version.isdecimal() or int(version) == latest:
        # The content of other versions is not kept.
        return launch_templates.of_node_group(call, row)
    if int(version) < latest:
        return []
    reason = f"launch template {row.name} has no version {version}; its latest is {latest}"
    return [Problem("launchTemplate.version", reason)]


def _without_template(call: Call) -> list[Problem]:
    if call.inputs.get("capacityType") != "CAPACITY_BLOCK" or call.inputs.get("launchTemplate"):
        return []
    return [Problem("launchTemplate", "missing; a capacity block is named in a launch template")]


def _node_group_constraints(call: Call) -> list[Problem]:
    scaling = call.inputs.get("scalingConfig")
    if not isinstance(scaling, dict):
        return []
    sizes = cast("dict[str, Any]", scaling)
    low, wanted, high = (sizes.get(key) for key in ("minSize", "desiredSize", "maxSize"))
    if isinstance(low, int) and isinstance(high, int) and low > high:
        return [Problem("scalingConfig.minSize", f"got {low}, above maxSize {high}")]
    if isinstance(low, int) and isinstance(high, int) and isinstance(wanted, int):
        problem = f"got {wanted}; use {low} to {high}, minSize to maxSize"
        return [] if low <= wanted <= high else [Problem("scalingConfig.desiredSize", problem)]
    return []


def _node_group_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous else {}
    status = "CREATE_FAILED" if call.previous is None and access.node_refusal(call) else "ACTIVE"
    cluster = str(call.inputs.get("clusterName"))
    unique = str(before.get("arn") or uuid.uuid4()).rpartition("/")[2]
    row = call.store.by_name(
        "aws", CLUSTER, cluster, account=identity.account, region=identity.region
    )
    outputs: dict[str, Any] = {
        "arn": f"arn:aws:eks:{identity.region}:{identity.account}:nodegroup/{cluster}"
        f"/{identity.name}/{unique}",
        "status": before.get("status", status),
        "resources": [
            {
                "autoscalingGroups": [{"name": f"eks-{identity.name}-{unique}"}],
                "remoteAccessSecurityGroupId": "",
            }
        ],
    }
    defaults: dict[str, Any] = {
        "version": row.outputs.get("version", "") if row is not None else "",
        "amiType": "AL2023_x86_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "diskSize": 0 if call.inputs.get("launchTemplate") else 20,
        "updateConfig": {"maxUnavailable": 1},
        "nodeGroupName": identity.name,
    }
    return outputs | {name: v for name, v in defaults.items() if name not in call.inputs}


def _node_group_live(call: Call, identity: Identity) -> dict[str, Any]:
    del identity
    if call.previous is not None:
        return call.previous.live
    refused = access.node_refusal(call)
    return {"failure_reason": refused} if refused else {}


def _cluster_references(call: Call) -> list[Problem]:
    network: dict[str, Any] = call.inputs.get("vpcConfig") or {}
    found = role_for(call, "roleArn", "eks.amazonaws.com", call.inputs.get("roleArn"))
    found = found or access.cluster_problems(call)
    subnets = network.get("subnetIds")
    missing = _subnets(call, "vpcConfig.subnetIds", subnets)
    return found + (missing or _zones(call, subnets))


def _zones(call: Call, subnets: Any) -> list[Problem]:  # noqa: ANN401
    """https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-subnets."""
    rows = [row for subnet in listed(subnets) if (row := lookup(call, SUBNET, str(subnet)))]
    zones = {(row.inputs | row.outputs).get("availabilityZone") for row in rows}
    if not rows or len(zones) > 1 or not all(zones):
        return []
    reason = f"Subnets specified must be in at least two different AZs; all are in {zones.pop()}"
    return [Problem("vpcConfig.subnetIds", reason)]


def _elsewhere(call: Call, cluster: Any, subnets: Any) -> list[Problem]:  # noqa: ANN401
    """Nodes are in the VPC of their cluster."""
    row = lookup(call, CLUSTER, str(cluster or "-"))
    known = row.inputs | row.outputs if row is not None else {}
    own = listed(at(known, "vpcConfig", "subnetIds"))
    networks = {_network(call, subnet) for subnet in own} - {""}
    return [
        Problem(f"subnetIds[{index}]", f"{subnet} is not in the VPC of cluster {cluster}")
        for index, subnet in enumerate(listed(subnets))
        if networks and _network(call, subnet) not in ("", *networks)
    ]


def _network(call: Call, subnet: Any) -> str:  # noqa: ANN401
    row = lookup(call, SUBNET, str(subnet))
    return str((row.inputs | row.outputs).get("vpcId") or "") if row is not None else ""


def _pods_references(call: Call) -> list[Problem]:
    found = on_cluster(call)
    arn = call.inputs.get("roleArn")
    if not isinstance(arn, str) or elsewhere(call, arn):
        return found
    role = lookup(call, ROLE, arn)
    if role is None:
        return found + exists(call, "roleArn", ROLE, arn, arn=True)
    refused = trust.refusal_of_pods(role)
    return [*found, Problem("roleArn", refused)] if refused else found


def _cluster_network(call: Call) -> dict[str, Any]:
    """The network as it was asked for, with the security group that EKS makes."""
    asked = mapped(call.inputs.get("vpcConfig"))
    networks = [_network(call, subnet) for subnet in listed(asked.get("subnetIds"))]
    made = {
        "clusterSecurityGroupId": f"sg-{hexadecimal(17)}",
        "vpcId": next(iter(networks), ""),
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
    }
    before = mapped((call.previous.outputs if call.previous else {}).get("vpcConfig"))
    kept = {name: before[name] for name in ("clusterSecurityGroupId", "vpcId") if name in before}
    return made | kept | asked


def _cluster_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous else {}
    number = hexadecimal(32).upper()
    outputs: dict[str, Any] = {
        "endpoint": f"https://{number}.gr7.{identity.region}.eks.amazonaws.com",
        "certificateAuthority": {"data": "c2FuZGJveA=="},
        "certificateAuthorities": [{"data": "c2FuZGJveA=="}],
        "createdAt": moment(),
        "identities": [
            {"oidcs": [{"issuer": f"https://oidc.eks.{identity.region}.amazonaws.com/id/{number}"}]}
        ],
        "platformVersion": "eks.1",
        "status": "ACTIVE",
    }
    outputs |= {name: before[name] for name in outputs if name in before}
    outputs["vpcConfig"] = _cluster_network(call)
    return outputs | ({} if "version" in call.inputs else {"version": "1.34"})


def _template_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    """Every update but one of the tags alone makes a version."""
    del identity
    before = call.previous.outputs if call.previous else {}
    latest = int(before.get("latestVersion", 0))
    if latest == 0 or call.changed - {"tags", "defaultVersion", "updateDefaultVersion"}:
        latest += 1
    default = int(before.get("defaultVersion") or 1)
    if call.inputs.get("updateDefaultVersion"):
        default = latest
    if "defaultVersion" in call.inputs:
        return {"latestVersion": latest}
    return {"latestVersion": latest, "defaultVersion": default}


def _template_volatile(call: Call) -> frozenset[str]:
    if not call.changed - {"tags", "defaultVersion", "updateDefaultVersion"}:
        return frozenset()
    moves = bool(call.inputs.get("updateDefaultVersion"))
    return frozenset({"latestVersion", "defaultVersion"} if moves else {"latestVersion"})


def _vpc_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    """What every VPC has from the beginning."""
    del identity
    before = call.previous.outputs if call.previous else {}
    table = f"rtb-{hexadecimal(17)}"
    outputs = {
        "defaultSecurityGroupId": f"sg-{hexadecimal(17)}",
        "mainRouteTableId": table,
        "defaultRouteTableId": table,
        "defaultNetworkAclId": f"acl-{hexadecimal(17)}",
    }
    return {name: before.get(name, value) for name, value in outputs.items()}


def _address_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"allocationId": identity.id}


def _association_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"associationArn": identity.arn, "associationId": identity.id}


def _placement_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del identity
    before = call.previous.outputs if call.previous else {}
    return {"placementGroupId": before.get("placementGroupId") or f"pg-{hexadecimal(17)}"}


def _subnet_references(call: Call) -> list[Problem]:
    return exists(call, "vpcId", VPC, call.inputs.get("vpcId"))


KINDS = {
    CLUSTER: Kind(
        arn=_EKS + "cluster/{name}",
        naming=Naming("name", max_length=100),
        references=_cluster_references,
        outputs=_cluster_outputs,
        deletion=protection,
        parts=("clusterName",),
    ),
    "aws:eks/nodeGroup:NodeGroup": Kind(
        id="{input:clusterName}:{name}",
        name="nodeGroupName",
        naming=Naming("nodeGroupName", max_length=63),
        references=_node_group_references,
        constraints=_node_group_constraints,
        outputs=_node_group_outputs,
        live=_node_group_live,
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Kind(
        arn=_EKS + "podidentityassociation/{input:clusterName}/{id}",
        id="a-{hex17}",
        name="",
        references=_pods_references,
        outputs=_association_outputs,
    ),
    LAUNCH_TEMPLATE: Kind(
        arn=_EC2 + "launch-template/{id}",
        id="lt-{hex17}",
        unique=(),
        naming=Naming("name", max_length=128),
        constraints=launch_templates.constraints,
        outputs=_template_outputs,
        volatile=_template_volatile,
    ),
    "aws:ec2/securityGroup:SecurityGroup": Kind(
        arn=_EC2 + "security-group/{id}",
        id="sg-{hex17}",
        unique=("vpcId",),
        references=_subnet_references,
    ),
    VPC: Kind(arn=_EC2 + "vpc/{id}", id="vpc-{hex17}", name="", outputs=_vpc_outputs),
    "aws:ec2/eip:Eip": Kind(
        arn=_EC2 + "elastic-ip/{id}", id="eipalloc-{hex17}", name="", outputs=_address_outputs
    ),
    SUBNET: Kind(
        arn=_EC2 + "subnet/{id}", id="subnet-{hex17}", name="", references=_subnet_references
    ),
    "aws:ec2/placementGroup:PlacementGroup": Kind(
        arn=_EC2 + "placement-group/{name}",
        naming=Naming("name", max_length=255),
        outputs=_placement_outputs,
    ),
    "aws:ec2/instance:Instance": Kind(arn=_EC2 + "instance/{id}", id="i-{hex17}", name=""),
}
