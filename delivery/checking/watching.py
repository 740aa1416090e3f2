"""`serving check --watch`: checks again whenever a file changes, without loading anything again.

What takes a check most of its time are imports: of Pulumi's SDK and those of the clouds. This
process does them once and runs no program itself; each check is a fork of it, so that none leaves
anything behind for the next.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final

from delivery.exits import Exit
from delivery.failure import Failure
from stacks.settings.load import load
from stacks.settings.problems import SettingsError

__all__ = ["watch"]

_SECONDS: Final = 0.3
# Below the project; what else there is decides nothing.
_FOLDERS: Final = ("stacks", "policies")
_OURS: Final = frozenset({"components", "delivery", "facts", "policies", "stacks"})
_Seen = MappingProxyType[str, tuple[int, int]]


def watch(folder: Path, names: list[str], check: Callable[[], int], *, guardrails: bool) -> int:
    """Check, and again after each change, until it is interrupted; the last check's exit code."""
    _warm(folder, names, guardrails=guardrails)
    code: int = Exit.OK
    try:
        while True:
            settings, sources = _settings(folder), _sources()
            code = _forked(check)
            print(f"-- {time.strftime('%H:%M:%S')}: waits for a change; ^C ends", flush=True)
            while _settings(folder) == settings and _sources() == sources:
                time.sleep(_SECONDS)
            if _sources() != sources:
                # What is loaded is old.
                os.execv(sys.executable, sys.orig_argv)  # noqa: S606
    except KeyboardInterrupt:
        return code


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


def _forked(check: Callable[[], int]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
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
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


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
