"""Drift by a profile of the training rows, which this project's own runtime counts requests by.

The figures are also the runtime's (runtime/drift), which imports nothing of this.
"""

from typing import Final

__all__ = [
    "LEAST_ROWS",
    "LEAST_SHARE",
    "METRICS",
    "PROFILE_VARIABLE",
    "PSI_METRIC",
    "PSI_THRESHOLD",
]

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
