"""What `serving drift` tells, and how what is wrong is written."""

import json
from typing import Any, Final, cast

from tests.judges.by_type.deployed import Deployed
from tests.judges.crashes.estate import Run

__all__ = ["drift_told", "last_error", "named"]

_DRIFTED: Final = 7  # docs/exit-codes.md
_SHOWN: Final = 3000


def drift_told(drift: Run, said: dict[str, str]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What is told of each resource, by its URN; or why nothing is. `said` keeps the words."""
    said["serving drift"] = drift.said
    if drift.code != _DRIFTED:
        return {}, [f"serving drift ends with {drift.code}: {last_error(drift.said)}"]
    found = cast("dict[str, Any]", json.loads(drift.said[drift.said.index("{") :]))
    return {str(each["urn"]): each for each in found["resources"]}, []


def named(start: Deployed, urn: str) -> str:
    """Type and name in the program."""
    known = start.known.get(urn)
    return f"{known.token} {known.name}" if known else urn


def last_error(said: str) -> str:
    """The lines that tell of one; without them, the end."""
    errors = [line.strip() for line in said.splitlines() if "error" in line.lower()]
    return (" | ".join(errors) or said)[-_SHOWN:]
