"""The table target → component, and how settings become a component's arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stacks.settings.load import Settings
from stacks.settings.slo_scaling import Follows, follows
from stacks.targets import (
    azure_functions,
    azure_ml,
    cloud_run,
    kserve,
    kserve_graph,
    kserve_llm,
    kserve_shared,
    kubernetes_batch,
    lambda_function,
    model_server,
    sagemaker,
    sagemaker_components,
    sagemaker_kinds,
    seldon,
    vertex,
    vertex_batch,
)
from stacks.targets.artifact_checks import check_artifacts
from stacks.targets.component_kind import ComponentKind
from stacks.targets.drift_job import DRIFT_JOB_TYPE, drift_job_arguments
from stacks.targets.gcp_monitoring import has_dashboard
from stacks.targets.gpu_node_pools import gpu_node_pools
from stacks.targets.graph_order import callers_last, calls
from stacks.targets.identity import Identity, identity
from stacks.targets.mirror import in_mirror
from stacks.targets.monitoring import (
    MONITORING_TYPE,
    gpu_monitoring_arguments,
    monitoring_arguments,
)
from stacks.targets.namespace import NAMESPACE_TYPE, namespace_arguments, namespaces
from stacks.targets.package import Package
from stacks.targets.translation import given


@dataclass(frozen=True, slots=True)
class Target(ComponentKind):
    """A model's component, and the translation of settings for it."""

    arguments: Callable[[Path, Settings, str], dict[str, Any]]


TARGETS: Final[dict[str, Target]] = {
    "kserve": Target(
        "components.kubernetes.kserve.inference_service",
        "InferenceService",
        ("kubernetes",),
        kserve.arguments,
    ),
    "kserve_graph": Target(
        "components.kubernetes.kserve.inference_graph",
        "InferenceGraph",
        ("kubernetes",),
        kserve_graph.arguments,
    ),
    "kserve_llm": Target(
        "components.kubernetes.kserve.llm_inference_service",
        "LLMInferenceService",
        ("kubernetes",),
        kserve_llm.arguments,
    ),
    "kserve_shared_server": Target(
        "components.kubernetes.kserve.shared_model_server",
        "SharedModelServer",
        ("kubernetes",),
        kserve_shared.server_arguments,
    ),
    "kserve_trained_model": Target(
        "components.kubernetes.kserve.trained_model",
        "TrainedModel",
        ("kubernetes",),
        kserve_shared.model_arguments,
    ),
    "kubernetes": Target(
        "components.kubernetes.server.model_server",
        "ModelServer",
        ("kubernetes",),
        model_server.arguments,
    ),
    "seldon": Target(
        "components.kubernetes.seldon_model",
        "SeldonModel",
        ("kubernetes",),
        seldon.arguments,
    ),
    "kubernetes_batch": Target(
        "components.kubernetes.batch.batch_inference",
        "BatchInference",
        ("kubernetes",),
        kubernetes_batch.arguments,
    ),
    "sagemaker": Target(
        "components.aws.sagemaker.sagemaker_endpoint",
        "SageMakerEndpoint",
        ("aws", "serving"),
        sagemaker.arguments,
    ),
    "vertex": Target(
        "components.gcp.vertex.vertex_endpoint",
        "VertexEndpoint",
        ("gcp", "serving"),
        vertex.arguments,
    ),
    "vertex_batch": Target(
        "components.gcp.vertex.vertex_batch_prediction",
        "VertexBatchPrediction",
        ("gcp", "serving"),
        vertex_batch.arguments,
    ),
    "cloud_run": Target(
        "components.gcp.cloud_run.cloud_run_endpoint",
        "CloudRunEndpoint",
        ("gcp",),
        cloud_run.arguments,
    ),
    "sagemaker_component": Target(
        "components.aws.sagemaker.sagemaker_inference_component",
        "SageMakerInferenceComponent",
        ("aws", "serving"),
        sagemaker_components.model_arguments,
    ),
    "sagemaker_shared_endpoint": Target(
        "components.aws.sagemaker.sagemaker_shared_endpoint",
        "SageMakerSharedEndpoint",
        ("aws", "serving"),
        sagemaker_components.endpoint_arguments,
    ),
    "sagemaker_serverless": Target(
        "components.aws.sagemaker.sagemaker_serverless_endpoint",
        "SageMakerServerlessEndpoint",
        ("aws", "serving"),
        sagemaker_kinds.serverless,
    ),
    "sagemaker_async": Target(
        "components.aws.sagemaker.sagemaker_async_endpoint",
        "SageMakerAsyncEndpoint",
        ("aws", "serving"),
        sagemaker_kinds.asynchronous,
    ),
    "sagemaker_batch": Target(
        "components.aws.sagemaker.sagemaker_batch_transform",
        "SageMakerBatchTransform",
        ("aws", "serving"),
        sagemaker_kinds.batch,
    ),
    "azure_ml": Target(
        "components.azure.azure_ml.azure_ml_endpoint",
        "AzureMlEndpoint",
        ("azure", "serving"),
        azure_ml.arguments,
    ),
    "azure_ml_batch": Target(
        "components.azure.azure_ml.azure_ml_batch_endpoint",
        "AzureMlBatchEndpoint",
        ("azure", "serving"),
        azure_ml.batch_arguments,
    ),
    "azure_functions": Target(
        "components.azure.functions.azure_functions_endpoint",
        "AzureFunctionsEndpoint",
        ("azure", "serving"),
        azure_functions.arguments,
    ),
    "lambda": Target(
        "components.aws.lambda_.lambda_endpoint",
        "LambdaEndpoint",
        ("aws", "serving"),
        lambda_function.arguments,
    ),
}


def arguments(root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of a model's component; what is not set is left to the component."""
    target, cluster = TARGETS[settings.models[name].target], settings.site.targets.kubernetes
    made = given(target.arguments(root, settings, name))
    if isinstance(found := follows(settings.models[name]), Follows):
        made |= found.arguments
    if "kubernetes" in target.packages and cluster is not None and cluster.image_mirror:
        return in_mirror(made, cluster.image_mirror)
    return made


__all__ = [
    "DRIFT_JOB_TYPE",
    "MONITORING_TYPE",
    "NAMESPACE_TYPE",
    "TARGETS",
    "Identity",
    "Package",
    "Target",
    "arguments",
    "callers_last",
    "calls",
    "check_artifacts",
    "drift_job_arguments",
    "gpu_monitoring_arguments",
    "gpu_node_pools",
    "has_dashboard",
    "identity",
    "monitoring_arguments",
    "namespace_arguments",
    "namespaces",
]
