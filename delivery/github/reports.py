"""What the previews of a pull request left, as the body of its comment.

The files were written by a job that runs the pull request's code: each is held against the report's
schema, its size against a limit, and nothing in them is run or trusted to be Markdown.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from delivery.failure import Failure
from delivery.reporting.as_markdown import markdown
from delivery.reporting.markdown_text import prose
from delivery.reporting.report import EnvironmentReport, Report
from delivery.reporting.words import clean

__all__ = ["Left", "body", "read", "report"]

# The artifacts of preview.yml, the one that says more first.
_ARTIFACTS: Final = ("preview-clouds", "preview")
_ENVIRONMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
# A report of 300 changed models has about 2 MB.
_MOST_BYTES: Final = 16_000_000
_MOST_ENVIRONMENTS: Final = 50
# Problems of one file that a refusal names.
_MOST_PROBLEMS: Final = 5
# Of why there is no report.
_MOST_WORDS: Final = 600


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left: the pull request that it says it is of, and its reports.

    `why` is what it says of why there is none.
    """

    pull_request: int | None
    reports: tuple[EnvironmentReport, ...]
    why: str = ""


def read(folder: Path) -> Left:
    """Read the artifacts of a run, each in a folder of its name, or one alone in the folder itself.

    So actions/download-artifact puts them since its version 5.

    Raises:
        Failure: something is not what a preview writes.
    """
    named = (folder / artifact for artifact in _ARTIFACTS)
    place = next((each for each in named if each.is_dir()), folder)
    return Left(_number(place / "pull_request"), tuple(_reports(place)), _why(place / "why"))


def _number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,9}", text) else None


def _why(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = file.read(_MOST_WORDS).splitlines()
    return "; ".join(each.strip() for each in lines if each.strip())


def _reports(place: Path) -> list[EnvironmentReport]:
    found: list[EnvironmentReport] = []
    files = sorted(place.glob("*/report.json"))
    if len(files) > _MOST_ENVIRONMENTS:
        raise Failure(f"{place} has {len(files)} reports; allowed: {_MOST_ENVIRONMENTS}")
    for path in files:
        if path.is_symlink() or not path.resolve().is_relative_to(place.resolve()):
            raise Failure(f"{clean(str(path))} leads out of what the preview left")
        found += report(path).environments
    return found


def report(path: Path) -> Report:
    """A preview's report.json, of whoever wrote it.

    Raises:
        Failure: it cannot be read, or is none.
    """
    # A line of a job's log that a file's or a key's name begins could be a command to the runner.
    name = clean(str(path))
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Failure(f"{name} has more than {_MOST_BYTES} bytes")
        read = Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Failure(f"{name} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        # Without its values: whoever wrote them wants them read.
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        said = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems]
        told = clean("; ".join(said[:_MOST_PROBLEMS]))
        raise Failure(f"{name} is no report of a preview: {told}") from None
    if not all(_ENVIRONMENT.fullmatch(each.environment) for each in read.environments):
        raise Failure(f"{name} names an environment that cannot be one")
    return read


def body(left: Left, *, failed: bool, head: str, run_url: str) -> str | None:
    """Markdown of a comment; None where there is nothing to say.

    `failed` is whether the run did, `head` the commit that it was of.
    """
    of = f"Preview of {head[:7]} by [this run]({run_url})."
    if left.reports:
        return f"{markdown(Report(environments=list(left.reports)))}\n\n{of}"
    if failed:
        why = f"{prose(left.why, _MOST_WORDS)}. " if left.why else ""
        return f"🔴 **The preview failed before it could report anything.** {why}{of}"
    return None
