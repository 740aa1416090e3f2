"""Automatic names: the program's own name with random digits, or what the engine proposes."""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.clouds.base import Cloud, Naming
from sandbox.values import at, mapped

__all__ = ["Autonaming", "automatic", "is_fixed"]


@dataclass(frozen=True, slots=True)
class Autonaming:
    """What the engine says about automatic names: the stack's `pulumi:autonaming` settings."""

    seed: bytes = b""
    proposed: str = ""
    mode: Literal["propose", "enforce", "disable"] = "propose"


def automatic(
    cloud: Cloud,
    token: str,
    logical: str,
    *,
    new: Mapping[str, Any],
    old: Mapping[str, Any],
    autonaming: Autonaming,
) -> dict[str, Any]:
    """Inputs to add to those of a program: the automatic name, and the note that it is one.

    A name that was automatic before is kept.
    """
    naming = cloud.naming(token)
    note: dict[str, Any] = {"__defaults": []} if cloud.notes_defaults else {}
    if naming is None:
        return note
    if _at(new, naming.property) is not None or new.get(f"{naming.property}Prefix") is not None:
        return note
    name = _at(old, naming.property)
    kept = not cloud.notes_defaults or naming.property in old.get("__defaults", [])
    if not isinstance(name, str) or not kept:
        name = _name(naming, logical, autonaming)
    if name is None:
        return note
    added = cloud.automatic_name(token, dict(new), name)
    if cloud.notes_defaults:
        added["__defaults"] = [naming.property]
    return added


def is_fixed(naming: Naming | None, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the program itself names the resource, the same as before.

    Two resources cannot have one name at a time: the old one goes first.
    """
    if naming is None or naming.property in new.get("__defaults", []):
        return False
    if "pulumi.com/autonamed" in mapped(_at(new, "metadata.annotations")):
        return False
    name = _at(new, naming.property)
    if "__defaults" in new:
        # Terraform's providers delete first whatever the program named itself.
        return isinstance(name, str)
    return isinstance(name, str) and all(
        _at(new, path) == _at(old, path) for path in (naming.property, *naming.within)
    )


def _name(naming: Naming, logical: str, autonaming: Autonaming) -> str | None:
    if autonaming.mode == "disable":
        return None
    chance = random.Random(autonaming.seed or None)  # noqa: S311 - no secret
    if naming.uuid and autonaming.mode != "enforce":
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    name = autonaming.proposed
    if not name:
        digits = "".join(chance.choices("0123456789abcdef", k=naming.digits))
        tail = f"{naming.separator}{digits}" if digits else ""
        name = logical[: naming.max_length - len(naming.prefix) - len(tail)] + tail
    if not name.startswith(naming.prefix):
        name = naming.prefix + name
    return name.lower() if naming.lower else name


def _at(values: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON
    return at(values, *path.split("."))
