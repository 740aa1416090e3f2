"""GitHub's API, pull requests, and the issue that is brought up to date in place."""

import time
from collections.abc import Generator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.github.api import GitHub, from_environment
from delivery.github.issue import tell
from delivery.github.pull_request import head_time
from tests.unit.github_server import TOKEN, Repository, serving_github

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEAD, OTHER = "a" * 40, "b" * 40


@pytest.fixture
def there() -> Generator[Repository]:
    with serving_github() as repository:
        yield repository


@pytest.fixture
def github(there: Repository) -> GitHub:
    return GitHub("acme/serving", TOKEN, there.url, first_wait_seconds=0)


def commit(sha: str) -> dict[str, object]:
    return {"sha": sha, "commit": {"committer": {"date": "2026-01-02T03:04:05Z"}}}


def test_a_pull_request_is_the_one_of_its_head(there: Repository, github: GitHub) -> None:
    there.pulls[7] = {"state": "open", "head": {"sha": HEAD}, "updated_at": "2026-02-01T00:00:00Z"}
    there.commits = [commit(c * 40) for c in "cdefa"]
    assert head_time(github, 7, HEAD) == NOW
    # It says another number than its own.
    assert head_time(github, 7, OTHER) is None
    there.commits = []
    assert head_time(github, 7, HEAD) == datetime(2026, 2, 1, tzinfo=UTC)
    there.pulls[7]["state"] = "closed"
    assert head_time(github, 7, HEAD) is None


def test_an_issue_is_opened_changed_and_closed(there: Repository, github: GitHub) -> None:
    assert tell(github, "drift-dev", "Drift in dev", None) == "nothing to tell"
    assert tell(github, "drift-dev", "Drift in dev", "one") == "opened #1"
    assert tell(github, "drift-dev", "Drift in dev", "one") == "left #1: it says the same"
    assert tell(github, "drift-prod", "Drift in prod", "other") == "opened #2"
    assert tell(github, "drift-dev", "Drift in dev", "two") == "changed #1"
    assert there.issues[0]["body"].endswith("\ntwo")
    assert tell(github, "drift-dev", "Drift in dev", None) == "closed #1"
    assert [each["state"] for each in there.issues] == ["closed", "open"]
    # What was closed stays closed: the next one is new.
    assert tell(github, "drift-dev", "Drift in dev", "three") == "opened #3"


def test_issues_of_others_and_pull_requests_are_not_ours(there: Repository, github: GitHub) -> None:
    marker = "<!-- model-serving drift-dev -->\n"
    there.issue(marker, login="somebody")
    there.issue(marker, pull_request={})
    there.issue("talk of " + marker)
    assert tell(github, "drift-dev", "Drift in dev", "one") == "opened #4"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(status: int, there: Repository, github: GitHub) -> None:
    there.failing = [status] * 3
    assert list(github.pages("issues/7/comments")) == []


def test_what_does_not_pass_is_told(there: Repository, github: GitHub) -> None:
    there.failing = [503] * 4
    with pytest.raises(Failure, match=r"GitHub answered 503 to GET .*: not now"):
        github.get("pulls/7")


def test_a_write_that_failed_is_not_repeated(there: Repository, github: GitHub) -> None:
    """It may have been done: a second comment would be one too many."""
    list(github.pages("issues/7/comments"))
    there.failing = [500]
    with pytest.raises(Failure, match="500"):
        github.send("POST", "issues/7/comments", {"body": "x"})
    assert len(there.writes()) == 1


SPENT = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."


# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (403, {"Retry-After": "0"}, "not now"),
        (403, SPENT, "API rate limit exceeded"),
        (403, {}, SECONDARY),
        (429, {}, "not now"),
    ],
)
def test_a_limit_of_requests_is_waited_for(
    status: int, headers: dict[str, str], said: str, there: Repository, github: GitHub
) -> None:
    """Nothing was done, so that a write may be asked again too."""
    there.failing, there.limit, there.refusal = [status] * 2, headers, said
    github.send("POST", "issues/7/comments", {"body": "x"})
    assert len(there.comments) == 1
    there.failing = [status] * 4
    with pytest.raises(Failure, match="limit of requests is reached") as refused:
        github.get("pulls/7")
    assert refused.value.code is Exit.ERROR
    assert "permissions" not in str(refused.value)


def test_a_long_limit_is_told_at_once(there: Repository, github: GitHub) -> None:
    there.failing, there.limit = [403], {"Retry-After": "1800"}
    with pytest.raises(Failure, match="run the job again in 1800 s"):
        github.get("pulls/7")
    assert len(there.asked) == 1


@pytest.mark.parametrize("jump", [-86400, -3600, 3600, 86400])
def test_a_limit_ends_by_github_s_clock(
    there: Repository, github: GitHub, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    """Ours may be wrong: neither is it told to wait a day, nor to come back at once."""
    now = time.time()
    ours = SimpleNamespace(time=lambda: now + jump, sleep=time.sleep)
    monkeypatch.setattr("delivery.github.api.time", ours)
    there.failing = [403]
    there.limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(now) + 1800)}
    with pytest.raises(Failure, match=r"run the job again in 1[78]\d\d s"):
        github.get("pulls/7")
    assert len(there.asked) == 1


def test_a_missing_right_is_no_limit(there: Repository, github: GitHub) -> None:
    there.failing, there.limit = [403], {"X-RateLimit-Remaining": "4999"}
    there.refusal = "Resource not accessible by integration"
    with pytest.raises(Failure, match="permissions") as refused:
        github.get("pulls/7")
    assert refused.value.code is Exit.AUTHENTICATION
    assert len(there.asked) == 1


def test_a_token_that_may_not(there: Repository) -> None:
    with pytest.raises(Failure, match=r"answered 401 to GET .*: Bad credentials") as refused:
        GitHub("acme/serving", "wrong-token", there.url).get("pulls/7")
    assert refused.value.code is Exit.AUTHENTICATION
    assert "wrong-token" not in str(refused.value)
    assert "permissions" in str(refused.value)


def test_nobody_answers() -> None:
    github = GitHub("acme/serving", TOKEN, "http://127.0.0.1:9", first_wait_seconds=0)
    with pytest.raises(Failure, match="does not answer"):
        github.get("pulls/1")
    assert TOKEN not in repr(github)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "GITHUB_REPOSITORY, GITHUB_TOKEN"),
        ({"GITHUB_REPOSITORY": "acme/serving"}, "GITHUB_TOKEN"),
        (
            {
                "GITHUB_REPOSITORY": "acme/serving",
                "GITHUB_TOKEN": TOKEN,
                "GITHUB_API_URL": "http://x",
            },
            "https alone",
        ),
        ({"GITHUB_REPOSITORY": "acme/../x", "GITHUB_TOKEN": TOKEN}, "no owner/name"),
    ],
)
def test_what_the_environment_must_say(
    variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Failure) as refused:
        from_environment()
    assert said in str(refused.value)
    assert TOKEN not in str(refused.value)
