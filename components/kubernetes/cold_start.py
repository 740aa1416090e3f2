"""Whether a model that goes to sleep wakes within its budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.serving import Base
from facts.pod_cold_start import FETCH_MIB_PER_SECOND, PodStart, fetched_mib

__all__ = ["Uncounted", "check_cold_start"]

_PREFIX: Final = "cold_start_"
_SIZES: Final = ("model_mib", "image_mib", "server_start_ms", "fetch_mib_per_second")
_LONGEST_MS: Final = 3_600_000
# What keeps a model near its pods: KServe's cache, a volume of one's own.
_KEPT_BY: Final = ("cache", "model_volume_mib")


@dataclass(frozen=True, slots=True)
class Uncounted:
    """What a budget that is kept does not count, "" where that is nothing."""

    text: str = ""

    def tell(self, resource: pulumi.Resource) -> None:
        """Warns of it, beside what the model is made of."""
        if self.text:
            pulumi.log.warn(self.text, resource)


def check_cold_start(checks: Checks, base: Base, args: Mapping[str, Any]) -> Uncounted:
    """Notes a budget that is broken.

    There is one where `cold_start_budget_ms` says it, or any of the sizes is given: the latency
    then. It is of models that may sleep.
    """
    asked = checks.given(f"{_PREFIX}budget_ms")
    budget = checks.number(f"{_PREFIX}budget_ms", base.slo.latency_p95_ms, 1, _LONGEST_MS)
    start = _start(checks, args)
    if base.min_replicas or not (asked or any(checks.given(_PREFIX + key) for key in _SIZES)):
        return Uncounted()
    if start.least_ms <= budget:
        told = f"a first answer is to take {budget:g} ms at most; what is known of it: {start}"
        return Uncounted(told if start.unknown else "")
    use = (
        f"at least {start.least_ms:.0f} ms, which a first answer takes with min_replicas 0: "
        f"{start}; or min_replicas 1"
    )
    checks.problem(f"{_PREFIX}budget_ms" if asked else "latency_p95_ms", budget, use)
    return Uncounted()


def _start(checks: Checks, args: Mapping[str, Any]) -> PodStart:
    model, weights = _given(checks, "model_mib", 1e7), args.get("weights_gib")
    kept = any(args.get(key) is not None for key in _KEPT_BY)
    return PodStart(
        _given(checks, "image_mib", 1e6),
        fetched_mib(
            model,
            float(weights) if isinstance(weights, int | float) else None,
            args.get("model_uri"),
            cached=kept,
        ),
        _given(checks, "server_start_ms", _LONGEST_MS),
        checks.number(f"{_PREFIX}fetch_mib_per_second", FETCH_MIB_PER_SECOND, 1, 100_000),
    )


def _given(checks: Checks, key: str, most: float) -> float | None:
    return checks.number(_PREFIX + key, 0, 0, most) if checks.given(_PREFIX + key) else None
