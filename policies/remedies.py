"""Values that a guardrail sets itself, where it is asked to: level `remediate`.

A remedy is a value for a property that its rule found at fault, by the property's own name. It is
written into the wire form in place: what is beside it, secrets and unknown values too, stays as it
came.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from policies.properties import SECRET_SIGNATURE, SIGNATURE_KEY, Fault

__all__ = ["Remedies", "put", "remedy"]

Remedies: TypeAlias = Mapping[str, "object | Callable[[Any], object]"]
"""By the last key of a path: a value, or what makes one of the rule's settings."""
_PART: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def remedy(remedies: Remedies, fault: Fault, settings: object) -> object | None:
    """The value for what is at fault; None where there is no doubtless one."""
    value = remedies.get(fault.path.rpartition(".")[2])
    return value(settings) if callable(value) else value


def put(properties: dict[str, Any], path: str, value: object) -> bool:
    """Set a value at a path in wire form; False where the way there is unknown, or of another form.

    Maps on the way that are absent are made.
    """
    parts = [name or int(index) for name, index in _PART.findall(path)]
    here: Any = properties
    for part in parts[:-1]:
        here = _opened(_step(_opened(here), part))
    last = parts[-1] if parts else ""
    if not isinstance(here, dict) or not isinstance(last, str):
        return False
    here[last] = value
    return True


def _step(here: object, part: str | int) -> object:
    if isinstance(here, dict) and isinstance(part, str):
        found = cast("dict[str, Any]", here)
        if found.get(part) is None:
            found[part] = {}
        return found[part]
    if isinstance(here, list) and isinstance(part, int):
        listed = cast("Sequence[object]", here)
        return listed[part] if part < len(listed) else None
    return None


def _opened(here: object) -> object:
    """What is in a secret: it stays one, with what is set in it."""
    while isinstance(here, dict):
        signed = cast("dict[str, object]", here)
        if signed.get(SIGNATURE_KEY) != SECRET_SIGNATURE:
            break
        here = signed.get("value")
    return cast("object", here)
