"""Examples that the vendor would refuse too, each with the reason and the vendor's page."""

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Exemption", "exemptions"]


@dataclass(frozen=True, slots=True)
class Exemption:
    """A problem of an example that is its own: `path` is without positions."""

    provider: str
    example: str
    token: str
    path: str
    reason: str
    page: str


def exemptions() -> tuple[Exemption, ...]:
    """Everything that `exceptions.json` lists."""
    path = Path(__file__).with_name("exceptions.json")
    return tuple(Exemption(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
