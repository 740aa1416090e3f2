"""Exit codes: Pulumi's own numbers, so that one table serves both commands."""

from enum import IntEnum


class Exit(IntEnum):
    """`pulumi` and `serving` mean the same by each; see docs/exit-codes.md."""

    OK = 0
    ERROR = 1
    CONFIGURATION = 2
    AUTHENTICATION = 3
    RESOURCE = 4
    POLICY = 5
    NO_STACK = 6
    CHANGES = 7
    CANCELLED = 8
    TIMEOUT = 9
    INTERNAL = 255
