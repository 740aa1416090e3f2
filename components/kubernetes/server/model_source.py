"""How a model gets into the pod of its server.

- `image:/path`: it is part of the server's image, at that path.
- `oci://registry/name@sha256:…`: an image volume; the cluster has to have them switched on.
- `pvc://claim/path`: a volume that is there already, mounted read-only.
- anything else (s3, gs, https, hf): an init container brings it, with the contract of KServe's
  storage initialiser (source and folder are its arguments); without `download_image` the server
  fetches it by itself.

With `model_volume_mib` a Job brings it once onto a volume instead, so that a pod starts again
without a network.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.confinement import CONFINED_READ_ONLY, pod_security_context
from components.kubernetes.mesh import NO_SIDECAR
from components.kubernetes.objects import Manifest, manifest
from components.serving import Core
from facts.pods import MODEL_FOLDER, TMP, is_fetched, wrong_artifact

__all__ = [
    "ModelInPod",
    "Storage",
    "check_artifact",
    "download_container",
    "model_claim",
    "model_in_pod",
    "model_job",
    "read_download",
    "read_storage",
]

_CLAIM: Final = re.compile(r"pvc://([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)(/[^\s]*)?")
_IN_IMAGE: Final = re.compile(r"image:(/[^\s:]+)")


@dataclass(frozen=True, slots=True)
class Storage:
    """What brings a model, and where to."""

    download_image: pulumi.Input[str] | None
    download_cpu: float
    download_memory_mib: int
    model_mib: int
    model_volume_mib: int = 0
    """Size of the volume that keeps models; 0: none."""
    storage_class_name: str | None = None
    image_pull_policy: str = "IfNotPresent"


@dataclass(frozen=True, slots=True)
class ModelInPod:
    """Where a pod has its model, by which volumes, and how much disk that may use."""

    folder: str
    volumes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    mounts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    downloads: bool = False
    disk_mib: int = 0


def read_storage(checks: Checks, core: Core, args: Mapping[str, Any], *, folder: bool) -> Storage:
    """Reads and notes what is wrong; with `folder` the server fetches no model by itself."""
    volume = checks.whole("model_volume_mib", 0, 1, 16 * 1024 * 1024)
    if volume and not checks.given("download_image"):
        checks.problem("model_volume_mib", volume, "download_image, which fills it, beside it")
    if volume and core.max_replicas > 1:
        checks.problem("model_volume_mib", volume, "max_replicas 1: the volume is one node's")
    if not volume and checks.given("storage_class_name"):
        checks.problem("storage_class_name", args["storage_class_name"], "model_volume_mib too")
    images = checks.flag("image_volumes", default=False)
    for key in ("model_uri", "candidate_uri"):
        uri = args.get(key)
        if isinstance(uri, str):
            check_artifact(checks, key, uri, images=images, folder=folder)
    return replace(
        read_download(checks, args),
        model_volume_mib=volume,
        storage_class_name=checks.optional("storage_class_name"),
        image_pull_policy=checks.choice(
            "image_pull_policy", "IfNotPresent", ("Always", "IfNotPresent", "Never")
        ),
    )


def read_download(checks: Checks, args: Mapping[str, Any]) -> Storage:
    """What brings a model into a pod of its own, with nothing kept."""
    return Storage(
        download_image=args.get("download_image"),
        download_cpu=checks.number("download_cpu", 1.0, 0.05, 64),
        download_memory_mib=checks.whole("download_memory_mib", 1024, 64, 1024 * 1024),
        model_mib=checks.whole("model_mib", 4096, 1, 16 * 1024 * 1024),
    )


def check_artifact(checks: Checks, key: str, uri: str, *, images: bool, folder: bool) -> None:
    """Notes an artifact that nothing would bring; `folder` as for `read_storage`."""
    if folder and is_fetched(uri) and not checks.given("download_image"):
        checks.problem(key, uri, "download_image beside it: this kind of server reads a folder")
    scheme = uri.partition(":")[0]
    if scheme == "oci" and not images:
        checks.problem(
            key,
            uri,
            "image_volumes: true where the cluster's feature gate ImageVolume is on (it is off by "
            "default in Kubernetes 1.34), or image:/path with the model in the server's image",
        )
    if wrong_artifact(uri):
        checks.problem(
            key, uri, "image:/absolute/path, pvc://claim/path, or oci://registry/name@sha256:…"
        )


def model_in_pod(
    storage: Storage, model: str, version_slug: str, uri: pulumi.Input[str]
) -> ModelInPod:
    """Of one version; an artifact that is not known yet is one that is fetched."""
    known = uri if isinstance(uri, str) else ""
    at = {"name": "model", "mountPath": MODEL_FOLDER, "readOnly": True}
    if inside := _IN_IMAGE.fullmatch(known):
        return ModelInPod(inside[1])
    if known.startswith("oci://"):
        reference = known.removeprefix("oci://")
        source = {"reference": reference, "pullPolicy": storage.image_pull_policy}
        return ModelInPod(MODEL_FOLDER, [{"name": "model", "image": source}], [at])
    if claim := _CLAIM.fullmatch(known):
        source = {"claimName": claim[1], "readOnly": True}
        path = (claim[3] or "").strip("/")
        mount = {**at, **({"subPath": path} if path else {})}
        return ModelInPod(
            MODEL_FOLDER, [{"name": "model", "persistentVolumeClaim": source}], [mount]
        )
    if storage.download_image is None or (isinstance(uri, str) and not uri):
        return ModelInPod(MODEL_FOLDER)
    if storage.model_volume_mib:
        source = {"claimName": _claim_name(model)}
        volume = {"name": "model", "persistentVolumeClaim": source}
        return ModelInPod(MODEL_FOLDER, [volume], [{**at, "subPath": version_slug}])
    volume = {"name": "model", "emptyDir": {"sizeLimit": f"{storage.model_mib}Mi"}}
    return ModelInPod(MODEL_FOLDER, [volume], [at], downloads=True, disk_mib=storage.model_mib)


def download_container(
    storage: Storage, uri: pulumi.Input[str], env: list[dict[str, Any]], mount: dict[str, Any]
) -> dict[str, Any]:
    """The container that brings the model; it writes where the server only reads."""
    amounts = {
        "cpu": f"{storage.download_cpu:g}",
        "memory": f"{storage.download_memory_mib}Mi",
        "ephemeral-storage": f"{storage.model_mib + 256}Mi",
    }
    writable = {key: value for key, value in mount.items() if key != "readOnly"}
    return {
        "name": "model-download",
        "image": storage.download_image,
        "imagePullPolicy": storage.image_pull_policy,
        "args": [uri, MODEL_FOLDER],
        "env": [{"name": "HOME", "value": TMP}, *env],
        "resources": {"requests": amounts, "limits": dict(amounts)},
        "securityContext": CONFINED_READ_ONLY,
        "volumeMounts": [writable, {"name": "tmp", "mountPath": TMP}],
    }


def model_claim(
    model: str, namespace: pulumi.Input[str], labels: Mapping[str, str], storage: Storage
) -> Manifest:
    """The volume that keeps the models of a server; each version has a folder of its own."""
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{storage.model_volume_mib}Mi"}},
    }
    if storage.storage_class_name:
        spec["storageClassName"] = storage.storage_class_name
    return manifest(
        "v1",
        "PersistentVolumeClaim",
        _claim_name(model),
        namespace,
        labels,
        # Bound only once a pod uses it, where the storage class waits for the first consumer.
        annotations={"pulumi.com/skipAwait": "true"},
        spec=spec,
    )


def model_job(
    model: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    *,
    storage: Storage,
    uri: pulumi.Input[str],
    version_slug: str,
    service_account_name: str,
    user_id: int,
    env: list[dict[str, Any]],
    tmp_mib: int,
) -> Manifest:
    """Brings one version onto the volume, once; a Job's pods never change, so each has its own."""
    known = uri if isinstance(uri, str) else version_slug
    suffix = hashlib.sha256(known.encode()).hexdigest()[:8]
    mount = {"name": "model", "mountPath": MODEL_FOLDER, "subPath": version_slug}
    return manifest(
        "batch/v1",
        "Job",
        f"{model}-download-{suffix}",
        namespace,
        labels,
        spec={
            "backoffLimit": 4,
            "template": {
                # A sidecar would outlive the download, and the Job would never be done.
                "metadata": {"labels": {**labels, **NO_SIDECAR}},
                "spec": {
                    "restartPolicy": "OnFailure",
                    "serviceAccountName": service_account_name,
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "securityContext": pod_security_context(user_id),
                    "containers": [download_container(storage, uri, env, mount)],
                    "volumes": [
                        {
                            "name": "model",
                            "persistentVolumeClaim": {"claimName": _claim_name(model)},
                        },
                        {"name": "tmp", "emptyDir": {"sizeLimit": f"{tmp_mib}Mi"}},
                    ],
                },
            },
        },
    )


def _claim_name(model: str) -> str:
    return f"{model}-models"
