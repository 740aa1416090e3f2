"""The manifest of an LLMInferenceService, as KServe 0.19 and later take it.

KServe's presets (config/llmisvcconfig) bring image, command, probes and volumes; what is said here
is merged over them: the container `main` by its name, the volume `dshm` by its name.
"""

from typing import Any, Final

import pulumi

from components.kubernetes.kserve.llm_settings import LlmSettings
from components.serving import Core

__all__ = ["llm_spec"]

_MAIN: Final = "main"
_SHARED_MEMORY_VOLUME: Final = "dshm"
# Prefill pods hand the KV cache of a prompt to the pods that generate.
_TRANSFER: Final = '{"kv_connector":"NixlConnector","kv_role":"%s"}'
_DECODES: Final = "kv_consumer"
_PREFILLS: Final = "kv_producer"


def llm_spec(  # noqa: PLR0917 - what one member of a routing group is
    name: str,
    core: Core,
    settings: LlmSettings,
    uri: pulumi.Input[str],
    args: dict[str, Any],
    weight: int | None,
    replicas: int | None,
) -> dict[str, Any]:
    """The spec of the stable model, or of the candidate.

    Args:
        name: of the deployment, and of the routing group.
        core: the arguments that all targets share.
        settings: the others.
        uri: where the weights are.
        args: of the component, for what may be an output.
        weight: in the routing group; None without a candidate.
        replicas: a fixed number; None where an autoscaler decides.
    """
    spec: dict[str, Any] = {
        "model": {"uri": uri, "name": settings.model.served_name},
        **_workload(settings, args, role=_DECODES if settings.prefill_replicas else None),
        "router": _router(name, settings, weight),
    }
    if replicas is not None:
        spec["replicas"] = replicas
    elif settings.autoscaler == "wva":
        spec["scaling"] = {
            "minReplicas": core.min_replicas,
            "maxReplicas": core.max_replicas,
            "wva": {"keda": {}},
        }
    if settings.prefill_replicas:
        spec["prefill"] = {
            "replicas": settings.prefill_replicas,
            **_workload(settings, args, role=_PREFILLS),
        }
    if settings.base_refs:
        spec["baseRefs"] = [{"name": ref} for ref in settings.base_refs]
    return spec


def _workload(settings: LlmSettings, args: dict[str, Any], *, role: str | None) -> dict[str, Any]:
    made: dict[str, Any] = {"template": _pod(settings, args, role)}
    parallelism: dict[str, Any] = {}
    if settings.model.tensor_parallel > 1 and settings.template_parts_tensor:
        parallelism["tensor"] = settings.model.tensor_parallel
    if settings.nodes > 1:
        parallelism |= {"data": settings.data_parallel, "dataLocal": settings.data_parallel_local}
        if settings.expert_parallel:
            parallelism["expert"] = True
        made["worker"] = _pod(settings, args, role)
    if parallelism:
        made["parallelism"] = parallelism
    if settings.pod_labels:
        made["labels"] = settings.pod_labels
    return made


def _pod(settings: LlmSettings, args: dict[str, Any], role: str | None) -> dict[str, Any]:
    amounts = {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"}
    amounts |= settings.gpus.amounts()
    container: dict[str, Any] = {
        "name": _MAIN,
        # Equal, so that nothing is evicted for what a neighbour takes; GPUs have to be.
        "resources": {"requests": amounts, "limits": dict(amounts)},
    }
    if arguments := _arguments(settings):
        container["args"] = arguments
    variables: list[dict[str, Any]] = [
        {"name": key, "value": value} for key, value in settings.env.items()
    ]
    if role is not None:
        variables += [
            {
                "name": "VLLM_NIXL_SIDE_CHANNEL_HOST",
                "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}},
            },
            {
                "name": "VLLM_ADDITIONAL_ARGS",
                "value": f"--kv-transfer-config '{_TRANSFER % role}'",
            },
        ]
    if variables:
        container["env"] = variables
    if "image" in args:
        container["image"] = args["image"]
    pod: dict[str, Any] = {"containers": [container]}
    if volume := settings.model.shared_memory(_SHARED_MEMORY_VOLUME):
        pod["volumes"] = [volume]
    pod |= settings.gpus.pod_fields()
    if "service_account_name" in args:
        pod["serviceAccountName"] = args["service_account_name"]
    return pod


def _arguments(settings: LlmSettings) -> list[str]:
    """What no preset says; those of several nodes say data and expert parallelism themselves."""
    parallel = settings.model.parallel_flags()
    if settings.template_parts_tensor:
        parallel = [flag for flag in parallel if not flag.startswith("--tensor")]
    if settings.nodes == 1:
        if settings.data_parallel > 1:
            parallel.append(f"--data-parallel-size={settings.data_parallel}")
        if settings.expert_parallel:
            parallel.append("--enable-expert-parallel")
    return [*settings.model.flags(), *parallel, *settings.arguments]


def _router(name: str, settings: LlmSettings, weight: int | None) -> dict[str, Any]:
    route: dict[str, Any] = {} if weight is None else {"group": name, "weight": weight}
    gateway: dict[str, Any] = {}
    if settings.gateway_name is not None:
        ref = {"name": settings.gateway_name}
        if settings.gateway_namespace is not None:
            ref["namespace"] = settings.gateway_namespace
        gateway["refs"] = [ref]
    router: dict[str, Any] = {"route": route, "gateway": gateway}
    if settings.scheduler:
        router["scheduler"] = {}
    return router
