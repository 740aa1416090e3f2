"""Which comment is ours, and whether it is to be written."""

from dataclasses import dataclass
from typing import Final

from delivery.github import marker
from delivery.github.api import GitHub
from delivery.github.comments import Comment, comments, create, update
from delivery.github.marker import Marker
from delivery.reporting.as_markdown import LIMIT
from delivery.reporting.markdown_text import code

__all__ = ["Done", "place"]

_OUTDATED: Final = "> ⏳ **Outdated**: "


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a word and in a sentence."""

    what: str
    """created, updated, unchanged, superseded, outdated or nothing."""
    says: str


def place(
    github: GitHub,
    pull: int,
    author: str,
    ours: Marker,
    body: str | None,
    *,
    only_update: bool = False,
    is_head: bool = False,
) -> Done:
    """Write the body into the one comment; with None say in it that it is outdated.

    With `only_update` none is made where there is none yet. With `is_head` the pull request ends
    with our commit now: what is told of another is out of date, also of a later one, as after a
    push that took the last commit back.

    A comment is ours by the marker on its first line and by who wrote it: a marker can be copied.
    """
    found = [
        (told, each)
        for each in comments(github, pull)
        if each.author == author
        and (told := marker.of(each.body)) is not None
        and told.key == ours.key
    ]
    newest = max(found, key=lambda pair: pair[0].order, default=None)
    if newest is None:
        if body is None or only_update:
            return Done("nothing", "there is no comment to say so in")
        number = create(github, pull, _whole(ours, body))
        return Done("created", f"comment {number}")
    told, comment = newest
    if told.order > ours.order and not (is_head and told.commit != ours.commit):
        return Done("superseded", f"comment {comment.id} is of a newer run, of {told.commit[:12]}")
    if body is None:
        return _outdated(github, told, comment, ours)
    text = _whole(ours, body)
    if _without_marker(comment.body) == _without_marker(text) and told.commit == ours.commit:
        return Done("unchanged", f"comment {comment.id} says the same")
    update(github, comment.id, text)
    return Done("updated", f"comment {comment.id}")


def _outdated(github: GitHub, told: Marker, comment: Comment, ours: Marker) -> Done:
    """What it says stays, under a line; the marker stays that of what it tells."""
    if told.commit == ours.commit:
        return Done("unchanged", f"comment {comment.id} is of this commit")
    line = (
        f"{_OUTDATED}this is of {code(told.commit[:12], 40)}, and {code(ours.commit[:12], 40)} is "
        "being previewed."
    )
    rest = _without_marker(comment.body)
    if rest.startswith(_OUTDATED):
        rest = rest.partition("\n")[2].lstrip("\n")
    text = f"{told.line()}\n{line}\n\n{rest}"
    if text == comment.body or len(text) > LIMIT:
        return Done("unchanged", f"comment {comment.id} says so")
    update(github, comment.id, text)
    return Done("outdated", f"comment {comment.id}")


def _whole(ours: Marker, body: str) -> str:
    return f"{ours.line()}\n{body.strip()}\n"


def _without_marker(body: str) -> str:
    """GitHub gives line ends back as it likes, and drops the last."""
    return body.replace("\r\n", "\n").partition("\n")[2].strip()
