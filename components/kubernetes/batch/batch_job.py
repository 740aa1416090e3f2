"""The Job of a batch run: its pod, how it is split, and what counts as a failure."""

from collections.abc import Mapping
from typing import Any, Final

from components.kubernetes.batch.batch_settings import BatchSettings
from components.kubernetes.confinement import CONFINED_READ_ONLY, pod_security_context
from components.kubernetes.jobs import IGNORE_DISRUPTION
from components.kubernetes.server.compute import placement, resources
from components.kubernetes.server.container_env import secret_variables, variables
from components.kubernetes.server.model_source import (
    download_container,
    model_in_pod,
)
from facts.pods import LOGS_MIB, TMP

__all__ = ["job_spec"]

_SCRATCH: Final = "/scratch"
_TMP_MIB: Final = 256


def job_spec(
    settings: BatchSettings, args: Mapping[str, Any], labels: Mapping[str, str]
) -> dict[str, Any]:
    """The spec of a Job; its partitions find their number in JOB_COMPLETION_INDEX."""
    spec: dict[str, Any] = {
        "completions": settings.partitions,
        "parallelism": settings.parallelism,
        "backoffLimit": settings.retries,
        "activeDeadlineSeconds": settings.timeout_seconds,
        "podFailurePolicy": {"rules": [IGNORE_DISRUPTION]},
        "template": {
            "metadata": {"labels": dict(labels)},
            "spec": _pod(settings, args, labels),
        },
    }
    if settings.partitions > 1:
        spec["completionMode"] = "Indexed"
    return spec


def _pod(
    settings: BatchSettings, args: Mapping[str, Any], labels: Mapping[str, str]
) -> dict[str, Any]:
    model = model_in_pod(settings.storage, settings.name, "model", args["model_uri"])
    tmp = {"name": "tmp", "mountPath": TMP}
    ours = {
        "MODEL_NAME": settings.name,
        "MODEL_VERSION": settings.model_version,
        "MODEL_URI": args["model_uri"],
        "MODEL_PATH": model.folder,
        "INPUT_URI": args["input_uri"],
        "OUTPUT_URI": args["output_uri"],
        "PARTITIONS": str(settings.partitions),
    }
    disk = settings.scratch_mib + model.disk_mib + _TMP_MIB + LOGS_MIB
    container: dict[str, Any] = {
        "name": "batch",
        "image": args["image"],
        "imagePullPolicy": "IfNotPresent",
        "env": variables(settings.variables, ours, {}, None),
        "resources": resources(settings.compute, disk),
        "securityContext": CONFINED_READ_ONLY,
        "volumeMounts": [tmp, {"name": "scratch", "mountPath": _SCRATCH}, *model.mounts],
    }
    if settings.arguments:
        container["args"] = settings.arguments
    pod: dict[str, Any] = {
        # What the pod failure policy needs, and what keeps the logs of each try.
        "restartPolicy": "Never",
        "serviceAccountName": settings.service_account_name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security_context(settings.user_id),
        "containers": [container],
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": f"{_TMP_MIB}Mi"}},
            {"name": "scratch", "emptyDir": {"sizeLimit": f"{settings.scratch_mib}Mi"}},
            *model.volumes,
        ],
        **placement(settings.compute, labels, alone=True),
    }
    if model.downloads:
        env = secret_variables(settings.variables, None)
        download = download_container(settings.storage, args["model_uri"], env, model.mounts[0])
        pod["initContainers"] = [download]
    return pod
