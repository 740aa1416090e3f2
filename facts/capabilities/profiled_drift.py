"""Drift that nothing looks at, on targets whose requests neither platform nor runtime counts."""

from typing import Final

from facts.capabilities.shapes import Refusal

__all__ = ["REFUSALS"]

_LOGGER: Final = (
    "https://kserve.github.io/website/docs/model-serving/predictive-inference/logger/"
    "blob-storage-logger"
)
REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0650",
        "on_cluster/drift",
        "the servers that the platform brings count no requests by what is in them, and KServe has "
        "no monitor of drift: its logger hands whole requests on, also to a store",
        "target: kubernetes with this project's server, which counts them; or `python -m "
        "runtime.drift compare` on what the logger stored as JSON, in a job of one's own",
        _LOGGER,
        "2026-11-26",
        of_key=True,
    ),
)
