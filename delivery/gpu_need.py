"""A need for GPUs in words, such as `H100` or `2x80GB`, and the machine types that meet it."""

import re
from dataclasses import dataclass
from typing import Final

from delivery.failure import Failure
from facts.accelerators import ACCELERATORS
from facts.machines.choose import find
from facts.machines.shapes import MachineType
from stacks.settings.problems import nearest

_NEED: Final = re.compile(r"(?:(\d{1,4})\s*[x×]\s*)?(\S.*)", re.IGNORECASE)
_MEMORY: Final = re.compile(r"(\d{1,5}(?:\.\d+)?)\s*gi?b\+?", re.IGNORECASE)
_MAKER: Final = "nvidia-"
_HOW: Final = "a kind such as H100, memory such as 40GB, or several of either such as 2x80GB"


@dataclass(frozen=True, slots=True)
class Need:
    """At least so many GPUs of at least so much memory each, of one of these kinds."""

    count: int = 1
    memory_gib: float = 0
    kinds: frozenset[str] | None = None
    """Names in facts/accelerators.py. None: any."""


def parse(text: str) -> Need:
    """A need in words.

    `A100` means every A100; `nvidia-a100` is the one with that name in facts/accelerators.py.

    Raises:
        Failure: what is wrong, and the nearest kind.
    """
    parts = _NEED.fullmatch(text.strip())
    if parts is None or parts[1] == "0":
        raise Failure(f"{text!r} asks for no GPU\n  allowed: {_HOW}")
    count = int(parts[1] or 1)
    if (memory := _MEMORY.fullmatch(parts[2])) is not None:
        return Need(count, float(memory[1]))
    return Need(count, kinds=_kinds(parts[2]))


def _kinds(word: str) -> frozenset[str]:
    asked = re.sub(r"[\s_]+", "-", word.strip().lower())
    if asked in ACCELERATORS:
        return frozenset({asked})
    family = _MAKER + asked.removeprefix(_MAKER)
    found = {name for name in ACCELERATORS if name == family or name.startswith(f"{family}-")}
    if found:
        return frozenset(found)
    short = [name.removeprefix(_MAKER) for name in ACCELERATORS]
    close = nearest(asked.removeprefix(_MAKER), short)
    hint = f"\n  did you mean: {close.upper()}?" if close else ""
    raise Failure(
        f"no GPU is called {word!r}{hint}\n  allowed: {_HOW}\n  known: {', '.join(short)}"
    )


def meeting(need: Need, cloud: str | None) -> tuple[MachineType, ...]:
    """Machine types that meet it, cheapest first.

    Raises:
        Failure: none does; the machine types that come nearest.
    """
    found = _of_kinds(need, find(cloud, count=need.count, memory_gib=need.memory_gib))
    if not found:
        where = f" on {cloud}" if cloud else ""
        raise Failure(f"no known machine type{where} has {_words(need)}{_nearest(need, cloud)}")
    return found


def _of_kinds(need: Need, found: tuple[MachineType, ...]) -> tuple[MachineType, ...]:
    return tuple(m for m in found if need.kinds is None or m.accelerator in need.kinds)


def _nearest(need: Need, cloud: str | None) -> str:
    """The most GPUs of that kind or memory; else the most memory of as many GPUs; else nothing."""
    fewer = _of_kinds(need, find(cloud, memory_gib=need.memory_gib))
    smaller = _of_kinds(need, find(cloud, count=need.count))
    if fewer:
        best = max(fewer, key=lambda m: m.accelerator_count)
    elif smaller:
        best = max(smaller, key=lambda m: ACCELERATORS[m.accelerator].memory_mib)
    else:
        others = _of_kinds(need, find()) if cloud else ()
        clouds = sorted({m.cloud for m in others})
        return f"\n  there it is: {', '.join(clouds)}" if clouds else ""
    gib = ACCELERATORS[best.accelerator].memory_gib
    return f"\n  nearest: {best.name}, {best.accelerator_count} x {best.accelerator} of {gib} GB"


def _words(need: Need) -> str:
    kind = "" if need.kinds is None else f" {' or '.join(sorted(need.kinds))}"
    several = need.count > 1
    memory = f" of {need.memory_gib:g} GB{' each' if several else ''}" if need.memory_gib else ""
    return f"{need.count} GPU{'s' if several else ''}{memory}{kind and ' of the kind'}{kind}"
