"""One comment on a pull request: found again, updated in place, never by an older run."""

import json
import re
from collections.abc import Generator
from pathlib import Path

import pytest

from delivery.comment import comment
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.reporting.as_markdown import LIMIT
from delivery.reporting.files import as_json
from tests.unit.github_server import BOT, TOKEN, Repository, serving_github
from tests.unit.preview_reports import environment, report

OLD, NEW = "a" * 40, "b" * 40
EARLY, LATE = "2026-11-27T08:00:00+01:00", "2026-11-27T07:30:00Z"


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Generator[Repository]:
    with serving_github() as repository:
        repository.page = 2
        monkeypatch.setenv("GITHUB_API_URL", repository.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/serving")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_WORKFLOW", "preview")
        monkeypatch.setenv("GITHUB_RUN_ID", "7")
        yield repository


def bodies(github: Repository, login: str = BOT) -> list[str]:
    return [each["body"] for each in github.comments if each["user"]["login"] == login]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(as_json(report(environment(1))))
    return path


def write(file: Path, commit: str = OLD, committed: str = EARLY, *, outdated: bool = False) -> int:
    return comment(12, reports=[file], commit=commit, committed=committed, outdated=outdated)


def test_one_comment_is_made_found_on_any_page_and_updated(
    github: Repository, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        github.comment(f"comment {number}", "somebody")
    assert write(file) == Exit.OK
    file.write_text(as_json(report(environment(1, name="prod"))))
    assert write(file, NEW, LATE) == Exit.OK
    (body,) = bodies(github)
    assert "prod: 1 models change" in body
    assert NEW in body
    assert OLD not in body
    assert github.writes() == [
        "POST issues/12/comments",
        "PATCH issues/comments/1005",
    ]
    said = capsys.readouterr()
    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["created", "updated"]
    assert TOKEN not in said.out + said.err


def test_nothing_is_written_where_nothing_changed(github: Repository, file: Path) -> None:
    write(file)
    write(file)
    assert len(github.writes()) == 1


def test_an_older_run_never_overwrites_a_newer(
    github: Repository, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, NEW, LATE)
    before = bodies(github)
    # Half an hour earlier, though the clock on its wall says later.
    write(file, OLD, EARLY)
    write(file, OLD, EARLY, outdated=True)
    assert bodies(github) == before
    assert capsys.readouterr().out.splitlines()[1].startswith("superseded: ")


def test_of_the_same_commit_the_later_run_wins(
    github: Repository, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file)
    file.write_text(as_json(report(environment(2))))
    monkeypatch.setenv("GITHUB_RUN_ID", "6")
    write(file)
    assert "1 models change" in bodies(github)[0]
    monkeypatch.setenv("GITHUB_RUN_ID", "8")
    write(file)
    assert "2 models change" in bodies(github)[0]


def test_a_copied_marker_of_somebody_else_is_left_alone(github: Repository, file: Path) -> None:
    write(file)
    stolen = bodies(github)[0]
    github.comments.clear()
    github.comment(stolen, "mallory")
    write(file, NEW, LATE)
    assert bodies(github, "mallory") == [stolen]
    assert len(bodies(github)) == 1


def test_another_workflow_has_a_comment_of_its_own(
    github: Repository, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file)
    monkeypatch.setenv("GITHUB_WORKFLOW", "nightly -- <b>")
    write(file)
    write(file)
    assert len(bodies(github)) == 2
    # It ends where it should: nothing of a name ends the hidden line.
    assert bodies(github)[1].splitlines()[0].count("-->") == 1


def test_what_is_outdated_says_so_once_until_it_is_written_anew(
    github: Repository, file: Path
) -> None:
    write(file)
    comment(12, reports=[], commit=NEW, committed=LATE, outdated=True)
    comment(12, reports=[], commit=NEW, committed=LATE, outdated=True)
    (body,) = bodies(github)
    assert body.count("Outdated") == 1
    assert "dev: 1 models change" in body
    assert len(github.writes()) == 2
    write(file, NEW, LATE)
    assert "Outdated" not in bodies(github)[0]


def test_a_report_of_a_job_that_is_not_trusted_is_held_against_its_schema(
    github: Repository, file: Path
) -> None:
    told = json.loads(file.read_text())
    told["environments"][0]["body"] = "<b>SECRET-VALUE</b>"
    file.write_text(json.dumps(told))
    with pytest.raises(Failure, match="is no report of a preview") as caught:
        write(file)
    assert "SECRET-VALUE" not in str(caught.value)
    assert github.asked == []


def test_a_comment_is_never_too_long(github: Repository, file: Path) -> None:
    file.write_text(as_json(report(environment(200, rules=20, text="<" * 90))))
    write(file)
    comment(12, reports=[], commit=NEW, committed=LATE, outdated=True)
    assert len(bodies(github)[0]) <= LIMIT
    assert "Outdated" in bodies(github)[0]


@pytest.mark.parametrize(("status", "code"), [(403, Exit.AUTHENTICATION), (500, Exit.ERROR)])
def test_a_refusal_is_told_without_the_token(
    github: Repository, file: Path, status: int, code: Exit
) -> None:
    # With a header of a limit, 403 would be one.
    github.failing, github.limit = [status] * 4, {}
    with pytest.raises(Failure, match=f"answered {status}") as caught:
        write(file)
    assert caught.value.code is code
    assert TOKEN not in str(caught.value)
    assert bool(re.search("fix: .*pull-requests: write", str(caught.value))) == (status == 403)


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        (("GITHUB_TOKEN", ""), "GITHUB_TOKEN is not set"),
        (("GITHUB_REPOSITORY", "a/b/../c"), "no owner/name"),
        (("GITHUB_API_URL", "http://github.example.com"), "over https alone"),
    ],
)
def test_wrong_variables_are_told(
    github: Repository,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: tuple[str, str],
    said: str,
) -> None:
    monkeypatch.setenv(*variable)
    with pytest.raises(Failure, match=said):
        write(file)
    assert github.asked == []
