"""How many CPUs this process may use: a container's limit is not the machine's count."""

import math
import os
from pathlib import Path
from typing import Final

__all__ = ["cpu_limit"]

_CGROUPS: Final = Path("/sys/fs/cgroup")


def cpu_limit(cgroups: Path = _CGROUPS) -> int:
    """The CPUs that the scheduler lets this process use, at least 1, a part of one being one.

    The least of its affinity and its control group's quota, version 2 or 1:
    https://docs.kernel.org/admin-guide/cgroup-v2.html, cpu.max, and
    https://docs.kernel.org/scheduler/sched-bwc.html.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(count, _quota(cgroups) or count))


def _quota(cgroups: Path) -> int | None:
    """The quota in whole CPUs, rounded up; None for none."""
    words = _words(cgroups / "cpu.max")
    if not words:
        folder = cgroups / "cpu"
        words = _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
    try:
        quota, period = (int(word) for word in words)
    except ValueError:  # "max 100000", or no file at all.
        return None
    return math.ceil(quota / period) if quota > 0 and period > 0 else None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
