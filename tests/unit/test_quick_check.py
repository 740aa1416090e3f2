"""`serving check` without Typer is `serving check` with it: the same call for the same words."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from delivery import check as command
from delivery import quick_check
from delivery.cli import main
from delivery.commands.application import app
from delivery.exits import Exit
from tests.unit.settings_project import KSERVE, changed, project

# Whole options, and what is none, or not a plain one.
_TAKEN = (
    *("--env dev", "-e dev", "--env=prod", "--only fraud", "--only=fraud", "--output=a/b.json"),
    *("--format json", "-f sarif", "--format=text", "--output a.json"),
    *("--no-guardrails", "--json", "--plain"),
)
_LEFT = (
    *("--env", "-e=prod", "-edev", "--only=", "--plain=1", "--no-guardrail", "--watch", "-w"),
    *("--output -", "--help", "--", "-", "dev"),
)
_OPTIONS = st.lists(st.sampled_from(_TAKEN), max_size=5, unique=True) | st.lists(
    st.sampled_from((*_TAKEN, *_LEFT)), max_size=5
)

# What is given twice is left to Typer.
_BOTH_WAYS = pytest.mark.parametrize("way", [(), ("--plain", "--plain")], ids=["quick", "Typer"])


def _recorded(patch: pytest.MonkeyPatch) -> list[Any]:
    """What `delivery.check.check` is called with from now on; it ends with 5."""
    made: list[Any] = []

    def check(env: str | None, **more: object) -> int:
        made.append((env, {"watch": False, **more}))
        return 5

    patch.setattr(command, "check", check)
    return made


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    return _recorded(monkeypatch)


def test_it_calls_what_typer_calls() -> None:
    with pytest.MonkeyPatch.context() as patch:
        made = _recorded(patch)

        @given(_OPTIONS)
        def compared(options: list[str]) -> None:
            words = ["check", *" ".join(options).split()]
            made.clear()
            code = quick_check.quick_check(words)
            quick = made.copy()
            made.clear()
            if code is None:
                assert not quick
                return
            assert code == CliRunner().invoke(app, words, prog_name="serving").exit_code == 5
            assert made == quick

        compared()


@pytest.mark.parametrize(
    "words",
    [
        "check",
        "check --no-guardrails",
        "check --env dev --only fraud --plain",
        "check -e dev -f sarif --output=reports/a.sarif",
        "check --json --env=prod",
    ],
)
def test_what_editors_and_hooks_ask_needs_no_typer(words: str, calls: list[Any]) -> None:
    assert quick_check.quick_check(words.split()) == 5
    assert len(calls) == 1


@pytest.mark.parametrize(
    "words",
    [
        "",
        "explain fraud",
        "check --help",
        "check --watch",
        "check --no-guardrail",
        "check dev",
        "check --env",
        "check --env --plain",
        "check --env dev --env prod",
        "check -edev",
        "check --plain=1",
    ],
)
def test_all_else_is_left_to_typer(words: str, calls: list[Any]) -> None:
    assert quick_check.quick_check(words.split()) is None
    assert not calls


def test_a_shell_that_completes_asks_typer(
    calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_SERVING_COMPLETE", "complete_bash")
    assert quick_check.quick_check(["check"]) is None
    assert not calls


def test_each_option_of_the_command_is_known_or_left_out() -> None:
    parameters = cast(Any, typer.main.get_command(app)).commands["check"].params
    # Which would be passed over.
    assert not [each for each in parameters if each.envvar or each.callback]
    options = {str(name): str(each.name) for each in parameters for name in each.opts}
    left = {"--watch", "-w", "--help"}
    known = {**quick_check._VALUES, **quick_check._SWITCHES}  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    assert known == {name: its for name, its in options.items() if name not in left}


def test_neither_typer_nor_rich_is_imported(tmp_path: Path) -> None:
    site = project(tmp_path)
    site.model("churn", KSERVE)
    code = (
        "import sys; from delivery.cli import main\n"
        "sys.argv[1:] = ['check', '--no-guardrails']\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, {'typer', 'rich', 'pulumi'} & {*sys.modules})\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=site.root, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[-1] == "0 set()"


@_BOTH_WAYS
def test_a_failure_has_its_code(
    way: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(project(tmp_path).root)
    monkeypatch.setattr(sys, "argv", ["serving", "check", "--env", "nope", *way])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == Exit.CONFIGURATION
    assert capsys.readouterr().err.startswith("error: there is no environment 'nope'\n")


@_BOTH_WAYS
def test_who_interrupts_it_sees_no_traceback(
    way: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "check", check)
    monkeypatch.setattr(sys, "argv", ["serving", "check", *way])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, *capsys.readouterr()) == (130, "", "")


@_BOTH_WAYS
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(("owner", "code"), [("team-risk", Exit.OK), (None, Exit.CONFIGURATION)])
def test_a_reader_that_leaves_early_changes_no_verdict(
    way: tuple[str, ...], unbuffered: str, owner: str | None, code: int, tmp_path: Path
) -> None:
    """`set -o pipefail; serving check | head` stops where the settings are wrong."""
    site = project(tmp_path)
    site.model("churn", changed(KSERVE, owner=owner))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "delivery.cli", "check", "--no-guardrails", *way],
            cwd=site.root,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (code, b"")
