"""Who calls a model on Kubernetes, and what its server calls."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from facts.addresses import is_place
from stacks.settings.fields import Closed, DnsLabel

__all__ = ["Caller", "NetworkAccess"]


def _place(text: str) -> str:
    if not is_place(text):
        raise PydanticCustomError("not_a_place", "no namespace or block of addresses with a port")
    return text


Place = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9:][a-z0-9.:/-]*:[0-9]{1,5}$", max_length=100),
    AfterValidator(_place),
    Field(
        json_schema_extra={
            "allowed": "namespace:port or block-of-addresses:port, such as 10.1.0.0/16:6379"
        }
    ),
]


class Caller(Closed):
    """One service that may call the model."""

    namespace: DnsLabel
    """Namespace of the service."""
    service_account: DnsLabel | None = None
    """Service account of its pods; needs a mesh. Default: any of the namespace."""


class NetworkAccess(Closed):
    """Keys of a model on Kubernetes about the network."""

    callers: list[Caller] = Field(default=[], max_length=100)
    """Services that may call the model. Default: the pods of its namespace, and the gateway."""
    egress: list[Place] = Field(default=[], max_length=100)
    """What the server calls, such as a feature store. Default: the artifact's store alone."""
