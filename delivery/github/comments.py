"""The comments of a pull request.

https://docs.github.com/en/rest/issues/comments
"""

from dataclasses import dataclass
from typing import Any, cast

from delivery.github.api import GitHub

__all__ = ["Comment", "comments", "create", "update"]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is on GitHub."""

    id: int
    author: str
    body: str


def comments(github: GitHub, pull: int) -> list[Comment]:
    """All of a pull request, the oldest first.

    Raises:
        Failure: GitHub answers something else, or nothing.
    """
    found: list[Comment] = []
    for each in github.pages(f"issues/{pull}/comments?per_page=100"):
        user = cast("dict[str, Any]", each.get("user") or {})
        body = str(each.get("body") or "")
        found.append(Comment(int(each["id"]), str(user.get("login", "")), body))
    return found


def create(github: GitHub, pull: int, body: str) -> int:
    """A new comment; its number."""
    return int(github.send("POST", f"issues/{pull}/comments", {"body": body})["id"])


def update(github: GitHub, comment: int, body: str) -> None:
    """Another body for a comment."""
    github.send("PATCH", f"issues/comments/{comment}", {"body": body})
