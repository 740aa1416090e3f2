"""Pull requests of new versions: opened, written anew in place, closed where nothing is left."""

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from delivery.github.__main__ import main
from tests.unit.github_server import TOKEN, Repository, serving_github
from tests.unit.test_touched import commit, git

ANSWER: dict[str, Any] = {
    "schema_version": 1,
    "step": "release",
    "says": "fraud 1.6.0 in dev",
    "model": "fraud",
    "environment": "dev",
    "version": {"uri": "s3://models/fraud/1.6.0/m", "version": "1.6.0", "digest": None},
    "percent": None,
    "why": None,
    "objectives": [],
    "files": ["Pulumi.dev.yaml"],
    "diff": [],
    "written": True,
}
BRANCH = "release/dev/fraud"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Generator[Repository]:
    with serving_github() as repository:
        monkeypatch.setenv("GITHUB_API_URL", repository.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/serving")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield repository


@pytest.fixture
def propose(
    there: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Writes the file of dev and proposes it; what was done."""
    assert there.url
    (tmp_path / "Pulumi.yaml").write_text("name: model-serving\nruntime: python\n")
    (tmp_path / "stacks" / "models").mkdir(parents=True)
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(content: str = "a: 1\n", code: int = 0, way: str = "release", **more: object) -> str:
        (tmp_path / "Pulumi.dev.yaml").write_text(content)
        answer = tmp_path / "answer.json"
        answer.write_text(json.dumps(ANSWER | more))
        capsys.readouterr()
        asked = ["propose", "--way", way, "--answer", str(answer), "--source", "acme/fraud run 7"]
        assert main(asked) == code
        said = capsys.readouterr()
        return said.out.strip() or said.err.strip()

    return run


def held(there: Repository) -> dict[str, Any]:
    """What the branch's commit changes."""
    return there.git[there.git[there.branches[BRANCH]]["tree"]["sha"]]


def test_one_pull_request_that_is_brought_up_to_date(
    there: Repository, propose: Callable[..., str]
) -> None:
    # Another whose name begins as ours.
    there.branches[f"{BRANCH}-eu"] = "0" * 40
    assert propose() == "opened #1: fraud 1.6.0 in dev"
    assert held(there) == {"Pulumi.dev.yaml": "a: 1\n"}
    assert there.pulls[1]["base"] == "main"
    assert "s3://models" not in there.pulls[1]["body"], "an address would be made a link"
    assert propose() == "left #1: fraud 1.6.0 in dev"
    says = "fraud 1.7.0 in dev"
    assert propose("a: 2\n", says=says) == f"changed #1: {says}"
    assert held(there) == {"Pulumi.dev.yaml": "a: 2\n"}
    assert there.pulls[1]["title"] == says
    # Nothing is to be changed any more: what is open would be merged for nothing.
    closed = propose(step="done", says="fraud 1.7.0 is there", files=[])
    assert closed == "closed #1: fraud 1.7.0 is there"
    assert propose(files=[]).startswith("nothing to propose")
    assert propose("a: 3\n").startswith("opened #2")


def test_texts_are_shown_and_never_obeyed(there: Repository, propose: Callable[..., str]) -> None:
    propose(
        way="advance",
        step="back",
        says="fraud <b>1</b> back from prod",
        why="it misses @all https://x.example",
        objectives=[{"objective": "errors", "verdict": "missed", "answer": 1.4, "limit": 1}],
    )
    body = there.pulls[1]["body"]
    assert there.branches.keys() == {"advance/dev/fraud"}
    assert "<b>" not in body
    assert "@all" not in body
    assert "https://" not in body
    assert "errors: missed (1.4 of 1)" in body


def test_what_is_no_answer(propose: Callable[..., str], there: Repository) -> None:
    assert "is no answer" in propose(code=2, version=None)
    assert "cannot be read" in propose(code=2, files=["nothing.yaml"])
    assert there.writes() == []


def test_a_workflow_is_started(there: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = ("model=fraud", "uri=s3://m/x?y=1", "digest=")
    asked = [part for each in inputs for part in ("--input", each)]
    assert main(["start", "--workflow", "propose.yml", *asked]) == 0
    assert there.started == [
        {
            "path": "actions/workflows/propose.yml/dispatches",
            "ref": "main",
            "inputs": {"model": "fraud", "uri": "s3://m/x?y=1"},
        }
    ]
    assert "started propose.yml" in capsys.readouterr().out
