"""What the API server does not let an update change, where the provider does not replace.

Source: the API server's code, 1.34: Validate…Update of pkg/apis/*/validation, for pods
ValidatePodUpdate; the reference of each kind at https://kubernetes.io/docs/reference/kubernetes-api/.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.kubernetes.formats import quantity
from sandbox.values import at, listed, mapped

__all__ = ["problems"]

Object = Mapping[str, Any]
_IMMUTABLE = "field is immutable"
# What of a pod's containers may change; their resources do by a request of their own.
_CONTAINER = ("image",)
# Paths by group and kind.
_PATHS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "PersistentVolume"): ("spec.volumeMode",),
    ("", "Secret"): ("type",),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        *("spec.group", "spec.scope", "spec.names.kind", "spec.names.plural"),
    ),
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "ReplicaSet"): ("spec.selector",),
    ("batch", "Job"): (
        *("spec.backoffLimitPerIndex", "spec.completionMode", "spec.managedBy"),
        *("spec.podFailurePolicy", "spec.selector", "spec.successPolicy", "spec.template"),
    ),
    ("discovery.k8s.io", "EndpointSlice"): ("addressType",),
    ("networking.k8s.io", "IngressClass"): ("spec.controller",),
    ("node.k8s.io", "RuntimeClass"): ("handler",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("scheduling.k8s.io", "PriorityClass"): ("value", "preemptionPolicy"),
    ("storage.k8s.io", "StorageClass"): (
        *("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    ),
}
# The fields of a specification that may change; all others must not.
_MUTABLE: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "StatefulSet"): (
        *("minReadySeconds", "ordinals", "persistentVolumeClaimRetentionPolicy", "replicas"),
        *("revisionHistoryLimit", "template", "updateStrategy"),
    ),
    ("", "PersistentVolumeClaim"): ("resources", "volumeAttributesClassName", "volumeName"),
    ("", "Pod"): (
        *("activeDeadlineSeconds", "containers", "initContainers", "tolerations"),
        *("terminationGracePeriodSeconds", "schedulingGates"),
    ),
}


def problems(group: str, kind: str, old: Object, new: Object) -> Iterator[Problem]:
    """The changes of an update that are refused."""
    for path in _PATHS.get((group, kind), ()):
        if at(old, *path.split(".")) != at(new, *path.split(".")):
            yield Problem(path, f"{_IMMUTABLE}; {_way(path)}")
    if (group, kind) in _MUTABLE:
        yield from _others(_MUTABLE[group, kind], mapped(old.get("spec")), mapped(new.get("spec")))
    if (group, kind) == ("", "PersistentVolumeClaim"):
        yield from _shrunk(old, new)
    elif (group, kind) == ("", "Pod"):
        yield from _pod(old, new)
    elif (group, kind) == ("", "Service"):
        yield from _service(old, new)
    elif kind in {"ConfigMap", "Secret"} and not group and old.get("immutable") is True:
        for name in ("data", "binaryData", "immutable"):
            if old.get(name) != new.get(name):
                reason = f"{_IMMUTABLE} when `immutable` is set; {_way(name)}"
                yield Problem(name, reason)


def _way(path: str) -> str:
    return f'replace the resource: replace_on_changes=["{path}"]'


def _pod(old: Object, new: Object) -> Iterator[Problem]:
    for block in ("containers", "initContainers"):
        before, after = listed(at(old, "spec", block)), listed(at(new, "spec", block))
        if len(before) != len(after):
            where = f"spec.{block}"
            yield Problem(where, f"containers may not be added or removed; {_way(where)}")
            continue
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            first, second = mapped(one), mapped(other)
            for name in sorted(first.keys() | second.keys()):
                if name not in _CONTAINER and first.get(name) != second.get(name):
                    where = f"spec.{block}[{index}].{name}"
                    reason = "of a container only the image may change"
                    yield Problem(where, f"{reason}; {_way(f'spec.{block}[*].{name}')}")


def _others(mutable: tuple[str, ...], before: Object, after: Object) -> Iterator[Problem]:
    for name in sorted(before.keys() | after.keys()):
        if name not in mutable and before.get(name) != after.get(name):
            reason = f"updates to fields other than {', '.join(mutable)} are forbidden"
            yield Problem(f"spec.{name}", f"{reason}; {_way(f'spec.{name}')}")


def _shrunk(old: Object, new: Object) -> Iterator[Problem]:
    path = ("spec", "resources", "requests", "storage")
    before, after = quantity(at(old, *path)), quantity(at(new, *path))
    if before is not None and after is not None and after < before:
        yield Problem(
            'spec.resources.requests["storage"]',
            f"got {at(new, *path)}; can not be less than {at(old, *path)}, which it has",
        )


def _service(old: Object, new: Object) -> Iterator[Problem]:
    before, after = at(old, "spec", "clusterIP"), at(new, "spec", "clusterIP")
    kept = "ExternalName" not in (at(old, "spec", "type"), at(new, "spec", "type"))
    if kept and before and before != after:
        yield Problem("spec.clusterIP", f"{_IMMUTABLE}; it is {before}; {_way('spec.clusterIP')}")
