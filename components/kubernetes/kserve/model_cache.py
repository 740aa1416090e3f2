"""Weights kept near the GPUs, so that a new pod loads them from disk and not from the network.

`local`: KServe's own cache, on the disks of a group of nodes, LocalModelNamespaceCache (0.19, in
the model's namespace) or LocalModelCache (before, of the whole cluster); KServe's webhook lets a
model use it whose URI is the cache's. `volume`: a PersistentVolumeClaim that a Job fills once.

Each version has its own cache, named by the version: what is promoted keeps its cache.
Spellings: pkg/apis/serving/v1alpha1/local_model_*_types.go of KServe 0.20.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes import network
from components.kubernetes.confinement import CONFINED_READ_ONLY
from components.kubernetes.network import Access
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from facts.language_models import NAMESPACE_CACHE_SINCE, Release, version_key
from facts.pods import MODEL_FOLDER, PINNED_IMAGE, TMP

__all__ = ["CachedModel", "ModelCache", "cached", "read_model_cache"]

_KINDS: Final = ("local", "volume")
_KEYS: Final = ("cache_node_groups", "cache_size_gib", "cache_storage_class", "download_image")
_REMOTE: Final = r"(s3|gs|hf|https|hdfs|webhdfs)://.+"
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_VERSION: Final = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}"
# Nobody's on the node; KServe's storage initialiser runs as any user, with a home in /tmp.
_USER: Final = 65532
_JOB_NAME: Final = "batch.kubernetes.io/job-name"
# Not the model's own labels: another template is another Job, and an owner or an SLO may change.
_POD_LABELS: Final = {"app.kubernetes.io/component": "model-download"}


@dataclass(frozen=True, slots=True)
class ModelCache:
    """The arguments of a cache, checked."""

    kind: str
    size_gib: int
    node_groups: list[str]
    storage_class: str | None
    download_image: pulumi.Input[str] | None
    in_namespace: bool
    service_account_name: str | None
    token_secret_name: str | None
    ready_timeout_seconds: int


@dataclass(frozen=True, slots=True)
class CachedModel:
    """The URI that a server is given, and what has to be there before it."""

    uri: pulumi.Output[str]
    needs: list[pulumi.Resource]


def read_model_cache(
    checks: Checks, args: Mapping[str, Any], kserve: Release, ready_timeout_seconds: int
) -> ModelCache | None:
    """Read and check; None without a cache. Problems go to `checks`."""
    kind = checks.choice("cache", "", _KINDS)
    if not kind:
        for key in filter(checks.given, _KEYS):
            checks.problem(key, args.get(key), "cache beside it: local or volume")
        return None
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(
            key, _REMOTE, "a URI of s3, gs, hf or https: what is on a volume or in an image is near"
        )
    _read_versions(checks, args)
    size = checks.whole("cache_size_gib", 1, 1, 64 * 1024)
    if not checks.given("cache_size_gib"):
        checks.problem("cache_size_gib", None, "the room that the model's files need, in GiB")
    groups = checks.texts("cache_node_groups", [])
    if kind == "local":
        _read_local(checks, args, groups, kserve)
    elif groups:
        checks.problem("cache_node_groups", groups, "cache: local, or leave it out")
    if kind == "volume":
        use = "KServe's storage initialiser, or what takes the same arguments, by @sha256:"
        checks.text("download_image", PINNED_IMAGE, use)
    elif checks.given("download_image"):
        got = args.get("download_image")
        checks.problem("download_image", got, "cache: volume, or leave it out: KServe has its own")
    checks.optional_text("cache_storage_class", _LABEL.pattern, "the name of a StorageClass")
    return ModelCache(
        kind=kind,
        size_gib=size,
        node_groups=groups,
        storage_class=args.get("cache_storage_class"),
        download_image=args.get("download_image"),
        in_namespace=kserve >= NAMESPACE_CACHE_SINCE,
        service_account_name=args.get("service_account_name"),
        token_secret_name=args.get("token_secret_name"),
        ready_timeout_seconds=ready_timeout_seconds,
    )


def _read_versions(checks: Checks, args: Mapping[str, Any]) -> None:
    for key in ("model_version", "candidate_version"):
        checks.optional_text(
            key, _VERSION, "letters, digits, '.', '_', '+' and '-': a folder's name"
        )
    keys = [version_key(str(args.get(f"{which}_version"))) for which in ("model", "candidate")]
    if keys[0] == keys[1]:
        got = args.get("candidate_version")
        checks.problem("candidate_version", got, "one that differs in more than punctuation")


def _read_local(
    checks: Checks, args: Mapping[str, Any], groups: list[str], kserve: Release
) -> None:
    if not groups or not all(map(_LABEL.fullmatch, groups)):
        checks.problem("cache_node_groups", groups, "names of LocalModelNodeGroups that exist")
    if checks.given("cache_storage_class"):
        got = args.get("cache_storage_class")
        checks.problem("cache_storage_class", got, "cache: volume; a node group has its own")
    if checks.given("token_secret_name"):
        checks.problem(
            "token_secret_name",
            args.get("token_secret_name"),
            "service_account_name, with that Secret among its `secrets`: the cache downloads with "
            "a service account's credentials",
        )
    if kserve < NAMESPACE_CACHE_SINCE and checks.given("service_account_name"):
        got = args.get("service_account_name")
        checks.problem("service_account_name", got, "KServe 0.19, or a model that needs none")


def cached(  # noqa: PLR0917 - one version of one model
    parent: pulumi.Resource,
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    cache: ModelCache | None,
    version: str,
    uri: pulumi.Output[str],
    access: Access,
) -> CachedModel:
    """Make the cache of one version; without a cache the server gets the model's own URI.

    `access` says where the weights may be fetched from: a namespace may be closed.
    """
    if cache is None:
        return CachedModel(uri, [])
    its_name, role = f"{name}-v{version_key(version)}", f"{name}-cache-v{version}"
    opts = pulumi.ResourceOptions(parent=parent)
    if cache.kind == "local":
        local = _local(its_name, namespace, labels, cache, uri)
        needs: list[pulumi.Resource] = []
        if cache.in_namespace:
            # KServe's Jobs in the namespace have no labels but a Job's own.
            jobs = {"matchExpressions": [{"key": _JOB_NAME, "operator": "Exists"}]}
            way = _way_out(its_name, namespace, labels, access, jobs)
            needs.append(KubernetesObject(f"{role}-network-policy", way, opts))
        needs.append(
            KubernetesObject(
                role, local, pulumi.ResourceOptions(parent=parent, depends_on=[*needs])
            )
        )
        return CachedModel(uri, needs)
    claim = KubernetesObject(
        f"{role}-volume",
        _claim(its_name, namespace, labels, cache),
        # A StorageClass may bind no volume before a pod asks for it; the Job does.
        opts,
    )
    way = _way_out(its_name, namespace, labels, access, network.labelled(_POD_LABELS))
    policy = KubernetesObject(f"{role}-network-policy", way, opts)
    timeout = f"{cache.ready_timeout_seconds}s"
    job = KubernetesObject(
        f"{role}-download",
        _job(its_name, namespace, labels, cache, [uri, f"{MODEL_FOLDER}/{version}"]),
        pulumi.ResourceOptions(
            parent=parent,
            depends_on=[claim, policy],
            custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
        ),
    )
    return CachedModel(
        pulumi.Output.from_input(f"pvc://{its_name}/{version}"), [claim, policy, job]
    )


def _local(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    cache: ModelCache,
    uri: pulumi.Output[str],
) -> Manifest:
    spec: dict[str, Any] = {
        "sourceModelUri": uri,
        "modelSize": f"{cache.size_gib}Gi",
        "nodeGroups": cache.node_groups,
    }
    if cache.service_account_name is not None:
        spec["serviceAccountName"] = cache.service_account_name
    return manifest(
        "serving.kserve.io/v1alpha1",
        "LocalModelNamespaceCache" if cache.in_namespace else "LocalModelCache",
        name,
        namespace if cache.in_namespace else None,
        labels,
        spec=spec,
    )


def _way_out(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    access: Access,
    pods: Mapping[str, Any],
) -> Manifest:
    """What downloads may ask names and fetch by HTTPS, where the namespace is closed."""
    return network.outward_only(f"{name}-download", namespace, labels, pods=pods, access=access)


def _claim(
    name: str, namespace: pulumi.Input[str], labels: Mapping[str, str], cache: ModelCache
) -> Manifest:
    spec: dict[str, Any] = {
        # One pod writes it, pods on any node read it.
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": f"{cache.size_gib}Gi"}},
    }
    if cache.storage_class is not None:
        spec["storageClassName"] = cache.storage_class
    return manifest(
        "v1",
        "PersistentVolumeClaim",
        name,
        namespace,
        labels,
        annotations={"pulumi.com/skipAwait": "true"},
        spec=spec,
    )


def _job(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    cache: ModelCache,
    from_and_to: list[pulumi.Input[str]],
) -> Manifest:
    # The hub's client keeps locks and unfinished parts in the home.
    amounts = {"cpu": "1", "memory": "4Gi", "ephemeral-storage": "1Gi"}
    container: dict[str, Any] = {
        "name": "download",
        "image": cache.download_image,
        "imagePullPolicy": "IfNotPresent",
        "args": from_and_to,
        "resources": {"requests": amounts, "limits": amounts},
        "securityContext": CONFINED_READ_ONLY,
        "volumeMounts": [
            {"name": "model", "mountPath": MODEL_FOLDER},
            {"name": "tmp", "mountPath": TMP},
        ],
        "env": [{"name": "HF_HOME", "value": f"{TMP}/hf"}],
    }
    if cache.token_secret_name is not None:
        source = {"secretKeyRef": {"name": cache.token_secret_name, "key": "HF_TOKEN"}}
        container["env"].append({"name": "HF_TOKEN", "valueFrom": source})
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {
            "fsGroup": _USER,
            "runAsGroup": _USER,
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "model", "persistentVolumeClaim": {"claimName": name}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }
    if cache.service_account_name is not None:
        pod["serviceAccountName"] = cache.service_account_name
    return manifest(
        "batch/v1",
        "Job",
        name,
        namespace,
        labels,
        spec={
            "backoffLimit": 3,
            "activeDeadlineSeconds": cache.ready_timeout_seconds,
            "template": {"metadata": {"labels": _POD_LABELS}, "spec": pod},
        },
    )
