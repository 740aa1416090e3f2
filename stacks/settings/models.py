"""What a model file says: one frozen class per target, discriminated on `target`.

The docstring under each field is its description in the JSON Schema that editors read.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, StringConstraints

from facts.limits import (
    LAMBDA_EPHEMERAL_STORAGE_MIB,
    LAMBDA_TIMEOUT_SECONDS,
)
from facts.slo import DEFAULT_ERROR_RATE_PERCENT, DEFAULT_LATENCY_P95_MS, DEFAULT_WINDOW_DAYS
from stacks.settings.fields import Closed, DnsLabel, Number, OneLine, Tags, Text, Whole

Accelerator = Literal[
    "nvidia-t4",
    "nvidia-a10g",
    "nvidia-l4",
    "nvidia-l40s",
    "nvidia-v100",
    "nvidia-a100",
    "nvidia-h100",
]


class Shift(StrEnum):
    """How the vendor moves traffic when the stable model itself changes."""

    ALL_AT_ONCE = "all_at_once"
    CANARY = "canary"
    LINEAR = "linear"
    ROLLING = "rolling"


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
    Field(json_schema_extra={"allowed": "a URI without spaces, such as s3://bucket/1.4.0/model"}),
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


class Candidate(Closed):
    """The next model during a rollout: another artifact for the stable model's framework."""

    uri: Uri
    """Where the artifact is; it holds the version, a 40-digit commit or a digest."""
    version: Version
    """Exact version, unlike the stable one's."""
    digest: Digest | None = None
    """SHA-256 of the artifact. Needed for `file:` artifacts."""


class Artifact(Closed):
    """A trained model, pinned: the same settings mean the same bytes tomorrow."""

    uri: Uri
    """Where the artifact is; it holds the version, a 40-digit commit or a digest."""
    version: Version
    """Exact version; never `latest`, a branch or a range."""
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
    """GPUs of one replica. Default: 1 when there is an accelerator."""


class Rollout(Closed):
    """How the vendor shifts traffic when the stable model changes."""

    shift: Shift | None = None
    """all_at_once, canary, linear or rolling, as far as the target can. Default: the target's."""
    size_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Size of the canary or of a step, in percent. Default: 10."""
    wait_seconds: Whole | None = Field(default=None, ge=0, le=24 * 3600)
    """Seconds between two steps. Default: the target's."""


class ServiceLevel(Closed):
    """Service-level objective: alarms and guardrails follow from it."""

    latency_p95_ms: Number = Field(default=DEFAULT_LATENCY_P95_MS, ge=1, le=60_000)
    """Latency at the 95th percentile in milliseconds."""
    error_rate_percent: Number = Field(default=DEFAULT_ERROR_RATE_PERCENT, ge=0.001, le=100)
    """Errors in percent of all requests."""
    window_days: Whole = Field(default=DEFAULT_WINDOW_DAYS, ge=1, le=365)
    """Days over which the objective holds."""


class Common(Closed):
    """What every target takes."""

    owner: OneLine
    """Team that answers for the model."""
    description: Annotated[str, StringConstraints(max_length=1024)] = ""
    """What the model does, for people."""
    model: Artifact
    """The stable model."""
    candidate: Candidate | None = None
    """The next model, beside the stable one during a rollout."""
    resources: Resources = Resources()
    """What one replica gets."""
    canary_percent: Whole = Field(default=0, ge=0, le=100)
    """Share of requests, in percent, that the candidate gets until this is changed."""
    rollout: Rollout = Rollout()
    """How the vendor shifts traffic when the stable model changes."""
    slo: ServiceLevel = ServiceLevel()
    """Service-level objective."""
    data_classification: DataClassification = DataClassification.INTERNAL
    """How sensitive the data is that the model sees."""
    tags: Tags = Field(default={})
    """More tags, over those of the environment."""


class KServeModel(Common):
    """A model on Kubernetes by KServe."""

    target: Literal["kserve"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest replicas; 0 scales to zero."""
    max_replicas: Whole = Field(default=3, ge=1, le=1000)
    """Most replicas."""
    namespace: DnsLabel = "models"
    """Kubernetes namespace. Default: the environment's, or `models`."""
    deployment_mode: Literal["knative", "standard"] = "knative"
    """How KServe runs it. Default: the environment's, or `knative`."""
    runtime: DnsLabel | None = None
    """Serving runtime by name. Default: what KServe finds for the framework."""
    arguments: list[Text] = Field(default=[])
    """Arguments of the model server."""
    concurrency_target: Whole | None = Field(default=None, ge=1, le=10_000)
    """Requests in flight per replica that the autoscaler aims for."""
    service_account_name: DnsLabel | None = None
    """Service account that may read the artifact."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a service that is not ready fails the update."""


class SageMakerModel(Common):
    """A model on a SageMaker real-time endpoint."""

    target: Literal["sagemaker"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest instances."""
    max_replicas: Whole = Field(default=2, ge=1, le=1000)
    """Most instances."""
    instance_type: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")] = (
        Field(
            default="ml.m5.large",
            json_schema_extra={"allowed": "a SageMaker instance type, such as ml.m5.large"},
        )
    )
    """SageMaker instance type."""


class LambdaModel(Common):
    """A model in an AWS Lambda function behind an HTTP API."""

    target: Literal["lambda"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=0, ge=0, le=1000)
    """Instances kept warm (provisioned concurrency)."""
    max_replicas: Whole = Field(default=10, ge=1, le=10_000)
    """Most instances at once (reserved concurrency)."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the function."""
    timeout_seconds: Whole = Field(default=10, ge=1, le=LAMBDA_TIMEOUT_SECONDS.maximum)
    """Seconds after which a request fails."""
    ephemeral_storage_mib: Whole | None = Field(
        default=None,
        ge=LAMBDA_EPHEMERAL_STORAGE_MIB.minimum,
        le=LAMBDA_EPHEMERAL_STORAGE_MIB.maximum,
    )
    """Size of /tmp in MiB. Default: 512."""
    throttle_rate_per_second: Number | None = Field(default=None, gt=0, le=1_000_000)
    """Requests per second that the HTTP API lets through."""
    throttle_burst: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """Requests that the HTTP API lets through at once."""
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653] | None = None
    """Days that logs are kept."""


ModelSettings: TypeAlias = KServeModel | SageMakerModel | LambdaModel
AnyModel = Annotated[ModelSettings, Field(discriminator="target")]

MODEL_CLASSES: Final[dict[str, type[KServeModel | SageMakerModel | LambdaModel]]] = {
    "kserve": KServeModel,
    "sagemaker": SageMakerModel,
    "lambda": LambdaModel,
}

__all__ = [
    "MODEL_CLASSES",
    "AnyModel",
    "Artifact",
    "Candidate",
    "Common",
    "KServeModel",
    "LambdaModel",
    "ModelSettings",
    "Rollout",
    "SageMakerModel",
    "Shift",
]
