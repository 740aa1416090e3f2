"""Which changes of a Kubernetes object need a new one.

Source: provider/pkg/provider/diff.go of pulumi-kubernetes, `forceNewProperties`. A field that the
API server does not change and that is not here fails the real update.
"""

from typing import Any

from sandbox import eventual
from sandbox.clouds.base import Call
from sandbox.clouds.kubernetes import objects
from sandbox.diff import Change
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = ["TABLE", "paths", "unready"]

# Of a Job that has not ended well the provider makes another one, where it is annotated so.
_UNREADY = "pulumi.com/replaceUnready"
_METADATA = ("metadata.name", "metadata.namespace")
_SELECTED = ("spec.selector",)
_ROLE = ("roleRef",)
_VOLUMES = (
    *("awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc"),
    *("flexVolume", "flocker", "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local"),
    *("nfs", "photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos"),
    "vsphereVolume",
)
_POD = (
    *("affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks"),
    *("hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets"),
    *("nodeName", "nodeSelector", "overhead", "preemptionPolicy", "priority", "priorityClassName"),
    *("readinessGates", "restartPolicy", "runtimeClassName", "schedulerName", "securityContext"),
    *("serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain"),
    *("terminationGracePeriodSeconds", "volumes"),
)
_CONTAINER = (
    *("args", "command", "env", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports"),
    *("readinessProbe", "resources", "securityContext", "stdin", "stdinOnce"),
    *("terminationMessagePath", "terminationMessagePolicy", "tty", "volumeDevices"),
    *("volumeMounts", "workingDir"),
)
# Group and kind (the core group is "core"), and property paths.
TABLE: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "DaemonSet"): _SELECTED,
    ("apps", "Deployment"): _SELECTED,
    ("apps", "StatefulSet"): (
        *("spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector"),
        *("spec.serviceName", "spec.volumeClaimTemplates"),
    ),
    ("batch", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("core", "PersistentVolume"): tuple(f"spec.{name}" for name in _VOLUMES),
    ("core", "PersistentVolumeClaim"): (
        *("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"),
    ),
    ("core", "Pod"): (
        *(f"spec.{name}" for name in _POD),
        *(f"spec.{c}.{name}" for c in ("containers", "initContainers") for name in _CONTAINER),
    ),
    ("core", "ResourceQuota"): ("spec.scopes",),
    ("core", "Service"): ("spec.clusterIP",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE,
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE,
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}


def paths(call: Call) -> frozenset[str]:
    """The property paths of a type whose change needs a new object."""
    api, _, kind = call.token.split(":", 1)[1].rpartition(":")
    group = api.partition("/")[0]
    found = TABLE.get((group, kind), ())
    if group == "core" and kind == "ConfigMap":
        found = () if _changes_in_place(call, "enableConfigMapMutable") else ("binaryData", "data")
    elif group == "core" and kind == "Secret":
        in_place = _changes_in_place(call, "enableSecretMutable")
        found = ("type",) if in_place else ("data", "stringData", "type")
    return frozenset((*_METADATA, f"metadata.annotations.{_UNREADY}.unready", *found))


def _changes_in_place(call: Call, setting: str) -> bool:
    """Whether the provider's settings let it update content that the object does not forbid to."""
    enabled: Any = call.scope.settings.get(setting)
    return enabled is True and call.inputs.get("immutable") is not True


def unready(call: Call, row: Row | None) -> list[Change]:
    """The change that an annotated Job has while it is not complete."""
    if row is None or objects.annotated(call.inputs, _UNREADY) != "true":
        return []
    if objects.kind(call) != "Job":
        return []
    conditions = [mapped(each) for each in listed(at(row.outputs, "status", "conditions"))]
    complete = any(c.get("type") == "Complete" and c.get("status") == "True" for c in conditions)
    if complete and not eventual.is_passing(row):
        return []
    names = ("metadata", "annotations", _UNREADY, "unready")
    return [Change(f'metadata.annotations["{_UNREADY}"]', "update", names)]
