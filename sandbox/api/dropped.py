"""What a rule does to a request over HTTP: wait, drop it, or lose its answer."""

import contextlib
import time
from collections.abc import Callable
from typing import TypeVar

from sandbox.rows import OVER_HTTP
from sandbox.store import Fault

__all__ = ["AT_ONCE", "DroppedError", "answered"]

# For APIs that have done all they do when they answer: another rule waits, and is not used up.
AT_ONCE = tuple(mode for mode in OVER_HTTP if mode != "silent_rollback")

Answer = TypeVar("Answer")

_DONE_UNANSWERED = ("timeout", "die")


class DroppedError(Exception):
    """The connection ends without an answer."""


def answered(
    fault: Fault | None,
    do: Callable[[], Answer],
    refuse: Callable[[Fault], None],
    refusal: type[Exception],
) -> Answer:
    """What the vendor answers, unless a rule is in its way.

    Args:
        fault: the rule, if there is one.
        do: what the vendor does; of `timeout` and `die` it is done, and the answer is lost.
        refuse: raises what the vendor says where the rule refuses, in the vendor's words.
        refusal: how both say no, which is an answer that can be lost too.

    Raises:
        DroppedError: There is no answer.
    """
    if fault is None:
        return do()
    if fault.mode in _DONE_UNANSWERED:
        with contextlib.suppress(refusal):
            do()
    if fault.mode in {"slow", "timeout"}:
        time.sleep(fault.seconds)
    if fault.mode in {*_DONE_UNANSWERED, "die_before", "unreachable"}:
        raise DroppedError
    refuse(fault)
    return do()
