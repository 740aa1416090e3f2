"""A small project with the first-party provider, whose program reads from a file what is asked."""

import json
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import eventual
from sandbox.store import Store
from tests.engine.conftest import ROOT, Sandbox
from tests.engine.running import RunningUp, running_up

__all__ = ["FirstPartyProject", "first_party_folder"]

_DEPLOY = ("--yes", "--skip-preview")


def first_party_folder(
    sandbox: Sandbox, program: str, config: Mapping[str, Any], name: str
) -> Path:
    """A project with its stack, in which Pulumi finds the provider."""
    folder = sandbox.project(program, config, name=name)
    plugins = {"providers": [{"name": "serving", "path": str(ROOT / "provider")}]}
    with (folder / "Pulumi.yaml").open("a") as file:
        file.write(f"plugins: {json.dumps(plugins)}\n")
    sandbox.new_stack(folder)
    return folder


@dataclass
class FirstPartyProject:
    """`up` and its like, and what they changed."""

    sandbox: Sandbox
    folder: Path
    store: Store

    def write(self, asked: Mapping[str, Any]) -> None:
        """What the next run deploys."""
        (self.folder / "asked.json").write_text(json.dumps(asked))

    def up(self, *arguments: str) -> dict[str, list[str]]:
        """Deploy; what changed."""
        return self.steps("up", *_DEPLOY, *arguments)

    def refresh(self, *arguments: str) -> dict[str, list[str]]:
        """Read what is live into the state; what drifted."""
        return self.steps("refresh", *_DEPLOY, *arguments)

    def destroy(self) -> None:
        """Take everything away."""
        self.steps("destroy", *_DEPLOY)

    def run(
        self, *command: str, check: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """One command of Pulumi."""
        return self.sandbox.pulumi(
            *command,
            *("--non-interactive", "--stack", "dev", "--event-log", "events.jsonl"),
            cwd=self.folder,
            check=check,
            PULUMI_DEBUG_COMMANDS="true",
            **environment,
        )

    def fails(self, *command: str, **environment: str) -> str:
        """What is printed by a command that must fail."""
        done = self.run(*command, check=False, **environment)
        printed = done.stdout + done.stderr
        assert done.returncode != 0, printed
        assert "Traceback" not in printed, printed
        return printed

    def up_fails(self, **environment: str) -> str:
        """What is printed by a deployment that must fail."""
        return self.fails("up", *_DEPLOY, **environment)

    def running(
        self, time_scale: float = eventual.DEFAULT_SCALE
    ) -> AbstractContextManager[RunningUp]:
        """An `up` that goes on beside the test; a second of the cloud lasts so many here."""
        return running_up(self.sandbox, self.folder, **{eventual.VARIABLE: str(time_scale)})

    def changes(self, *command: str) -> list[dict[str, Any]]:
        """What a command did, step by step, without resources that stayed the same."""
        events = self.folder / "events.jsonl"
        events.unlink(missing_ok=True)
        self.run(*command)
        kind = "resourcePreEvent" if command[0] == "preview" else "resOutputsEvent"
        lines = [json.loads(line) for line in events.read_text().splitlines()]
        found = [line[kind]["metadata"] for line in lines if kind in line]
        return [each for each in found if each["op"] not in {"same", "read"}]

    def steps(self, *command: str) -> dict[str, list[str]]:
        """What a command did: by operation the type of each resource."""
        found: dict[str, list[str]] = {}
        for change in self.changes(*command):
            found.setdefault(change["op"], []).append(change["type"])
        return found

    def forget(self, name: str) -> str:
        """Take a resource out of the state; its id."""
        for each in self.sandbox.resources(self.folder):
            if each["urn"].rpartition("::")[2] == name:
                forget = ("state", "delete", each["urn"], "--yes", "--stack", "dev")
                self.sandbox.pulumi(*forget, cwd=self.folder)
                return each["id"]
        raise AssertionError(name)
