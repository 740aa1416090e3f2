"""How long the first answer of a model that has gone to sleep takes, by what is known of its pod.

An estimate before anything is deployed, as facts/lambda_cold_start.py has one of functions: what is
not known counts as nothing, so that the real time is rather longer, and is said to be missing. A
node that is there is assumed; one that has to be made first takes minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["FETCH_MIB_PER_SECOND", "POD_MS", "PodStart", "fetched_mib"]

# Kubernetes' own objective: 99 of 100 pods have their containers started within 5 s, without the
# time for images and for init containers.
# https://github.com/kubernetes/community/blob/master/sig-scalability/slos/pod_startup_latency.md
# Read on 2026-11-26.
POD_MS: Final = 5000.0
# One connection to S3 has 85 to 90 MB/s: "Make one concurrent request for each 85-90 MB/s".
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-design-patterns.html
# (2026-11-26). That registries and other stores have it too is ours.
FETCH_MIB_PER_SECOND: Final = 81.0
# Volumes are mounted, and what is read of them, and when, is the server's matter; what is in the
# server's image comes with it.
_THERE: Final = ("pvc:", "image:")
_MIB: Final = 1024


@dataclass(frozen=True, slots=True)
class PodStart:
    """What is known of it; None of what is not."""

    image_mib: float | None
    model_mib: float | None
    """0 where no pod fetches it."""
    server_start_ms: float | None
    fetch_mib_per_second: float = FETCH_MIB_PER_SECOND

    @property
    def least_ms(self) -> float:
        """The time by all that is known."""
        return sum(ms for ms, _ in self._parts())

    @property
    def unknown(self) -> list[str]:
        """Keys of what is not counted."""
        sizes = {
            "image_mib": self.image_mib,
            "model_mib": self.model_mib,
            "server_start_ms": self.server_start_ms,
        }
        return [key for key, value in sizes.items() if value is None]

    def __str__(self) -> str:
        """The arithmetic, with what is missing in it."""
        parts = " + ".join(f"{ms:.0f} ({what})" for ms, what in self._parts())
        missing = f", without {', '.join(self.unknown)}, not known" if self.unknown else ""
        return f"{parts} = {self.least_ms:.0f} ms{missing}"

    def _parts(self) -> Iterator[tuple[float, str]]:
        yield POD_MS, "pod"
        speed = self.fetch_mib_per_second
        for what, size in (("image", self.image_mib), ("model", self.model_mib)):
            if size:
                yield size / speed * 1000, f"{what}: {size:g} MiB at {speed:g} MiB/s"
        if self.server_start_ms:
            yield self.server_start_ms, "server"


def fetched_mib(
    model_mib: float | None, weights_gib: float | None, uri: object, *, cached: bool
) -> float | None:
    """What each pod fetches of its model: the size that is said, else that of its weights.

    0 of one that is there; of an address that is not known yet it is fetched. None where no size
    is known.
    """
    if cached or (isinstance(uri, str) and uri.startswith(_THERE)):
        return 0.0
    if model_mib is None and weights_gib is not None:
        return weights_gib * _MIB
    return model_mib
