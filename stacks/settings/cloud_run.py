"""What a model file says for Cloud Run."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from facts.cloud_run import BASE_IMAGE, CONCURRENCY, SECRET_VERSION_FORM, TIMEOUT_SECONDS
from stacks.settings.cold_start import ColdStart
from stacks.settings.common import Common
from stacks.settings.fields import HttpPath, Text, Truth, Whole
from stacks.settings.google_cloud import ServiceAccount
from stacks.settings.online_features import WithFeatures
from stacks.settings.profiled_drift import WithProfiledDrift
from stacks.settings.request_logs import WithRequestLogs, WithTracing

__all__ = ["CloudRunModel"]

_Member = Annotated[
    str,
    StringConstraints(
        pattern=r"^((user|group|domain|serviceAccount|principal|principalSet):[^\s]+"
        r"|allUsers|allAuthenticatedUsers)$",
        max_length=512,
    ),
    Field(json_schema_extra={"allowed": "an IAM member, such as serviceAccount:shop@…"}),
]
_SecretVersion = Annotated[
    str,
    # Without the names of its parts, which pydantic's expressions write in another way.
    StringConstraints(pattern=r"^projects/[a-z0-9-]+/secrets/[A-Za-z0-9_-]+/versions/[1-9][0-9]*$"),
    Field(json_schema_extra={"allowed": SECRET_VERSION_FORM}),
]


class CloudRunModel(WithProfiledDrift, WithRequestLogs, WithTracing, WithFeatures, Common):
    """A model in a Cloud Run service: the runtime's function, or an image of one's own."""

    needs: ClassVar = frozenset({"gcp", "cloud_run"})

    target: Literal["cloud_run"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=0, ge=0, le=1000)
    """Instances kept warm, of both versions together by their share of the requests."""
    max_replicas: Whole = Field(default=10, ge=1, le=1000)
    """Most instances, of both versions together; 3 with a GPU, where nothing is said."""
    cold_start: ColdStart = ColdStart.model_construct()
    """What the first answer of an instance may take, and what keeps it so short."""
    concurrency: Whole | None = Field(default=None, ge=CONCURRENCY.minimum, le=CONCURRENCY.maximum)
    """Requests at once of an instance. Default: 8."""
    timeout_seconds: Whole = Field(
        default=10, ge=TIMEOUT_SECONDS.minimum, le=TIMEOUT_SECONDS.maximum
    )
    """Seconds after which a request fails; longer than the objective."""
    load_seconds: Whole | None = Field(default=None, ge=1, le=240)
    """How long a start may take, model included. Default: 240."""
    cpu_always: Truth | None = None
    """Whether an instance has its CPU between requests too, and is paid for it. Default: false;
    true with a GPU."""
    startup_cpu_boost: Truth = True
    """Whether an instance has more CPU while it starts."""
    gpu_zonal_redundancy: Truth = False
    """Whether capacity of GPUs is kept in other zones, at a higher price."""
    base_image: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{BASE_IMAGE}$"),
            Field(
                json_schema_extra={
                    "allowed": "<place>-docker.pkg.dev/serverless-runtimes/<stack>/runtimes/<name>"
                }
            ),
        ]
        | None
    ) = None
    """One of Google's base images, whose security patches come by themselves. Default: that of
    Python for the runtime's function; none for an image of one's own."""
    port: Whole | None = Field(default=None, ge=1, le=65535)
    """Port of an image of one's own. Default: 8080."""
    startup_path: HttpPath | None = None
    """Path of an image of one's own that says whether the model is loaded. Default:
    /health/startup."""
    liveness_path: HttpPath | None = None
    """Path of an image of one's own that says whether it is well. Default: /health/live."""
    tcp_health: Truth = False
    """Whether the port is all that is probed, of an image without such paths."""
    predict_route: HttpPath | None = None
    """Path of an image of one's own that answers requests. Default: /v1/models/<name>:predict."""
    environment_variables: dict[str, str] = Field(default={})
    """Environment variables; nothing secret."""
    secret_environment_variables: dict[str, _SecretVersion] = Field(default={})
    """Environment variables from Secret Manager, each by the number of its version."""
    service_account: ServiceAccount | None = None
    """Service account of the instances. Default: one of their own, which reads the model and these
    secrets and nothing else."""
    public_access: Truth = False
    """Whether the service is reached from the internet; callers need a right either way."""
    callers: list[_Member] = Field(default=[], max_length=100)
    """IAM members that may call it, and nobody else. Default: whoever is granted it elsewhere."""
    custom_audiences: list[Text] = Field(default=[], max_length=20)
    """Audiences of callers' tokens beside the service's own URL."""
    deletion_protection: Truth = False
    """Whether the service cannot be deleted before this is taken away."""
    redeploy: Text | None = None
    """Any text: another one makes another revision of the same, as after a failure whose cause was
    outside."""
