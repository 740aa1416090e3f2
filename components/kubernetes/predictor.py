"""The predictor of an InferenceService: what serves the model, on what, and how far it scales."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.kubernetes.kserve_settings import KServeSettings
from components.serving import Core
from facts.accelerators import ACCELERATORS

__all__ = ["predictor", "storage_uri"]

_GPU: Final = "nvidia.com/gpu"
_PRODUCT_LABEL: Final = "nvidia.com/gpu.product"


def storage_uri(uri: str) -> str:
    """KServe parts the commit of `hf://owner/model` by `:`; the hub's own tools write `@`."""
    return uri.replace("@", ":", 1) if uri.startswith("hf://") else uri


def predictor(
    core: Core, settings: KServeSettings, uri: pulumi.Output[str], args: Mapping[str, Any]
) -> dict[str, Any]:
    """The predictor: what the model server is, where it may run, how far it scales."""
    amounts = {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"}
    if settings.accelerator:
        amounts[_GPU] = str(settings.accelerator_count)
    container: dict[str, Any] = {
        # Equal, so that nothing is evicted for what a neighbour takes; GPUs have to be.
        "resources": {"requests": amounts, "limits": amounts},
        # On the container, since Knative refuses most of a pod's own security context.
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    if arguments := [*settings.arguments, *settings.extras.arguments]:
        container["args"] = arguments
    if settings.extras.volume_mounts:
        container["volumeMounts"] = list(settings.extras.volume_mounts)
    made: dict[str, Any] = {
        "minReplicas": core.min_replicas,
        "maxReplicas": core.max_replicas,
        # The model server calls no API of the cluster.
        "automountServiceAccountToken": False,
    }
    if "image" in args:
        container |= {
            "name": "kserve-container",
            "image": args["image"],
            "env": [{"name": "STORAGE_URI", "value": uri}, *settings.extras.environment],
        }
        made["containers"] = [container]
    else:
        container |= {"modelFormat": {"name": args.get("framework")}, "storageUri": uri}
        if "runtime" in args:
            container["runtime"] = args["runtime"]
        if settings.extras.environment:
            container["env"] = list(settings.extras.environment)
        made["model"] = container
    if settings.extras.volumes:
        made["volumes"] = list(settings.extras.volumes)
    if settings.mode == "knative":
        made |= {"scaleMetric": "concurrency", "scaleTarget": settings.concurrency_target}
    if settings.accelerator:
        product = ACCELERATORS[settings.accelerator].kubernetes_label
        made["nodeSelector"] = {_PRODUCT_LABEL: product}
        made["tolerations"] = [{"key": _GPU, "operator": "Exists", "effect": "NoSchedule"}]
    if "service_account_name" in args:
        made["serviceAccountName"] = args["service_account_name"]
    if settings.pod_labels:
        made["labels"] = settings.pod_labels
    if core.candidate_version is not None:
        made["canaryTrafficPercent"] = core.canary_percent
    return made
