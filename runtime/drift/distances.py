"""How far counts are from the shares of a profile.

A share of less than a ten-thousandth, of either, is taken for one: the logarithm of nothing is no
number, and a single row in a bin that the profile has none in is no news.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from runtime.tensors import Array

__all__ = ["LEAST_SHARE", "jensen_shannon", "psi"]

LEAST_SHARE: Final = 1e-4


def psi(baseline: Sequence[float], counts: Array) -> float:
    """The population stability index: the sum of (p - q) ln(p / q) over the bins.

    0 is the same, and there is no most. Up to 0.1 is usually taken for no change, from 0.2 or 0.25
    on for one that matters. Without a change, counts of n rows in k bins give (k - 1) / n on
    average, in the shape of a chi-square distribution of k - 1 degrees of freedom.
    """
    p, q = _floored(counts / counts.sum()), _floored(np.asarray(baseline))
    return float(((p - q) * np.log(p / q)).sum())


def jensen_shannon(baseline: Sequence[float], counts: Array) -> float:
    """The Jensen-Shannon distance to base 2: 0 is the same, 1 has nothing in common."""
    p, q = counts / counts.sum(), np.asarray(baseline) / sum(baseline)
    middle = (p + q) / 2
    # Rounding may leave less than nothing.
    return float(np.sqrt(max(0.0, (_divergence(p, middle) + _divergence(q, middle)) / 2)))


def _divergence(p: Array, q: Array) -> float:
    some = p > 0
    return float((p[some] * np.log2(p[some] / q[some])).sum())


def _floored(shares: Array) -> Array:
    return np.maximum(shares, LEAST_SHARE)
