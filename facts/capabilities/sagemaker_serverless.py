"""What SageMaker's serverless inference can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.sagemaker_serverless import CONCURRENCY, EXCLUSIONS, MEMORY

_DG: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_READ: Final = "2026-11-26"

TARGET: Final = Target(
    "sagemaker_serverless",
    "SageMaker serverless",
    ("s3",),
    ("sklearn", "xgboost"),
    # "Deployment guardrails only apply to asynchronous inference and real-time inference".
    ("all_at_once",),
    _DG + "deployment-guardrails.html",
    _READ,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0420",
        "sagemaker_serverless/accelerator",
        "serverless inference has no GPUs",
        "target: sagemaker_async, which rests without instances too, or sagemaker",
        EXCLUSIONS,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0421",
        "sagemaker_serverless/instance_type",
        "serverless inference has no instances whose type could be chosen",
        "resources: {memory_mib: …}, by which CPU comes in proportion",
        EXCLUSIONS,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0422",
        "sagemaker_serverless/memory",
        "serverless inference has memory in six sizes",
        "the next larger size",
        MEMORY.source,
        MEMORY.checked,
    ),
    Refusal(
        "MS0423",
        "sagemaker_serverless/cpu",
        "serverless inference gives CPU in proportion to the memory",
        "resources: {memory_mib: …} alone",
        EXCLUSIONS,
        _READ,
    ),
    Refusal(
        "MS0424",
        "sagemaker_serverless/candidate",
        "a serverless endpoint has one variant, and nothing that a candidate could get a share of",
        "a file of its own for the candidate, or target: sagemaker",
        EXCLUSIONS,
        _READ,
    ),
    Refusal(
        "MS0425",
        "sagemaker_serverless/capture",
        "serverless inference captures nothing",
        "target: sagemaker, or requests that the caller keeps",
        EXCLUSIONS,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0426",
        "sagemaker_serverless/concurrency",
        "a serverless endpoint answers so many requests at once and no more",
        "max_replicas: 200, or target: sagemaker",
        CONCURRENCY.source,
        CONCURRENCY.checked,
    ),
    Refusal(
        "MS0427",
        "sagemaker_serverless/scaling",
        "what is scaled is provisioned concurrency, by how much of it is in use",
        "metric: concurrency with a target in percent, and min_replicas from 1 below max_replicas",
        _DG + "serverless-endpoints-autoscale.html",
        _READ,
    ),
    Refusal(
        "MS0428",
        "sagemaker_serverless/network",
        "the environment's SageMaker models are in a network, and serverless inference knows none",
        "target: sagemaker or sagemaker_async, or an environment without subnets for SageMaker",
        EXCLUSIONS,
        _READ,
    ),
    Refusal(
        "MS0429",
        "sagemaker_serverless/many_models",
        "a serverless endpoint holds one model",
        "a file for each model, or target: sagemaker",
        EXCLUSIONS,
        _READ,
        of_key=True,
    ),
)
# Arguments of other components that ask for it, by the refusal.
_ARGUMENTS: Final = {
    "accelerator": "sagemaker_serverless/accelerator",
    "accelerator_count": "sagemaker_serverless/accelerator",
    "instance_type": "sagemaker_serverless/instance_type",
    "cpu": "sagemaker_serverless/cpu",
    "candidate_version": "sagemaker_serverless/candidate",
    "candidate_uri": "sagemaker_serverless/candidate",
    "canary_percent": "sagemaker_serverless/candidate",
    "strategy": "sagemaker_serverless/candidate",
    "capture_percent": "sagemaker_serverless/capture",
    "capture_uri": "sagemaker_serverless/capture",
    "subnet_ids": "sagemaker_serverless/network",
    "security_group_ids": "sagemaker_serverless/network",
    "many_models": "sagemaker_serverless/many_models",
    "containers": "sagemaker_serverless/many_models",
}
REFUSED_ARGUMENTS: Final[dict[str, str]] = {
    "shift": f"none: a serverless endpoint moves all requests at once ({TARGET.source})",
    **{
        argument: refusal.advice
        for argument, name in _ARGUMENTS.items()
        for refusal in REFUSALS
        if refusal.name == name
    },
}
