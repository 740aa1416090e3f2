"""The Job of a batch run: its pod, how it is split, and what counts as a failure."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.kubernetes.batch_settings import BatchSettings
from facts.accelerators import ACCELERATORS

__all__ = ["job_spec"]

_CONTAINER: Final = "batch"
_MODEL_FOLDER: Final = "/mnt/models"
_SCRATCH: Final = "/scratch"
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


def job_spec(
    settings: BatchSettings, args: Mapping[str, Any], labels: Mapping[str, str]
) -> dict[str, Any]:
    """The spec of a Job; its partitions find their number in JOB_COMPLETION_INDEX."""
    spec: dict[str, Any] = {
        "completions": settings.partitions,
        "parallelism": settings.parallelism,
        "backoffLimit": settings.retries,
        "activeDeadlineSeconds": settings.timeout_seconds,
        # A node that is drained is nobody's failure.
        # https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
        "podFailurePolicy": {
            "rules": [
                {
                    "action": "Ignore",
                    "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
                }
            ]
        },
        "template": {
            "metadata": {"labels": dict(labels)},
            "spec": _pod(settings, args),
        },
    }
    if settings.partitions > 1:
        spec["completionMode"] = "Indexed"
    return spec


def _pod(settings: BatchSettings, args: Mapping[str, Any]) -> dict[str, Any]:
    mounts: list[dict[str, Any]] = [
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - in the pod
        {"name": "scratch", "mountPath": _SCRATCH},
    ]
    volumes: list[dict[str, Any]] = [
        {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
        {"name": "scratch", "emptyDir": {"sizeLimit": f"{settings.scratch_mib}Mi"}},
    ]
    amounts = {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"}
    pod: dict[str, Any] = {}
    if settings.download_image is not None:
        model = {"name": "model", "mountPath": _MODEL_FOLDER}
        pod["initContainers"] = [
            _container(
                "model-download",
                settings.download_image,
                [args["model_uri"], _MODEL_FOLDER],
                [],
                {"cpu": "1", "memory": "1024Mi"},
                [model, mounts[0]],
            )
        ]
        mounts.append({**model, "readOnly": True})
        volumes.append({"name": "model", "emptyDir": {}})
    if settings.accelerator:
        amounts[_GPU] = str(settings.accelerator_count)
        product = ACCELERATORS[settings.accelerator].kubernetes_label
        pod["nodeSelector"] = {_PRODUCT_LABEL: product}
        pod["tolerations"] = [{"key": _GPU, "operator": "Exists", "effect": "NoSchedule"}]
    environment: list[dict[str, Any]] = [
        {"name": "MODEL_URI", "value": args["model_uri"]},
        {"name": "MODEL_VERSION", "value": settings.model_version},
        {"name": "MODEL_PATH", "value": _MODEL_FOLDER},
        {"name": "INPUT_URI", "value": args["input_uri"]},
        {"name": "OUTPUT_URI", "value": args["output_uri"]},
        {"name": "PARTITIONS", "value": str(settings.partitions)},
        *({"name": key, "value": value} for key, value in settings.env.items()),
    ]
    return {
        **pod,
        # What the pod failure policy needs, and what keeps the logs of each try.
        "restartPolicy": "Never",
        "serviceAccountName": settings.service_account_name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": settings.user_id,
            "runAsGroup": settings.user_id,
            "fsGroup": settings.user_id,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            _container(_CONTAINER, args["image"], settings.arguments, environment, amounts, mounts)
        ],
        "volumes": volumes,
    }


def _container(  # noqa: PLR0917 - in the order of a manifest
    name: str,
    image: pulumi.Input[str],
    arguments: list[Any],
    environment: list[dict[str, Any]],
    amounts: Mapping[str, str],
    mounts: list[dict[str, Any]],
) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "resources": {"requests": dict(amounts), "limits": dict(amounts)},
        "securityContext": dict(_CONFINED),
        "volumeMounts": mounts,
    }
    if arguments:
        container["args"] = arguments
    if environment:
        container["env"] = environment
    return container
