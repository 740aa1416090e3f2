"""GitHub's REST API, as much of it as a comment needs. The token is never shown.

https://docs.github.com/en/rest/issues/comments
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["Comment", "GitHub"]

_TIMEOUT_SECONDS: Final = 30
_PER_PAGE: Final = 100
# A pull request with more comments than these pages hold is none that anybody reads.
_MOST_PAGES: Final = 100
_NEXT: Final = re.compile(r'<([^>]+)>;\s*rel="next"')
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is on GitHub."""

    id: int
    author: str
    body: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to the host that was named, and to no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - the handler's own.
        return None


@dataclass(frozen=True, slots=True)
class GitHub:
    """The API of one repository, `owner/name`."""

    api: str
    repository: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.api)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise Failure(
                f"GITHUB_API_URL is {self.api}: the token goes over https alone\n"
                "  fix: https://api.github.com, or that of your GitHub Enterprise"
            )
        if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", self.repository):
            raise Failure(f"GITHUB_REPOSITORY is {self.repository!r}: no owner/name")

    def comments(self, pull: int) -> list[Comment]:
        """All of a pull request, the oldest first.

        Raises:
            Failure: GitHub answers something else, or nothing.
        """
        return list(self._comments(pull))

    def _comments(self, pull: int) -> Iterator[Comment]:
        path: str | None = f"{self._issues}/{pull}/comments?per_page={_PER_PAGE}"
        for _ in range(_MOST_PAGES):
            if path is None:
                return
            answer, link = self._ask("GET", path)
            for each in cast("list[dict[str, Any]]", answer or []):
                user = cast("dict[str, Any]", each.get("user") or {})
                yield Comment(
                    int(each["id"]), str(user.get("login", "")), str(each.get("body") or "")
                )
            found = _NEXT.search(link)
            path = self._same_host(found[1]) if found else None

    def create(self, pull: int, body: str) -> int:
        """A new comment; its number."""
        answer, _ = self._ask("POST", f"{self._issues}/{pull}/comments", {"body": body})
        return int(cast("dict[str, Any]", answer)["id"])

    def update(self, comment: int, body: str) -> None:
        """Another body for a comment."""
        self._ask("PATCH", f"{self._issues}/comments/{comment}", {"body": body})

    @property
    def _issues(self) -> str:
        return f"{self.api.rstrip('/')}/repos/{self.repository}/issues"

    def _same_host(self, address: str) -> str:
        if urlsplit(address)[:2] != urlsplit(self.api)[:2]:
            raise Failure("GitHub's next page is on another host", Exit.ERROR)
        return address

    def _ask(self, method: str, address: str, body: object = None) -> tuple[object, str]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at.
            address,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "model-serving",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            opener = urllib.request.build_opener(_NoRedirect)
            with opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                return json.load(answer), answer.headers.get("Link", "")
        except urllib.error.HTTPError as error:
            raise _refused(method, address, error) from None
        except TimeoutError:
            raise Failure(
                f"GitHub did not answer in {_TIMEOUT_SECONDS} s: {method} {address}", Exit.TIMEOUT
            ) from None
        except (urllib.error.URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise Failure(
                f"GitHub cannot be asked: {method} {address}: {reason}", Exit.ERROR
            ) from None


def _refused(method: str, address: str, error: urllib.error.HTTPError) -> Failure:
    try:
        said = str(json.load(error).get("message", ""))
    except (ValueError, AttributeError, OSError):
        said = ""
    code = Exit.AUTHENTICATION if error.code in {401, 403, 404} else Exit.ERROR
    fix = (
        "\n  fix: give the job `permissions: {pull-requests: write}`; the token of a fork's pull "
        "request can only read"
        if code is Exit.AUTHENTICATION
        else ""
    )
    return Failure(f"GitHub answered {error.code} to {method} {address}: {said}{fix}", code)
