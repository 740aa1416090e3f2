"""What each serving target can honour, and why it cannot do the rest.

An ask outside of this is refused before anything is registered, with the reason, the nearest thing
that works, and the page that says so. `checked` is the day on which the statement was looked up in
a stored copy of the page (what is said of KServe 0.20, in its source); without it the statement is
as generally known, and was not read again.
"""

from typing import Final

from facts.capabilities import (
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
    profiled_drift,
    request_logs,
    sagemaker,
    sagemaker_async,
    sagemaker_batch,
    sagemaker_components,
    sagemaker_serverless,
    seldon,
    vertex,
)
from facts.capabilities.shapes import Refusal, Target

TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for target in (
        kserve.TARGET,
        kserve_graph.TARGET,
        kserve_shared.SERVER,
        kserve_shared.MODEL,
        language_models.TARGET,
        model_server.TARGET,
        kubernetes_batch.TARGET,
        seldon.TARGET,
        sagemaker.TARGET,
        sagemaker_serverless.TARGET,
        sagemaker_async.TARGET,
        sagemaker_batch.TARGET,
        sagemaker_components.COMPONENT,
        sagemaker_components.SHARED,
        vertex.TARGET,
        vertex.BATCH,
        cloud_run.TARGET,
        azure_ml.TARGET,
        azure_ml.BATCH,
        azure_functions.TARGET,
        lambda_function.TARGET,
    )
}
REFUSALS: Final[dict[str, Refusal]] = {
    refusal.name: refusal
    for refusals in (
        kserve.REFUSALS,
        kserve_graph.REFUSALS,
        kserve_shared.REFUSALS,
        language_models.REFUSALS,
        model_server.REFUSALS,
        kubernetes_batch.REFUSALS,
        seldon.REFUSALS,
        sagemaker.REFUSALS,
        sagemaker_serverless.REFUSALS,
        sagemaker_async.REFUSALS,
        sagemaker_batch.REFUSALS,
        sagemaker_components.REFUSALS,
        vertex.REFUSALS,
        cloud_run.REFUSALS,
        azure_ml.REFUSALS,
        azure_functions.REFUSALS,
        lambda_function.REFUSALS,
        network_access.REFUSALS,
        request_logs.REFUSALS,
        profiled_drift.REFUSALS,
        every_target.REFUSALS,
    )
    for refusal in refusals
}

__all__ = ["REFUSALS", "TARGETS", "Refusal", "Target"]
