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
        "target: kserve with `capture` to a bucket, of which a job looks at what is stored; or "
        "target: kubernetes with this project's server, which counts them itself",
        _LOGGER,
        "2026-11-26",
        of_key=True,
    ),
)
