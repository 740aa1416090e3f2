"""The table target → component, and how settings become a component's arguments."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from facts.tags import OWNER
from stacks import artifacts
from stacks.settings.environment import GpuNodePool
from stacks.settings.load import Settings
from stacks.settings.models import (
    KServeModel,
    LambdaModel,
    ModelSettings,
    SageMakerModel,
)
from stacks.settings.problems import Problem, SettingsError

# The Pulumi packages whose providers a component can need.
Package = Literal["aws", "kubernetes", "serving"]
_Kind = TypeVar("_Kind", KServeModel, SageMakerModel, LambdaModel)


@dataclass(frozen=True, slots=True)
class Target:
    """A component by module and class, the providers it needs, and the translation for it."""

    module: str
    class_name: str
    packages: tuple[Package, ...]
    arguments: Callable[[Path, Settings, str], dict[str, Any]]

    def component(self) -> Any:  # noqa: ANN401 - each component has its own arguments
        """The class; its SDK modules are imported here, so only for targets in use."""
        return getattr(importlib.import_module(self.module), self.class_name)

    @property
    def token(self) -> str:
        """The component's type as URNs spell it."""
        return f"model-serving:index:{self.class_name}"


def _common(settings: Settings, name: str) -> dict[str, Any]:
    model = settings.models[name]
    return {
        "environment": settings.environment,
        "owner": model.owner,
        "description": model.description or None,
        "model_version": model.model.version,
        "model_uri": model.model.uri,
        "candidate_version": model.candidate.version if model.candidate else None,
        "candidate_uri": model.candidate.uri if model.candidate else None,
        "canary_percent": model.canary_percent,
        "min_replicas": model.min_replicas,
        "max_replicas": model.max_replicas,
        "latency_p95_ms": model.slo.latency_p95_ms,
        "error_rate_percent": model.slo.error_rate_percent,
        "data_classification": str(model.data_classification),
        "tags": dict(model.tags),
    }


