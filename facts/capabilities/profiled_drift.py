"""Drift that nothing looks at, on targets whose requests neither platform nor runtime counts."""

from typing import Final

from facts.capabilities.shapes import Refusal

__all__ = ["REFUSALS"]

_LOGGER: Final = "https://kserve.github.io/website/docs/model-serving/predictive-inference/logger"

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0650",
        "on_cluster/drift",
        "the servers that the platform brings count no requests by what is in them, and KServe has "
        "no monitor of drift: its logger hands requests on to a service of one's own",
        "target: kubernetes with this project's server, which counts them; or `python -m "
        "runtime.drift compare` on rows that were captured, in a job of one's own",
        _LOGGER,
        of_key=True,
    ),
)
