"""What `serving release` and `advance` answer, as a branch and the text of a pull request."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from delivery.failure import Failure
from delivery.reporting.markdown_text import code, prose

__all__ = ["Read", "read"]

_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Read:
    """An answer, as far as a pull request needs it. Without `files` there is nothing to propose."""

    branch: str
    title: str
    body: str
    files: tuple[str, ...]


def read(path: Path, way: str, source: str) -> Read:
    """The answer in a file.

    Args:
        path: of the file.
        way: release or advance: one pull request of each for a model in an environment.
        source: who asked, such as a run of a model's own pipeline.

    Raises:
        Failure: it cannot be read, or is none.
    """
    try:
        told = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        return Read(
            f"{way}/{told['environment']}/{told['model']}",
            str(told["says"])[:_LONGEST_TITLE],
            _body(told, source),
            tuple(str(each) for each in told["files"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(f"{path} is no answer of serving release or advance: {error}") from None


def _body(told: dict[str, Any], source: str) -> str:
    version = cast("dict[str, Any]", told["version"])
    lines = [f"{prose(str(told['says']))}.", ""]
    if told.get("why"):
        lines += [f"{prose(str(told['why']))}.", ""]
    lines += [
        f"- {key}: {code(str(version[key]))}"
        for key in ("version", "uri", "digest", "image")
        if version.get(key)
    ]
    for each in cast("list[dict[str, Any]]", told["objectives"]):
        answer = each.get("answer")
        measured = f" ({answer:.3g} of {each['limit']:g})" if answer is not None else ""
        lines.append(f"- {prose(str(each['objective']))}: {prose(str(each['verdict']))}{measured}")
    if source:
        lines += ["", f"From {prose(source)}."]
    lines += ["", "Whoever merges this deploys it. The branch is written anew by the next one."]
    return "\n".join(lines)
