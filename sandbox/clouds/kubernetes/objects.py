"""What a call of the engine means as an object of a cluster, and what of it is in which scope."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sandbox.clouds import clusters
from sandbox.clouds.base import Call, Scope, hexadecimal
from sandbox.clouds.kubernetes.control import Key, Object
from sandbox.clouds.kubernetes.ownership import Manager
from sandbox.store import Row, Store
from sandbox.values import at, mapped

__all__ = [
    "CREATOR",
    "NAMESPACE",
    "annotated",
    "default_namespace",
    "is_cluster_wide",
    "is_patch",
    "key",
    "kind",
    "manager",
    "namespace",
    "server_side",
    "version",
    "wanted",
]

NAMESPACE = "kubernetes:core/v1:Namespace"
# What the provider creates objects as; its applies take these fields over.
CREATOR = Manager("pulumi-kubernetes")
# Kinds that live in no namespace, of those that people write.
_CLUSTER_WIDE = {
    "APIService",
    "CertificateSigningRequest",
    "ClusterIssuer",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterServingRuntime",
    "ClusterStorageContainer",
    "ClusterTriggerAuthentication",
    "ClusterPolicy",
    "CSIDriver",
    "CSINode",
    "CustomResourceDefinition",
    "DeviceClass",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
}


def is_cluster_wide(kind: str) -> bool:
    """Whether objects of a kind live in no namespace, of those whose definition is not known."""
    return kind in _CLUSTER_WIDE


def is_patch(token: str) -> bool:
    """Whether a type changes some fields of an object that others made."""
    return token.endswith("Patch") and not token.startswith("pulumi:")


def kind(call: Call) -> str:
    """The kind of a call's object."""
    name = call.token.rpartition(":")[2]
    return str(call.inputs.get("kind") or name.removesuffix("Patch"))


def namespace(call: Call) -> str:
    """Where a call's object is, if its kind lives in a namespace."""
    given = mapped(call.inputs.get("metadata")).get("namespace") or call.inputs.get("namespace")
    return str(given or default_namespace(call.scope))


def default_namespace(scope: Scope) -> str:
    """The namespace of what names none."""
    return str(scope.settings.get("namespace") or "default")


def version(store: Store, scope: Scope) -> str:
    """The version of the cluster's API server, as `1.34.4`."""
    found = [cluster for cluster in clusters.known(store) if cluster.id == scope.account]
    return str(found[0].details.get("version", "")).removeprefix("v") if found else ""


def wanted(call: Call) -> Object:
    """The object that a call gives, with its kind."""
    group = call.token.split(":", 1)[1].rpartition(":")[0].removeprefix("core/")
    return {"apiVersion": group, "kind": kind(call), **call.inputs}


def key(call: Call, *, wide: bool) -> Key:
    """Which object a call is about; one without a name gets one."""
    metadata = mapped(call.inputs.get("metadata"))
    generated = f"{metadata.get('generateName', f'{call.logical_name}-')}{hexadecimal(5)}"
    name = str(metadata.get("name") or call.inputs.get("name") or generated)
    api = str(wanted(call)["apiVersion"])
    return Key(api, kind(call), "" if wide else namespace(call), name)


def server_side(call: Call) -> bool:
    """Whether the provider applies on the server, as it does unless it is told not to."""
    return call.scope.settings.get("enableServerSideApply") is not False


def annotated(values: Mapping[str, Any], name: str) -> str:
    """An annotation of an object."""
    return str(mapped(at(values, "metadata", "annotations")).get(name) or "")


def manager(call: Call, row: Row | None) -> Manager:
    """The field manager of a resource: its own name for each, unless the program gives one."""
    if not server_side(call):
        return CREATOR
    given = annotated(call.inputs, "pulumi.com/patchFieldManager")
    kept = row.live.get("fieldManager") if row is not None else None
    digest = hashlib.sha256(call.urn.encode()).hexdigest()[:8]
    return Manager(str(given or kept or f"pulumi-kubernetes-{digest}"), "Apply")
