"""What the methods of Vertex AI share: the call, refusals, filters, masks, pages."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox import eventual
from sandbox.store import Row, Store
from sandbox.values import mapped

__all__ = [
    "Call",
    "GoogleError",
    "Operation",
    "by_number",
    "conditions",
    "fits",
    "mask",
    "masked",
    "moment",
    "page",
    "require",
    "shown_job",
    "whole",
]

# The HTTP status of each code: https://cloud.google.com/apis/design/errors#handling_errors
_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
}
_MOST_ON_PAGE = 100


class GoogleError(Exception):
    """A refusal, as Google's APIs word it: a code of google.rpc and a text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _STATUS.get(self.code, 500)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: where it is addressed to, its query and its body.

    `name` is what follows the version in the path, with the project's id for its number, without
    the method: `projects/p/locations/l/endpoints/1`.
    """

    store: Store
    name: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    failing: GoogleError | None = None
    """What the operation that this call begins ends with; what it should change stays."""

    @property
    def project(self) -> str:
        """The project's id."""
        return self.name.split("/")[1]

    @property
    def location(self) -> str:
        """The location."""
        return self.name.split("/")[3]

    @property
    def parent(self) -> str:
        """`projects/p/locations/l`."""
        return "/".join(self.name.split("/")[:4])


@dataclass(frozen=True, slots=True)
class Operation:
    """What answers a method, its name for rules and events, and the type that those know."""

    name: str
    token: str
    answer: Callable[[Call], dict[str, Any]]


def require(row: Row | None, name: str, noun: str) -> Row:
    """The row, which must be there."""
    if row is None:
        raise GoogleError("NOT_FOUND", f"The {noun} {name} does not exist or was not found.")
    return row


def by_number(call: Call, name: str) -> str:
    """The name with the project's number, as the API answers with."""
    for identity in call.store.identities("gcp_project"):
        start = f"projects/{identity.id}/"
        if name.startswith(start):
            return f"projects/{identity.details.get('number')}/{name.removeprefix(start)}"
    return name


def conditions(call: Call) -> list[tuple[str, str]]:
    """The keys and values of a filter: `display_name="x"`, `labels.team="x"`, joined by AND."""
    text = call.query.get("filter", "")
    found: list[tuple[str, str]] = []
    for part in re.split(r"\s+AND\s+", text) if text else []:
        match = re.fullmatch(r'\s*([\w.-]+)\s*=\s*"?([^"]*?)"?\s*', part)
        if match is None:
            raise GoogleError("INVALID_ARGUMENT", f"filter: the sandbox does not read {part!r}")
        found.append((match[1], match[2]))
    return found


def fits(job: Mapping[str, Any], wanted: list[tuple[str, str]]) -> bool:
    """Whether a job is what the conditions of a filter say."""
    for key, value in wanted:
        known = {"display_name": job.get("displayName"), "state": job.get("state")}.get(key)
        if key.startswith("labels."):
            known = mapped(job.get("labels")).get(key.removeprefix("labels."))
        if known != value:
            return False
    return True


def shown_job(call: Call, row: Row) -> dict[str, Any]:
    """A job of any kind as the API has it."""
    return {
        **{key: value for key, value in row.live.items() if key != eventual.KEY},
        "name": by_number(call, row.id),
        # The answer to its creation is made before it is written.
        "createTime": row.created or moment(),
        "updateTime": row.updated or moment(),
    }


def whole(value: object, field: str) -> int:
    """A whole number, which JSON's form of int64 writes as a string."""
    try:
        return int(str(value))
    except ValueError:
        raise GoogleError("INVALID_ARGUMENT", f"Invalid value at '{field}', {value!r}") from None


def mask(call: Call) -> list[str]:
    """The paths of an update mask: a parameter of the query, or a member of the body."""
    given = call.query.get("updateMask") or str(call.body.get("updateMask") or "")
    paths = [part for part in re.split(r"[,\s]+", given) if part]
    return [re.sub(r"_([a-z])", lambda match: match[1].upper(), path) for path in paths]


def masked(call: Call, mutable: Collection[str], page: str) -> set[str]:
    """The fields that an update is about, which must be mutable ones.

    Raises:
        GoogleError: Another is named; `page` is the vendor's.
    """
    fields = mask(call)
    names = {part.split(".")[0] for part in fields}
    if odd := names.difference(mutable):
        reason = f"update_mask: {', '.join(sorted(odd))} cannot be updated ({page})"
        raise GoogleError("INVALID_ARGUMENT", reason)
    return names


def page(call: Call, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of a list, with the token of the next."""
    size = whole(call.query.get("pageSize") or 0, "page_size") or _MOST_ON_PAGE
    first = whole(call.query.get("pageToken") or 0, "page_token")
    answer: dict[str, Any] = {key: items[first : first + size]}
    if first + size < len(items):
        answer["nextPageToken"] = str(first + size)
    return answer


def moment() -> str:
    """The time as Google's APIs write it."""
    now = dt.datetime.now(tz=dt.UTC).isoformat(timespec="microseconds")
    return now.replace("+00:00", "Z")
