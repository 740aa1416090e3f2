"""What is read from the engine's log of a run that failed."""

import json
from pathlib import Path

import pytest

from delivery.running.event_log import let_go, lost

_CLOSED = "grpc: the client connection is closing"
_CUT_OFF = "error reading from server: EOF"
_URN = "urn:pulumi:dev::p::kubernetes:core/v1:Service::ranking-service"


def _log(folder: Path, operation: str, message: str, severity: str = "error") -> Path:
    events = [
        {"diagnosticEvent": {"urn": _URN, "severity": severity, "message": message}},
        {"resOpFailedEvent": {"metadata": {"urn": _URN, "op": operation}}},
    ]
    file = folder / "events.json"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in events) + '{"cut off')
    return file


@pytest.mark.parametrize(
    ("operation", "message", "made", "closed"),
    [
        ("create", _CUT_OFF, True, False),
        ("create-replacement", _CUT_OFF, True, False),
        ("update", _CUT_OFF, False, False),
        ("delete", _CUT_OFF, False, False),
        ("delete", _CLOSED, False, True),
        ("delete-replaced", _CLOSED, False, True),
        # A plugin that died is said to be closing too: what it made is looked for in other words.
        ("create", _CLOSED, False, False),
        ("delete-replaced", "refused", False, False),
    ],
)
def test_what_a_plugin_was_asked_that_was_not_there_any_more(
    tmp_path: Path, operation: str, message: str, *, made: bool, closed: bool
) -> None:
    log = _log(tmp_path, operation, message)
    assert bool(lost(log)) == made
    assert bool(let_go(log)) == closed
    assert {*lost(log), *let_go(log)} <= {_URN}


def test_a_warning_is_no_failure(tmp_path: Path) -> None:
    assert let_go(_log(tmp_path, "delete-replaced", _CLOSED, "warning")) == ()
    assert let_go(tmp_path / "no-such-log") == ()
