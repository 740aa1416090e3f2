"""`serving comment`: a preview's report as one comment of a pull request, updated in place."""

import os
from datetime import UTC, datetime
from pathlib import Path

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.github.api import BOT, from_environment
from delivery.github.marker import Marker
from delivery.github.place import place
from delivery.github.reports import report
from delivery.reporting.as_markdown import markdown
from delivery.reporting.report import Report


def comment(
    pull: int,
    *,
    reports: list[Path],
    commit: str,
    committed: str,
    author: str = BOT,
    outdated: bool = False,
) -> int:
    """Write the comment, and say what was done.

    The Markdown is made here from the reports' JSON, which is held against its schema first: a job
    that is not trusted, as a fork's, may have written it.

    Raises:
        Failure: a variable or a report is missing or wrong; GitHub refuses.
    """
    github = from_environment()
    body = None if outdated else markdown(_report(reports))
    ours = Marker(
        key=f"{github.repository} {os.environ.get('GITHUB_WORKFLOW') or 'preview'}",
        commit=commit,
        committed=_utc(committed),
        run=_run(),
    )
    done = place(github, pull, author, ours, body)
    print(f"{done.what}: {done.says}")
    return Exit.OK


def _report(files: list[Path]) -> Report:
    if not files:
        raise Failure("no report is named\n  fix: --report .out/preview/report.json")
    return Report(environments=[each for file in files for each in report(file).environments])


def _utc(committed: str) -> str:
    try:
        when = datetime.fromisoformat(committed)
    except ValueError:
        raise Failure(
            f"--committed: got {committed!r}; use `git show -s --format=%cI <commit>`"
        ) from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _run() -> int:
    said = os.environ.get("GITHUB_RUN_ID", "0")
    return int(said) if said.isdecimal() else 0