def _kserve(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    model = _as(KServeModel, settings.models[name])
    cluster = settings.site.targets.kubernetes
    return {
        **_common(settings, name),
        "namespace": model.namespace,
        "framework": model.model.framework,
        "image": model.model.image,
        "runtime": model.runtime,
        "arguments": list(model.arguments) or None,
        "cpu": model.resources.cpu,
        "memory_mib": model.resources.memory_mib,
        "accelerator": model.resources.accelerator,
        "accelerator_count": model.resources.accelerator_count,
        "concurrency_target": model.concurrency_target,
        "deployment_mode": model.deployment_mode,
        "kserve_version": cluster.kserve_version if cluster else None,
        "service_account_name": model.service_account_name,
        "ready_timeout_seconds": model.ready_timeout_seconds,
    }


def _sagemaker(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    model = _as(SageMakerModel, settings.models[name])
    return {
        **_common(settings, name),
        "framework": None if model.model.image else model.model.framework,
        "image": model.model.image,
        "instance_type": model.instance_type,
        "shift": _word(model.rollout.shift),
        "shift_size_percent": model.rollout.size_percent,
        "shift_wait_seconds": model.rollout.wait_seconds,
    }


def _lambda(root: Path, settings: Settings, name: str) -> dict[str, Any]:
    model = _as(LambdaModel, settings.models[name])
    # The function's code is the newest version's; the alias keeps the stable one.
    newest = model.candidate or model.model
    code = None
    if model.model.image is None:
        code = str(artifacts.lambda_package(root, newest, model.architecture))
    return {
        **_common(settings, name),
        "code_path": code,
        "image": model.model.image,
        "architecture": model.architecture,
        "memory_mib": model.resources.memory_mib,
        "timeout_seconds": model.timeout_seconds,
        "ephemeral_storage_mib": model.ephemeral_storage_mib,
        "throttle_rate_per_second": model.throttle_rate_per_second,
        "throttle_burst": model.throttle_burst,
        "log_retention_days": model.log_retention_days,
        "shift": _word(model.rollout.shift),
        "shift_size_percent": model.rollout.size_percent,
        "shift_wait_seconds": model.rollout.wait_seconds,
    }


TARGETS: Final[dict[str, Target]] = {
    "kserve": Target(
        "components.kubernetes.inference_service", "InferenceService", ("kubernetes",), _kserve
    ),
    "sagemaker": Target(
        "components.aws.sagemaker_endpoint", "SageMakerEndpoint", ("aws", "serving"), _sagemaker
    ),
    "lambda": Target(
        "components.aws.lambda_endpoint", "LambdaEndpoint", ("aws", "serving"), _lambda
    ),
}


def arguments(root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of a model's component; what is not set is left to the component."""
    target = TARGETS[settings.models[name].target]
    return given(target.arguments(root, settings, name))


def namespaces(settings: Settings) -> list[str]:
    """The namespaces that the stack makes for its models."""
    cluster = settings.site.targets.kubernetes
    if cluster is None or not cluster.create_namespaces:
        return []
    return sorted({m.namespace for m in settings.models.values() if isinstance(m, KServeModel)})


def gpu_node_pool_arguments(settings: Settings, pool: GpuNodePool) -> Any:  # noqa: ANN401
    """The arguments of EksGpuNodePool."""
    eks = settings.site.targets.eks
    return given(
        {
            "environment": settings.environment,
            "cluster_name": eks.cluster_name if eks else None,
            "subnet_ids": list(eks.subnet_ids) if eks else None,
            "accelerator": pool.accelerator,
            "instance_types": list(pool.instance_types),
            "min_nodes": pool.min_nodes,
            "max_nodes": pool.max_nodes,
            "desired_nodes": pool.desired_nodes,
            "disk_gib": pool.disk_gib,
            "capacity": pool.capacity,
            "labels": dict(pool.labels) or None,
            "kubernetes_version": pool.kubernetes_version,
            "tags": {**settings.site.tags, OWNER: pool.owner, **pool.tags},
        }
    )


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None: components know their own defaults."""
    return {key: value for key, value in values.items() if value is not None}


def check_artifacts(root: Path, settings: Settings) -> None:
    """Packages that set-up has not made, and artifacts that are not the ones that were meant.

    Raises:
        SettingsError: with all of them.
    """
    found: list[Problem] = []
    for name, model in settings.models.items():
        if not isinstance(model, LambdaModel) or model.model.image is not None:
            continue
        for key, artifact in (("model", model.model), ("candidate", model.candidate)):
            if artifact is None:
                continue
            place = settings.place(name, (key, "uri"))
            package = artifacts.lambda_package(root, artifact, model.architecture)
            path = artifacts.model_path(root, artifact)
            missing = next((p for p in (path, package) if not p.is_file()), None)
            if missing is not None:
                found.append(
                    Problem(
                        place,
                        "MS0209",
                        f"{key}.uri",
                        f"{missing.relative_to(artifacts.folder(root).parent)} is not in the cache",
                        fix="put the model there and run `.venv/bin/python -m runtime."
                        f"package_lambda --architecture {model.architecture}`; `make up` does "
                        "both for the example",
                    )
                )
            elif (actual := artifacts.sha256(path)) != artifact.digest:
                found.append(
                    Problem(
                        settings.place(name, (key, "digest")),
                        "MS0211",
                        f"{key}.digest",
                        f"got {artifact.digest}, and the file has {actual}",
                        fix="find out which of the two is meant before anything is deployed",
                    )
                )
    if found:
        raise SettingsError(found)


def _as(kind: type[_Kind], model: ModelSettings) -> _Kind:
    if not isinstance(model, kind):
        raise TypeError(f"{model.target} settings where {kind.__name__} was expected")
    return model


def _word(value: object) -> str | None:
    return None if value is None else str(value)
