"""What the engine says of a command that prints JSON and fails."""

import json
from pathlib import Path
from typing import Any

import pytest

from delivery import engine
from delivery.exits import Exit
from delivery.failure import Failure

_SECRET = "a-value-that-the-cloud-repeats"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_STATE = {
    "deployment": {
        "resources": [
            {
                "urn": "urn:pulumi:dev::p::a:b:C::x",
                "outputs": {
                    "key": {
                        _SIGNATURE: "1b47061264138c4ac30d75fd1eb44270",
                        "plaintext": json.dumps(_SECRET),
                    }
                },
            }
        ]
    }
}


def _said(name: str, message: str, severity: str = "error") -> dict[str, Any]:
    urn = f"urn:pulumi:dev::p::model-serving:index:X$kubernetes:core/v1:ConfigMap::{name}"
    return {"urn": urn if name else "", "message": message, "severity": severity}


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose `said` an engine prints, and `stderr`, before it fails."""
    (tmp_path / "said").write_text("")
    (tmp_path / "stderr").write_text("")
    (tmp_path / "state").write_text(json.dumps(_STATE))
    program = tmp_path / "pulumi"
    program.write_text(
        '#!/bin/sh\nif [ "$1" = stack ]; then cat "${0%/*}/state"; exit; fi\n'
        'cat "${0%/*}/said"; cat "${0%/*}/stderr" >&2; exit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def _failure(folder: Path) -> Failure:
    with pytest.raises(Failure) as raised:
        engine.read(folder, ("refresh", "--json", "--stack", "dev"))
    assert raised.value.code == Exit.ERROR
    return raised.value


def test_each_error_of_resources_is_told_once_and_no_secret_with_it(answers: Path) -> None:
    told = {
        "steps": [],
        "diagnostics": [
            _said("a", "the cluster is gone\n"),
            _said("b", "only a warning", "warning"),
            _said("b", "the cluster is gone"),
            _said("c", f"refused: {_SECRET}"),
            _said("", "refresh failed"),
            {
                "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p",
                "message": "x",
                "severity": "error",
            },
        ],
    }
    (answers / "said").write_text(json.dumps(told))
    (answers / "stderr").write_text("error: something general")
    lines = str(_failure(answers)).splitlines()
    kind = "kubernetes:core/v1:ConfigMap"
    assert lines[0] == f"{kind} a and 1 more: the cluster is gone"
    assert lines[1].startswith(f"{kind} c: refused: ")
    assert len(lines) == 2
    assert _SECRET not in str(lines)


@pytest.mark.parametrize(
    "said", ["", "no json", "{}", "[]", "null", '{"diagnostics": []}', '{"diagnostics": null}']
)
def test_without_them_what_was_printed_beside_is_told(answers: Path, said: str) -> None:
    (answers / "said").write_text(said)
    (answers / "stderr").write_text("error: no stack named 'dev' found\n")
    assert str(_failure(answers)) == "no stack named 'dev' found"
    (answers / "stderr").write_text("")
    assert str(_failure(answers)) == "pulumi failed"
