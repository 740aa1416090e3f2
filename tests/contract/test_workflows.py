"""The workflows: linted, audited, pinned, and without a right that they do not use."""

import hashlib
import os
import re
import shutil
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
EXAMPLES = sorted((ROOT / "docs" / "model-repository").glob("*.yml"))
# What a caller names, where a job runs it: there is nothing in that job to be had.
OF_THE_CALLER = 'bash -euo pipefail -c "$COMMAND"'
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


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


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
    given = (FOLDER, *EXAMPLES)
    done = run(ZIZMOR, "--offline", "--no-progress", "--persona", "pedantic", *given)
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
                if command == OF_THE_CALLER:
                    assert job["permissions"] == {"contents": "read"}
                    assert not re.search(r"secrets|vars|github\.token", str(job))
                    continue
                script = command.split()[0]
                assert script.startswith((".ci/", "sandbox/")), command
                assert os.access(ROOT / script, os.X_OK), command
                assert "${{" not in command, command


def test_the_page_shows_the_example_that_is_tested() -> None:
    page = (ROOT / "docs" / "model-repository.md").read_text()
    assert f"```yaml\n{(ROOT / 'docs' / 'model-repository' / 'release.yml').read_text()}```" in page


def called(job: dict[str, Any]) -> dict[str, Any]:
    """The workflow of ours that an example's job calls, from wherever it does."""
    name = re.search(r"\.github/workflows/([\w-]+\.yml)", job["uses"])
    assert name, job["uses"]
    return yaml.safe_load((FOLDER / "workflows" / name[1]).read_text())


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_an_example_of_a_caller_is_one(path: Path, actionlint: Path, tmp_path: Path) -> None:
    """As GitHub would take it: what it gives and asks for is there, and it has the rights."""
    text = path.read_text()
    folder = tmp_path / ".github"
    shutil.copytree(FOLDER / "workflows", folder / "workflows")
    shutil.copytree(FOLDER / "actions", folder / "actions")
    # Another repository's is not fetched, nor looked at.
    here = re.sub(r"uses: acme/serving/(\S+)@[0-9a-f]{40} # v\S+", r"uses: ./\1", text)
    (folder / "workflows" / "caller.yml").write_text(here)
    run("git", "init", "-q", cwd=tmp_path)
    done = run(actionlint, "-no-color", "-shellcheck=", "-pyflakes=", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    calls = {name: job for name, job in workflow["jobs"].items() if "uses" in job}
    assert calls
    for name, job in calls.items():
        asked = called(job)["jobs"].values()
        rights = {key: level for each in asked for key, level in each["permissions"].items()}
        assert job["permissions"] == rights, f"{name} gives more or less than is used"
    platform = re.findall(r"(?:acme/serving/\S+@|platform_ref: )([0-9a-f]{40})", text)
    assert len(set(platform)) <= 1, "two commits of one platform"


def test_an_example_that_is_none_is_found(actionlint: Path, tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    shutil.copytree(FOLDER / "workflows", folder)
    (folder / "bad.yml").write_text(
        "on: push\njobs:\n  a:\n    uses: ./.github/workflows/release.yml\n"
        "    with: {modle: fraud}\n"
    )
    run("git", "init", "-q", cwd=tmp_path)
    done = run(actionlint, "-no-color", "-shellcheck=", "-pyflakes=", cwd=tmp_path)
    assert 'input "modle" is not defined' in done.stdout
    assert 'input "version" is required' in done.stdout
