"""How a new version of a plain model server takes over, and by what requests are parted."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Resources, Uri
from stacks.settings.fields import Closed, DnsLabel, HttpPath, Text, Whole
from stacks.settings.server_pod import SecretKey, ServerKind

__all__ = ["Part", "Takeover"]

HeaderName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"),
    Field(json_schema_extra={"allowed": "a name such as x-variant, at most 128 characters"}),
]
HeaderValue = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,128}$"),
    Field(json_schema_extra={"allowed": "letters, digits and . _ ~ -, at most 128 characters"}),
]


PartName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$"),
    Field(json_schema_extra={"allowed": "a DNS label of at most 20 characters"}),
]


class Part(Closed):
    """One service beside the model's own server; what it does not say is as there."""

    image: Text
    """Container image of the part, pinned by `@sha256:…`."""
    uri: Uri | None = None
    """Artifact of the part, or what a registry of models knows it by (docs/model-references.md);
    brought by `download_image`. Default: none."""
    candidate_image: Text | None = None
    """Image of the part in the candidate. Default: image."""
    candidate_uri: Uri | None = None
    """Artifact of the part in the candidate. Default: uri."""
    server: ServerKind = "reference"
    """Kind of server: its port and paths."""
    port: Whole | None = Field(default=None, ge=1024, le=65_535)
    """Port of the part. Default: the server kind's."""
    live_path: HttpPath | None = None
    """Path of the liveness probe. Default: the server kind's."""
    ready_path: HttpPath | None = None
    """Path of the readiness probe. Default: the server kind's."""
    startup_path: HttpPath | None = None
    """Path of the startup probe. Default: the server kind's."""
    arguments: list[Text] = Field(default=[])
    """Arguments of the part."""
    env: dict[str, str] = Field(default={})
    """Environment variables; nothing secret."""
    secret_env: dict[str, SecretKey] = Field(default={})
    """Secret environment variables, each as `secret-name/key` of a Secret that is there."""
    resources: Resources = Resources.model_construct()
    """What one replica of the part gets."""
    min_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Fewest replicas. Default: the model's."""
    max_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Most replicas. Default: the model's, or min_replicas where that is more."""
    load_seconds: Whole | None = Field(default=None, ge=1, le=7200)
    """Seconds that the part may take to start. Default: 60."""


class Takeover(Closed):
    """Keys about the strategy."""

    strategy: Literal["recreate", "rolling", "blue_green", "canary", "ab", "shadow"] = "rolling"
    """How a new version takes over: recreate and rolling change the pods in place; blue_green,
    canary, ab and shadow run a candidate beside the stable model."""
    candidate_min_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Fewest replicas of the candidate. Default: min_replicas."""
    router: Literal["istio", "gateway"] | None = None
    """What parts the requests for canary, ab and shadow: Istio, or Gateway API. Default: the
    environment's."""
    gateway_name: DnsLabel | None = None
    """Gateway by which `host` is reached with these strategies; it exists and has the host's
    certificate. Default: the environment's."""
    gateway_namespace: DnsLabel | None = None
    """Namespace of that gateway. Default: the environment's."""
    ab_header: HeaderName | None = None
    """Header by which strategy ab knows the candidate's requests."""
    ab_cookie: HeaderName | None = None
    """Cookie by which strategy ab knows the candidate's requests, instead of a header."""
    ab_values: list[HeaderValue] = Field(default=[], max_length=16)
    """Values of that header or cookie with which requests go to the candidate."""
    parts: dict[PartName, Part] = Field(default={}, max_length=10)
    """Further services by name that are one unit with the model's server, such as a tokenizer: a
    version gets requests only when all of its parts are ready."""
