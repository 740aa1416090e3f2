"""What the store holds, as values: resources, events, faults, identities, and what can be wrong."""

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "OVER_HTTP",
    "AlreadyExistsError",
    "Event",
    "Fault",
    "FaultMode",
    "Identity",
    "NotFoundError",
    "Quota",
    "Row",
    "Shortage",
    "StoreError",
    "now",
]

FaultMode = Literal[
    "fail",
    "throttle",
    "slow",
    "unreachable",
    "timeout",
    "die_before",
    "die",
    "late_answer",
    "not_found",
    "never_ready",
    "silent_rollback",
    "echo",
]
# Those that mean something for a call of a vendor's API over HTTP.
OVER_HTTP: tuple[FaultMode, ...] = (
    *("fail", "throttle", "slow", "unreachable", "timeout", "die_before", "die"),
    "silent_rollback",
)


class StoreError(Exception):
    """The store cannot be used; the message says why and what to do."""


class AlreadyExistsError(StoreError):
    """A row with this key is there already."""


class NotFoundError(StoreError):
    """No row has this key."""


@dataclass(frozen=True, slots=True)
class Row:
    """One resource of the stand-in cloud."""

    provider: str
    token: str
    id: str
    account: str = ""
    region: str = ""
    parent: str = ""
    name: str = ""
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    live: dict[str, Any] = field(default_factory=dict[str, Any])
    created: str = ""
    updated: str = ""

    def replace(self, **changes: Any) -> "Row":  # noqa: ANN401 - any column
        """A copy with other values."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Event:
    """One operation that happened to a resource; `outcome` is `ok` or what went wrong."""

    operation: str
    provider: str
    token: str
    id: str
    account: str = ""
    region: str = ""
    outcome: str = "ok"
    detail: str = ""
    at: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that makes an operation go wrong.

    `token`, `operation` and `resource` are globs: `aws:sagemaker/*`, `create`, and a name of the
    program, a vendor's name or an id. Of the matching calls the rule lets `skip` pass, then hits
    each of the next with `probability`, `count` of them in all (-1: without end). The same `seed`
    hits the same ones of a sequence of calls.

    The error is `message`, else what the vendor says with `code`.
    """

    token: str
    operation: str
    mode: FaultMode
    count: int = 1
    skip: int = 0
    message: str = ""
    seconds: float = 0.0
    rule: int = 0
    resource: str = "*"
    code: str = ""
    probability: float = 1.0
    seed: int = 0
    # How many calls have been drawn for.
    drawn: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """How many resources of the types of a glob an account may have in a region."""

    token: str
    maximum: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """How many more machines of some types there are in some zones.

    `machine` and `zone` are globs; `capacity` is on_demand, spot or reserved, as the
    pool's setting of that name, or `*`.
    """

    machine: str
    zone: str
    capacity: str
    nodes: int


@dataclass(frozen=True, slots=True)
class Identity:
    """An account, project, subscription or cluster that exists in the sandbox."""

    kind: str
    id: str
    details: dict[str, Any]


def now() -> str:
    """The time as it is written into rows: UTC, milliseconds."""
    moment = dt.datetime.now(tz=dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
