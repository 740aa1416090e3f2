"""The pod of a model server: containers, probes, volumes, and how it is confined.

Everything here passes the Pod Security Standard `restricted`:
https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.kubernetes.confinement import CONFINED_READ_ONLY, pod_security_context
from components.kubernetes.server.compute import placement, resources
from components.kubernetes.server.container_env import secret_variables, variables
from components.kubernetes.server.exposure import GRPC, HTTP, METRICS
from components.kubernetes.server.model_server_settings import (
    ServerSettings,
    filled,
    open_values,
)
from components.kubernetes.server.model_source import (
    ModelInPod,
    download_container,
    model_in_pod,
)
from components.kubernetes.server.probes import probe_fields
from components.kubernetes.server.slots import Slot
from facts.pods import CONFIG_FOLDER, LOGS_MIB, TMP
from facts.strategies import slug

__all__ = ["CONTAINER", "Read", "pod_spec"]

CONTAINER: Final = "model-server"


@dataclass(frozen=True, slots=True)
class Read:
    """Names of the objects that the pods read; None where there is none."""

    config: str | None = None
    secret: pulumi.Input[str] | None = None


def pod_spec(
    settings: ServerSettings, slot: Slot, selector: Mapping[str, str], read: Read
) -> dict[str, Any]:
    """The pod spec of one version of a model."""
    model = model_in_pod(settings.storage, slot.model, slug(slot.version), slot.uri)
    volumes, mounts = _writable(settings)
    volumes += model.volumes
    mounts += model.mounts
    if read.config is not None:
        mounts.append({"name": "config", "mountPath": CONFIG_FOLDER, "readOnly": True})
        volumes.append({"name": "config", "configMap": {"name": read.config}})
    spec: dict[str, Any] = {
        "serviceAccountName": settings.service_account_name,
        # The model server calls no API of the cluster.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": settings.drain_seconds + settings.grace_seconds,
        "securityContext": pod_security_context(settings.user_id),
        "containers": [_server(settings, slot, model, mounts, read)],
        "volumes": volumes,
        **placement(settings.compute, selector, alone=settings.edge),
    }
    if model.downloads:
        env = secret_variables(settings.environment, read.secret)
        download = download_container(settings.storage, slot.uri, env, model.mounts[0])
        spec["initContainers"] = [download]
    if settings.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in settings.image_pull_secrets]
    return spec


def _writable(settings: ServerSettings) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The folders that the server may write to, none without a limit."""
    volumes = [{"name": "tmp", "emptyDir": {"sizeLimit": f"{settings.disk.tmp_mib}Mi"}}]
    mounts: list[dict[str, Any]] = [{"name": "tmp", "mountPath": TMP}]
    for folder in settings.disk.writable_folders:
        name = _volume_name(folder)
        volumes.append({"name": name, "emptyDir": {"sizeLimit": f"{settings.disk.writable_mib}Mi"}})
        mounts.append({"name": name, "mountPath": folder})
    if settings.disk.shm_mib:
        # Processes that share a GPU's work pass tensors through it. It counts as memory.
        limit = f"{settings.disk.shm_mib}Mi"
        volumes.append({"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": limit}})
        mounts.append({"name": "shm", "mountPath": "/dev/shm"})  # noqa: S108 - in the pod
    return volumes, mounts


def _volume_name(folder: str) -> str:
    """Named after its folder, so that another order in the file changes nothing."""
    return f"writable-{slug(folder)}"


def _server(
    settings: ServerSettings,
    slot: Slot,
    model: ModelInPod,
    mounts: list[dict[str, Any]],
    read: Read,
) -> dict[str, Any]:
    kind = settings.server
    ports = (settings.port, settings.grpc_port, settings.metrics_port)
    values = open_values(slot.model, ports, settings.grace_seconds, model.folder)
    ours: dict[str, pulumi.Input[str]] = {
        "MODEL_NAME": slot.model,
        "MODEL_VERSION": slot.version,
        "MODEL_URI": slot.uri,
        "MODEL_PATH": model.folder,
        # Most images have no home for this user, and nothing else can be written to.
        "HOME": TMP,
        **slot.addresses,
    }
    kinds = {name: filled(value, values) for name, value in kind.env.items()}
    disk = settings.disk.tmp_mib + settings.disk.writable_mib * len(settings.disk.writable_folders)
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": slot.image,
        "imagePullPolicy": settings.storage.image_pull_policy,
        "ports": _ports(settings),
        "env": variables(settings.environment, ours, kinds, read.secret),
        "resources": resources(
            settings.compute, settings.disk.all_mib or disk + model.disk_mib + LOGS_MIB
        ),
        "volumeMounts": mounts,
        "securityContext": CONFINED_READ_ONLY,
        **probe_fields(settings.probes, HTTP, settings.grpc_port),
        # Proxies go on sending for a moment; the image needs no shell for this. In Kubernetes
        # since 1.30, and for good since 1.34 (pkg/features/kube_features.go).
        "lifecycle": {"preStop": {"sleep": {"seconds": settings.drain_seconds}}},
    }
    if command := settings.command or kind.command:
        container["command"] = [filled(each, values) for each in command]
    if arguments := [*kind.arguments, *settings.arguments]:
        container["args"] = [filled(each, values) for each in arguments]
    return container


def _ports(settings: ServerSettings) -> list[dict[str, Any]]:
    numbers = {HTTP: settings.port, GRPC: settings.grpc_port, METRICS: settings.metrics_port}
    return [
        {"name": name, "containerPort": number, "protocol": "TCP"}
        for name, number in numbers.items()
        if number is not None
    ]
