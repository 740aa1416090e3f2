"""Which changes of a Kubernetes object need a new one.

Source: provider/pkg/provider/diff.go of pulumi-kubernetes, `forceNewProperties`. A field that the
API server does not change and that is not here fails the real update.
"""

from typing import Any

from sandbox.clouds.base import Call

__all__ = ["TABLE", "paths"]

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
    return frozenset((*_METADATA, *found))


def _changes_in_place(call: Call, setting: str) -> bool:
    """Whether the provider's settings let it update content that the object does not forbid to."""
    enabled: Any = call.scope.settings.get(setting)
    return enabled is True and call.inputs.get("immutable") is not True
