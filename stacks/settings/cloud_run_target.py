"""What an environment says of Cloud Run."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks.settings.fields import Closed, Text, Truth
from stacks.settings.google_cloud import GoogleKey, GoogleRegion, NotificationChannel

__all__ = ["CloudRunTarget"]


class CloudRunTarget(Closed):
    """Where Cloud Run serves, in the project of `gcp`, and what its models share."""

    region: GoogleRegion
    """Region of services."""
    bucket: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$"),
            Field(json_schema_extra={"allowed": "the name of a bucket"}),
        ]
        | None
    ) = None
    """Bucket that the runtime's packages are put into, below `cloud-run/`; it has uniform access.
    Needed by models without an image of their own."""
    network: Text | None = None
    """Network that instances reach directly, with `subnetwork`: its name or id. Default: none."""
    subnetwork: Text | None = None
    """Subnetwork of the region that instances take addresses from."""
    network_tags: list[Text] = Field(default=[], max_length=64)
    """Network tags of the instances, for firewall rules."""
    connector: (
        Annotated[
            str,
            StringConstraints(pattern=r"^projects/[^/]+/locations/[^/]+/connectors/[^/]+$"),
            Field(json_schema_extra={"allowed": "projects/…/locations/…/connectors/…"}),
        ]
        | None
    ) = None
    """Connector of Serverless VPC Access, instead of `network`. Default: none."""
    vpc_egress: Literal["private_ranges_only", "all_traffic"] | None = None
    """What goes through the network. Default: private_ranges_only."""
    key: GoogleKey | None = None
    """Cloud KMS key of the region for what Cloud Run keeps of images. Default: Google's own."""
    binary_authorization: Truth = False
    """Whether the project's policy of Binary Authorization decides which images run."""
    binary_authorization_policy: (
        Annotated[
            str,
            StringConstraints(pattern=r"^projects/[^/]+/platforms/cloudRun/[^/]+$"),
            Field(json_schema_extra={"allowed": "projects/…/platforms/cloudRun/<policy>"}),
        ]
        | None
    ) = None
    """Another policy of Binary Authorization. Default: none."""
    notification_channels: list[NotificationChannel] = Field(default=[])
    """Channels of Cloud Monitoring that alerts tell. Default: none."""
