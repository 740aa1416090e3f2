"""Dashboards by Grafana's own schema, the types of its package `@grafana/schema`.

That the types refuse what they should is proved each time, by mistakes made in a dashboard that is
right.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sandbox.progress import SetupError
from tests.judges.dashboards.browser import PAGE, installed

__all__ = ["MISTAKES", "checked"]

# Of an annotation's query: what Prometheus' data source reads in it.
# https://grafana.com/docs/grafana/latest/datasources/prometheus/annotations/
_OF_THE_SOURCE: Final = ("expr", "step", "titleFormat")
_ERROR: Final = re.compile(r"^boards\.ts\((\d+),\d+\): error (.*)$", re.MULTILINE)
_OPTIONS: Final = (
    *("--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "bundler"),
    *("--module", "esnext", "--target", "es2022"),
)
# What stands in the dashboard of a model, and what somebody may write instead. What a query is made
# of is no part of the schema.
MISTAKES: Final = (
    ('"gridPos"', '"gridPosition"'),
    ('"displayMode": "list"', '"displayMode": "lst"'),
    ('"mode": "absolute"', '"mode": "abs"'),
    ('"textMode": "value_and_name"', '"textMode": "name_and_value"'),
    ('"axisSoftMax"', '"axisSoftMaximum"'),
    ('"colorMode"', '"colourMode"'),
    ('"schemaVersion": 39', '"schemaVersion": "39"'),
    ('"type": "stat"', '"type": "stats"'),
    ('"noValue"', '"noValues"'),
    ('"mode": "markdown"', '"mode": "md"'),
    ('"iconColor"', '"icon"'),
    ('"mode": "dashed"', '"mode": "dotted"'),
)


def checked(documents: Sequence[Mapping[str, Any]], folder: Path) -> tuple[list[str], int]:
    """What the schema has against dashboards, and how many mistakes in the first it has found.

    Args:
        documents: as they are deployed; the first is a model's.
        folder: to write to.
    """
    texts = [_text(each) for each in documents]
    wrong: list[str] = []
    for right, mistake in MISTAKES:
        if right not in texts[0]:
            raise ValueError(f"{right} is not in the dashboard: the proof proves nothing")
        wrong.append(texts[0].replace(right, mistake, 1))
    refused = _refused([*texts, *wrong], folder)
    problems = [
        f"{documents[number]['title']}: {told}"
        for number, told in refused.items()
        if number < len(texts)
    ]
    return problems, sum(number >= len(texts) for number in refused)


def _text(document: Mapping[str, Any]) -> str:
    marks = [
        {key: value for key, value in mark.items() if key not in _OF_THE_SOURCE}
        for mark in document["annotations"]["list"]
    ]
    return json.dumps({**document, "annotations": {"list": marks}})


def _refused(texts: Sequence[str], folder: Path) -> dict[int, str]:
    """By number, the first thing that is wrong."""
    place = installed()
    (folder / "node_modules").symlink_to(place / "node_modules")
    shutil.copy(PAGE / "schema.ts", folder)
    lines = [
        "import type { Board } from './schema';",
        *(f"export const board{number}: Board = {text};" for number, text in enumerate(texts)),
    ]
    (folder / "boards.ts").write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        [folder / "node_modules" / ".bin" / "tsc", *_OPTIONS, "boards.ts"],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[int, str] = {}
    for line, told in _ERROR.findall(done.stdout):
        found.setdefault(int(line) - 2, told)
    if bool(done.returncode) != bool(found):
        raise SetupError(f"tsc says {done.stdout}{done.stderr}")
    return found
