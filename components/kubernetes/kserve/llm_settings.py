"""The arguments that only LLMInferenceService has, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.gpus import Gpus, read_gpus
from components.kubernetes.kserve.language_model import LanguageModel, read_language_model
from components.kubernetes.kserve.load_scaling import (
    LoadScaling,
    asks_for_load_scaling,
    read_load_scaling,
)
from components.kubernetes.kserve.model_cache import ModelCache, read_model_cache
from components.kubernetes.labels import check_namespace
from components.kubernetes.network import Access, read_access
from components.serving import Core
from facts.language_models import (
    CANDIDATE_SINCE,
    LLM_SERVICE_SINCE,
    SAID_BY_OTHERS,
    SCHEMES_OF_LLM_SERVICE,
    TENSOR_IN_TEMPLATE_SINCE,
    release,
    unsafe_in_shell,
)
from facts.pods import VARIABLE_NAME, looks_like_a_secret
from facts.resource_bounds import BOUNDS

__all__ = ["LlmSettings", "read_llm_settings"]

_URI: Final = rf"({'|'.join(SCHEMES_OF_LLM_SERVICE)})://.+"
_LABEL: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_AUTOSCALERS: Final = ("none", "keda", "wva")
_BOUNDS: Final = BOUNDS["kserve_llm"]
_MOST_NODES: Final = 64


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """The arguments that only LLMInferenceService has, checked.

    `prefill_replicas` is 0 where the same pods read prompts and generate.
    """

    cpu: float
    memory_mib: int
    gpus: Gpus
    arguments: list[str]
    env: dict[str, str]
    model: LanguageModel
    data_parallel: int
    data_parallel_local: int
    expert_parallel: bool
    prefill_replicas: int
    autoscaler: str
    scaling: LoadScaling | None
    candidate_replicas: int
    cache: ModelCache | None
    scheduler: bool
    gateway_name: str | None
    gateway_namespace: str | None
    base_refs: list[str]
    ready_timeout_seconds: int
    access: Access
    pod_labels: dict[str, str]
    template_parts_tensor: bool

    @property
    def nodes(self) -> int:
        """Pods of one replica, each on a node."""
        return self.data_parallel // self.data_parallel_local


def read_llm_settings(
    checks: Checks, name: str, core: Core, args: Mapping[str, Any]
) -> LlmSettings:
    """What the arguments say beside those that all targets share; problems go to `checks`."""
    check_namespace(checks)
    for key in ("model_uri", "candidate_uri"):
        allowed = ", ".join(SCHEMES_OF_LLM_SERVICE)
        checks.optional_text(key, _URI, f"a URI of {allowed}: LLMInferenceService reads no other")
    kserve = _kserve(checks, core, args)
    gpus = read_gpus(checks, _BOUNDS.accelerators)
    local = checks.whole("data_parallel_local", 1, 1, _BOUNDS.accelerators)
    data = checks.whole("data_parallel", local, 1, _BOUNDS.accelerators * _MOST_NODES)
    if data % local:
        checks.problem("data_parallel", data, f"a multiple of data_parallel_local ({local})")
    expert = checks.flag("expert_parallel", default=False)
    memory = checks.whole("memory_mib", 16384, *_BOUNDS.memory_mib)
    model = read_language_model(
        checks,
        name,
        args,
        gpus,
        memory,
        copies=local,
        # Experts are parted over all ranks; every other model is whole in each.
        spread=data if expert else 1,
    )
    arguments = checks.texts("arguments", [])
    for argument in filter(unsafe_in_shell, arguments):
        use = "letters, digits and . _ : / , = + @ % -: the presets hand arguments to a shell"
        checks.problem("arguments", argument, use)
    timeout = checks.whole("ready_timeout_seconds", 1800, 30, 7200)
    scheduler = checks.flag("scheduler", default=True)
    candidate_replicas = checks.whole("candidate_replicas", max(1, core.min_replicas), 1, 1000)
    if checks.given("candidate_replicas") and core.candidate_version is None:
        checks.problem("candidate_replicas", candidate_replicas, "a candidate beside it")
    autoscaler, scaling = _scaling(checks, core, args, kserve, nodes=data // local)
    checks.optional_text("gateway_name", _LABEL, "the name of a Gateway")
    checks.optional_text("gateway_namespace", _LABEL, "the namespace of that Gateway")
    if checks.given("gateway_namespace") and not checks.given("gateway_name"):
        checks.problem("gateway_namespace", args.get("gateway_namespace"), "gateway_name beside it")
    return LlmSettings(
        cpu=checks.number("cpu", 4.0, *_BOUNDS.cpu),
        memory_mib=memory,
        gpus=gpus,
        arguments=arguments,
        env=_variables(checks),
        model=model,
        data_parallel=data,
        data_parallel_local=local,
        expert_parallel=expert,
        prefill_replicas=_prefill(checks, nodes=data // local, scheduler=scheduler),
        autoscaler=autoscaler,
        scaling=scaling,
        candidate_replicas=candidate_replicas,
        cache=read_model_cache(checks, args, kserve, timeout),
        scheduler=scheduler,
        gateway_name=args.get("gateway_name"),
        gateway_namespace=args.get("gateway_namespace"),
        base_refs=checks.texts("base_refs", []),
        ready_timeout_seconds=timeout,
        # Of Envoy Gateway, which KServe's own installation of LLMInferenceService brings.
        access=read_access(checks, usual_ingress_namespace="envoy-gateway-system"),
        pod_labels=checks.mapping("pod_labels"),
        template_parts_tensor=kserve >= TENSOR_IN_TEMPLATE_SINCE,
    )


def _kserve(checks: Checks, core: Core, args: Mapping[str, Any]) -> tuple[int, ...]:
    checks.text("kserve_version", r"v?\d+\.\d+(\.\d+)?.*", "a version such as 0.20.0")
    kserve, got = release(args.get("kserve_version")), args.get("kserve_version")
    if kserve and kserve < LLM_SERVICE_SINCE:
        use = "0.19 or newer, or InferenceService with framework huggingface: presets of older "
        checks.problem("kserve_version", got, f"{use}releases take no arguments for vLLM")
    elif kserve and kserve < CANDIDATE_SINCE and core.candidate_version is not None:
        use = "KServe 0.20 or newer, which splits requests over a routing group; or no candidate, "
        checks.problem(
            "candidate_version", core.candidate_version, f"{use}and the new version as the model"
        )
    return kserve


def _variables(checks: Checks) -> dict[str, str]:
    variables = checks.mapping("env")
    for key, value in variables.items():
        if not VARIABLE_NAME.fullmatch(key):
            checks.problem("env", key, "names of letters, digits and _")
        elif key in SAID_BY_OTHERS:
            checks.problem("env", key, "arguments, or prefill_replicas, which say it")
        elif looks_like_a_secret(key, value):
            use = "token_secret_name, or a service account: everybody reads a pod's variables"
            checks.problem("env", key, use)
    return variables


def _prefill(checks: Checks, *, nodes: int, scheduler: bool) -> int:
    replicas = checks.whole("prefill_replicas", 0, 0, 1000)
    if replicas and nodes > 1:
        checks.problem("prefill_replicas", replicas, "0, or one node per replica")
    if replicas and not scheduler:
        use = "0, or the scheduler, which sends prompts to the prefill pods"
        checks.problem("prefill_replicas", replicas, use)
    return replicas


def _scaling(
    checks: Checks, core: Core, args: Mapping[str, Any], kserve: tuple[int, ...], *, nodes: int
) -> tuple[str, LoadScaling | None]:
    """Which autoscaler there is, and what it scales on."""
    scales = core.max_replicas > core.min_replicas
    usual = "keda" if scales else "none"
    autoscaler = checks.choice("autoscaler", usual, _AUTOSCALERS)
    if autoscaler == "none" and scales:
        use = f"keda or wva, or max_replicas {core.min_replicas}: nothing would use the range"
        checks.problem("autoscaler", "none", use)
    if autoscaler != "none" and not scales:
        checks.problem("autoscaler", autoscaler, "max_replicas above min_replicas")
    if autoscaler != "keda":
        for key in asks_for_load_scaling(args):
            checks.problem(key, args.get(key), "autoscaler: keda beside it, or leave it out")
        if core.min_replicas == 0 and autoscaler == "wva":
            checks.problem("min_replicas", 0, "at least 1: KServe's `scaling` has no zero")
        return autoscaler, None
    if nodes > 1:
        use = "wva, which scales the LeaderWorkerSet of several nodes, or a fixed number"
        checks.problem("autoscaler", "keda", use)
    return autoscaler, read_load_scaling(checks, args, core.min_replicas, kserve)
