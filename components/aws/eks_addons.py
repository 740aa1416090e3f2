"""The add-ons of an EKS cluster that EKS itself installs and keeps."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.managed_policies import attach_managed
from components.checks import Checks

__all__ = ["AddonPlace", "addons_after_nodes", "addons_before_nodes", "read_configurations"]

_AGENT: Final = "eks-pod-identity-agent"
_DISKS: Final = "aws-ebs-csi-driver"
_MONITOR: Final = "eks-node-monitoring-agent"
# What a node needs to become ready, and what sees that its GPUs break; none waits for a node.
_BEFORE: Final = (_AGENT, "kube-proxy", "vpc-cni", _MONITOR)
# Names, and the numbers by which replicas are scaled.
_AFTER: Final = ("coredns", "metrics-server")
_ADDONS: Final = (*_BEFORE, *_AFTER, _DISKS)
# Service account and AWS's own policy of those that call AWS.
# https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
_IDENTITIES: Final = {
    "vpc-cni": ("aws-node", "AmazonEKS_CNI_Policy"),
    _DISKS: ("ebs-csi-controller-sa", "service-role/AmazonEBSCSIDriverPolicy"),
}
_CONFIGURATIONS: Final[dict[str, dict[str, Any]]] = {
    # Without it the network policies of namespaces are taken and not kept.
    # https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html
    "vpc-cni": {"enableNetworkPolicy": "true"},
    # The part that asks GPUs runs beside them alone, and there tolerates no taint by itself.
    # https://github.com/aws/eks-node-monitoring-agent (charts/eks-node-monitoring-agent)
    _MONITOR: {"dcgmAgent": {"tolerations": [{"operator": "Exists"}]}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonPlace:
    """Where add-ons belong."""

    name: str
    cluster: aws.eks.Cluster
    versions: Mapping[str, str]
    configurations: Mapping[str, Mapping[str, Any]]
    tags: Mapping[str, str]
    parent: pulumi.Resource


def read_configurations(checks: Checks) -> dict[str, dict[str, Any]]:
    """`addon_settings` over what is always said; the names in `addon_versions` are checked too."""
    for addon in checks.mapping("addon_versions"):
        _check_name(checks, "addon_versions", addon)
    found = dict(_CONFIGURATIONS)
    for addon, text in checks.mapping("addon_settings").items():
        _check_name(checks, "addon_settings", addon)
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            checks.problem("addon_settings", text, "an object in JSON")
            continue
        found[addon] = {**found.get(addon, {}), **cast("dict[str, Any]", value)}
    return found


def _check_name(checks: Checks, key: str, addon: str) -> None:
    if addon not in _ADDONS:
        checks.problem(key, addon, f"names of add-ons here: {', '.join(_ADDONS)}")


def addons_before_nodes(place: AddonPlace) -> list[aws.eks.Addon]:
    """What gives nodes their network and pods their roles."""
    agent = _addon(place, _AGENT, [])
    return [agent, *(_addon(place, each, [agent]) for each in _BEFORE if each != _AGENT)]


def addons_after_nodes(
    place: AddonPlace, nodes: pulumi.Resource, *, ebs_csi: bool
) -> list[aws.eks.Addon]:
    """What EKS calls ready only when it runs, so when there are nodes."""
    return [_addon(place, each, [nodes]) for each in (*_AFTER, *([_DISKS] if ebs_csi else []))]


def _addon(place: AddonPlace, addon: str, after: Sequence[pulumi.Resource]) -> aws.eks.Addon:
    identity = _identity(place, addon) if addon in _IDENTITIES else None
    configuration = place.configurations.get(addon)
    return aws.eks.Addon(
        f"{place.name}-{addon}",
        cluster_name=place.cluster.name,
        addon_name=addon,
        addon_version=place.versions.get(addon),
        configuration_values=json.dumps(configuration, sort_keys=True) if configuration else None,
        pod_identity_associations=[identity[0]] if identity else None,
        # What somebody changed in the cluster gives way to what is declared.
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        tags=place.tags,
        opts=pulumi.ResourceOptions(
            parent=place.parent, depends_on=[*after, *(identity[1] if identity else [])]
        ),
    )


def _identity(
    place: AddonPlace, addon: str
) -> tuple[aws.eks.AddonPodIdentityAssociationArgs, list[aws.iam.RolePolicyAttachment]]:
    """A role that this add-on's pods alone can take, and the policy that it has to have first."""
    service_account, policy = _IDENTITIES[addon]
    role = aws.iam.Role(
        f"{place.name}-{addon}-role",
        description=f"What the add-on {addon} of {place.name} may do",
        assume_role_policy=place.cluster.arn.apply(
            lambda arn: iam.trust_pods(arn, "kube-system", service_account)
        ),
        tags=place.tags,
        opts=pulumi.ResourceOptions(parent=place.parent),
    )
    managed = attach_managed(role, {f"{place.name}-{addon}-policy": policy}, place.parent)
    association = aws.eks.AddonPodIdentityAssociationArgs(
        role_arn=role.arn, service_account=service_account
    )
    return association, managed
