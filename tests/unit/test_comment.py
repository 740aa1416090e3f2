"""One comment on a pull request: found again, updated in place, never by an older run."""

import json
import re
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from delivery.comment import BOT, comment
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.reporting.as_markdown import LIMIT
from delivery.reporting.files import as_json
from tests.unit.preview_reports import environment, report

TOKEN = "canary-token-5f1c"
OLD, NEW = "a" * 40, "b" * 40
EARLY, LATE = "2026-11-27T08:00:00+01:00", "2026-11-27T07:30:00Z"


@dataclass
class StandIn:
    """GitHub's comments of one pull request, a page of two at a time, as its API has them."""

    comments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[str] = field(default_factory=list[str])
    status: int = 200
    url: str = ""

    def add(self, login: str, body: str) -> None:
        self.comments.append(
            {"id": 100 + len(self.comments), "user": {"login": login}, "body": body}
        )

    def bodies(self, login: str = BOT) -> list[str]:
        return [each["body"] for each in self.comments if each["user"]["login"] == login]

    def writes(self) -> list[str]:
        return [each for each in self.asked if not each.startswith("GET")]

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, object, str]:
        self.asked.append(f"{method} {path}")
        if self.status != 200:
            return self.status, {"message": "Resource not accessible by integration"}, ""
        parts = urlsplit(path)
        if method == "GET":
            page = int(parse_qs(parts.query).get("page", ["1"])[0])
            more = len(self.comments) > 2 * page
            link = f'<{self.url}{parts.path}?page={page + 1}>; rel="next"' if more else ""
            return 200, self.comments[2 * page - 2 : 2 * page], link
        if method == "POST":
            # GitHub gives back Windows' line ends.
            self.add(BOT, body["body"].replace("\n", "\r\n").strip())
            return 201, self.comments[-1], ""
        number = int(parts.path.rpartition("/")[2])
        found = next(each for each in self.comments if each["id"] == number)
        found["body"] = body["body"]
        return 200, found, ""


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Generator[StandIn]:
    made = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            assert self.headers["Authorization"] == f"Bearer {TOKEN}"
            length = int(self.headers.get("Content-Length") or 0)
            body: dict[str, Any] = json.loads(self.rfile.read(length)) if length else {}
            status, answer, link = made.answer(self.command, self.path, body)
            self.send_response(status)
            if link:
                self.send_header("Link", link)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = _do  # noqa: N815 - the server's names.

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("GITHUB_API_URL", made.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "example/models")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_WORKFLOW", "preview")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(as_json(report(environment(1))))
    return path


def write(file: Path, commit: str = OLD, committed: str = EARLY, *, outdated: bool = False) -> int:
    return comment(12, reports=[file], commit=commit, committed=committed, outdated=outdated)


def test_one_comment_is_made_found_on_any_page_and_updated(
    github: StandIn, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        github.add("somebody", f"comment {number}")
    assert write(file) == Exit.OK
    file.write_text(as_json(report(environment(1, name="prod"))))
    assert write(file, NEW, LATE) == Exit.OK
    (body,) = github.bodies()
    assert "prod: 1 models change" in body
    assert NEW in body
    assert OLD not in body
    assert github.writes() == [
        "POST /repos/example/models/issues/12/comments",
        "PATCH /repos/example/models/issues/comments/105",
    ]
    said = capsys.readouterr()
    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["created", "updated"]
    assert TOKEN not in said.out + said.err


def test_nothing_is_written_where_nothing_changed(github: StandIn, file: Path) -> None:
    write(file)
    write(file)
    assert len(github.writes()) == 1


def test_an_older_run_never_overwrites_a_newer(
    github: StandIn, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, NEW, LATE)
    before = github.bodies()
    # Half an hour earlier, though the clock on its wall says later.
    write(file, OLD, EARLY)
    write(file, OLD, EARLY, outdated=True)
    assert github.bodies() == before
    assert capsys.readouterr().out.splitlines()[1].startswith("superseded: ")


def test_of_the_same_commit_the_later_run_wins(
    github: StandIn, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file)
    file.write_text(as_json(report(environment(2))))
    monkeypatch.setenv("GITHUB_RUN_ID", "6")
    write(file)
    assert "1 models change" in github.bodies()[0]
    monkeypatch.setenv("GITHUB_RUN_ID", "8")
    write(file)
    assert "2 models change" in github.bodies()[0]


def test_a_copied_marker_of_somebody_else_is_left_alone(github: StandIn, file: Path) -> None:
    write(file)
    stolen = github.bodies()[0]
    github.comments.clear()
    github.add("mallory", stolen)
    write(file, NEW, LATE)
    assert github.bodies("mallory") == [stolen]
    assert len(github.bodies()) == 1


def test_another_workflow_has_a_comment_of_its_own(
    github: StandIn, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file)
    monkeypatch.setenv("GITHUB_WORKFLOW", "nightly -- <b>")
    write(file)
    write(file)
    assert len(github.bodies()) == 2
    # It ends where it should: nothing of a name ends the hidden line.
    assert github.bodies()[1].splitlines()[0].count("-->") == 1


def test_what_is_outdated_says_so_once_until_it_is_written_anew(
    github: StandIn, file: Path
) -> None:
    write(file)
    comment(12, reports=[], commit=NEW, committed=LATE, outdated=True)
    comment(12, reports=[], commit=NEW, committed=LATE, outdated=True)
    (body,) = github.bodies()
    assert body.count("Outdated") == 1
    assert "dev: 1 models change" in body
    assert len(github.writes()) == 2
    write(file, NEW, LATE)
    assert "Outdated" not in github.bodies()[0]


def test_a_report_of_a_job_that_is_not_trusted_is_held_against_its_schema(
    github: StandIn, file: Path
) -> None:
    told = json.loads(file.read_text())
    told["environments"][0]["body"] = "<b>SECRET-VALUE</b>"
    file.write_text(json.dumps(told))
    with pytest.raises(Failure, match="is no report of a preview") as caught:
        write(file)
    assert "SECRET-VALUE" not in str(caught.value)
    assert github.asked == []


def test_a_comment_is_never_too_long(github: StandIn, file: Path) -> None:
    file.write_text(as_json(report(environment(200, rules=20, text="<" * 90))))
    write(file)
    comment(12, reports=[], commit=NEW, committed=LATE, outdated=True)
    assert len(github.bodies()[0]) <= LIMIT
    assert "Outdated" in github.bodies()[0]


@pytest.mark.parametrize(("status", "code"), [(403, Exit.AUTHENTICATION), (500, Exit.ERROR)])
def test_a_refusal_is_told_without_the_token(
    github: StandIn, file: Path, status: int, code: Exit
) -> None:
    github.status = status
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
    github: StandIn,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: tuple[str, str],
    said: str,
) -> None:
    monkeypatch.setenv(*variable)
    with pytest.raises(Failure, match=said):
        write(file)
    assert github.asked == []
