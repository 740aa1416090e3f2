"""An update that nothing befell, which what befell others is held against."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.judges.crashes.counted import End, Reference, end_of
from tests.judges.crashes.estate import Estate
from tests.judges.crashes.scenes import Scene

__all__ = ["Undisturbed", "undisturbed"]

_SHOWN: Final = 4000


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """An update that nothing befell."""

    reference: Reference
    events: int
    """In the engine's log."""
    seconds: float
    """Of the slower of two runs."""


def undisturbed(estate: Estate, scene: Scene, start: Path) -> Undisturbed:
    """Two runs of it: what differs between them is nobody's fault.

    Args:
        estate: where.
        scene: the update.
        start: a folder, in which the moment before it is kept.
    """
    scene.prepare(estate)
    estate.keep(start)
    scene.change(estate)
    log = estate.folder / "events.json"
    ends = list[End]()
    events, seconds = 0, 0.0
    for _ in range(2):
        estate.put_back(start)
        log.unlink(missing_ok=True)
        began = time.monotonic()
        done = estate.pulumi("up", "--event-log", str(log))
        if done.code:
            raise RuntimeError(f"the update fails undisturbed\n{done.said[-_SHOWN:]}")
        seconds = max(seconds, time.monotonic() - began)
        ends.append(end_of(estate))
        events = max(events, log.read_bytes().count(b"\n"))
    return Undisturbed(Reference.of(ends), events, seconds)
