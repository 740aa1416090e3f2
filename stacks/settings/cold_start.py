"""What a function's file says of the first answer of an instance."""

from typing import Literal

from pydantic import Field

from stacks.settings.fields import Closed, Number, Whole

__all__ = ["ColdStart"]


class ColdStart(Closed):
    """How long the first answer of a new instance may take, and what keeps it so short."""

    budget_ms: Number | None = Field(default=None, ge=1, le=900_000)
    """Longest first answer in milliseconds, by the estimate of docs/lambda.md: where `mode` is not
    said, the cheapest one that keeps it is taken. Default: no budget."""
    mode: Literal["none", "snap_start", "provisioned"] | None = None
    """`snap_start`: instances begin from a snapshot; `provisioned`: `min_replicas` of them are kept
    warm, at least one; `none`. Never two of them. Default: provisioned where min_replicas says so,
    else what the budget needs."""
    model_mib: Whole | None = Field(default=None, ge=1, le=10_240)
    """Size of the model in MiB, where it is not on this machine, for the estimate. Default: not
    counted."""
