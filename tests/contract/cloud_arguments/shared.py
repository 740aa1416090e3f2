"""Arguments that components of several clouds have alike."""

from typing import Any, Final

__all__ = ["CANDIDATE", "TAGS"]

CANDIDATE: Final[dict[str, Any]] = {"candidate_version": "2.0.0", "canary_percent": 10}
TAGS: Final = {"owner": "team-platform", "extra": "x"}
