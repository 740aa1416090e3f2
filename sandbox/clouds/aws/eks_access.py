"""Who gets into an EKS cluster, what EKS installs there, and what keeps it."""

from typing import Any

from sandbox.check import Problem
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.references import exists, lookup
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at

__all__ = ["CLUSTER", "KINDS", "on_cluster", "protection"]

CLUSTER = "aws:eks/cluster:Cluster"
_ENTRY = "aws:eks/accessEntry:AccessEntry"
_STANDARD = "STANDARD"


def protection(call: Call, row: Row) -> list[Problem]:
    """https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html."""
    del call
    if not (row.inputs | row.outputs).get("deletionProtection"):
        return []
    reason = (
        f"InvalidRequestException: cluster {row.name} has deletion protection enabled;"
        " set deletionProtection to false and deploy first"
    )
    return [Problem("deletionProtection", reason)]


def on_cluster(call: Call) -> list[Problem]:
    """The cluster that is named is there."""
    return exists(call, "clusterName", CLUSTER, call.inputs.get("clusterName"))


def _by_entries(call: Call) -> list[Problem]:
    """https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html."""
    found = on_cluster(call)
    cluster = lookup(call, CLUSTER, str(call.inputs.get("clusterName") or "-"))
    known = cluster.inputs | cluster.outputs if cluster is not None else {}
    if at(known, "accessConfig", "authenticationMode") != "CONFIG_MAP":
        return found
    reason = (
        "the cluster's authenticationMode is CONFIG_MAP; access entries need"
        " API or API_AND_CONFIG_MAP"
    )
    return [*found, Problem("clusterName", reason)]


def _association(call: Call) -> list[Problem]:
    """A policy is given to an entry that is there, of a person's or pod's kind, not of nodes."""
    found = _by_entries(call)
    principal = call.inputs.get("principalArn")
    if found or not isinstance(principal, str):
        return found
    cluster = str(call.inputs.get("clusterName"))
    scope = {"account": call.scope.account, "region": call.region}
    entry = call.store.get("aws", _ENTRY, f"{cluster}:{principal}", **scope)
    if entry is None:
        reason = f"{principal} has no access entry in {cluster}; make an AccessEntry first"
        return [Problem("principalArn", f"ResourceNotFoundException: {reason}")]
    kind = (entry.inputs | entry.outputs).get("type") or _STANDARD
    if kind != _STANDARD:
        reason = f"policies go to entries of type {_STANDARD}; this one's is {kind}"
        return [Problem("principalArn", f"InvalidRequestException: {reason}")]
    return []


def _entry_constraints(call: Call) -> list[Problem]:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html."""
    kind = call.inputs.get("type") or _STANDARD
    if kind == _STANDARD:
        return []
    return [
        Problem(key, f"got {call.inputs[key]!r}; an entry of type {kind} has none")
        for key in ("kubernetesGroups", "userName")
        if call.inputs.get(key)
    ]


def _addon_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    """What is installed stays: only a version that is asked for is another one."""
    before = call.previous.outputs if call.previous else {}
    version = before.get("addonVersion") or "v1.0.0-eksbuild.1"
    del identity
    return {} if "addonVersion" in call.inputs else {"addonVersion": version}


KINDS = {
    "aws:eks/addon:Addon": Kind(
        arn="arn:aws:eks:{region}:{account}:addon/{input:clusterName}/{name}/{arn_id}",
        id="{input:clusterName}:{name}",
        name="addonName",
        references=on_cluster,
        outputs=_addon_outputs,
    ),
    _ENTRY: Kind(
        id="{input:clusterName}:{input:principalArn}",
        name="",
        references=_by_entries,
        constraints=_entry_constraints,
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Kind(
        id="{input:clusterName}#{input:principalArn}#{input:policyArn}",
        name="",
        references=_association,
    ),
}
