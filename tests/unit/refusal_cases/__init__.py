"""Cases of refusals, a file per target as in facts/capabilities."""

from typing import Any

from tests.unit.refusal_cases import (
    azure_functions,
    azure_ml,
    cloud_run,
    every_target,
    kserve,
    kserve_graph,
    kserve_shared,
    kubernetes_batch,
    lambda_function,
    language_models,
    model_server,
    network_access,
    request_logs,
    sagemaker,
    sagemaker_async,
    sagemaker_batch,
    sagemaker_components,
    sagemaker_serverless,
    seldon,
    vertex,
)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *kserve.CASES,
    *kserve_graph.CASES,
    *kserve_shared.CASES,
    *language_models.CASES,
    *model_server.CASES,
    *kubernetes_batch.CASES,
    *network_access.CASES,
    *request_logs.CASES,
    *sagemaker.CASES,
    *sagemaker_serverless.CASES,
    *sagemaker_async.CASES,
    *sagemaker_batch.CASES,
    *sagemaker_components.CASES,
    *seldon.CASES,
    *vertex.CASES,
    *cloud_run.CASES,
    *azure_functions.CASES,
    *azure_ml.CASES,
    *lambda_function.CASES,
    *every_target.CASES,
]
