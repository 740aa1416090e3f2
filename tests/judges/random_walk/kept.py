"""Walks that failed once, as short as they could be made, with what was wrong."""

from typing import Final

from tests.judges.random_walk.plan import Kill, Plan

__all__ = ["KEPT"]

KEPT: Final[dict[str, Plan]] = {
    # Seed 25, once: the kill left `dev.json.attrs` empty, and each later command of the engine said
    # `failed to load checkpoint: EOF`. It takes a kill in that very moment: test_state_file has it
    # for certain.
    "attributes": Plan(
        ("churn", "churn-next"),
        deployed=False,
        steps=(Kill(44, "bare", everything=False),),
    ),
}
