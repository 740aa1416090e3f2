"""A small project on a sandbox of its own, and what must hold of its state whatever happened."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.stackfile import find_project, state_file
from sandbox.store import Row, Store

__all__ = ["ROOT", "Estate"]

ROOT: Final = Path(__file__).parents[3]
_LINKED: Final = (
    *(".venv", ".cache", "provider", "policies", "components", "facts", "delivery", "runtime"),
)
# What the environment says beside its targets: models are the walk's own.
_LEFT_OUT: Final = ("models", "defaults", "platform", "follow_aliases")
_PULUMI: Final = ROOT / "sandbox" / "pulumi"
_TIMEOUT_SECONDS: Final = 600
_RUN: Final = ("--yes", "--skip-preview", "--non-interactive")


class Estate:
    """The project in `folder`, whose models are files that the walk writes."""

    def __init__(self, folder: Path) -> None:
        self.root, self.home = folder / "project", folder / "sandbox"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "stacks", self.root / "stacks", ignore=ignored)
        for file in self._models.iterdir():
            file.unlink()
        for name in _LINKED:
            (self.root / name).symlink_to(ROOT / name)
        for path in (ROOT / "Pulumi.yaml", ROOT / "pyproject.toml", ROOT / "uv.lock"):
            (self.root / path.name).write_bytes(path.read_bytes())
        environment = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text("utf-8"))
        for key in _LEFT_OUT:
            environment["config"].pop(f"model-serving:{key}", None)
        (self.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump(environment))
        self.seeded = {_key(row) for row in self._rows()}

    @property
    def _models(self) -> Path:
        return self.root / "stacks" / "models"

    def write(self, models: Mapping[str, Mapping[str, Any]]) -> None:
        """The models' files; those that are not named go."""
        for file in self._models.iterdir():
            file.unlink()
        for name, settings in models.items():
            (self._models / f"{name}.yaml").write_text(json.dumps(settings))

    def store(self) -> "closing[Store]":
        """The cloud beside the engine."""
        return closing(Store(self.home / "store.sqlite"))

    def pulumi(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the engine; it may fail."""
        asked = (command, *(_RUN if command != "preview" else ("--non-interactive",)))
        return self._run(_PULUMI, *asked, "--stack", "dev", *arguments)

    def make_stack(self) -> None:
        """Make the stack, which is empty."""
        self._run(_PULUMI, "stack", "init", "dev").check_returncode()

    def serving(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the project's own command; it may fail."""
        serving = ROOT / ".venv" / "bin" / "serving"
        return self._run(ROOT / "sandbox" / "run", serving, *arguments)

    def state(self) -> dict[str, Any]:
        """The stack's state, as its file has it; nothing before the first run."""
        found = find_project(self.root)
        if found is None or not (file := state_file(self.home, found, "dev")).exists():
            return {}
        return json.loads(file.read_text("utf-8"))["checkpoint"].get("latest") or {}

    def made(self) -> list[Row]:
        """What the cloud holds that it did not begin with."""
        return [row for row in self._rows() if _key(row) not in self.seeded]

    def mistakes(self) -> Iterator[str]:
        """What must not be in a state, whatever happened."""
        known: set[str] = set()
        for each in self.state().get("resources", []):
            urn, kept = each["urn"], each.get("delete")
            named = {each.get("parent"), *each.get("dependencies", ())} - {None, ""}
            if missing := named - known:
                yield f"{urn} stands before {sorted(missing)}"
            provider = str(each.get("provider", "")).rpartition("::")[0]
            if provider and provider not in known:
                yield f"{urn} has no provider {provider}"
            if urn in known and not kept:
                yield f"{urn} is there twice"
            known.add(urn)

    def _rows(self) -> list[Row]:
        with self.store() as store:
            return [row for row in store.list() if row.provider != "registries"]

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        variables = {"MODEL_SERVING_SANDBOX_HOME": str(self.home), "AWS_REGION": "eu-west-1"}
        return subprocess.run(
            command,
            cwd=self.root,
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )


def _key(row: Row) -> tuple[str, ...]:
    return (row.provider, row.account, row.region, row.parent, row.token, row.id)
