"""What a model file says for Lambda."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from facts.lambda_serving import (
    CERTIFICATE_ARN,
    DOMAIN,
    LAYER_ARN,
    RUNTIME_VERSION_ARN,
)
from facts.limits import LAMBDA_EPHEMERAL_STORAGE_MIB, LAMBDA_TIMEOUT_SECONDS
from stacks.settings.cold_start import ColdStart
from stacks.settings.common import Common
from stacks.settings.fields import Number, Text, Truth, Whole
from stacks.settings.managed import Scaling
from stacks.settings.online_features import WithFeatures
from stacks.settings.profiled_drift import WithProfiledDrift
from stacks.settings.request_logs import WithRequestLogs, XRay

__all__ = ["LambdaModel"]

# Without the lookahead for the length, which pydantic's expressions do not have.
_HOST = DOMAIN.replace(r"(?=.{4,253}$)", "")
_Arn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:[a-z0-9-]+:[^\s]+$", max_length=1024),
    Field(json_schema_extra={"allowed": "an ARN: arn:aws:service:region:account:name"}),
]


class LambdaModel(WithProfiledDrift, WithRequestLogs, WithFeatures, Common):
    """A model in an AWS Lambda function behind an HTTP API."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["lambda"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=0, ge=0, le=1000)
    """Instances kept warm (provisioned concurrency)."""
    max_replicas: Whole = Field(default=10, ge=1, le=10_000)
    """Most instances at once (reserved concurrency)."""
    cold_start: ColdStart = ColdStart.model_construct()
    """What the first answer of an instance may take, and what keeps it so short."""
    max_warm_replicas: Whole | None = Field(default=None, ge=1, le=10_000)
    """Most instances kept warm: above min_replicas their number follows their use. Default:
    min_replicas, that is no autoscaling."""
    scaling: Scaling = Scaling.model_construct()
    """What the number of warm instances follows: their use in percent. Default: 70 %."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the function."""
    timeout_seconds: Whole = Field(default=10, ge=1, le=LAMBDA_TIMEOUT_SECONDS.maximum)
    """Seconds after which a request fails; longer than the objective."""
    ephemeral_storage_mib: Whole | None = Field(
        default=None,
        ge=LAMBDA_EPHEMERAL_STORAGE_MIB.minimum,
        le=LAMBDA_EPHEMERAL_STORAGE_MIB.maximum,
    )
    """Size of /tmp in MiB. Default: 512."""
    environment_variables: dict[str, str] = Field(default={})
    """Environment variables of the handler; nothing secret."""
    layers: list[
        Annotated[
            str,
            StringConstraints(pattern=rf"^{LAYER_ARN}$"),
            Field(json_schema_extra={"allowed": "its ARN with the version: …:layer:name:1"}),
        ]
    ] = Field(default=[], max_length=5)
    """Layers, each by its ARN with the version; for packages, not for images."""
    runtime_updates: Literal["auto", "function_update", "manual"] | None = None
    """When AWS brings a newer Python to a package: auto, function_update (with the next change), or
    manual. Default: auto."""
    runtime_version_arn: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{RUNTIME_VERSION_ARN}$"),
            Field(json_schema_extra={"allowed": "arn:aws:lambda:region::runtime:id"}),
        ]
        | None
    ) = None
    """Version of the runtime that manual stays at."""
    throttle_rate_per_second: Number | None = Field(default=None, ge=1, le=10_000)
    """Requests per second that the HTTP API lets through, no more than max_replicas answer.
    Default: 50, or what max_replicas answer within the objective."""
    throttle_burst: Whole | None = Field(default=None, ge=1, le=5_000)
    """Requests that the HTTP API lets through at once."""
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653] | None = None
    """Days that logs are kept."""
    log_level: Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] | None = None
    """Least level of the lines that are kept. Default: INFO."""
    tracing: XRay = True
    """Whether requests are traced with X-Ray."""
    on_failure_arn: _Arn | None = None
    """Where a request of an asynchronous caller goes that failed for good, and why: ARN of a
    standard queue or topic, a function, an event bus or a bucket. Default: nowhere."""
    dead_letter_arn: _Arn | None = None
    """The same as a dead letter, the request alone: ARN of a standard queue or topic."""
    retries: Whole | None = Field(default=None, ge=0, le=2)
    """How often a failed request of an asynchronous caller is tried again. Default: 2."""
    max_age_seconds: Whole | None = Field(default=None, ge=60, le=21_600)
    """How long such a request may wait. Default: 6 hours."""
    function_url: Truth = False
    """Whether the function has a URL of its own too, for callers who sign with IAM."""
    jwt_issuer: (
        Annotated[
            str,
            StringConstraints(pattern=r"^https://[^\s]+$", max_length=1024),
            Field(json_schema_extra={"allowed": "the URL of the issuer: https://…"}),
        ]
        | None
    ) = None
    """Issuer whose tokens callers show, with jwt_audience. Default: callers sign with IAM."""
    jwt_audience: Text | None = None
    """Audience that the tokens must have."""
    cors_origins: list[
        Annotated[
            str,
            StringConstraints(pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$"),
            Field(json_schema_extra={"allowed": "an origin, such as https://shop.example"}),
        ]
    ] = Field(default=[])
    """Origins of web pages that may call. Default: none."""
    domain: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{_HOST}$", min_length=4, max_length=253),
            Field(json_schema_extra={"allowed": "a host name, such as prices.example.com"}),
        ]
        | None
    ) = None
    """Host name of the API, with certificate_arn; AWS's own one is then switched off. Default:
    AWS's."""
    certificate_arn: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{CERTIFICATE_ARN}$"),
            Field(json_schema_extra={"allowed": "arn:aws:acm:region:account:certificate/id"}),
        ]
        | None
    ) = None
    """Certificate of the domain, in ACM of the same region."""
    zone_id: (
        Annotated[
            str,
            StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$"),
            Field(json_schema_extra={"allowed": "the id of a Route 53 zone, such as Z0123ABC"}),
        ]
        | None
    ) = None
    """Route 53 zone that gets the domain's record. Default: somebody else makes it."""
