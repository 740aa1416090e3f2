"""`serving explain`: each final value of a model, where it came from, and what follows from it."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel

from delivery import project
from delivery.exits import Exit
from delivery.one_model import settings_of
from delivery.table import columns, show, table
from stacks.settings.layers import BUILT_IN
from stacks.settings.load import Settings
from stacks.settings.merge import nearest_origin
from stacks.settings.slo_notes import notes
from stacks.settings.slo_scaling import Follows, follows
from stacks.settings.yaml_source import KeyPath, dotted

SCHEMA_VERSION = 1


def explain(model: str, environment: str, *, as_json: bool, plain: bool) -> int:
    """Print the table, or JSON."""
    folder = project.root()
    settings = settings_of(folder, environment, model)
    rows = list(values(settings, model))
    followed = follows(settings.models[model])
    found = [followed] if isinstance(followed, Follows) else []
    if as_json:
        print(
            json.dumps(
                {
                    "schema_version": SCHEMA_VERSION,
                    "model": model,
                    "environment": environment,
                    "settings": [
                        {"key": key, "value": value, "layer": layer, "place": place or None}
                        for key, value, layer, place in rows
                    ],
                    "notes": notes(settings.models[model], settings.site),
                    "follows": [
                        {"key": each.key, "value": each.value, "says": each.says} for each in found
                    ],
                },
                indent=2,
            )
        )
        return Exit.OK
    lines = table(
        ("setting", "value", "from", "place"),
        [_row(row, found) for row in rows],
        room=columns(sys.stdout),
        below=("place",),
    )
    show([*lines, *notes(settings.models[model], settings.site)], plain=plain)
    return Exit.OK


def _row(row: tuple[str, Any, str, str], found: Sequence[Follows]) -> tuple[str, str, str, str]:
    """A setting; in place of one that nobody wrote, what follows from the objective."""
    key, value, layer, place = row
    followed = next((each for each in found if each.key == key), None)
    if followed is not None:
        return key, shown(followed.value), "slo.capacity", followed.says
    return key, shown(value), layer, place or "-"


def values(settings: Settings, model: str) -> Iterator[tuple[str, Any, str, str]]:
    """Key, final value, layer, `file:line:col` (empty for built-in defaults), for each leaf."""
    origins = settings.origins[model]
    for path, value in leaves(settings.models[model], ()):
        origin = nearest_origin(origins, path)
        place = str(settings.place(model, path)) if origin else ""
        yield dotted(path), value, origin.layer if origin else BUILT_IN, place


def leaves(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Every leaf of typed settings by its path; empty maps and lists are leaves too."""
    if isinstance(value, BaseModel):
        for key in type(value).model_fields:
            yield from leaves(getattr(value, key), (*path, key))
    elif isinstance(value, Mapping) and value:
        for key, inner in cast("Mapping[str, object]", value).items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
        for index, item in enumerate(cast("list[BaseModel]", value)):
            # Of an item, what is not set is what nobody wrote.
            yield from (leaf for leaf in leaves(item, (*path, index)) if leaf[1] is not None)
    else:
        yield path, value.value if isinstance(value, Enum) else value


def shown(value: object) -> str:
    """A value in words."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value))) or "none"
    if isinstance(value, Mapping):
        return "none"
    if value == "":
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
