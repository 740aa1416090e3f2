"""`serving check`: settings and guardrails of all environments, without engine, network or login.

The settings are judged without any SDK; the guardrails need the program, and so its SDKs.
"""

import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from delivery import project
from delivery.checking import as_text
from delivery.checking.result import Environment, Result
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.printing import reader_may_leave
from delivery.table import columns, wrapped
from stacks.settings.load import Settings, load
from stacks.settings.problems import SettingsError

if TYPE_CHECKING:
    from delivery.checking.judging import Judge

FORMATS: Final = ("text", "json", "sarif", "junit")


def check(
    environment: str | None,
    *,
    only: str | None,
    guardrails: bool = True,
    form: str = "text",
    output: Path | None = None,
    plain: bool = False,
    watch: bool = False,
) -> int:
    """Print every problem and finding once; the exit code says whether an update would stop.

    With `watch` again after each change of a file, until it is interrupted.

    Raises:
        Failure: no such environment, model or format; the program failed.
    """
    if form not in FORMATS:
        raise Failure(
            f"there is no format {form!r}\n  known: {', '.join(FORMATS)}", Exit.CONFIGURATION
        )
    folder = project.root()
    names = _names(folder, environment, only)
    if not watch:
        return _tell(_result(folder, names, only, guardrails), form, output, plain=plain)
    from delivery.checking.watching import watch as again  # noqa: PLC0415 - forks

    def once(model: str | None) -> int:
        asked = model or only
        result = _result(folder, _names(folder, environment, asked), asked, guardrails)
        # The last that this process does: a change does not end it half told. Not blocked, since
        # threads of the program would take the signal.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return _tell(result, form, output, plain=plain)

    # A program that reads them gets whole reports alone.
    one_first = form == "text" and output is None and only is None
    return again(folder, names, once, guardrails=guardrails, one_first=one_first, output=output)


def _names(folder: Path, environment: str | None, only: str | None) -> list[str]:
    """The environments that are asked for."""
    names = [project.known_environment(folder, environment)] if environment else []
    if only is not None:
        project.known_model(folder, only)
    return names or project.environments(folder)


def _result(folder: Path, names: Sequence[str], only: str | None, guardrails: bool) -> Result:  # noqa: FBT001
    judge = _judge(folder) if guardrails else None
    found = tuple(_environments(folder, names, only, judge))
    return Result(found, judge.rules if judge else ())


def _environments(
    folder: Path, names: Sequence[str], only: str | None, judge: "Judge | None"
) -> Iterator[Environment]:
    """All settings are read before a program is run: what that refuses hides no other problem."""
    read = {name: _read(folder, name, only) for name in names}
    some_wrong = any(isinstance(each, Environment) for each in read.values())
    for name, settings in read.items():
        if isinstance(settings, Environment):
            yield settings
            continue
        if judge is not None:
            try:
                yield judge(settings, only)
            except Failure as failure:
                if not some_wrong:
                    raise
                print(f"error: {failure}", file=sys.stderr)
            else:
                continue
        yield Environment(name, tuple(sorted(settings.models)))


def _read(folder: Path, name: str, only: str | None) -> Settings | Environment:
    """An environment's settings, or what is wrong with them."""
    try:
        return load(folder, name, only=only)
    except SettingsError as error:
        return Environment(name, (), error.problems)


def _judge(folder: Path) -> "Judge | None":
    program = project.program(folder)
    if program is None:
        # Not a silent pass.
        print("guardrails: not judged, since Pulumi.yaml names no program here", file=sys.stderr)
        return None
    # Pulumi's SDK and the clouds' are a second and more of imports.
    from delivery.checking.judging import Judge  # noqa: PLC0415

    return Judge(folder, program)


def _tell(result: Result, form: str, output: Path | None, *, plain: bool) -> int:
    """Returns the verdict, also where the reader has left: `check | head` is no way past it."""
    if output is not None:
        _write(output, _written(result, form, plain=True) + "\n")
    with reader_may_leave():
        if output is None and form != "text":
            print(_written(result, form, plain=plain))
        # A file is for machines; whoever reads the log is told too.
        if (output is None) == (form == "text"):
            _say(result, plain=plain)
    if result.problems:
        return Exit.CONFIGURATION
    return Exit.POLICY if result.blocking else Exit.OK


def _write(output: Path, text: str) -> None:
    """In one step, so that no reader finds half a report."""
    from delivery.disk import telling, write_whole  # noqa: PLC0415 - seldom needed

    with telling(output):
        if output.is_symlink() or (output.exists() and not output.is_file()):
            # `/dev/stdout`, a pipe: they stay what they are.
            output.write_text(text, encoding="utf-8")
        else:
            write_whole(output, text.encode())


def _say(result: Result, *, plain: bool) -> None:
    print(wrapped(as_text.text(result, plain=plain), columns(sys.stdout)))


def _written(result: Result, form: str, *, plain: bool) -> str:
    if form == "text":
        return as_text.text(result, plain=plain)
    # They know rules and findings, which a check of settings does without.
    from delivery.checking import as_json, as_junit, as_sarif  # noqa: PLC0415

    return {"json": as_json.text, "sarif": as_sarif.text, "junit": as_junit.text}[form](result)
