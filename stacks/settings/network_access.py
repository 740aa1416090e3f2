"""Who calls a model on Kubernetes, and what its server calls."""

from typing import Annotated

from pydantic import Field, StringConstraints

from stacks.settings.fields import Closed, DnsLabel

__all__ = ["Caller", "NetworkAccess"]

Place = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9.:/-]*:[0-9]{1,5}$", max_length=100),
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
