"""Asks that some targets cannot honour, for the same reason."""

from typing import Final

from facts.capabilities.shapes import Refusal
from facts.sagemaker_monitor import MONITOR_PAGE

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0319",
        "any/framework",
        "the target has no server for that framework",
        "one that it has, or `model.image` with a server of your own",
        "",
    ),
    Refusal(
        "MS0320",
        "any/artifact",
        "the target cannot read artifacts from there",
        "the artifact copied to where it can",
        "",
    ),
    Refusal(
        "MS0390",
        "any/gpu-pool",
        "the target runs on no GPU nodes of the environment",
        "no gpu_pool; on Kubernetes kserve, kserve_llm, kserve_shared_server, kubernetes and "
        "kubernetes_batch run on them",
        "https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/",
    ),
    Refusal(
        "MS0640",
        "any/drift",
        "no platform looks at what it is asked, or keeps requests that could be looked at",
        "for a batch run a look at its own input (docs/drift.md); for requests target: sagemaker, "
        "vertex or azure_ml, or a server of one's own, which tells drift as metrics",
        "https://learn.microsoft.com/azure/machine-learning/concept-model-monitoring",
        "2026-11-26",
        of_key=True,
    ),
    Refusal(
        "MS0645",
        "on_sagemaker/drift",
        "Model Monitor reads what real-time endpoints with a model of their own capture: nothing "
        "is captured where there are no instances, of asynchronous requests, or of components",
        "target: sagemaker with `capture`",
        MONITOR_PAGE,
        "2026-11-26",
        of_key=True,
    ),
    Refusal(
        "MS0321",
        "any/shift",
        "the target has no such shift",
        "one that it has, or a candidate with canary_percent",
        "",
    ),
)
