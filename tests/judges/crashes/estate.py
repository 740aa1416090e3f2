"""The project on a sandbox of its own, put back to a moment as often as it is wanted."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.stackfile import find_project, state_file
from sandbox.store import Row, Store
from tests.engine.key_service import key_service
from tests.engine.warm_client import server_of
from tests.engine.warm_python import warm_python
from tests.engine.whole_project import copy_of_project

__all__ = ["ROOT", "STACK", "Estate", "Run", "estates"]

ROOT: Final = Path(__file__).parents[3]
STACK: Final = "dev"
_TIMEOUT_SECONDS: Final = 600
_WARM_SECONDS: Final = 300
_GO: Final = ("--yes", "--skip-preview", "--non-interactive")
_SERVING: Final = """
import sys
from delivery.cli import main
sys.exit(main())
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A command that has ended: its code and what it printed."""

    code: int
    said: str


class Estate:
    """The project in `folder`, and what its clouds and its state are now."""

    def __init__(self, folder: Path, warm: Mapping[str, str]) -> None:
        """`warm` are the variables by which programs and plugins are forks of a loaded Python."""
        self.folder, self.home = folder, folder / "s"
        folder.mkdir(parents=True, exist_ok=True)
        # Sockets are made below it, whose paths must be short.
        self.temporary = folder / "t"
        self.root = copy_of_project(folder / "project")
        self._python = warm["MODEL_SERVING_PYTHON"]
        self._serving = folder / "serving"
        self._serving.write_text(_SERVING)
        self.environment = {
            **os.environ,
            **warm,
            "MODEL_SERVING_SANDBOX_HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "AWS_REGION": "eu-west-1",
            "PULUMI_DEBUG_COMMANDS": "true",  # For --event-log.
        }

    # ---- commands ----

    def pulumi(self, command: str, *arguments: str) -> Run:
        """Plain Pulumi, as anybody would run it."""
        return self.run(self.pulumi_command(command, *arguments))

    def pulumi_command(self, command: str, *arguments: str) -> list[str]:
        """The same as words."""
        flags = {"preview": _GO[2:], "cancel": ("--yes", STACK)}.get(command, _GO)
        named = () if command == "cancel" else ("--stack", STACK)
        return self._launched(command, *flags, *named, *arguments)

    def serving(self, command: str, *arguments: str, engine: Sequence[str] = ()) -> Run:
        """This project's command; `engine` are flags of Pulumi's own."""
        return self.run(self.serving_command(command, *arguments, engine=engine))

    def serving_command(
        self, command: str, *arguments: str, engine: Sequence[str] = ()
    ) -> list[str]:
        """The same as words; guardrails, which see no crash, are left out.

        `engine` are flags of Pulumi's own.
        """
        given = ("--yes", "--", *_GO[1:], *engine) if command == "up" else ()
        policies = ("--no-policies",) if command in {"up", "preview"} else ()
        flags = (command, "--env", STACK, *policies, *arguments, *given)
        return self._launched("--run", self._python, "-P", str(self._serving), *flags)

    def _launched(self, *arguments: str) -> list[str]:
        return [self._python, "-P", str(ROOT / "sandbox" / "launch.py"), *arguments]

    def run(self, command: Sequence[str]) -> Run:
        """Run to the end; it may fail."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        return self.beside(command)

    def beside(self, command: Sequence[str]) -> Run:
        """Run to the end beside another command, whose temporary files are left alone."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    # ---- what is there ----

    def store(self) -> "closing[Store]":
        """The clouds."""
        return closing(Store(self.home / "store.sqlite"))

    def last_event(self) -> int:
        """Number of the last event in the clouds; 0 before the first."""
        with self.store() as store:
            return max((each.sequence for each in store.events()), default=0)

    def rows(self) -> list[Row]:
        """All that the clouds hold."""
        with self.store() as store:
            return [row for row in store.list() if row.provider != "registries"]

    def state(self) -> dict[str, Any]:
        """The stack's state, as its file has it; nothing before the first run."""
        found = find_project(self.root)
        if found is None or not (file := state_file(self.home, found, STACK)).exists():
            return {}
        return json.loads(file.read_text("utf-8"))["checkpoint"].get("latest") or {}

    def locks(self) -> list[Path]:
        """Of the engine, whoever's they are."""
        return sorted((self.home / "state").rglob("locks/**/*.json"))

    # ---- moments ----

    def keep(self, place: Path) -> None:
        """Remember clouds and state as they are, in a folder that is made anew."""
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for file in self._store_files():
            shutil.copy2(file, place / file.name)
        shutil.copytree(self.home / "state", place / "state")

    def put_back(self, place: Path) -> None:
        """Clouds and state as they were kept."""
        for file in [*self._store_files()]:
            file.unlink()
        shutil.rmtree(self.home / "state", ignore_errors=True)
        shutil.copytree(place / "state", self.home / "state")
        for file in place.glob("store.sqlite*"):
            shutil.copy2(file, self.home / file.name)

    def _store_files(self) -> Iterator[Path]:
        yield from self.home.glob("store.sqlite*")


@contextmanager
def estates() -> Generator[Callable[[str], Estate]]:
    """Makes them by name: what one leaves is no other's beginning."""
    with (
        tempfile.TemporaryDirectory(prefix="judges-") as folder,
        warm_python() as warm,
        key_service() as encryption,
    ):
        end = time.monotonic() + _WARM_SECONDS
        while not Path(server_of(warm)["socket"]).exists() and time.monotonic() < end:
            time.sleep(0.2)
        yield lambda name: Estate(Path(folder) / name, {**warm, **encryption})
