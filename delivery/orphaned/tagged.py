"""An object at a vendor that has the environment's tag, as each cloud's list tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Tagged"]


@dataclass(frozen=True, slots=True)
class Tagged:
    """The vendor's id of it, its type, the name that people gave it, its tags or labels."""

    id: str
    type: str
    name: str
    tags: Mapping[str, str]
