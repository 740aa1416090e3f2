"""What model files say in the same words for all clouds' own serving: scaling, captured requests.

What one cloud does not know of it, its capability rules refuse.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from stacks.settings.common import Uri
from stacks.settings.fields import Closed, Number, Text, Whole

__all__ = ["Capture", "ManagedStrategy", "Metric", "Scaling", "Schedule"]

ManagedStrategy: TypeAlias = Literal["canary", "ab", "shadow"]
"""The strategies that a managed endpoint may have beside a candidate."""

Metric = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./:#-]{0,254}$"),
    Field(
        json_schema_extra={
            "allowed": "requests, concurrency, cpu, gpu, or the name of a metric of the cloud's own"
        }
    ),
]


class Schedule(Closed):
    """Other bounds from a moment on, until the next schedule sets them; at least one is said."""

    schedule: Text
    """When the bounds begin to hold, as cron writes it."""
    time_zone: Text | None = None
    """Time zone of the schedule. Default: Etc/UTC."""
    min_replicas: Whole | None = Field(default=None, ge=0, le=1000)
    """Fewest replicas from then on. Default: as they are."""
    max_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Most replicas from then on. Default: as they are."""


class Scaling(Closed):
    """What the number of replicas follows, between min_replicas and max_replicas."""

    metric: Metric | None = None
    """requests (per replica and minute), concurrency (requests at once per replica), cpu or gpu
    (use in percent), or a metric of one's own by its name at the cloud. Default: the target's."""
    target: Number | None = Field(default=None, gt=0, le=1e9)
    """The metric's value that is aimed for. Default: the target's."""
    scale_out_cooldown_seconds: Whole | None = Field(default=None, ge=0, le=24 * 3600)
    """Seconds after adding replicas before more are added. Default: the target's."""
    scale_in_cooldown_seconds: Whole | None = Field(default=None, ge=0, le=24 * 3600)
    """Seconds after taking replicas away before more are taken. Default: the target's."""
    schedules: list[Schedule] = Field(default=[], max_length=24)
    """Other bounds at certain times."""


class Capture(Closed):
    """Requests and answers that are kept; what models see is as sensitive as their data."""

    percent: Whole = Field(default=100, ge=1, le=100)
    """Share of the requests that is kept, in percent."""
    uri: Uri | None = None
    """Where it is kept, of the kind that the cloud writes to. Default: the environment's."""
    payload: list[Literal["request", "response"]] = Field(
        default=["request", "response"], min_length=1, max_length=2
    )
    """What is kept of a request."""
    retention_days: Whole | None = Field(default=None, ge=1, le=3650)
    """Days that it is kept, on Vertex AI in a dataset of the endpoint's own, that is without `uri`.
    Default: 30 there; elsewhere as whoever owns the place has set up (docs/drift.md)."""
