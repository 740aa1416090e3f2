"""The arguments that only KServe has, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.network import Access, read_access
from components.kubernetes.server_extras import ServerExtras
from components.serving import Core
from facts.accelerators import ACCELERATORS

__all__ = ["KServeSettings", "read_settings"]

# The mode's name by its release: 0.16 renamed both and still reads the old names.
_MODES: Final = {"knative": ("Serverless", "Knative"), "standard": ("RawDeployment", "Standard")}
_RENAMED_IN: Final = (0, 16)
_FORMATS: Final = (
    "autogluon",
    "huggingface",
    "lightgbm",
    "mlflow",
    "onnx",
    "openvino",
    "paddle",
    "pmml",
    "pytorch",
    "sklearn",
    "tensorflow",
    "tensorrt",
    "triton",
    "vLLM",
    "xgboost",
)
_STORAGE_URI: Final = r"(s3|gs|hf|https|pvc|oci|hdfs|webhdfs)://.+"
# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
_LABEL_KEY: Final = re.compile(
    r"([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
)
_DEFAULT_CONCURRENCY: Final = 10


@dataclass(frozen=True, slots=True)
class KServeSettings:
    """The arguments that only KServe has, checked."""

    mode: str
    mode_spelling: str
    cpu: float
    memory_mib: int
    accelerator: str | None
    accelerator_count: int
    concurrency_target: int
    arguments: list[str]
    ready_timeout_seconds: int
    access: Access
    pod_labels: dict[str, str]
    extras: ServerExtras = ServerExtras()


def read_settings(checks: Checks, core: Core, args: Mapping[str, Any]) -> KServeSettings:
    """What the arguments say beside those that all targets share; problems go to `checks`."""
    checks.text("namespace")
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(key, _STORAGE_URI, "a URI of s3, gs, hf, https, pvc, oci or hdfs")
    if checks.given("image") == checks.given("framework"):
        checks.problem("framework", args.get("framework"), "either framework or image")
    elif checks.given("framework"):
        checks.choice("framework", "", _FORMATS)
    for key in filter(lambda key: not _LABEL_KEY.fullmatch(key), core.extra_tags):
        checks.problem("tags", key, "keys that a Kubernetes label can have")
    mode = checks.choice("deployment_mode", "knative", _MODES)
    checks.text("kserve_version", r"v?\d+\.\d+(\.\d+)?.*", "a version such as 0.20.0")
    if mode == "standard":
        if core.candidate_version is not None:
            checks.problem(
                "candidate_version",
                core.candidate_version,
                "deployment_mode knative: standard mode ignores canaryTrafficPercent without error",
            )
        if checks.given("concurrency_target"):
            got = args.get("concurrency_target")
            checks.problem("concurrency_target", got, "deployment_mode knative, or leave it out")
        if core.min_replicas == 0:
            checks.problem("min_replicas", 0, "at least 1, or deployment_mode knative")
    access = read_access(checks, usual_ingress_namespace="istio-system")
    if access.callers and mode == "knative":
        checks.problem(
            "callers",
            args.get("callers"),
            "deployment_mode standard: Knative's gateway and activator call in everybody's name",
        )
    accelerator = checks.choice("accelerator", "", ACCELERATORS) or None
    if accelerator is None and checks.given("accelerator_count"):
        checks.problem("accelerator_count", args.get("accelerator_count"), "accelerator beside it")
    return KServeSettings(
        mode=mode,
        mode_spelling=_MODES[mode][_release(args.get("kserve_version")) >= _RENAMED_IN],
        cpu=checks.number("cpu", 1.0, 0.1, 192),
        memory_mib=checks.whole("memory_mib", 2048, 128, 4 * 1024 * 1024),
        accelerator=accelerator,
        accelerator_count=checks.whole("accelerator_count", 1, 1, 8) if accelerator else 0,
        concurrency_target=checks.whole("concurrency_target", _DEFAULT_CONCURRENCY, 1, 1000),
        arguments=checks.texts("arguments", []),
        ready_timeout_seconds=checks.whole("ready_timeout_seconds", 900, 30, 7200),
        access=access,
        pod_labels=checks.mapping("pod_labels"),
    )


def _release(version: object) -> tuple[int, ...]:
    """Major and minor number, for comparison."""
    digits = str(version).removeprefix("v").split(".")[:2]
    return tuple(int(part) for part in digits if part.isdigit())
