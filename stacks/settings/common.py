"""What a model file says on every target.

The docstring under each field is its description in the JSON Schema that editors read.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from facts.model_references import ASKED_AT_PREVIEW, MalformedReferenceError, parse
from facts.slo import (
    DEFAULT_ERROR_RATE_PERCENT,
    DEFAULT_LATENCY_P95_MS,
    DEFAULT_WINDOW_DAYS,
    ERROR_RATE_PERCENT,
)
from stacks.settings.deprecation import Day, Deprecation
from stacks.settings.fields import Closed, DnsLabel, Number, OneLine, Tags, Text, Whole

Accelerator = Literal[
    "nvidia-p4",
    "nvidia-p100",
    "nvidia-v100",
    "nvidia-v100-32gb",
    "nvidia-t4",
    "nvidia-t4g",
    "nvidia-a10",
    "nvidia-a10g",
    "nvidia-a100",
    "nvidia-a100-80gb",
    "nvidia-a100-80gb-pcie",
    "nvidia-l4",
    "nvidia-l40s",
    "nvidia-h100",
    "nvidia-h100-nvl",
    "nvidia-h200",
    "nvidia-b200",
    "nvidia-b300",
    "nvidia-gb200",
    "nvidia-gb300",
    "nvidia-rtx-pro-4500",
    "nvidia-rtx-pro-6000",
]
"""The kinds of facts/accelerators.py."""


class Shift(StrEnum):
    """How the vendor moves traffic when the stable model itself changes."""

    ALL_AT_ONCE = "all_at_once"
    CANARY = "canary"
    LINEAR = "linear"
    ROLLING = "rolling"


class ShareOwner(StrEnum):
    """Who has the last word on the candidate's share."""

    FILE = "file"
    ROLLOUT = "rollout"


class DataClassification(StrEnum):
    """How sensitive the data is that the model sees."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


Uri = Annotated[
    str,
    StringConstraints(
        min_length=3, max_length=1024, pattern=r"^[a-z][a-z0-9+.-]*:[^\s\x00-\x1f]+$"
    ),
    Field(
        json_schema_extra={"allowed": "a URI without spaces, such as s3://bucket/1.4.0/model"},
        examples=[
            "s3://models-prod/churn/2.1.0/",
            "models:/churn@champion",
            "models:/churn/7",
            "hf://Qwen/Qwen2.5-7B-Instruct@main",
            "oci://registry.example.com/models/churn:2.1.0",
            "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/fraud",
            "vertex://projects/example-models/locations/europe-west4/models/churn@default",
            "azureml://registries/shared/models/churn/labels/latest",
            "dvc:models/churn.onnx.dvc",
        ],
    ),
]
Version = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$"),
    Field(json_schema_extra={"allowed": 'an exact version in quotes, such as "1.4.0"'}),
]
Digest = Annotated[
    str,
    StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$"),
    Field(json_schema_extra={"allowed": "sha256: and 64 lower-case hexadecimal digits"}),
]


def _version_can_be_left_out(schema: dict[str, Any]) -> None:
    schema["required"] = [key for key in schema["required"] if key != "version"]


class _Versioned(Closed):
    """An artifact whose version is that of a registry, where the URI leads to one and says none."""

    model_config = ConfigDict(json_schema_extra=_version_can_be_left_out)

    @model_validator(mode="before")
    @classmethod
    def _version_of_the_registry(cls, data: object) -> object:
        if not isinstance(data, Mapping) or "version" in data:
            return cast("object", data)
        said = cast("Mapping[str, object]", data)
        uri = said.get("uri")
        try:
            found = parse(uri) if isinstance(uri, str) else None
        except MalformedReferenceError:
            # What is wrong is told of the URI.
            return {**said, "version": ASKED_AT_PREVIEW}
        return {**said, "version": found.version or ASKED_AT_PREVIEW} if found else said


class Candidate(_Versioned):
    """The next model during a rollout: another artifact for the stable model's framework."""

    uri: Uri
    """Where the artifact is, which holds the version, a 40-digit commit or a digest; or what a
    registry of models knows it by (docs/model-references.md)."""
    version: Version
    """Exact version, unlike the stable one's. Default: the registry's, where the URI leads to
    one."""
    digest: Digest | None = None
    """SHA-256 of the artifact. Needed for `file:` artifacts."""
    image: Text | None = None
    """Container image that serves the candidate, pinned by `@sha256:…`, where the target takes one
    of its own. Default: the stable model's."""


class Artifact(_Versioned):
    """A trained model, pinned: the same settings mean the same bytes tomorrow."""

    uri: Uri
    """Where the artifact is, which holds the version, a 40-digit commit or a digest; or what a
    registry of models knows it by (docs/model-references.md)."""
    version: Version
    """Exact version; never `latest`, a branch or a range. Default: the registry's, where the URI
    leads to one."""
    digest: Digest | None = None
    """SHA-256 of the artifact. Needed for `file:` artifacts."""
    framework: Text | None = None
    """What the model was made with: sklearn, xgboost, onnx, huggingface and so on."""
    image: Text | None = None
    """Container image that serves the model, pinned by `@sha256:…`, instead of the framework's."""


