"""Memory and CPU of a process with all that it started, from Linux's /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Usage", "usage"]

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the program's name, which may hold blanks: proc(5).
_PARENT, _FIRST_TIME, _LAST_TIME = 1, 11, 15


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu_seconds` since the start, user and system; memory in MiB.

    `resident_mib` counts what processes share once for each of them, `proportional_mib` once.
    """

    cpu_seconds: float
    resident_mib: float
    proportional_mib: float
    processes: int


def usage(pid: int) -> Usage:
    """What `pid` and its descendants use now."""
    tree = _tree(pid)
    return Usage(
        sum(_cpu_seconds(one) for one in tree),
        sum(_kib(one, "Rss:") for one in tree) / 1024,
        sum(_kib(one, "Pss:") for one in tree) / 1024,
        len(tree),
    )


def _tree(pid: int) -> list[int]:
    parents: dict[int, int] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            fields = _fields(int(folder.name))
            if fields:
                parents[int(folder.name)] = int(fields[_PARENT])
    tree = [pid]
    for one in tree:
        tree += [child for child, parent in parents.items() if parent == one]
    return tree


def _fields(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _cpu_seconds(pid: int) -> float:
    """With that of its children that ended and were waited for."""
    return sum(map(int, _fields(pid)[_FIRST_TIME:_LAST_TIME])) / _TICKS


def _kib(pid: int, name: str) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(name))
