"""`serving schema`: writes what is generated: JSON Schemas, pages of error codes and of targets."""

import json
from pathlib import Path
from typing import Any

from delivery import error_page, project, target_table
from delivery.disk import telling, write_whole
from delivery.reporting.report import Report
from stacks.settings.schema import environment_schema, model_schema


def contents() -> dict[Path, str]:
    """Every generated file by its path in the project."""
    return {
        Path("docs/schema/model.json"): _json(model_schema()),
        Path("docs/schema/environment.json"): _json(environment_schema()),
        Path("docs/schema/preview.json"): _json(_preview_schema()),
        Path("docs/errors.md"): error_page.page(),
        Path("docs/targets.md"): target_table.page(),
    }


def write() -> list[Path]:
    """Write them; the paths that were written."""
    folder = project.root()
    for path, text in contents().items():
        with telling(path):
            write_whole(folder / path, text.encode())
    return list(contents())


def _preview_schema() -> dict[str, Any]:
    """Of `serving preview --format json`; a field that has a default is always written too."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Report.model_json_schema(mode="serialization"),
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
