"""How a new version of a plain model server takes over, and by what requests are parted."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks.settings.fields import Closed, DnsLabel, Whole

__all__ = ["Takeover"]

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
