"""Rules of roles, configuration, storage and definitions of custom resources.

Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/,
https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/ and the API
server's code, 1.34: ValidatePolicyRule, ValidateRoleBinding, ValidateClusterRoleBinding of
pkg/apis/rbac/validation; ValidateConfigMap, ValidateSecret, ValidatePersistentVolumeClaimSpec,
ValidatePersistentVolumeSpec, validateResourceQuotaScopes of pkg/apis/core/validation;
ValidateStorageClass, ValidatePriorityClass, ValidateCustomResourceDefinition.
"""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.formats import quantity
from sandbox.clouds.kubernetes.rules import volumes, words
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = [
    "claim",
    "cluster_role",
    "cluster_role_binding",
    "config_map",
    "definition",
    "persistent_volume",
    "persistent_volume_claim",
    "priority_class",
    "resource_quota",
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
_SCOPES = (
    *("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass"),
    *("VolumeAttributesClass", "CrossNamespacePodAffinity"),
)
_ACCOUNT = "kubernetes.io/service-account.name"
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a type
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
    yield from _size(data, binary)


def secret(value: Object) -> Iterator[Problem]:
    """A Secret; no message has any of its values."""
    data, texts = mapped(value.get("data")), mapped(value.get("stringData"))
    for block, parts in (("data", data), ("stringData", texts)):
        yield from _keys(parts, block)
    yield from _size(texts, {key: item for key, item in data.items() if key not in texts})
    kind = value.get("type")
    if UNKNOWN in (value.get("data"), value.get("stringData")) or not isinstance(kind, str):
        return
    for key in _SECRETS.get(kind, ()):
        if key not in data and key not in texts:
            yield Problem("data", f'a Secret of type {kind} needs the key "{key}"')
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & {*data, *texts}:
        yield Problem("data", f'a Secret of type {kind} needs the key "username" or "password"')
    metadata = mapped(value.get("metadata"))
    annotations = metadata.get("annotations")
    named = mapped(annotations).get(_ACCOUNT)
    if kind == _TOKEN and not named and not has_unknown([metadata, annotations]):
        at = f'metadata.annotations["{_ACCOUNT}"]'
        yield Problem(at, f"missing; a Secret of type {kind} names its ServiceAccount")
    yield from _registry(kind, data, texts)


def _registry(kind: str, data: Object, texts: Object) -> Iterator[Problem]:
    """What a registry's credentials must be."""
    key = {
        "kubernetes.io/dockercfg": ".dockercfg",
        "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    }.get(kind, "")
    text = texts.get(key)
    if text is None and isinstance(data.get(key), str):
        try:
            text = base64.b64decode(data[key], validate=True).decode()
        except ValueError:
            return  # The format of the property says so.
    if not isinstance(text, str):
        return
    at = f'{"stringData" if key in texts else "data"}["{key}"]'
    try:
        if not isinstance(json.loads(text), dict):
            yield Problem(at, "must be a JSON object")
    except ValueError as error:
        yield Problem(at, f"must be JSON: {error}")


def _keys(parts: Object, at: str) -> Iterator[Problem]:
    for key in parts:
        if not _KEY.fullmatch(key) or len(key) > _KEY_LENGTH or key in {".", ".."} or key.startswith(".."):  # fmt: skip  # noqa: E501
            yield Problem(
                f'{at}["{key}"]',
                f'a key has letters, digits, "-", "_" and ".", at most {_KEY_LENGTH}',
            )


def _size(texts: Object, encoded: Object) -> Iterator[Problem]:
    """The bytes of texts and of what is in base64, by which it is a third longer."""
    size = sum(len(item.encode()) for item in texts.values() if isinstance(item, str))
    size += sum(len(item) // 4 * 3 - 2 for item in encoded.values() if isinstance(item, str))
    if size > _DATA_SIZE:
        yield Problem("data", f"got {size} bytes; use at most {_DATA_SIZE}")


def resource_quota(value: Object) -> Iterator[Problem]:
    """A ResourceQuota."""
    spec = mapped(value.get("spec"))
    scopes = listed(spec.get("scopes"))
    for index, scope in enumerate(scopes):
        yield from words.among(scope, _SCOPES, f"spec.scopes[{index}]")
    for pair in (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")):
        if all(scope in scopes for scope in pair):
            yield Problem("spec.scopes", f"{' and '.join(pair)} exclude each other")


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
    yield from claim(value, "spec")


def claim(value: Object, at: str) -> Iterator[Problem]:
    """A claim, or the template of one, whose specification is at a path."""
    spec = mapped(value.get("spec"))
    yield from _modes(spec, at)
    yield from words.subdomain(spec.get("storageClassName") or None, f"{at}.storageClassName")
    resources = spec.get("resources")
    requests = mapped(mapped(resources).get("requests"))
    amount = requests.get("storage")
    where = f'{at}.resources.requests["storage"]'
    if amount is None and "spec" in value and not has_unknown([value["spec"], resources]):
        yield Problem(where, "missing required property; give it a quantity such as 10Gi")
    size = quantity(amount)
    if size is not None and size <= 0:
        yield Problem(where, f"got {shown(amount)}; must be greater than zero")


def _modes(spec: Object, at: str) -> Iterator[Problem]:
    modes = spec.get("accessModes")
    if modes in (None, []) and spec:
        text = f"missing required property; give at least one of {', '.join(_MODES)}"
        yield Problem(f"{at}.accessModes", text)
    for index, mode in enumerate(listed(modes)):
        yield from words.among(mode, _MODES, f"{at}.accessModes[{index}]")
    if "ReadWriteOncePod" in listed(modes) and len(listed(modes)) > 1:
        yield Problem(f"{at}.accessModes", "ReadWriteOncePod must be the only one")
    yield from words.among(spec.get("volumeMode"), _VOLUME_MODES, f"{at}.volumeMode")


def persistent_volume(value: Object) -> Iterator[Problem]:
    """A PersistentVolume."""
    spec = mapped(value.get("spec"))
    yield from _modes(spec, "spec")
    yield from volumes.host_path(mapped(spec.get("hostPath")), "spec.hostPath")
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
