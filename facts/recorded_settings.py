"""How a stack's outputs keep the settings of a model that its last update deployed.

One line of text per model, which the terminal shows as one line: a version of the form, a blank,
and the settings as JSON, those alone that are written somewhere.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

__all__ = ["OUTPUT", "read", "write"]

OUTPUT: Final = "settings"
"""The stack's output: by the model's name."""

_FORM: Final = "v1 "


def write(settings: Mapping[str, Any]) -> str:
    """The line; the same settings always give the same."""
    return _FORM + json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(line: object) -> dict[str, Any] | None:
    """The settings; None where there are none, or in a form that is not known here."""
    if not isinstance(line, str) or not line.startswith(_FORM):
        return None
    try:
        found: object = json.loads(line.removeprefix(_FORM))
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None
