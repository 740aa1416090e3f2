"""What a rule does to a request over HTTP: wait, drop it, or lose its answer."""

import contextlib
import time
from collections.abc import Callable

from sandbox.store import Fault

__all__ = ["DroppedError", "wait_or_drop"]

_DONE_UNANSWERED = ("timeout", "die")


class DroppedError(Exception):
    """The connection ends without an answer."""


def wait_or_drop(fault: Fault, do: Callable[[], object], refusal: type[Exception]) -> None:
    """Wait as long as the rule says, and drop the request where its mode leaves no answer.

    Args:
        fault: the rule.
        do: what the vendor does; of `timeout` and `die` it is done, and the answer is lost.
        refusal: how `do` says no, which is an answer too.

    Raises:
        DroppedError: There is no answer.
    """
    if fault.mode in _DONE_UNANSWERED:
        with contextlib.suppress(refusal):
            do()
    if fault.mode in {"slow", "timeout"}:
        time.sleep(fault.seconds)
    if fault.mode in {*_DONE_UNANSWERED, "die_before", "unreachable"}:
        raise DroppedError
