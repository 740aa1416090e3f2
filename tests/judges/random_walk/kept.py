"""Walks that failed once, as short as they could be made, with what was wrong."""

from typing import Final

from tests.judges.random_walk.plan import Plan

__all__ = ["KEPT"]

KEPT: Final[dict[str, Plan]] = {}
