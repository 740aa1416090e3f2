"""The whole report as files: for machines, for a pull request, and uncut for people."""

import json
from pathlib import Path

from delivery.disk import telling, write_whole
from delivery.reporting import as_markdown
from delivery.reporting.report import Report

__all__ = ["as_json", "write"]


def as_json(report: Report) -> str:
    """As the schema docs/schema/preview.json has it."""
    return json.dumps(report.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def write(report: Report, folder: Path) -> Path:
    """`report.json`, `comment.md` of a comment's size, `report.md` with everything.

    Raises:
        Failure: the folder cannot be written.
    """
    texts = {
        "report.json": as_json(report),
        "comment.md": as_markdown.markdown(report),
        "report.md": as_markdown.markdown(report, limit=None),
    }
    with telling(folder):
        for name, text in texts.items():
            write_whole(folder / name, text.encode())
    return folder