class Resources(Closed):
    """What one replica gets."""

    cpu: Number | None = Field(default=None, gt=0, le=256)
    """CPU cores. Default: what the target gives."""
    memory_mib: Whole | None = Field(default=None, ge=64, le=4 * 1024 * 1024)
    """Memory in MiB. Default: what the target gives."""
    accelerator: Accelerator | None = None
    """Kind of GPU. Default: none."""
    accelerator_count: Whole | None = Field(default=None, ge=1, le=16)
    """GPUs of one replica, or parts of GPUs, or turns on them, as its pool gives. Default: 1 when
    there is an accelerator or a pool."""
    gpu_pool: DnsLabel | None = None
    """Pool of GPU nodes to run on, by its name; those that stand in for it when there is no
    capacity too, whatever they carry. Default: all pools with the accelerator."""


class Rollout(Closed):
    """How the vendor shifts traffic when the stable model changes."""

    shift: Shift | None = None
    """all_at_once, canary, linear or rolling, as far as the target can. Default: the target's."""
    size_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Size of the canary or of a step, in percent. Default: 10."""
    wait_seconds: Whole | None = Field(default=None, ge=0, le=24 * 3600)
    """Seconds between two steps. Default: the target's."""
    owner: ShareOwner = ShareOwner.FILE
    """Who owns the candidate's share: `file`, and each `up` sets `canary_percent`; or `rollout`,
    and `canary_percent` is only the first share, which whoever walks it moves on and no `up` sets
    back."""


class ReplicaCapacity(Closed):
    """What one replica is good for, as a load test found it: autoscaling's target follows."""

    concurrency: Whole = Field(ge=1, le=1000)
    """Requests in flight with which a replica keeps the latency."""
    mean_latency_ms: Number | None = Field(default=None, ge=0.01, le=3_600_000)
    """Mean time of a request then, in milliseconds. Default: latency_p95_ms, which is longer, so
    that there are rather too many replicas."""
    utilization_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Share of that concurrency that is aimed for, in percent. Default: 70."""


class ServiceLevel(Closed):
    """Service-level objective: alarms, guardrails, gates and scaling follow from it."""

    latency_p95_ms: Number = Field(default=DEFAULT_LATENCY_P95_MS, ge=1, le=60_000)
    """Latency at the 95th percentile in milliseconds."""
    error_rate_percent: Number = Field(
        default=DEFAULT_ERROR_RATE_PERCENT,
        ge=0.001,
        le=100,
        json_schema_extra={"allowed": ERROR_RATE_PERCENT},
    )
    """Errors in percent of all requests."""
    window_days: Whole = Field(default=DEFAULT_WINDOW_DAYS, ge=1, le=365)
    """Days over which the objective holds."""
    requests_per_day: Number | None = Field(default=None, gt=0, le=1e12)
    """Requests that are expected in a day, by which it is told whether the window has enough of
    them. Default: not known."""
    capacity: ReplicaCapacity | None = None
    """What one replica is good for, from which autoscaling's target follows (docs/slo.md). Default:
    the target's own."""
    first_token_p95_ms: Number | None = Field(default=None, ge=1, le=60_000)
    """Of a language model, time until the first token of an answer at the 95th percentile in
    milliseconds. Default: no such objective."""
    output_token_p95_ms: Number | None = Field(default=None, ge=1, le=60_000)
    """Of a language model, time between one token and the next at the 95th percentile in
    milliseconds. Default: no such objective."""
    queue_p95_ms: Number | None = Field(default=None, ge=1, le=60_000)
    """Of a language model, time that a request waits before it is begun at the 95th percentile in
    milliseconds. Default: no such objective."""


class Described(Closed):
    """What every file says."""

    needs: ClassVar[frozenset[str]]
    """Which of the environment's `targets` a deployment cannot go without."""

    owner: OneLine
    """Team that answers for the model."""
    approver: OneLine | None = None
    """Who approves what is deployed of the model. Default: nobody is named, and the preview's
    checklist says so."""
    review_date: Day | None = None
    """Day by which somebody looks at the model again, as 2027-03-01. Default: none, and the
    preview's checklist says so."""
    description: Annotated[str, StringConstraints(max_length=1024)] = ""
    """What the model does, for people."""
    data_classification: DataClassification = DataClassification.INTERNAL
    """How sensitive the data is that the model sees."""
    tags: Tags = Field(default={})
    """More tags, over those of the environment."""


class EveryDeployment(Described):
    """What every deployment says that answers requests, whether a model or a graph of models."""

    slo: ServiceLevel = ServiceLevel.model_construct()
    """Service-level objective."""
    monthly_budget: Number | None = Field(default=None, gt=0, le=1e9)
    """Most that the deployment may cost in a month, in the currency of the prices (docs/cost.md).
    Default: none; nothing is held against it."""
    deprecation: Deprecation | None = None
    """Until when the deployment is kept, and what takes its place. Default: no end."""


class Common(EveryDeployment):
    """What every target of a model takes."""

    model: Artifact
    """The stable model."""
    candidate: Candidate | None = None
    """The next model, beside the stable one during a rollout."""
    resources: Resources = Resources.model_construct()
    """What one replica gets."""
    canary_percent: Whole = Field(default=0, ge=0, le=100)
    """Share of requests, in percent, that the candidate gets until this is changed."""
    rollout: Rollout = Rollout.model_construct()
    """How the vendor shifts traffic when the stable model changes."""
