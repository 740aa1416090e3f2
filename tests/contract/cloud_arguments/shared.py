"""Arguments that components of several clouds have alike."""

from typing import Any, Final

__all__ = ["CANDIDATE", "TAGS", "WATCHED_ON_AWS"]

CANDIDATE: Final[dict[str, Any]] = {"candidate_version": "2.0.0", "canary_percent": 10}
TAGS: Final = {"owner": "team-platform", "extra": "x"}
WATCHED_ON_AWS: Final[dict[str, Any]] = {
    "alarms": "burn_rate",
    "window_days": 7,
    "dashboard": True,
    "runbook_url": "https://wiki.example/runbooks/{alert}",
    "page_topic_arn": "arn:aws:sns:eu-west-1:123456789012:pages",
}
