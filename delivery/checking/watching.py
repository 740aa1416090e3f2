"""`serving check --watch`: checks again whenever a file changes, without loading anything again.

What takes a check most of its time are imports: of Pulumi's SDK and those of the clouds. This
process does them once and runs no program itself; each check is a fork of it, so that none leaves
anything behind for the next.

A check of many models takes seconds: of a model whose file changed it is told first, by a check of
that one alone, and a change meanwhile ends the check that it outdates.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn

from delivery.exits import Exit
from delivery.failure import Failure
from stacks.settings.files import MODELS_FOLDER, model_names
from stacks.settings.load import load
from stacks.settings.problems import SettingsError

__all__ = ["watch"]

_SECONDS: Final = 0.3
# Between two looks whether a check has ended: people wait for it.
_ENDED_SECONDS: Final = 0.02
# For a check that is to end, which may be telling what it found.
_GRACE_SECONDS: Final = 5.0
# As long as a check is no longer, nobody is told of one model first, nor of more models than this.
_LONG_SECONDS: Final = 1.0
_MOST_ALONE: Final = 3
# Below the project; what else there is decides nothing, an editor's files beside these neither
# (`.fraud.yaml.swp`, `fraud.yaml~`, `#fraud.yaml#`, `4913`).
_FOLDERS: Final = ("stacks", "policies")
_SUFFIXES: Final = (".py", ".yaml", ".yml", ".json", ".csv")
_OURS: Final = frozenset({"components", "delivery", "facts", "policies", "stacks"})
_Seen = MappingProxyType[str, tuple[int, int]]


def watch(
    folder: Path,
    names: list[str],
    check: Callable[[str | None], int],
    *,
    guardrails: bool,
    one_first: bool = True,
    output: Path | None = None,
) -> int:
    """Check, and again after each change, until it is interrupted; the last check's exit code.

    `check` takes one model, or None for all that were asked for. Unless `one_first`, a model whose
    file changed is not told of first. `output` is what the checks write: no change of anything.
    """
    folder = folder.resolve()
    _warm(folder, names, guardrails=guardrails)
    code: int = Exit.OK
    seconds = 0.0
    settings, sources = _settings(folder, output), _sources()
    # Whose files changed, until they were told of, alone or with all.
    untold: list[str] = []

    def outdated() -> bool:
        return _settings(folder, output) != settings or _sources() != sources

    try:
        while True:
            first = untold[:_MOST_ALONE] if one_first and seconds > _LONG_SECONDS else []
            ended = None
            for model in [*first, None]:
                start = time.monotonic()
                ended = _forked(lambda model=model: check(model), outdated)
                if ended is None:
                    break
                if model is not None:
                    untold.remove(model)
                    print(f"-- {model} alone; the whole follows", flush=True)
                    continue
                untold = []
                code, seconds = ended, time.monotonic() - start
                print(f"-- {time.strftime('%H:%M:%S')}: waits for a change; ^C ends", flush=True)
            # What outdated a check may be undone by now: nobody was told of that either.
            while ended is not None and not outdated():
                time.sleep(_SECONDS)
            if _sources() != sources:
                # What is loaded is old.
                os.execv(sys.executable, sys.orig_argv)  # noqa: S606
            before, settings = settings, _settings(folder, output)
            changed, known = _models(folder, before, settings), model_names(folder)
            untold = [*changed, *(each for each in untold if each in known and each not in changed)]
    except KeyboardInterrupt:
        return code


def _models(folder: Path, before: _Seen, now: _Seen) -> list[str]:
    """The models whose files changed; none where anything else did, or many of them."""
    files = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
    known = {
        str(folder / MODELS_FOLDER / f"{name}{suffix}"): name
        for name in model_names(folder)
        for suffix in (".yaml", ".yml")
    }
    if len(files) > _MOST_ALONE or not files <= known.keys():
        return []
    return sorted(known[file] for file in files)


def _warm(folder: Path, names: list[str], *, guardrails: bool) -> None:
    """Load what the checks need, but not the program, which may start threads."""
    targets: set[str] = set()
    for name in names:
        try:
            targets |= {model.target for model in load(folder, name).models.values()}
        except SettingsError:
            # The check says so.
            continue
    if not guardrails:
        return
    # Pulumi's SDK and the clouds' are a second and more of imports.
    for module in ("stacks.startup", "delivery.checking.judging"):
        import_module(module)
    from stacks.targets import TARGETS  # noqa: PLC0415

    for target in targets:
        TARGETS[target].component()


def _forked(check: Callable[[], int], outdated: Callable[[], bool]) -> int | None:
    """The exit code of a check in a process of its own; None where it was ended, as outdated."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        _exit_after(check)
    code: int | None = None
    try:
        while (code := _exit_code(pid, _SECONDS)) is None:
            if outdated():
                return None
        return code
    finally:
        if code is None:
            # ^C may have reached this process alone.
            _end(pid)


def _exit_after(check: Callable[[], int]) -> NoReturn:
    code: int = Exit.ERROR
    try:
        code = check()
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        code = failure.code
    except KeyboardInterrupt:
        code = Exit.CANCELLED
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _exit_code(pid: int, seconds: float) -> int | None:
    """Of a child, as soon as it has one; None where it runs for longer than this."""
    until = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= until:
            return None
        time.sleep(_ENDED_SECONDS)


def _end(pid: int) -> None:
    """End a child, if need be without asking; it is gone after this."""
    with suppress(ProcessLookupError, ChildProcessError):
        code: int | None = None
        try:
            os.kill(pid, signal.SIGTERM)
            code = _exit_code(pid, _GRACE_SECONDS)
        finally:
            if code is None:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _settings(folder: Path, output: Path | None) -> _Seen:
    """When each file of settings was written, and its length."""
    found = dict(_files(folder))
    if output is not None:
        found.pop(str(output.resolve()), None)
    return MappingProxyType(found)


def _files(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    tops = [each for each in os.scandir(folder) if each.is_file() and _decides(each.name)]
    for each in tops:
        yield each.path, _stamp(each.path)
    for name in _FOLDERS:
        for path, folders, files in os.walk(folder / name):
            folders[:] = [each for each in folders if each != "__pycache__"]
            for file in filter(_decides, files):
                whole = os.path.join(path, file)  # noqa: PTH118 - asked three times a second
                yield whole, _stamp(whole)


def _decides(name: str) -> bool:
    """Whether a file may be read by a check, by its name."""
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def _sources() -> _Seen:
    """The same of the project's own code that is loaded."""
    found = {
        file: _stamp(file)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in _OURS and (file := getattr(module, "__file__", None))
    }
    return MappingProxyType(found)


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
