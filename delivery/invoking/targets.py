"""The table target → how it is called, or why it is not and what is nearest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from delivery.failure import Failure
from delivery.invoking.amazon import call_lambda, call_sagemaker
from delivery.invoking.azure import call_azure_functions, call_azure_ml
from delivery.invoking.call import Answer, Asked, Live
from delivery.invoking.cluster import call_cluster
from delivery.invoking.google import call_cloud_run, call_vertex

__all__ = ["CALLS", "REFUSALS", "call"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a target takes no request, and the nearest thing that works."""

    reason: str
    nearest: str


CALLS: Final[dict[str, Callable[[Live, Asked], Answer]]] = {
    "azure_functions": call_azure_functions,
    "azure_ml": call_azure_ml,
    "cloud_run": call_cloud_run,
    "kserve": call_cluster,
    "kserve_graph": call_cluster,
    "kserve_llm": call_cluster,
    "kserve_trained_model": call_cluster,
    "kubernetes": call_cluster,
    "lambda": call_lambda,
    "sagemaker": call_sagemaker,
    "sagemaker_component": call_sagemaker,
    "sagemaker_serverless": call_sagemaker,
    "seldon": call_cluster,
    "vertex": call_vertex,
}
_BATCH: Final = Refusal(
    "it reads its input from files and answers none",
    "put the input where the file's input_uri says; the results are at {url}",
)
REFUSALS: Final[dict[str, Refusal]] = {
    "azure_ml_batch": _BATCH,
    "kubernetes_batch": _BATCH,
    "sagemaker_batch": _BATCH,
    "vertex_batch": _BATCH,
    "sagemaker_async": Refusal(
        "it takes its input from S3 and answers there",
        "aws sagemaker-runtime invoke-endpoint-async --endpoint-name {endpoint} --input-location "
        "s3://… --content-type application/json",
    ),
    "sagemaker_shared_endpoint": Refusal(
        "it has no model of its own", "name a model that is on it (target: sagemaker_component)"
    ),
    "kserve_shared_server": Refusal(
        "it has no model of its own", "name a model that is on it (target: kserve_trained_model)"
    ),
}


def call(live: Live, asked: Asked) -> Answer:
    """Send the request as the model's target takes it.

    Raises:
        Failure: The target takes none, or nothing came back.
    """
    target = str(live.deployed.status.get("target"))
    refusal = REFUSALS.get(target)
    if refusal is not None:
        nearest = refusal.nearest.format(
            url=live.deployed.url or "its output_uri", endpoint=live.deployed.endpoint_name
        )
        raise Failure(
            f"{live.name} ({target}) takes no requests: {refusal.reason}\n  fix: {nearest}"
        )
    if target not in CALLS:
        raise Failure(f"{live.name}: how a model of target {target!r} is called is not known")
    made = CALLS[target]
    for option, given, readers in (
        ("--path", asked.path, {call_cluster}),
        ("--target-model", asked.target_model, {call_sagemaker}),
    ):
        if given is not None and made not in readers:
            raise Failure(
                f"{live.name} ({target}) takes no {option}: its requests have one place to go\n"
                "  fix: leave it out"
            )
    return made(live, asked)
