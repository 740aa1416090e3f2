"""States that a resource passes through before it is ready, as CREATING, with times scaled down.

A row in such a state keeps what it will be, and since when, under `transition` of its `live`; every
reader of the store sees it become so when its time has passed, whoever waits or was killed. Real
seconds are multiplied by `MODEL_SERVING_SANDBOX_TIME_SCALE` (default 0.001: five minutes take
0.3 s; 0: all at once). A clock that jumps makes a resource ready early, never late.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.rows import Row
from sandbox.values import mapped

__all__ = [
    "Transition",
    "begun",
    "carried",
    "failure",
    "is_forgotten",
    "is_gone",
    "is_over",
    "is_passing",
    "is_stuck",
    "released",
    "remaining",
    "scale",
    "seconds",
    "settled",
]

KEY = "transition"
VARIABLE = "MODEL_SERVING_SANDBOX_TIME_SCALE"
DEFAULT_SCALE = 0.001


@dataclass(frozen=True, slots=True)
class Transition:
    """How long a resource is not ready, and what it says meanwhile.

    Attributes:
        seconds: About as long as the real cloud takes.
        live: Facts of `live` meanwhile, as `{"status": "Creating"}`; then the row's own again.
        outputs: The same of outputs.
        failure: Why it fails when the time is over; the row says so itself then.
        forgotten: The provider notes the id only once the resource is ready: what failed is there,
            and Pulumi does not know of it.
    """

    seconds: float
    live: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    failure: str = ""
    forgotten: bool = False


def scale() -> float:
    """What real seconds are multiplied by.

    Raises:
        ValueError: The variable holds no number of zero or more.
    """
    text = os.environ.get(VARIABLE, "")
    try:
        number = float(text) if text else DEFAULT_SCALE
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f'{VARIABLE}: got "{text}"; use a number from 0 (all at once), as 0.001')
    return number


def seconds(transition: Transition) -> float:
    """How long it takes here."""
    return transition.seconds * scale()


def begun(row: Row, transition: Transition, *, gone: bool = False, never: bool = False) -> Row:
    """The row in its passing state; `gone`: it ends by not being there; `never`: it stays so."""
    note = {
        "since": time.time(),
        "seconds": seconds(transition),
        "live": {name: row.live.get(name) for name in transition.live},
        "outputs": {name: row.outputs.get(name) for name in transition.outputs},
        "gone": gone,
        "never": never,
        "failure": transition.failure,
        "forgotten": transition.forgotten,
    }
    return row.replace(
        live={**row.live, **transition.live, KEY: note},
        outputs={**row.outputs, **transition.outputs},
    )


def settled(row: Row, *, now: bool = False) -> Row:
    """The row as it is at this moment; with `now`, as if its time had passed."""
    note = mapped(row.live.get(KEY))
    if not note or note.get("never") or (not now and not _is_due(note)):
        return row
    live = {name: value for name, value in row.live.items() if name != KEY}
    return row.replace(
        live=_with(live, mapped(note.get("live"))),
        outputs=_with(row.outputs, mapped(note.get("outputs"))),
    )


def is_gone(row: Row) -> bool:
    """Whether the row's deletion has ended, though nobody has removed it."""
    note = mapped(row.live.get(KEY))
    return bool(note.get("gone")) and _is_due(note)


def is_passing(row: Row) -> bool:
    """Whether the row is not ready yet."""
    return bool(mapped(row.live.get(KEY)))


def remaining(row: Row) -> float:
    """Seconds to wait for the row; a clock that was set back does not lengthen them."""
    note = mapped(row.live.get(KEY))
    length = float(note.get("seconds", 0))
    return min(length, max(0.0, float(note.get("since", 0)) + length - time.time()))


def failure(row: Row) -> str:
    """Why the row fails at the end of its passing state; empty if it does not."""
    return str(mapped(row.live.get(KEY)).get("failure") or "")


def is_forgotten(row: Row) -> bool:
    """Whether the provider does not know of a row that fails."""
    return bool(mapped(row.live.get(KEY)).get("forgotten"))


def is_stuck(row: Row) -> bool:
    """Whether the row never becomes ready by itself."""
    return bool(mapped(row.live.get(KEY)).get("never"))


def released(row: Row) -> Row:
    """The row as ready, though it may never have become so."""
    note = {**mapped(row.live.get(KEY)), "never": False}
    return settled(row.replace(live={**row.live, KEY: note}), now=True)


def carried(before: Row, after: Row) -> Row:
    """The changed row, which is as stuck as it was before."""
    if not is_stuck(before):
        return after
    return after.replace(live={**after.live, KEY: before.live[KEY]})


def is_over(since: float, length: float) -> bool:
    """Whether so many seconds have passed; a clock that jumps ends them early, never late."""
    return not since <= time.time() < since + length


def _is_due(note: Mapping[str, Any]) -> bool:
    return is_over(float(note.get("since", 0)), float(note.get("seconds", 0)))


def _with(values: Mapping[str, Any], final: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**values, **final}
    return {name: value for name, value in merged.items() if name not in final or value is not None}
