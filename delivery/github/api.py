"""GitHub's REST API, as far as comments, issues and pull requests need it.

https://docs.github.com/en/rest: JSON over HTTPS, lists in pages that `Link` leads through. The
token comes from the environment, and is in no message.
"""

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import urlsplit

from delivery.exits import Exit
from delivery.failure import Failure

_VERSION: Final = "2022-11-28"
_TIMEOUT_SECONDS: Final = 30
# What passes: the server's own trouble.
_AGAIN: Final = frozenset({500, 502, 503, 504})
# Either is GitHub's answer to too many requests, 403 also its answer to a missing right:
# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
_LIMITING: Final = frozenset({403, 429})
_TRIES: Final = 4
_LONGEST_WAIT_SECONDS: Final = 60.0
_NEXT: Final = re.compile(r'<([^>]+)>;\s*rel="next"')
# More pages than any pull request has: a server that leads in circles ends here.
_MOST_PAGES: Final = 1_000
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
BOT: Final = "github-actions[bot]"
"""Who writes with a workflow's own token."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to the host that was named, and to no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - the handler's own.
        return None


@dataclass(frozen=True, slots=True)
class GitHub:
    """One repository, `owner/name`. `first_wait_seconds` doubles with each try."""

    repository: str
    token: str = field(repr=False)
    url: str = "https://api.github.com"
    first_wait_seconds: float = 1.0

    def __post_init__(self) -> None:
        at = urlsplit(self.url)
        if at.scheme != "https" and not (at.scheme == "http" and at.hostname in _LOOPBACK):
            raise Failure(
                f"GITHUB_API_URL is {self.url}: the token goes over https alone\n"
                "  fix: https://api.github.com, or that of your GitHub Enterprise"
            )
        if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", self.repository):
            raise Failure(f"GITHUB_REPOSITORY is {self.repository!r}: no owner/name")

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """The JSON at a path below the repository's.

        Raises:
            Failure: with the status and GitHub's own words.
        """
        return self._ask("GET", self._at(path))[0]

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """The items of a list, through all its pages.

        Raises:
            Failure: as of `get`.
        """
        url: str | None = self._at(path)
        for _ in range(_MOST_PAGES):
            if url is None:
                return
            items, link = self._ask("GET", url)
            yield from cast("list[dict[str, Any]]", items)
            found = _NEXT.search(link)
            url = found[1] if found else None
            if url is not None and urlsplit(url)[:2] != urlsplit(self.url)[:2]:
                raise Failure(f"GitHub leads to another host for the next page: {url}", Exit.ERROR)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Create (POST) or change (PATCH) something; its JSON is returned.

        Raises:
            Failure: as of `get`.
        """
        return self._ask(method, self._at(path), json.dumps(body).encode())[0]

    def _at(self, path: str) -> str:
        return f"{self.url}/repos/{self.repository}/{path}"

    def _ask(self, method: str, url: str, body: bytes | None = None) -> tuple[Any, str]:
        request = urllib.request.Request(  # noqa: S310 - __post_init__ checks the scheme
            url,
            data=body,
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "model-serving",
                "X-GitHub-Api-Version": _VERSION,
            },
        )
        opener = urllib.request.build_opener(_NoRedirect)
        for left in reversed(range(_TRIES)):
            try:
                with opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                    said = answer.read()
                    # A workflow that was started is answered with nothing.
                    read = json.loads(said) if said else None
                    return read, str(answer.headers.get("Link") or "")
            except urllib.error.HTTPError as error:
                refusal = _Refusal.of(method, url, error)
                wait = refusal.wait_seconds
                # A comment that was not answered may have been made: only what reads is repeated,
                # and what was refused for a limit.
                again = refusal.limited or (error.code in _AGAIN and method == "GET")
                if not (left and again) or (wait is not None and wait > _LONGEST_WAIT_SECONDS):
                    raise refusal.failure() from None
                self._wait(left, wait)
            except (urllib.error.URLError, TimeoutError, ValueError) as error:
                if not left or method != "GET":
                    raise Failure(f"GitHub does not answer: {error}", Exit.ERROR) from None
                self._wait(left, None)
        raise AssertionError("unreachable")

    def _wait(self, left: int, asked: float | None) -> None:
        wait = self.first_wait_seconds * 2 ** (_TRIES - 1 - left)
        time.sleep(min(wait if asked is None else asked, _LONGEST_WAIT_SECONDS))


def from_environment() -> GitHub:
    """The repository of the workflow that runs, as GitHub's runners name it.

    Raises:
        Failure: says which variables are missing.
    """
    needed = ("GITHUB_REPOSITORY", "GITHUB_TOKEN")
    repository, token = (os.environ.get(name, "").strip() for name in needed)
    missing = [name for name in needed if not os.environ.get(name, "").strip()]
    if missing:
        raise Failure(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set\n"
            "  fix: run it in a workflow, with `GITHUB_TOKEN: ${{ github.token }}` in its env",
            Exit.CONFIGURATION if repository == "" else Exit.AUTHENTICATION,
        )
    url = (os.environ.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/")
    return GitHub(repository, token, url)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An answer that is none."""

    asked: str
    """Method and path."""
    status: int
    said: str
    """GitHub's own words."""
    limited: bool
    """For a limit of requests; nothing was done."""
    wait_seconds: float | None
    """As GitHub says; None where it says nothing."""

    @classmethod
    def of(cls, method: str, url: str, error: urllib.error.HTTPError) -> "_Refusal":
        try:
            said = str(json.load(error).get("message", ""))
        except (ValueError, AttributeError, OSError):
            said = ""
        spent = error.headers.get("X-RateLimit-Remaining") == "0"
        wait = _seconds(error.headers.get("Retry-After"))
        if wait is None and spent:
            until = _seconds(error.headers.get("X-RateLimit-Reset"))
            wait = None if until is None else max(until - _its_time(error.headers), 0.0)
        limited = error.code in _LIMITING and (
            error.code == HTTPStatus.TOO_MANY_REQUESTS
            or spent
            or wait is not None
            or "rate limit" in said.lower()
        )
        return cls(
            f"{method} {urlsplit(url).path}", error.code, said or error.reason, limited, wait
        )

    def failure(self) -> Failure:
        text = f"GitHub answered {self.status} to {self.asked}: {self.said}"
        if self.limited:
            # Without a word of it GitHub asks for a minute.
            wait = _LONGEST_WAIT_SECONDS if self.wait_seconds is None else self.wait_seconds
            fix = f"GitHub's limit of requests is reached; run the job again in {wait:.0f} s"
            return Failure(f"{text}\n  fix: {fix}", Exit.ERROR)
        rights = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
        if self.status in rights:
            fix = (
                "the token's permissions (issues: write, pull-requests: write; contents: write for "
                "a branch, actions: write to start a workflow) must allow it"
            )
            return Failure(f"{text}\n  fix: {fix}", Exit.AUTHENTICATION)
        return Failure(text, Exit.ERROR)


def _its_time(headers: Message) -> float:
    """Seconds since the epoch by GitHub's clock, which may not be ours."""
    try:
        return parsedate_to_datetime(headers["Date"]).timestamp()
    except (ValueError, TypeError):
        return time.time()


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None
