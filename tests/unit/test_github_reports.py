"""What a preview's run left, read by the job that may write: as data, and only as such."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from delivery.failure import Failure
from delivery.github import reports
from delivery.github.__main__ import main
from tests.unit.github_server import TOKEN, Repository, serving_github

HEAD = "a" * 40
RUN = "https://github.example/acme/serving/actions/runs/1"


def environment(name: str = "dev", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"environment": name, "verdict": "ready", "sentence": f"{name} is ready", **more}


def left(
    folder: Path, *found: dict[str, Any], artifact: str = "preview", number: str = "7"
) -> Path:
    place = folder / artifact
    place.mkdir(parents=True)
    (place / "pull_request").write_text(f"{number}\n")
    for each in found:
        path = place / each.get("environment", "dev")
        path.mkdir()
        (path / "report.json").write_text(json.dumps({"schema_version": 1, "environments": [each]}))
    return folder


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Generator[Repository]:
    with serving_github() as repository:
        repository.pulls[7] = {
            "state": "open",
            "head": {"sha": HEAD},
            "updated_at": "2026-01-02T03:04:05Z",
        }
        monkeypatch.setenv("GITHUB_API_URL", repository.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/serving")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield repository


def comment(folder: Path, *more: str, head: str = HEAD) -> int:
    asked = ["--name", "preview", "--reports", str(folder), "--head", head, "--run-url", RUN]
    return main(["comment", *asked, *more])


def test_reports_of_all_environments_are_one_comment(there: Repository, tmp_path: Path) -> None:
    assert comment(left(tmp_path, environment("dev"), environment("prod"))) == 0
    (said,) = there.comments
    assert "dev is ready" in said["body"]
    assert "prod is ready" in said["body"]
    assert RUN in said["body"]


def test_what_was_previewed_against_the_clouds_is_what_counts(
    there: Repository, tmp_path: Path
) -> None:
    left(tmp_path, environment(sentence="of the sandbox"))
    left(tmp_path, environment(sentence="of the clouds"), artifact="preview-clouds")
    comment(tmp_path)
    assert "of the clouds" in there.comments[0]["body"]
    assert "of the sandbox" not in there.comments[0]["body"]


def test_one_artifact_alone_lies_in_the_folder_itself(there: Repository, tmp_path: Path) -> None:
    """As actions/download-artifact puts it where its pattern finds one."""
    left(tmp_path, environment())
    assert comment(tmp_path / "preview") == 0
    assert "dev is ready" in there.comments[0]["body"]


def test_a_push_that_took_the_last_commit_back_is_told(there: Repository, tmp_path: Path) -> None:
    comment(left(tmp_path / "later", environment(sentence="of the later commit")))
    earlier = "b" * 40
    there.pulls[7] |= {"head": {"sha": earlier}, "updated_at": "2026-01-01T00:00:00Z"}
    comment(left(tmp_path / "earlier", environment(sentence="of the earlier")), head=earlier)
    (said,) = there.comments
    assert "of the earlier" in said["body"]


def test_nothing_touched_makes_no_comment_and_corrects_one(
    there: Repository, tmp_path: Path
) -> None:
    nothing = left(tmp_path / "nothing")
    assert comment(nothing) == 0
    assert there.comments == []
    comment(left(tmp_path / "something", environment()))
    comment(nothing)
    (said,) = there.comments
    assert "touches nothing that is deployed" in said["body"]


def test_a_run_that_failed_without_a_report_is_told(there: Repository, tmp_path: Path) -> None:
    comment(left(tmp_path), "--failed")
    assert "failed before it could report" in there.comments[0]["body"]


def test_why_there_is_no_report_is_shown_and_never_obeyed(
    there: Repository, tmp_path: Path
) -> None:
    folder = left(tmp_path)
    why = folder / "preview" / "why"
    why.write_text("error: dev is locked by ada\n  fix: <b>wait</b> for @all\n" + "x" * 10_000)
    comment(folder, "--failed")
    body = there.comments[0]["body"]
    assert "dev is locked by ada" in body
    assert "<b>" not in body
    assert "@all" not in body
    assert len(body) < 2_000
    # A link could lead to what the job may read.
    why.unlink()
    (tmp_path / "secret").write_text("s3cr3t")
    why.symlink_to(tmp_path / "secret")
    comment(folder, "--failed")
    assert "s3cr3t" not in there.comments[0]["body"]


def test_a_report_of_a_run_that_failed_is_the_report(there: Repository, tmp_path: Path) -> None:
    """A guardrail fails the run; what it found is what the comment says."""
    comment(left(tmp_path, environment(verdict="blocked", sentence="dev is blocked")), "--failed")
    assert "dev is blocked" in there.comments[0]["body"]
    assert "failed before" not in there.comments[0]["body"]


@pytest.mark.parametrize("number", ["", "x", "-1", "07", "9" * 20, "7; rm"])
def test_a_number_that_is_none(number: str, there: Repository, tmp_path: Path) -> None:
    assert comment(left(tmp_path, environment(), number=number)) == 0
    assert there.asked == []


def test_another_pull_request_is_left_alone(there: Repository, tmp_path: Path) -> None:
    """Whoever changes the workflow may write any number; the commit is GitHub's own word."""
    there.pulls[8] = {"state": "open", "head": {"sha": "b" * 40}}
    assert comment(left(tmp_path, environment(), number="8")) == 0
    assert there.writes() == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key more": (environment(more="<script>"), "environments.0.more"),
    "no verdict": ({"environment": "dev", "sentence": "x"}, "environments.0.verdict"),
    "a key that would be a command to the runner": (
        environment() | {"x\n::error::y": 1},
        "environments.0.x ::error::y",
    ),
    "a verdict that is none": (environment(verdict="<b>"), "environments.0.verdict"),
    "an environment that cannot be": (
        environment("dev", only=None) | {"environment": "dev](x)"},
        "names an environment that cannot be one",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_report_is_refused(
    case: str, there: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, said = WRONG[case]
    assert comment(left(tmp_path, wrong)) == 2
    told = capsys.readouterr().err
    assert said in told
    # Nor does the refusal repeat what somebody wants to be read.
    assert "<script>" not in told
    assert there.writes() == []


def test_what_is_no_json_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = left(tmp_path, environment()) / "preview" / "dev" / "report.json"
    monkeypatch.setattr(reports, "_MOST_BYTES", path.stat().st_size)
    assert len(reports.read(tmp_path).reports) == 1
    monkeypatch.setattr(reports, "_MOST_BYTES", path.stat().st_size - 1)
    with pytest.raises(Failure, match="more than"):
        reports.read(tmp_path)
    path.write_text("{")
    with pytest.raises(Failure, match="is no report"):
        reports.read(tmp_path)


def test_a_link_out_of_the_artifact_is_not_followed(tmp_path: Path) -> None:
    left(tmp_path, environment())
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    path = tmp_path / "preview" / "dev" / "report.json"
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(Failure, match="leads out"):
        reports.read(tmp_path)


def test_an_issue_by_the_command(there: Repository, tmp_path: Path) -> None:
    (tmp_path / "drift.md").write_text("gone")
    asked = ["issue", "--name", "drift-dev", "--title", "Drift"]
    assert main([*asked, "--body", str(tmp_path / "drift.md")]) == 0
    assert there.issues[0]["body"].endswith("gone")
    assert main(asked) == 0
    assert there.issues[0]["state"] == "closed"
    assert main([*asked, "--body", str(tmp_path / "none.md")]) == 2
