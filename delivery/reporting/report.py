"""What a preview's report says: data alone, from which every shape of it is made.

`serving preview --format json` is this as JSON; its published schema is docs/schema/preview.json.
"""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "SCHEMA_VERSION",
    "Amount",
    "Check",
    "CheckState",
    "Cost",
    "Counts",
    "Difference",
    "EnvironmentReport",
    "Finding",
    "Loss",
    "ModelChange",
    "Operation",
    "Pair",
    "Report",
    "ResourceChange",
    "Step",
    "Verdict",
    "Warned",
]

SCHEMA_VERSION = 1


class Part(BaseModel):
    """Part of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(StrEnum):
    """What comes of an update as it is."""

    READY = "ready"
    NO_CHANGES = "no_changes"
    BLOCKED = "blocked"
    """A mandatory guardrail stops it, or the environment's protection."""
    REFUSED = "refused"
    """The settings are wrong; the engine was not asked, or the program ended."""
    FAILED = "failed"
    """The preview itself failed: nothing is known."""


class Operation(StrEnum):
    """What happens to a model."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    """To another target: made there, then taken away where it was."""


class Pair(Part):
    """A fact as deployed and as asked for, in words; null where there is none."""

    before: str | None = None
    after: str | None = None

    @property
    def changes(self) -> bool:
        """Whether the update changes it."""
        return self.before != self.after


class Amount(Part):
    """Money of a month. `monthly` is null where a part of it is not known: never zero instead."""

    monthly: float | None
    known_part: float
    unknown: list[str]
    """Why the rest is not known."""


class Cost(Part):
    """What is paid in a month before and after; null where there is no such model."""

    currency: str
    floor_before: Amount | None = None
    floor_after: Amount | None = None
    ceiling_before: Amount | None = None
    ceiling_after: Amount | None = None


class Step(Part):
    """A step of the timeline of a rollout: `at_seconds` after the update begins to shift."""

    at_seconds: int | None
    """Null where it is held until somebody changes it, or nobody can say when."""
    share_percent: int | None
    """Of the requests, that the newer version gets then; null where it is not in the settings."""
    says: str


class ModelChange(Part):
    """A model that the update changes, in its owner's words."""

    name: str
    operation: Operation
    owner: str | None
    target: Pair
    version: Pair
    candidate: Pair
    replicas: Pair
    traffic: Pair
    slo: Pair
    cost: Cost
    timeline: list[Step] = Field(default=[])
    settings: list["Difference"] = Field(default=[])
    """Each setting that differs from what is deployed."""
    resources: int = 0
    """How many of its resources change."""
    url: str | None = None
    callers: list[str] = Field(default=[])


class Difference(Part):
    """A setting that differs: from what is deployed, or from another environment."""

    model: str
    setting: str
    before: str
    """What is deployed; in a comparison of environments, what the other one has."""
    after: str


class Loss(Part):
    """Something with live traffic that the update deletes or replaces."""

    model: str
    operation: Literal["delete", "replace"]
    resource: str
    type: str
    reason: str
    says: str
    """What its callers see."""
    url: str | None = None
    callers: list[str] = Field(default=[])


class Finding(Part):
    """What a guardrail found; `blocks` where it stops the update."""

    rule: str
    blocks: bool
    severity: str
    model: str | None
    owner: str | None
    title: str
    details: list[str]
    fix: str
    docs: str
    resource: str
    urn: str
    file: str | None
    line: int | None


class Warned(Part):
    """A warning of the program or the engine, and which model it is about."""

    model: str | None
    says: str


class CheckState(StrEnum):
    """What is known of an item of the checklist."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"
    NOT_ASKED = "not_asked"


class Check(Part):
    """An item of the delivery checklist, computed from facts."""

    id: str
    title: str
    state: CheckState
    says: str
    models: list[str] = Field(default=[])
    """Those that miss it."""


class ResourceChange(Part):
    """A resource that changes, with Pulumi's word for how."""

    urn: str
    type: str
    name: str
    model: str | None
    operation: str
    paths: list[str] = Field(default=[])
    """Properties that change, with what becomes of each: `weights.candidate: 50 → 20`."""


class Counts(Part):
    """How many resources are created, updated, replaced, deleted, and left alone."""

    create: int = 0
    update: int = 0
    replace: int = 0
    delete: int = 0
    same: int = 0

    @property
    def changes(self) -> int:
        """How many change."""
        return self.create + self.update + self.replace + self.delete


class EnvironmentReport(Part):
    """What an update of one environment would do."""

    environment: str
    verdict: Verdict
    sentence: str
    """The verdict in one sentence, for the first line."""
    only: str | None = None
    """The one model that was looked at."""
    problems: list[str] = Field(default=[])
    """What is wrong with the settings, why the preview failed, or what the environment's
    protection does not let go."""
    losses: list[Loss] = Field(default=[])
    models: list[ModelChange] = Field(default=[])
    models_unchanged: int = 0
    counts: Counts = Counts()
    cost: Cost | None = None
    cost_notes: list[str] = Field(default=[])
    findings: list[Finding] = Field(default=[])
    exemptions: list[str] = Field(default=[])
    warnings: list[Warned] = Field(default=[])
    compared_with: str | None = None
    """The environment that `differences` are from."""
    differences: list[Difference] = Field(default=[])
    checklist: list[Check] = Field(default=[])
    resources: list[ResourceChange] = Field(default=[])

    @property
    def blocking(self) -> list[Finding]:
        """What stops the update."""
        return [each for each in self.findings if each.blocks]

    @property
    def advice(self) -> list[Finding]:
        """What does not."""
        return [each for each in self.findings if not each.blocks]


class Report(Part):
    """A preview of one environment or of all."""

    schema_version: Literal[1] = SCHEMA_VERSION
    environments: list[EnvironmentReport]
