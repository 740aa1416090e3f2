"""Walks that failed once, as short as they could be made, with what was wrong."""

from typing import Final

from tests.judges.random_walk.plan import DeleteBeside, Kill, Operate, Plan, Planned

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
    # Seed 182: the traceback of Pulumi's SDK, where a cloud did not answer a question.
    "question": Plan(
        ("churn-next", "fraud"),
        deployed=True,
        steps=(Planned("unreachable", "aws:*", "*", 3, 0.0), Operate("up")),
    ),
    # Seed 838: what was being made in a namespace named it still when a refresh had found it gone,
    # and no command could look for it: `a snapshot integrity error`.
    "namespace": Plan(
        ("fraud", "iris", "ranker"),
        deployed=False,
        steps=(Kill(18, "before", everything=True), DeleteBeside(597), Operate("refresh")),
    ),
}
