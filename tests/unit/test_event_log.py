"""What is read from the engine's log of a run that failed."""

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.running.event_log import let_go, lost

_CLOSED = "grpc: the client connection is closing"
_CUT_OFF = "error reading from server: EOF"
_PROVIDER = "urn:pulumi:dev::p::pulumi:providers:{}::default"


def _failed(name: str, operation: str, message: str, cloud: str = "kubernetes") -> list[Any]:
    urn = f"urn:pulumi:dev::p::{cloud}:any:Kind::{name}"
    metadata = {"urn": urn, "op": operation, "provider": f"{_PROVIDER.format(cloud)}::1234"}
    return [
        {"diagnosticEvent": {"urn": urn, "severity": "error", "message": message}},
        {"resOpFailedEvent": {"metadata": metadata}},
    ]


def _log(folder: Path, *events: object) -> Path:
    file = folder / "events.json"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in events) + '{"cut off')
    return file


@pytest.mark.parametrize(
    ("operation", "message", "cloud", "made", "closed"),
    [
        ("create", _CUT_OFF, "kubernetes", True, False),
        ("create-replacement", _CUT_OFF, "aws", True, False),
        ("update", _CUT_OFF, "kubernetes", False, False),
        ("delete-replaced", _CUT_OFF, "kubernetes", False, False),
        ("delete-replaced", _CLOSED, "kubernetes", False, True),
        # Other clouds' providers never stand on a cluster; what is only deleted replaces none.
        ("delete-replaced", _CLOSED, "aws", False, False),
        ("delete", _CLOSED, "kubernetes", False, False),
        ("create", _CLOSED, "kubernetes", False, False),
        ("delete-replaced", "refused", "kubernetes", False, False),
    ],
)
def test_what_a_plugin_was_asked_that_was_not_there_any_more(
    tmp_path: Path, operation: str, message: str, cloud: str, *, made: bool, closed: bool
) -> None:
    log = _log(tmp_path, *_failed("x", operation, message, cloud))
    assert lost(log) == ((f"urn:pulumi:dev::p::{cloud}:any:Kind::x",) if made else ())
    assert let_go(log) == ((_PROVIDER.format("kubernetes"),) if closed else ())


def test_where_a_plugin_died_the_engine_has_not_closed_it(tmp_path: Path) -> None:
    closed = _failed("x", "delete-replaced", _CLOSED)
    assert let_go(_log(tmp_path, *closed, *_failed("y", "update", _CUT_OFF))) == ()
    # One provider is told once.
    assert len(let_go(_log(tmp_path, *closed, *_failed("y", "delete-replaced", _CLOSED)))) == 1


def test_a_warning_is_no_failure(tmp_path: Path) -> None:
    told, failed = _failed("x", "delete-replaced", _CLOSED)
    told["diagnosticEvent"]["severity"] = "warning"
    assert let_go(_log(tmp_path, told, failed)) == ()
    assert let_go(tmp_path / "no-such-log") == ()
