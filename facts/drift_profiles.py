"""Drift by a profile of the training rows, which this project's own runtime counts requests by.

The figures are also the runtime's (runtime/drift), which imports nothing of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from facts.captured_requests import CAPTURED_PLACE
from facts.lambda_serving import S3_FILE
from facts.stores import STORES

__all__ = [
    "CLOUD_STORAGE_PROFILE",
    "LEAST_ROWS",
    "LEAST_SHARE",
    "METRICS",
    "PROFILE_PLACES",
    "PROFILE_VARIABLE",
    "PSI_METRIC",
    "PSI_THRESHOLD",
    "ProfilePlace",
]


@dataclass(frozen=True, slots=True)
class ProfilePlace:
    """Where the instances of a target can read a profile: a pattern, and how people write it."""

    pattern: str
    shape: str


# Where an instance of the runtime pulls its profile from (runtime/settings.py).
PROFILE_VARIABLE: Final = "MODEL_SERVING_DRIFT_PROFILE_URI"
# The largest index of an instance's columns, as a field of its line of log, or a metric.
PSI_METRIC: Final = "drift_psi"

# What tells of drift, by its name in facts/server_metrics.py.
METRICS: Final = ("reference",)
# Population stability index. Banks have called less than 0.1 stable and more than 0.25 a change
# since Lewis, "An Introduction to Credit Scoring" (1994); 0.2 is the other usual bound. `checked`
# stays empty: a convention, and no vendor's limit.
PSI_THRESHOLD: Final = 0.2
# Without drift, the index of n rows in k bins is a chi-square of k - 1 degrees of freedom over n:
# of 1000 rows in 20 bins it is above 0.1 once in 10^12.
LEAST_ROWS: Final = 1000
# A smaller share counts as this: the logarithm of nothing is no number.
LEAST_SHARE: Final = 1e-4

CLOUD_STORAGE_PROFILE: Final = r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]/(.*/)?[^/#]+"
# By the target's word. Packages of functions have no client but their own cloud's.
PROFILE_PLACES: Final[Mapping[str, ProfilePlace]] = {
    "lambda": ProfilePlace(S3_FILE, "an object of S3, s3://bucket/drift/profile.json"),
    "cloud_run": ProfilePlace(
        CLOUD_STORAGE_PROFILE, "an object of Cloud Storage, gs://bucket/drift/profile.json"
    ),
    "azure_functions": ProfilePlace(
        STORES["blob"].pattern, f"a blob's address, {STORES['blob'].shape}"
    ),
    # A job's, beside KServe.
    "kserve": ProfilePlace(
        rf"{CAPTURED_PLACE}(?<!/)",
        "an object of S3 or Cloud Storage, s3://bucket/drift/profile.json",
    ),
    "kubernetes": ProfilePlace(
        rf"{S3_FILE}|{CLOUD_STORAGE_PROFILE}|https://.+|file:///.+",
        "s3://, gs://, https://, or file:///etc/model-server/<name> for one of `config`",
    ),
}
