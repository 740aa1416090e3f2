"""Asks that a target cannot honour, refused before anything is registered; a file per target."""

from typing import Final

from stacks.settings.capabilities import (
    azure_functions,
    azure_ml,
    azure_ml_scaling,
    cloud_run,
    drift,
    every_target,
    kserve,
    lambda_function,
    language_models,
    model_server,
    network_access,
    profiled_drift,
    request_logs,
    sagemaker,
    sagemaker_async,
    sagemaker_kinds,
    sagemaker_scaling,
    sagemaker_serverless,
    seldon,
    vertex,
)
from stacks.settings.capabilities.refusing import Rule, not_a_choice, not_offered

RULES: Final[tuple[Rule, ...]] = (
    *every_target.RULES,
    *kserve.RULES,
    *language_models.RULES,
    *model_server.RULES,
    *network_access.RULES,
    *request_logs.RULES,
    *profiled_drift.RULES,
    *seldon.RULES,
    *sagemaker.RULES,
    *sagemaker_serverless.RULES,
    *sagemaker_async.RULES,
    *sagemaker_kinds.RULES,
    *sagemaker_scaling.RULES,
    *vertex.RULES,
    *cloud_run.RULES,
    *drift.RULES,
    *azure_ml.RULES,
    *azure_ml_scaling.RULES,
    *azure_functions.RULES,
    *lambda_function.RULES,
)

__all__ = ["RULES", "not_a_choice", "not_offered"]
