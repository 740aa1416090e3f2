"""Examples that the sandbox refuses, each with the reason and the page that says so.

`wrong.json` lists those that the provider or the service refuses too, as they stand.
`exceptions.json` lists those of which that is doubtful, and what comes of how they are read.
"""

import functools
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
    # Whether the real cloud refuses it, too, beyond doubt.
    wrong: bool
    # Only the engine's run shows it: a function's arguments, what is looked up when it is made.
    run: bool = False


@functools.cache
def exemptions(provider: str) -> tuple[Exemption, ...]:
    """Everything that both lists have of a provider."""
    found = [
        Exemption(**entry, wrong=wrong)
        for name, wrong in (("exceptions", False), ("wrong", True))
        for entry in json.loads(
            Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")
        )
    ]
    return tuple(entry for entry in found if entry.provider == provider)
