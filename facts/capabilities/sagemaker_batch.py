"""What SageMaker's batch transform can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.sagemaker_batch import CREATE

_DG: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_BATCH: Final = _DG + "batch-transform.html"
_READ: Final = "2026-11-26"

TARGET: Final = Target(
    "sagemaker_batch",
    "SageMaker batch transform",
    ("s3",),
    ("sklearn", "xgboost"),
    (),
    _BATCH,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0433",
        "sagemaker_batch/candidate",
        "a batch transform answers no requests that a candidate could get a share of",
        "a file of its own for the candidate, with another output_uri, to compare the results",
        _BATCH,
        of_key=True,
    ),
    Refusal(
        "MS0434",
        "sagemaker_batch/canary_percent",
        "a batch transform answers no requests that could be shared",
        "a file of its own for the candidate, with another output_uri, to compare the results",
        _BATCH,
        of_key=True,
    ),
    Refusal(
        "MS0435",
        "sagemaker_batch/max_replicas",
        "a batch transform has instances for the length of a run, not replicas",
        "parallelism for how many score at once",
        _BATCH,
        of_key=True,
    ),
    Refusal(
        "MS0436",
        "sagemaker_batch/slo",
        "an objective is about requests, and a batch transform answers none",
        "timeout_seconds, after which the update stops the run and fails",
        _BATCH,
        of_key=True,
    ),
    Refusal(
        "MS0437",
        "sagemaker_batch/overlap",
        "each run of a schedule is a job of its own, and AWS begins it whatever else runs",
        "no overlap, and a schedule whose runs are done before the next one",
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html",
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0438",
        "sagemaker_batch/timeout",
        "SageMaker ends no transform job for its time, and nobody waits for one of a schedule",
        "no timeout_seconds; invocation_timeout_seconds bounds each request",
        CREATE,
        _READ,
    ),
    Refusal(
        "MS0439",
        "sagemaker_batch/request",
        "outside of what a transform job takes",
        "a value within the range",
        # Each limit has its own.
        "",
    ),
)
# Arguments of other components that ask for it, by the refusal.
_ARGUMENTS: Final = {
    "candidate_version": "sagemaker_batch/candidate",
    "candidate_uri": "sagemaker_batch/candidate",
    "canary_percent": "sagemaker_batch/canary_percent",
    "min_replicas": "sagemaker_batch/max_replicas",
    "max_replicas": "sagemaker_batch/max_replicas",
    "latency_p95_ms": "sagemaker_batch/slo",
    "error_rate_percent": "sagemaker_batch/slo",
    "overlap": "sagemaker_batch/overlap",
}
REFUSED_ARGUMENTS: Final[dict[str, str]] = {
    argument: refusal.advice
    for argument, name in _ARGUMENTS.items()
    for refusal in REFUSALS
    if refusal.name == name
}
