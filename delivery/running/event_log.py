"""The engine's event log: what a run says for programs, one event of JSON a line.

A line that the engine did not finish is left out.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

__all__ = ["Protected", "let_go", "lost", "only_protected", "protected", "read", "said", "stopped"]

# What gRPC says of a call whose plugin has gone, before it was answered or before it was sent.
_CUT_OFF: Final = (
    "error reading from server",
    "transport is closing",
    "connection reset by peer",
    "connection refused",
)

# What it says of a plugin that the engine itself has closed.
_CLOSED: Final = "the client connection is closing"
_KUBERNETES: Final = "pulumi:providers:kubernetes"
# What the engine of 3.259 says of a resource with the option `protect`.
_PROTECTED: Final = re.compile(
    r'(?P<replace>unable to replace )?resource "(?P<urn>urn:pulumi:[^"]+)"\s+'
    r"(?:cannot be deleted\s+because it is protected|as it is currently marked for protection)"
)
# The engine's own last line of a run that failed.
_AT_ITS_END: Final = re.compile(r"(?:error: )?(?:preview|update|destroy) failed\s*")


@dataclass(frozen=True, slots=True)
class Protected:
    """A resource that the engine refused to delete or replace."""

    urn: str
    replaced: bool


def read(log: Path) -> list[dict[str, Any]]:
    """All events; none where there is no log."""
    return list(_events(log))


def stopped(log: Path) -> list[dict[str, Any]]:
    """What guardrails stopped."""
    return [
        event for event in _of(log, "policyEvent") if event.get("enforcementLevel") == "mandatory"
    ]


def lost(log: Path) -> tuple[str, ...]:
    """URNs of what was being made when its plugin died."""
    return tuple(str(each["urn"]) for each in _failed(log, "create", _CUT_OFF))


def let_go(log: Path) -> tuple[str, ...]:
    """URNs of Kubernetes' providers that the engine closed before it had deleted what is theirs.

    It does so where it deletes a cluster to replace it:
    https://github.com/pulumi/pulumi/issues/14650. A plugin that died is another matter, as is one
    of another cloud.
    """
    if _failed(log, "", _CUT_OFF):
        return ()
    providers = [
        str(each.get("provider")).rpartition("::")[0]
        for each in _failed(log, "delete-replaced", (_CLOSED,))
    ]
    return tuple(urn for urn in dict.fromkeys(providers) if f"::{_KUBERNETES}::" in urn)


def _failed(log: Path, operation: str, words: tuple[str, ...]) -> list[dict[str, Any]]:
    """What an operation failed for, by one of these words, each once."""
    wrong = {
        str(event.get("urn"))
        for event in _of(log, "diagnosticEvent")
        if event.get("severity") == "error"
        and any(each in str(event.get("message")) for each in words)
    }
    failed = [
        cast("dict[str, Any]", event.get("metadata") or {})
        for event in _of(log, "resOpFailedEvent")
    ]
    found = {
        str(each.get("urn")): each
        for each in failed
        if str(each.get("op")).startswith(operation) and str(each.get("urn")) in wrong
    }
    return list(found.values())


def protected(events: Iterable[Mapping[str, Any]]) -> tuple[Protected, ...]:
    """What the engine refused to delete or to replace."""
    found = [match for message in _errors(events) if (match := _PROTECTED.search(message))]
    made = [Protected(match["urn"], match["replace"] is not None) for match in found]
    return tuple(dict.fromkeys(made))


def only_protected(events: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a run failed by that alone: what else a preview told then holds."""
    errors = list(_errors(events))
    return any(map(_PROTECTED.search, errors)) and all(
        _PROTECTED.search(each) or _AT_ITS_END.fullmatch(each) for each in errors
    )


def _errors(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for each in events:
        event = each.get("diagnosticEvent")
        if isinstance(event, dict) and cast("dict[str, Any]", event).get("severity") == "error":
            yield str(cast("dict[str, Any]", event).get("message"))


def said(event: Mapping[str, Any]) -> str:
    """What a guardrail found, as people are told."""
    kind, _, name = str(event.get("resourceUrn", "")).rpartition("::")
    kind = kind.rpartition("::")[2].rpartition("$")[2].rpartition(":")[2]
    return f"{kind} {name}: {event['policyName']}: {event['message'].strip()}"


def _of(log: Path, kind: str) -> list[dict[str, Any]]:
    found = [event.get(kind) for event in _events(log, f'"{kind}"')]
    return [cast("dict[str, Any]", each) for each in found if isinstance(each, dict)]


def _events(log: Path, having: str = "") -> Iterator[dict[str, Any]]:
    """Those whose lines have a text in them."""
    if not log.is_file():
        return
    for line in log.read_text(errors="replace").splitlines():
        if having not in line:
            continue
        try:
            event: object = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield cast("dict[str, Any]", event)
