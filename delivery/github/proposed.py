"""A pull request with changed files, on a branch of its own that is written anew each time.

By the API alone: no push, no credentials of git, and the commit is signed by GitHub.
https://docs.github.com/en/rest/git/trees, https://docs.github.com/en/rest/pulls/pulls
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from delivery.github.api import GitHub

__all__ = ["Change", "close", "put"]

_FILE: Final = "100644"


@dataclass(frozen=True, slots=True)
class Change:
    """What is proposed: `files` by their paths, on `base`, whose commit is `parent`."""

    title: str
    body: str
    files: Mapping[str, str]
    base: str
    parent: str


def put(github: GitHub, branch: str, change: Change) -> str:
    """Make the branch's pull request say and hold the change; what was done is returned.

    A newer change takes the place of an older one on the same branch: one pull request of each.

    Raises:
        Failure: GitHub refuses it.
    """
    made = _commit(github, branch, change)
    number = _open(github, branch)
    text = {"title": change.title, "body": change.body}
    if number is None:
        asked = {**text, "head": branch, "base": change.base}
        return f"opened #{github.send('POST', 'pulls', asked)['number']}"
    github.send("PATCH", f"pulls/{number}", text)
    return f"{'changed' if made else 'left'} #{number}"


def close(github: GitHub, branch: str) -> str:
    """Close the branch's pull request: what it proposes does not hold any more, or is there.

    Raises:
        Failure: GitHub refuses it.
    """
    number = _open(github, branch)
    if number is None:
        return "nothing to propose"
    github.send("PATCH", f"pulls/{number}", {"state": "closed"})
    return f"closed #{number}"


def _commit(github: GitHub, branch: str, change: Change) -> bool:
    """Write the branch; whether it was another one before."""
    below = github.get(f"git/commits/{change.parent}")["tree"]["sha"]
    entries = [
        {"path": path, "mode": _FILE, "type": "blob", "content": text}
        for path, text in sorted(change.files.items())
    ]
    tree = github.send("POST", "git/trees", {"base_tree": below, "tree": entries})["sha"]
    there = _head(github, branch)
    if there is not None:
        last = github.get(f"git/commits/{there}")
        if (last["tree"]["sha"], [each["sha"] for each in last["parents"]]) == (
            tree,
            [change.parent],
        ):
            return False
    asked: dict[str, Any] = {"message": change.title, "tree": tree, "parents": [change.parent]}
    made = github.send("POST", "git/commits", asked)["sha"]
    if there is None:
        github.send("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": made})
    else:
        # Nobody's but ours: what was proposed before is out of date.
        github.send("PATCH", f"git/refs/heads/{branch}", {"sha": made, "force": True})
    return True


def _head(github: GitHub, branch: str) -> str | None:
    """The branch's commit; GitHub lists what begins with its name."""
    for each in github.pages(f"git/matching-refs/heads/{branch}"):
        if each["ref"] == f"refs/heads/{branch}":
            return str(each["object"]["sha"])
    return None


def _open(github: GitHub, branch: str) -> int | None:
    owner = github.repository.partition("/")[0]
    for each in github.pages(f"pulls?state=open&head={owner}:{branch}&per_page=100"):
        if each["head"]["ref"] == branch:
            return int(each["number"])
    return None
