"""What a batch run on Kubernetes can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target

_JOBS: Final = "https://kubernetes.io/docs/concepts/workloads/controllers/job/"

TARGET: Final = Target(
    "kubernetes_batch",
    "a batch run on Kubernetes",
    ("s3", "gs", "hf", "https", "oci", "pvc", "image"),
    # Whatever the image scores with.
    (),
    (),
    _JOBS,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0376",
        "kubernetes_batch/candidate",
        "a batch run answers no requests that a candidate could get a share of",
        "a file of its own for the candidate, with another output_uri, to compare the results",
        _JOBS,
        of_key=True,
    ),
    Refusal(
        "MS0377",
        "kubernetes_batch/canary_percent",
        "a batch run answers no requests that could be shared",
        "a file of its own for the candidate, with another output_uri, to compare the results",
        _JOBS,
        of_key=True,
    ),
    Refusal(
        "MS0378",
        "kubernetes_batch/max_replicas",
        "a batch run has parts, not replicas",
        "partitions for the number of parts, parallelism for how many run at once",
        _JOBS,
        of_key=True,
    ),
    Refusal(
        "MS0379",
        "kubernetes_batch/slo",
        "an objective is about requests, and a batch run answers none",
        "timeout_seconds, after which the run fails",
        _JOBS,
        of_key=True,
    ),
)
