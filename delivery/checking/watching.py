"""`serving check --watch`: checks again whenever a file changes, without loading anything again.

What takes a check most of its time are imports: of Pulumi's SDK and those of the clouds. This
process does them once and runs no program itself; each check is a fork of it, so that none leaves
anything behind for the next.

A check of many models takes seconds: of a model whose file changed it is told first, by a check of
that one alone, and a change meanwhile ends the check that it outdates.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final

from delivery.exits import Exit
from delivery.failure import Failure
from stacks.settings.files import MODELS_FOLDER, model_names
from stacks.settings.load import load
from stacks.settings.problems import SettingsError

__all__ = ["watch"]

_SECONDS: Final = 0.3
# As long as a check is no longer, nobody is told of one model first, nor of more models than this.
_LONG_SECONDS: Final = 1.0
_MOST_ALONE: Final = 3
# Below the project; what else there is decides nothing.
_FOLDERS: Final = ("stacks", "policies")
_OURS: Final = frozenset({"components", "delivery", "facts", "policies", "stacks"})
_Seen = MappingProxyType[str, tuple[int, int]]


def watch(
    folder: Path,
    names: list[str],
    check: Callable[[str | None], int],
    *,
    guardrails: bool,
    one_first: bool = True,
) -> int:
    """Check, and again after each change, until it is interrupted; the last check's exit code.

    `check` takes one model, or None for all that were asked for. Unless `one_first`, a model whose
    file changed is not told of first.
    """
    _warm(folder, names, guardrails=guardrails)
    code: int = Exit.OK
    seconds = 0.0
    settings, sources = _settings(folder), _sources()
    changed: list[str] = []

    def outdated() -> bool:
        return _settings(folder) != settings or _sources() != sources

    try:
        while True:
            first = changed if one_first and seconds > _LONG_SECONDS else []
            for model in [*first, None]:
                start = time.monotonic()
                ended = _forked(lambda model=model: check(model), outdated)
                if ended is None:
                    break
                if model is not None:
                    print(f"-- {model} alone; the whole follows", flush=True)
                    continue
                code, seconds = ended, time.monotonic() - start
                print(f"-- {time.strftime('%H:%M:%S')}: waits for a change; ^C ends", flush=True)
            while not outdated():
                time.sleep(_SECONDS)
            if _sources() != sources:
                # What is loaded is old.
                os.execv(sys.executable, sys.orig_argv)  # noqa: S606
            before, settings = settings, _settings(folder)
            changed = _models(folder, before, settings)
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
    # Nothing is ever written to it: it is closed when the check has ended, however it did.
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
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
    os.close(writer)
    ended_early = False
    try:
        while not ended_early and not select.select([reader], [], [], _SECONDS)[0]:
            if outdated():
                os.kill(pid, signal.SIGTERM)
                ended_early = True
    finally:
        os.close(reader)
    _, status = os.waitpid(pid, 0)
    return None if ended_early else os.waitstatus_to_exitcode(status)


def _settings(folder: Path) -> _Seen:
    """When each file of settings was written, and its length."""
    return MappingProxyType(dict(_files(folder)))


def _files(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    tops = [each for each in os.scandir(folder) if each.is_file() and not each.name.startswith(".")]
    for each in tops:
        yield each.path, _stamp(each.path)
    for name in _FOLDERS:
        for path, folders, files in os.walk(folder / name):
            folders[:] = [each for each in folders if each != "__pycache__"]
            for file in files:
                whole = os.path.join(path, file)  # noqa: PTH118 - asked three times a second
                yield whole, _stamp(whole)


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
