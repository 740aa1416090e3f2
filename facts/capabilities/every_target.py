"""Asks that some targets cannot honour, for the same reason."""

from typing import Final

from facts.capabilities.shapes import Refusal

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
        "MS0321",
        "any/shift",
        "the target has no such shift",
        "one that it has, or a candidate with canary_percent",
        "",
    ),
)
