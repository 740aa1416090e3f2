"""What a model file says of drift: whether what the model is asked still looks like its training.

One set of words for all targets. What one of them does not know is refused by its capability rules.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from facts.drift import FEATURE, SCHEDULE, SCHEDULE_SHAPE
from stacks.settings.common import Uri
from stacks.settings.fields import Closed, Number, Text, Whole

__all__ = ["Drift"]

DriftSchedule = Annotated[
    str,
    StringConstraints(pattern=f"^(?:{SCHEDULE})$"),
    Field(json_schema_extra={"allowed": SCHEDULE_SHAPE}),
]
Feature = Annotated[
    str,
    StringConstraints(pattern=f"^{FEATURE}$"),
    Field(json_schema_extra={"allowed": "a feature's name: letters, digits, _ - and ."}),
]


class Drift(Closed):
    """What requests are compared with, how often, and from which distance on somebody is told."""

    baseline_uri: Uri
    """What the training data looked like, as the target reads it: on SageMaker an S3 prefix with
    Model Monitor's statistics.json and constraints.json; on Vertex AI the training data itself
    (gs:// or bq://); on Azure ML a data asset (azureml:name:version); elsewhere a profile
    (docs/drift.md)."""
    threshold: Number | None = Field(default=None, gt=0, le=10)
    """Distance from the baseline from which on a feature has drifted, in the target's measure.
    Default: the target's."""
    schedule: DriftSchedule = "daily"
    """How often it is looked at: hourly, daily, or at full hours as cron writes them: `0 3 * * *`
    each day at three, `0 3/6 * * *` from three on every six hours."""
    sample_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Share of the requests that is looked at, in percent. Default: 100, or `capture.percent` where
    the target looks at what it captures."""
    label_column: Text | None = None
    """Column of the training data that the model predicts, which is no feature. Default: none; on
    Vertex AI it has to be said."""
    retention_days: Whole | None = Field(default=None, ge=1, le=3650)
    """Days that requests are kept where they are kept for this alone, on Vertex AI. Default: 30."""
    features: list[Feature] = Field(default=[], max_length=100)
    """Features that are looked at, by name. Default: all that the target can look at by itself."""
