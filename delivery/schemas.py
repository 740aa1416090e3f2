"""`serving schema`: writes what is generated: JSON Schemas, pages of error codes and of targets."""

import json
from pathlib import Path

from delivery import error_page, project, target_table
from stacks.settings.schema import environment_schema, model_schema


def contents() -> dict[Path, str]:
    """Every generated file by its path in the project."""
    return {
        Path("docs/schema/model.json"): _json(model_schema()),
        Path("docs/schema/environment.json"): _json(environment_schema()),
        Path("docs/errors.md"): error_page.page(),
        Path("docs/targets.md"): target_table.page(),
    }


def write() -> list[Path]:
    """Write them; the paths that were written."""
    folder = project.root()
    for path, text in contents().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return list(contents())


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
