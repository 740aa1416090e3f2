"""The pod of a model server: containers, probes, volumes, and how it is confined.

Everything here passes the Pod Security Standard `restricted`:
https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.kubernetes.model_server_settings import ServerSettings
from facts.accelerators import ACCELERATORS

__all__ = ["CONTAINER", "HTTP", "MODEL_FOLDER", "pod_spec"]

CONTAINER: Final = "model-server"
HTTP: Final = "http"
MODEL_FOLDER: Final = "/mnt/models"
_CONFIG_FOLDER: Final = "/etc/model-server"
_GPU: Final = "nvidia.com/gpu"
_PRODUCT_LABEL: Final = "nvidia.com/gpu.product"
_CONFINED: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_PROBE_SECONDS: Final = 10
# Of an endpoint's removal until the last proxy knows it.
_ZONE: Final = "topology.kubernetes.io/zone"
_HOST: Final = "kubernetes.io/hostname"


def pod_spec(
    settings: ServerSettings,
    image: pulumi.Input[str],
    uri: pulumi.Input[str],
    selector: Mapping[str, str],
    config_map: str | None,
) -> dict[str, Any]:
    """The pod spec of one version of a model."""
    mounts: list[dict[str, Any]] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - in the pod
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {}}]
    if settings.download_image is not None:
        mounts.append({"name": "model", "mountPath": MODEL_FOLDER, "readOnly": True})
        volumes.append({"name": "model", "emptyDir": {}})
    if config_map is not None:
        mounts.append({"name": "config", "mountPath": _CONFIG_FOLDER, "readOnly": True})
        volumes.append({"name": "config", "configMap": {"name": config_map}})
    spec: dict[str, Any] = {
        "serviceAccountName": settings.service_account_name,
        # The model server calls no API of the cluster.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": settings.drain_seconds + settings.grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": settings.user_id,
            "runAsGroup": settings.user_id,
            "fsGroup": settings.user_id,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_server(settings, image, uri, mounts)],
        "volumes": volumes,
        **_placement(settings, selector),
    }
    if settings.download_image is not None:
        spec["initContainers"] = [_download(settings, settings.download_image, uri)]
    return spec


def _server(
    settings: ServerSettings,
    image: pulumi.Input[str],
    uri: pulumi.Input[str],
    mounts: list[dict[str, Any]],
) -> dict[str, Any]:
    ports = [{"name": HTTP, "containerPort": settings.port, "protocol": "TCP"}]
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "ports": ports,
        "env": [
            {"name": "MODEL_URI", "value": uri},
            {"name": "MODEL_PATH", "value": MODEL_FOLDER},
            *({"name": key, "value": value} for key, value in settings.env.items()),
            _field("POD_NAME", "metadata.name"),
            _field("POD_NAMESPACE", "metadata.namespace"),
        ],
        "resources": _resources(settings),
        "volumeMounts": mounts,
        "securityContext": dict(_CONFINED),
        "startupProbe": {
            "httpGet": {"path": settings.startup_path, "port": HTTP},
            "periodSeconds": _PROBE_SECONDS,
            "timeoutSeconds": 5,
            "failureThreshold": math.ceil(settings.load_seconds / _PROBE_SECONDS) + 1,
        },
        "readinessProbe": {
            "httpGet": {"path": settings.ready_path, "port": HTTP},
            "periodSeconds": 5,
            "timeoutSeconds": 3,
            "failureThreshold": 2,
        },
        "livenessProbe": {
            "httpGet": {"path": settings.live_path, "port": HTTP},
            "periodSeconds": _PROBE_SECONDS,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
        },
        # Proxies go on sending for a moment; the image needs no shell for this.
        "lifecycle": {"preStop": {"sleep": {"seconds": settings.drain_seconds}}},
    }
    if settings.arguments:
        container["args"] = settings.arguments
    return container


def _field(name: str, path: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def _resources(settings: ServerSettings) -> dict[str, Any]:
    amounts = {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"}
    if settings.accelerator:
        amounts[_GPU] = str(settings.accelerator_count)
    # Equal, so that nothing is evicted for what a neighbour takes; GPUs have to be.
    return {"requests": amounts, "limits": dict(amounts)}


def _download(
    settings: ServerSettings, image: pulumi.Input[str], uri: pulumi.Input[str]
) -> dict[str, Any]:
    """The contract of KServe's storage initialiser: source and folder as arguments."""
    amounts = {"cpu": "1", "memory": f"{settings.download_memory_mib}Mi"}
    return {
        "name": "model-download",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": [uri, MODEL_FOLDER],
        "resources": {"requests": amounts, "limits": dict(amounts)},
        "securityContext": dict(_CONFINED),
        "volumeMounts": [
            {"name": "model", "mountPath": MODEL_FOLDER},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - in the pod
        ],
    }


def _placement(settings: ServerSettings, selector: Mapping[str, str]) -> dict[str, Any]:
    """Replicas apart from each other: one node or zone that fails takes few of them."""
    same = {"labelSelector": {"matchLabels": dict(selector)}}
    placed: dict[str, Any] = {
        "affinity": {
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 100, "podAffinityTerm": {**same, "topologyKey": _HOST}}
                ]
            }
        },
        "topologySpreadConstraints": [
            {
                **same,
                "maxSkew": 1,
                "topologyKey": _ZONE,
                "whenUnsatisfiable": "ScheduleAnyway",
            }
        ],
    }
    if settings.accelerator:
        product = ACCELERATORS[settings.accelerator].kubernetes_label
        placed["nodeSelector"] = {_PRODUCT_LABEL: product}
        placed["tolerations"] = [{"key": _GPU, "operator": "Exists", "effect": "NoSchedule"}]
    return placed
