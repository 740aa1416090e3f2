"""The table target → component, and how settings become a component's arguments."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from stacks.settings.load import Settings
from stacks.targets import kserve, lambda_function, model_server, sagemaker
from stacks.targets.eks import gpu_node_pool_arguments
from stacks.targets.lambda_function import check_artifacts
from stacks.targets.translation import given

# The Pulumi packages whose providers a component can need.
Package = Literal["aws", "kubernetes", "serving"]


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


TARGETS: Final[dict[str, Target]] = {
    "kserve": Target(
        "components.kubernetes.inference_service",
        "InferenceService",
        ("kubernetes",),
        kserve.arguments,
    ),
    "kubernetes": Target(
        "components.kubernetes.model_server",
        "ModelServer",
        ("kubernetes",),
        model_server.arguments,
    ),
    "sagemaker": Target(
        "components.aws.sagemaker_endpoint",
        "SageMakerEndpoint",
        ("aws", "serving"),
        sagemaker.arguments,
    ),
    "lambda": Target(
        "components.aws.lambda_endpoint",
        "LambdaEndpoint",
        ("aws", "serving"),
        lambda_function.arguments,
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
    named = (getattr(model, "namespace", None) for model in settings.models.values())
    return sorted({namespace for namespace in named if namespace})


__all__ = [
    "TARGETS",
    "Package",
    "Target",
    "arguments",
    "check_artifacts",
    "gpu_node_pool_arguments",
    "namespaces",
]
