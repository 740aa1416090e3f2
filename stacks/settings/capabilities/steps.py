"""Sizes of a shift's steps."""

from typing import Final

from stacks.settings.common import Rollout

DEFAULT_SIZE_PERCENT: Final = 10


def size_of(rollout: Rollout) -> int:
    """The asked size in percent, or the default one."""
    return DEFAULT_SIZE_PERCENT if rollout.size_percent is None else rollout.size_percent
