"""A sandbox of its own for each test: store, state and stacks under tmp_path."""

import json
import os
import shutil
import subprocess
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.bootstrap import cache
from sandbox.stackfile import (
    encryption_lines,
    find_project,
    init_arguments,
    selection_file,
    state_file,
)
from sandbox.store import Store
from tests.engine.key_service import key_service
from tests.engine.warm_client import at_start
from tests.engine.warm_shared import assert_alive, shared_warm_python

ROOT = Path(__file__).resolve().parents[2]
# Longer than any single run takes on a loaded machine; shorter than anybody would wait.
TIMEOUT_SECONDS = 180
# Loading the SDKs takes half a minute of CPU; a step of the engine saves one second by it.
WARM_FROM_TESTS = 20
_WARM = pytest.StashKey[Mapping[str, str]]()
# By the names of project and stack, and encryption: what `stack init` put into the backend.
_NEW_STACKS: dict[tuple[str, str, str], dict[Path, bytes]] = {}


@dataclass
class Sandbox:
    """Runs the real engine in a sandbox that belongs to one test."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """By which its processes are forks of a Python that has loaded the SDKs."""
    encryption: Mapping[str, str] = field(default_factory=dict[str, str])
    """By which its stacks use a key service instead of the sandbox's passphrase."""

    @property
    def home(self) -> Path:
        """Folder of store and state."""
        return self.folder / "sandbox"

    @property
    def environment(self) -> dict[str, str]:
        """For processes that a test starts itself."""
        home = {"MODEL_SERVING_SANDBOX_HOME": str(self.home)}
        return {**os.environ, **self.encryption, **self.variables, **home}

    @property
    def cold(self) -> dict[str, str]:
        """The same, for tests of processes: each program and plugin is an interpreter, no fork."""
        return {key: value for key, value in self.environment.items() if key not in self.variables}

    @contextmanager
    def store(self) -> Generator[Store]:
        """What the cloud holds, to look at or to change beside the engine."""
        with closing(Store(self.home / "store.sqlite")) as store:
            yield store

    def asked(self, *types: str) -> list[tuple[str, dict[str, Any]]]:
        """What clouds hold whose type begins so, as it was asked for but for names."""
        with self.store() as store:
            rows = [row for row in store.list() if row.token.startswith(types)]
        return [
            (row.token, {key: value for key, value in row.inputs.items() if key != "name"})
            for row in rows
        ]

    def run(
        self, *command: str | Path, cwd: Path = ROOT, check: bool = True, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run any command; `more` are further environment variables.

        None that an interpreter reads at its start: no process would be a fork, and each load the
        SDKs, up to 17 s.
        """
        assert not at_start(more)
        answer = subprocess.run(
            command,
            cwd=cwd,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        if check and answer.returncode:
            pytest.fail(
                f"{' '.join(map(str, command))} ended with {answer.returncode}\n"
                f"{answer.stdout}\n{answer.stderr}"
            )
        return answer

    def pulumi(
        self, *arguments: str, cwd: Path = ROOT, check: bool = True, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `sandbox/pulumi <arguments>` in a project folder, ours by default."""
        return self.run(ROOT / "sandbox" / "pulumi", *arguments, cwd=cwd, check=check, **more)

    def serving(
        self, *arguments: str | Path, cwd: Path = ROOT, check: bool = True, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `sandbox/run .venv/bin/serving <arguments>` in a project folder."""
        command: tuple[str | Path, ...] = (ROOT / ".venv" / "bin" / "serving",)
        if warm := self.variables.get("MODEL_SERVING_PYTHON"):
            command = (warm, *command)  # Instead of the interpreter that its first line names.
        run = (ROOT / "sandbox" / "run", *command, *arguments)
        return self.run(*run, cwd=cwd, check=check, **more)

    def project(
        self,
        program: str,
        config: Mapping[str, Any] | None = None,
        *,
        name: str = "tiny",
        stack: str = "dev",
        runtime_options: Mapping[str, Any] | None = None,
    ) -> Path:
        """Write a small project that runs in our environment; return its folder.

        Args:
            program: content of `__main__.py`.
            config: content of the stack's configuration, keys with their namespace.
            name: of the project, and of its folder.
            stack: whose file is written.
            runtime_options: instead of our environment.
        """
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        options = runtime_options or {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")}
        # Values are written as JSON, which is YAML.
        runtime = json.dumps({"name": "python", "options": dict(options)})
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {runtime}\n")
        settings = f"config: {json.dumps(dict(config or {}))}\n"
        (folder / f"Pulumi.{stack}.yaml").write_text(settings)
        (folder / "__main__.py").write_text(program)
        return folder

    def new_stack(self, project: Path, stack: str = "dev") -> None:
        """Make and select a stack, as `stack init` made the first of a project of this name.

        Half a second of CPU less for each test.
        """
        found = find_project(project)
        assert found
        settings = found.stack_file(stack)
        given = settings.read_text() if settings.exists() else ""
        lines = encryption_lines(self.encryption)
        settings.write_text(given + lines)
        backend = self.home / "state" / ".pulumi"
        new = (found.name, stack, lines)
        if new not in _NEW_STACKS:
            before = set(backend.rglob("*"))
            init = ("stack", "init", stack, *init_arguments(self.encryption))
            self.pulumi(*init, cwd=project)
            made = [each for each in backend.rglob("*") if each.is_file() and each not in before]
            _NEW_STACKS[new] = {each.relative_to(backend): each.read_bytes() for each in made}
            return
        for path, content in _NEW_STACKS[new].items():
            (backend / path).parent.mkdir(parents=True, exist_ok=True)
            (backend / path).write_bytes(content)
        selected = selection_file(self.home, found)
        selected.parent.mkdir(parents=True, exist_ok=True)
        stacks = {f"file://{self.home / 'state'}": f"organization/{found.name}/{stack}"}
        selected.write_text(json.dumps({"stacks": stacks}))

    def up(
        self, project: Path = ROOT, *arguments: str, stack: str = "dev", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Deploy without asking."""
        deploy = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack)
        return self.pulumi(*deploy, *arguments, cwd=project, check=check)

    def destroy(
        self, project: Path = ROOT, *arguments: str, stack: str = "dev", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Destroy without asking."""
        deploy = ("destroy", "--yes", "--skip-preview", "--non-interactive", "--stack", stack)
        return self.pulumi(*deploy, *arguments, cwd=project, check=check)

    def preview_json(
        self, project: Path = ROOT, *arguments: str, stack: str = "dev"
    ) -> dict[str, Any]:
        """What a preview would do, as `pulumi preview --json` tells it."""
        asked = ("preview", "--json", "--non-interactive", "--stack", stack, *arguments)
        return json.loads(self.pulumi(*asked, cwd=project).stdout)

    def outputs(self, project: Path = ROOT, *, stack: str = "dev") -> dict[str, Any]:
        """The stack's outputs, secrets shown."""
        asked = ("stack", "output", "--json", "--show-secrets", "--stack", stack)
        return json.loads(self.pulumi(*asked, cwd=project).stdout)

    def state(self, project: Path = ROOT, *, stack: str = "dev") -> dict[str, Any]:
        """The stack's deployment as exported: `resources`, `pending_operations` and so on."""
        found = find_project(project)
        assert found
        # From the file, which is what `stack export` prints half a second of CPU later.
        checkpoint = json.loads(state_file(self.home, found, stack).read_text())["checkpoint"]
        return checkpoint["latest"]

    def resources(self, project: Path = ROOT, *, stack: str = "dev") -> list[dict[str, Any]]:
        """The resources in the state, without the stack itself and its providers."""
        found = self.state(project, stack=stack).get("resources", [])
        return [each for each in found if not each["type"].startswith("pulumi:")]


@pytest.fixture(scope="session", autouse=True)
def no_bytecode_left(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Take away what was compiled of projects that only tests had: 0.4 GB in each whole run."""
    yield
    folder = tmp_path_factory.getbasetemp().resolve()
    shutil.rmtree(cache() / "bytecode" / folder.relative_to(folder.anchor), ignore_errors=True)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have the SDKs loaded while other tests run."""
    tests = [each for each in session.items if each.get_closest_marker("engine")]
    asked = any(each.get_closest_marker("warm") for each in tests)
    wanted = (asked or len(tests) >= WARM_FROM_TESTS) and not session.config.option.collectonly
    session.config.stash[_WARM] = shared_warm_python() if wanted else {}


@pytest.fixture(scope="session")
def warm(request: pytest.FixtureRequest) -> Generator[Mapping[str, str]]:
    """Variables by which programs and plugins are forks of a Python that has loaded the SDKs."""
    yield request.config.stash[_WARM]
    assert_alive()


@pytest.fixture(scope="session")
def encryption() -> Generator[Mapping[str, str]]:
    """Variables by which stacks use a key service instead of the sandbox's passphrase."""
    with key_service() as variables:
        yield variables


@pytest.fixture
def sandbox(tmp_path: Path, warm: Mapping[str, str], encryption: Mapping[str, str]) -> Sandbox:
    """A sandbox for this test alone; needs `make up` (or sandbox/setup) to have run once."""
    if not (ROOT / ".venv" / "bin" / "python").exists() or not shutil.which("sh"):
        pytest.fail("the project's environment is missing; run sandbox/setup")
    return Sandbox(tmp_path, warm, encryption)


@pytest.fixture
def own_artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of artifacts that are this test's; all else in the cache is what set-up put there."""
    folder = tmp_path / "cache"
    (folder / "artifacts").mkdir(parents=True)
    for each in cache().iterdir():
        if each.name != "artifacts":
            (folder / each.name).symlink_to(each)
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(folder))
    return folder / "artifacts"
