"""One issue about one thing: opened, brought up to date, closed when there is nothing to say."""

from typing import Any, Final
from urllib.parse import quote

from delivery.github.api import BOT, GitHub

_MARKER: Final = "<!-- model-serving {name} -->"


def tell(github: GitHub, name: str, title: str, body: str | None) -> str:
    """Make the issue of this name say `body`, or close it where that is None.

    Args:
        github: the repository.
        name: of the issue, without blanks; one open one for each name.
        title: of one that is opened.
        body: Markdown.

    Returns:
        What was done, with the issue's number.

    Raises:
        Failure: GitHub refuses it.
    """
    marker = _MARKER.format(name=name)
    found = _open(github, marker)
    if body is None:
        if found is None:
            return "nothing to tell"
        github.send("PATCH", f"issues/{found['number']}", {"state": "closed"})
        return f"closed #{found['number']}"
    text = f"{marker}\n{body}"
    if found is None:
        return f"opened #{github.send('POST', 'issues', {'title': title, 'body': text})['number']}"
    if found.get("body") == text:
        return f"left #{found['number']}: it says the same"
    github.send("PATCH", f"issues/{found['number']}", {"body": text})
    return f"changed #{found['number']}"


def _open(github: GitHub, marker: str) -> dict[str, Any] | None:
    # What others copy is not ours to change.
    path = f"issues?state=open&creator={quote(BOT)}&per_page=100"
    for each in github.pages(path):
        if str(each.get("body")).startswith(marker) and "pull_request" not in each:
            return each
    return None
