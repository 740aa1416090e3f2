"""What one replica can be given on Kubernetes, by target; settings and components hold to it.

They are bounds of good sense and not a vendor's: the least is what the server starts with, the most
what is on one machine.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["BOUNDS", "Bounds"]

_MOST_MEMORY_MIB: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most CPU cores, least and most MiB, and most GPUs; 0 where there can be none."""

    cpu: tuple[float, float]
    memory_mib: tuple[int, int]
    accelerators: int


BOUNDS: Final[dict[str, Bounds]] = {
    "kserve": Bounds((0.1, 192), (128, _MOST_MEMORY_MIB), 8),
    "kserve_graph": Bounds((0.05, 64), (32, 65536), 0),
    "kserve_llm": Bounds((0.5, 256), (1024, _MOST_MEMORY_MIB), 16),
    "kserve_shared_server": Bounds((0.1, 192), (128, _MOST_MEMORY_MIB), 8),
    "kubernetes": Bounds((0.05, 192), (64, _MOST_MEMORY_MIB), 16),
    "kubernetes_batch": Bounds((0.05, 192), (64, _MOST_MEMORY_MIB), 16),
}
