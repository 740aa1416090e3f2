"""What a rule does to a request over HTTP before the vendor has a word: wait, or drop it."""

import time

from sandbox.store import Fault

__all__ = ["DroppedError", "wait_or_drop"]


class DroppedError(Exception):
    """The connection ends without an answer."""


def wait_or_drop(fault: Fault) -> None:
    """Wait as long as the rule says, and drop the request where its mode leaves no answer.

    Raises:
        DroppedError: There is no answer.
    """
    if fault.mode in {"slow", "timeout"}:
        time.sleep(fault.seconds)
    if fault.mode in {"timeout", "die", "die_before", "unreachable"}:
        raise DroppedError
