"""Rules of roles, configuration, storage and definitions of custom resources.

Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/,
https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/ and the API
server's validation of these kinds, 1.34.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.formats import quantity
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = [
    "cluster_role",
    "cluster_role_binding",
    "config_map",
    "definition",
    "persistent_volume",
    "persistent_volume_claim",
    "priority_class",
    "role",
    "role_binding",
    "secret",
    "storage_class",
]

Object = dict[str, Any]
_RBAC = "rbac.authorization.k8s.io"
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_KEY_LENGTH = 253
_DATA_SIZE = 1024 * 1024
_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_VOLUME_MODES = ("Filesystem", "Block")
_RECLAIM = ("Retain", "Delete", "Recycle")
_SETTINGS = (
    *("accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity"),
    *("persistentVolumeReclaimPolicy", "storageClassName", "volumeMode"),
    "volumeAttributesClassName",
)
_HIGHEST_PRIORITY = 1_000_000_000
# The keys that a type of Secret must have.
_SECRETS: dict[str, tuple[str, ...]] = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


# ---- access ----


def role(value: Object) -> Iterator[Problem]:
    """A Role."""
    yield from _rules(value, cluster=False)


def cluster_role(value: Object) -> Iterator[Problem]:
    """A ClusterRole."""
    yield from _rules(value, cluster=True)


def _rules(value: Object, *, cluster: bool) -> Iterator[Problem]:
    for index, rule in words.each(value.get("rules")):
        at = f"rules[{index}]"
        if not rule.get("verbs"):
            yield Problem(f"{at}.verbs", "missing required property; give at least one verb")
        paths = rule.get("nonResourceURLs")
        if paths and not cluster:
            yield Problem(f"{at}.nonResourceURLs", "only a ClusterRole may have it")
        if paths and (rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames")):
            yield Problem(f"{at}.nonResourceURLs", "rules are of resources or of URLs, not of both")
        if not paths and not rule.get("apiGroups"):
            yield Problem(f"{at}.apiGroups", 'give at least one; the core group is ""')
        if not paths and not rule.get("resources"):
            yield Problem(f"{at}.resources", "give at least one")


def role_binding(value: Object) -> Iterator[Problem]:
    """A RoleBinding."""
    yield from _binding(value, ("Role", "ClusterRole"), cluster=False)


def cluster_role_binding(value: Object) -> Iterator[Problem]:
    """A ClusterRoleBinding."""
    yield from _binding(value, ("ClusterRole",), cluster=True)


def _binding(value: Object, kinds: tuple[str, ...], *, cluster: bool) -> Iterator[Problem]:
    reference = mapped(value.get("roleRef"))
    yield from words.among(reference.get("kind"), kinds, "roleRef.kind")
    yield from words.among(reference.get("apiGroup"), (_RBAC, ""), "roleRef.apiGroup")
    if reference and reference.get("name") == "":
        yield Problem("roleRef.name", "must not be empty")
    for index, subject in words.each(value.get("subjects")):
        at = f"subjects[{index}]"
        kind, group = subject.get("kind"), subject.get("apiGroup")
        yield from words.among(kind, ("ServiceAccount", "User", "Group"), f"{at}.kind")
        if kind == "ServiceAccount":
            yield from words.among(group, ("",), f"{at}.apiGroup")
            if cluster and not subject.get("namespace"):
                yield Problem(f"{at}.namespace", "missing; a ServiceAccount is in a namespace")
        elif isinstance(kind, str):
            yield from words.among(group, (_RBAC, ""), f"{at}.apiGroup")


# ---- configuration ----


def config_map(value: Object) -> Iterator[Problem]:
    """A ConfigMap."""
    data, binary = mapped(value.get("data")), mapped(value.get("binaryData"))
    for block, parts in (("data", data), ("binaryData", binary)):
        yield from _keys(parts, block)
    for key in data.keys() & binary.keys():
        yield Problem(f'binaryData["{key}"]', "the key is in data, too")
    yield from _size([*data.values(), *binary.values()])


def secret(value: Object) -> Iterator[Problem]:
    """A Secret."""
    data, texts = mapped(value.get("data")), mapped(value.get("stringData"))
    for block, parts in (("data", data), ("stringData", texts)):
        yield from _keys(parts, block)
    yield from _size([*data.values(), *texts.values()])
    kind = value.get("type")
    if UNKNOWN in (value.get("data"), value.get("stringData")) or not isinstance(kind, str):
        return
    for key in _SECRETS.get(kind, ()):
        if key not in data and key not in texts:
            yield Problem("data", f'a Secret of type {kind} needs the key "{key}"')
    text = texts.get(".dockerconfigjson")
    if kind == "kubernetes.io/dockerconfigjson" and isinstance(text, str):
        try:
            json.loads(text)
        except ValueError as error:
            yield Problem('stringData[".dockerconfigjson"]', f"must be JSON: {error}")


def _keys(parts: Object, at: str) -> Iterator[Problem]:
    for key in parts:
        if not _KEY.fullmatch(key) or len(key) > _KEY_LENGTH or key in {".", ".."} or key.startswith(".."):  # fmt: skip  # noqa: E501
            yield Problem(
                f'{at}["{key}"]',
                f'a key has letters, digits, "-", "_" and ".", at most {_KEY_LENGTH}',
            )


def _size(values: list[Any]) -> Iterator[Problem]:
    size = sum(len(value.encode()) for value in values if isinstance(value, str))
    # Data of a Secret is in base64, a third longer than what counts.
    if size > _DATA_SIZE * 4 // 3 + 4:
        yield Problem("data", f"got {size} bytes; use at most {_DATA_SIZE}")


def priority_class(value: Object) -> Iterator[Problem]:
    """A PriorityClass."""
    name, priority = mapped(value.get("metadata")).get("name"), value.get("value")
    system = isinstance(name, str) and name.startswith("system-")
    if not system and isinstance(priority, int) and priority > _HIGHEST_PRIORITY:
        yield Problem("value", f"got {priority}; use at most {_HIGHEST_PRIORITY}")
    if system:
        yield Problem("metadata.name", 'the prefix "system-" is reserved')
    policies = ("PreemptLowerPriority", "Never")
    yield from words.among(value.get("preemptionPolicy"), policies, "preemptionPolicy")


# ---- storage ----


def persistent_volume_claim(value: Object) -> Iterator[Problem]:
    """A PersistentVolumeClaim."""
    spec = mapped(value.get("spec"))
    yield from _modes(spec)
    yield from words.subdomain(spec.get("storageClassName") or None, "spec.storageClassName")
    resources = spec.get("resources")
    requests = mapped(mapped(resources).get("requests"))
    amount = requests.get("storage")
    at = 'spec.resources.requests["storage"]'
    if amount is None and "spec" in value and not has_unknown(resources):
        yield Problem(at, "missing required property; give it a quantity such as 10Gi")
    size = quantity(amount)
    if size is not None and size <= 0:
        yield Problem(at, f"got {shown(amount)}; must be greater than zero")


def _modes(spec: Object) -> Iterator[Problem]:
    modes = spec.get("accessModes")
    if modes in (None, []) and spec:
        text = f"missing required property; give at least one of {', '.join(_MODES)}"
        yield Problem("spec.accessModes", text)
    for index, mode in enumerate(listed(modes)):
        yield from words.among(mode, _MODES, f"spec.accessModes[{index}]")
    if "ReadWriteOncePod" in listed(modes) and len(listed(modes)) > 1:
        yield Problem("spec.accessModes", "ReadWriteOncePod must be the only one")
    yield from words.among(spec.get("volumeMode"), _VOLUME_MODES, "spec.volumeMode")


def persistent_volume(value: Object) -> Iterator[Problem]:
    """A PersistentVolume."""
    spec = mapped(value.get("spec"))
    yield from _modes(spec)
    capacity = mapped(spec.get("capacity")).get("storage")
    if capacity is None and spec and spec.get("capacity") is not UNKNOWN:
        yield Problem('spec.capacity["storage"]', "missing required property; give it a quantity")
    given = spec.get("persistentVolumeReclaimPolicy")
    yield from words.among(given, _RECLAIM, "spec.persistentVolumeReclaimPolicy")
    sources = [name for name, part in spec.items() if name not in _SETTINGS and part is not None]
    if spec and len(sources) != 1:
        yield Problem("spec", f"give exactly one source of the volume, got {sources or 'none'}")


def storage_class(value: Object) -> Iterator[Problem]:
    """A StorageClass."""
    if value.get("provisioner") == "":
        yield Problem("provisioner", "must not be empty")
    yield from words.among(value.get("reclaimPolicy"), ("Retain", "Delete"), "reclaimPolicy")
    modes = ("Immediate", "WaitForFirstConsumer")
    yield from words.among(value.get("volumeBindingMode"), modes, "volumeBindingMode")


# ---- definitions ----


def definition(value: Object) -> Iterator[Problem]:
    """A CustomResourceDefinition."""
    if value.get("apiVersion") != "apiextensions.k8s.io/v1":
        return
    spec = mapped(value.get("spec"))
    names, group = mapped(spec.get("names")), spec.get("group")
    name, plural = mapped(value.get("metadata")).get("name"), names.get("plural")
    texts = all(isinstance(each, str) for each in (name, plural, group))
    if texts and name != f"{plural}.{group}":
        yield Problem("metadata.name", f'got "{name}"; must be {plural}.{group}')
    yield from words.among(spec.get("scope"), ("Namespaced", "Cluster"), "spec.scope")
    versions = listed(spec.get("versions"))
    stored = [each for each in versions if mapped(each).get("storage") is True]
    if versions and not has_unknown(versions) and len(stored) != 1:
        yield Problem("spec.versions", "exactly one version must have storage: true")
    for index, version in words.each(versions):
        schema = mapped(version.get("schema")).get("openAPIV3Schema")
        if schema is None and not has_unknown(version):
            at = f"spec.versions[{index}].schema.openAPIV3Schema"
            yield Problem(at, "missing required property; give it a structural schema")
