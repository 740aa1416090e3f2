"""The workflows: linted, audited, pinned, and without a right that they do not use."""

import hashlib
import os
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.gotool import built
from sandbox.progress import NotAvailableError
from sandbox.schema.cache import cache_folder

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
ACTIONS = sorted((FOLDER / "actions").glob("*/action.yml"))
PINS = Path(__file__).parent / "actionlint"
ZIZMOR = Path(sysconfig.get_path("scripts")) / "zizmor"
# What may run where something of a pull request, or of its run, is at hand.
SAFE_TRIGGERS = {
    "pull_request",
    "push",
    "schedule",
    "workflow_call",
    "workflow_dispatch",
    "workflow_run",
}


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(FOLDER).as_posix() for path in paths]


@pytest.fixture(scope="session")
def actionlint() -> Path:
    pins = b"".join((PINS / name).read_bytes() for name in ("go.mod", "go.sum"))
    place = cache_folder() / "tests" / f"actionlint-{hashlib.sha256(pins).hexdigest()[:12]}"
    try:
        return built("github.com/rhysd/actionlint/cmd/actionlint", PINS, place / "actionlint")
    except NotAvailableError as error:
        # Where Pulumi came ready-made, nothing else has fetched a Go toolchain.
        pytest.skip(str(error))


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_actionlint_finds_nothing(actionlint: Path) -> None:
    done = run(actionlint, "-no-color", "-shellcheck=", "-pyflakes=")
    assert (done.returncode, done.stdout) == (0, "")


def test_actionlint_would_find_mistakes(actionlint: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: pull_request\njobs:\n  a:\n    runs-on: nowhere\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
        "      - run: echo ${{ steps.none.outputs.x }}\n"
    )
    done = run(actionlint, "-no-color", "-shellcheck=", "-pyflakes=", bad)
    assert done.returncode == 1
    for kind in ("runner-label", "expression"):
        assert f"[{kind}]" in done.stdout


def test_zizmor_finds_nothing() -> None:
    """The persona that reports everything; what is let pass stands with its reason."""
    done = run(ZIZMOR, "--offline", "--no-progress", "--persona", "pedantic", FOLDER)
    assert done.returncode == 0, done.stdout


def test_zizmor_would_find_mistakes(tmp_path: Path) -> None:
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - uses: actions/checkout@v7\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    done = run(ZIZMOR, "--offline", "--no-progress", bad)
    for audit in ("dangerous-triggers", "unpinned-uses", "template-injection"):
        assert audit in done.stdout


@pytest.mark.parametrize("path", WORKFLOWS + ACTIONS, ids=names(WORKFLOWS + ACTIONS))
def test_every_action_is_pinned(path: Path) -> None:
    """By the digest of a commit, with the version that it is."""
    for line in path.read_text().splitlines():
        if "uses:" in line and "uses: ./" not in line:
            assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=names(WORKFLOWS))
def test_rights_and_triggers(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    # YAML 1.1 takes `on` for true.
    triggers = workflow.get("on", workflow.get(True))
    assert set(triggers) <= SAFE_TRIGGERS
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        if "uses" in job:
            continue
        assert job.get("permissions"), f"{name} has the rights of nobody knows whom"
        assert "timeout-minutes" in job, name
        writes = {right for right, level in job["permissions"].items() if level == "write"}
        if triggers.keys() & {"pull_request"}:
            # Of another repository's code at hand; roles of clouds only where it is our own.
            assert writes <= {"id-token"}
            assert not writes or "head.repo.full_name == github.repository" in job["if"]
        if writes and "workflow_run" in triggers:
            refs = [step.get("with", {}).get("ref") for step in checkouts(job)]
            assert refs == [None] * len(refs), "the code of a pull request is checked out"


@pytest.mark.parametrize("path", WORKFLOWS, ids=names(WORKFLOWS))
def test_no_token_is_left_to_what_runs(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    for job in workflow["jobs"].values():
        for step in checkouts(job):
            assert step["with"]["persist-credentials"] is False


def checkouts(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        step for step in job.get("steps", []) if step.get("uses", "").startswith("actions/checkout")
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=names(WORKFLOWS))
def test_what_changes_a_stack_is_never_cut_off(path: Path) -> None:
    for name, job in yaml.safe_load(path.read_text())["jobs"].items():
        if any("serving up" in step.get("run", "") for step in job.get("steps", [])):
            concurrency = job["concurrency"]
            assert concurrency["cancel-in-progress"] is False, name
            assert concurrency["group"].startswith("stack-"), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=names(WORKFLOWS))
def test_what_runs_is_a_script_of_ours(path: Path) -> None:
    """So that the same can be run by hand, and is run by tests."""
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        for step in job.get("steps", []):
            if command := step.get("run"):
                script = command.split()[0]
                assert script.startswith((".ci/", "sandbox/")), command
                assert os.access(ROOT / script, os.X_OK), command
                assert "${{" not in command, command
