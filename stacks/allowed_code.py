"""What the environment's `allow_code` says of a model that is not to be loaded."""

from datetime import UTC, datetime
from typing import Protocol

import pulumi

from stacks.settings.environment import Environment
from stacks.settings.load import Settings
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["how_to_allow", "told_allowed"]


class _Unsafe(Protocol):
    """What was said against a model, and the digest of its files."""

    @property
    def said(self) -> str:
        """Why it is not to be loaded."""
        ...

    @property
    def digest(self) -> str:
        """Of its files; empty where nobody knows it."""
        ...


def told_allowed(settings: Settings, name: str, path: KeyPath, answer: _Unsafe) -> bool:
    """Whether a model is loaded in spite of that; a warning of each run says so."""
    for each in settings.site.allow_code:
        if each.digest == answer.digest and each.holds(datetime.now(UTC).date()):
            pulumi.log.warn(
                f"{settings.place(name, path)}: {dotted(path)}: it is loaded although "
                f"{answer.said}; allowed {each}"
            )
            return True
    return False


def how_to_allow(site: Environment, digest: str) -> str:
    """The way out beside converting, or that it is over; nothing where no digest is known."""
    if not digest:
        return ""
    if ended := [each.expires for each in site.allow_code if each.digest == digest]:
        return f"; what allowed it ended on {max(ended)}"
    return f"; or let `model-serving:allow_code` name digest {digest}, reason, owner and expires"
