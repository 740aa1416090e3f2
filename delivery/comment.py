"""`serving comment`: a preview's report as one comment of a pull request, updated in place."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from delivery.commenting.marker import Marker
from delivery.commenting.place import place
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.github.api import GitHub
from delivery.reporting.as_markdown import markdown
from delivery.reporting.report import Report

TOKEN: Final = "GITHUB_TOKEN"  # noqa: S105 - the variable's name.
# Who writes with a workflow's own token.
BOT: Final = "github-actions[bot]"


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
    github = GitHub(
        _variable("GITHUB_REPOSITORY"),
        _variable(TOKEN),
        (os.environ.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/"),
    )
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
    made: list[Report] = []
    for file in files:
        try:
            made.append(Report.model_validate_json(file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"{file} cannot be read: {error}") from None
        except ValidationError as error:
            # Without the values: nobody knows who wrote them.
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise Failure(f"{file} is no report of a preview: {where}: {first['msg']}") from None
    return Report(environments=[each for one in made for each in one.environments])


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


def _variable(name: str) -> str:
    found = os.environ.get(name, "").strip()
    if not found:
        raise Failure(
            f"{name} is not set\n  fix: run it in a workflow, with `env: {name}: …`",
            Exit.AUTHENTICATION if name == TOKEN else Exit.CONFIGURATION,
        )
    return found
