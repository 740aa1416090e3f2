"""The judges that take hours: none is forgotten, and what is not met is told."""

import importlib
import sys
from pathlib import Path

import pytest

from tests.judges import long, report

# In `make judges` by itself.
_QUICK = {"supply_chain"}


def test_every_judge_that_is_kept_alone_has_a_command() -> None:
    # Of `gone` the dev stack alone is judged with the others.
    assert set(long.COMMANDS) - {"gone"} == set(report.ALONE) - _QUICK


@pytest.mark.parametrize("name", long.COMMANDS)
def test_each_command_is_one(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module, *words = long.COMMANDS[name]
    monkeypatch.setattr(sys, "argv", [module, *words, "--out", "x", "--keep", "--no-such"])
    with pytest.raises(SystemExit):
        importlib.import_module(module).main()
    # All others are options of it.
    assert capsys.readouterr().err.endswith("error: unrecognized arguments: --no-such\n")


def test_all_are_run_and_what_fails_is_told() -> None:
    asked: list[list[str]] = []

    def run(command: list[str]) -> int:
        asked.append(command)
        return int("changed" in command)

    assert [*long.judged(run)] == ["changed: ends with 1"]
    assert [command[2] for command in asked] == [words[0] for words in long.COMMANDS.values()]
    assert all(Path(command[0]).exists() and command[-1] == "--keep" for command in asked)
