"""What an environment says of the clouds' own serving: SageMaker, Lambda, Vertex AI, Azure ML."""

import re
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, StringConstraints

from facts.azure_ml_monitor import EMAIL
from facts.lambda_serving import CODE_SIGNING_ARN
from facts.resource_ids import azure_id
from facts.sagemaker_hosting import CAPTURE_URI
from facts.stores import STORES
from stacks.settings.aws_monitoring import TopicArn
from stacks.settings.fields import Closed, Text, Truth
from stacks.settings.google_cloud import GoogleKey, GoogleRegion, NotificationChannel

__all__ = ["AzureMlTarget", "LambdaTarget", "SageMakerTarget", "VertexEndpointType", "VertexTarget"]

_KeyArn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"),
    Field(json_schema_extra={"allowed": "its ARN: arn:aws:kms:region:account:key/id"}),
]
_Subnets = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-z]+$")]], Field(default=[])
]
_SecurityGroups = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-z]+$")]], Field(default=[])
]
_REGISTRY: Final = azure_id("Microsoft.ContainerRegistry/registries", "[^/]+")
_CONTAINER: Final = azure_id(
    "Microsoft.Storage/storageAccounts", "[^/]+/blobServices/default/containers/[^/]+"
)
_ACTION_GROUP: Final = azure_id("Microsoft.Insights/actionGroups", "[^/]+")
_SUBNET: Final = azure_id("Microsoft.Network/virtualNetworks", "[^/]+/subnets/[^/]+")
# Without the names of its parts, which pydantic's expressions write in another way.
_BLOB: Final = re.sub(r"\?P<\w+>", "?:", STORES["blob"].pattern)
_RegistryId = Annotated[
    str,
    StringConstraints(pattern=rf"^{_REGISTRY}$"),
    Field(json_schema_extra={"allowed": "its id: /subscriptions/…/registries/name"}),
]
_ContainerId = Annotated[
    str,
    StringConstraints(pattern=rf"^{_CONTAINER}$"),
    Field(
        json_schema_extra={
            "allowed": "its id: /subscriptions/…/blobServices/default/containers/name"
        }
    ),
]
_ActionGroupId = Annotated[
    str,
    StringConstraints(pattern=rf"^{_ACTION_GROUP}$"),
    Field(json_schema_extra={"allowed": "its id: /subscriptions/…/actionGroups/name"}),
]
_SubnetId = Annotated[
    str,
    StringConstraints(pattern=rf"^{_SUBNET}$"),
    Field(
        json_schema_extra={
            "allowed": "its id: /subscriptions/…/virtualNetworks/network/subnets/name"
        }
    ),
]
_BlobUri = Annotated[
    str,
    StringConstraints(pattern=rf"^{_BLOB}$"),
    Field(json_schema_extra={"allowed": "https://account.blob.core.windows.net/container/path"}),
]


VertexEndpointType: TypeAlias = Literal["dedicated", "public", "private_service_connect", "peered"]
"""The kinds of facts/vertex_serving.py."""
_ProjectId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"),
    Field(json_schema_extra={"allowed": "the id of a Google Cloud project"}),
]
_GoogleNetwork = Annotated[
    str,
    StringConstraints(
        pattern=r"^projects/[a-z0-9][a-z0-9-]*[a-z0-9]/global/networks/[a-z]([a-z0-9-]*[a-z0-9])?$"
    ),
    Field(json_schema_extra={"allowed": "projects/<project>/global/networks/<name>"}),
]


class SageMakerTarget(Closed):
    """What all SageMaker models of the environment share, in the account and region of `aws`."""

    subnet_ids: _Subnets
    """Private subnets of the containers, with `security_group_ids`. Default: no network."""
    security_group_ids: _SecurityGroups
    """Security groups of the containers."""
    artifact_key_arn: _KeyArn | None = None
    """KMS key that the artifacts are encrypted by. Default: none, or S3's own key."""
    log_key_arn: _KeyArn | None = None
    """KMS key for logs, which lets the region's CloudWatch Logs use it. Default: AWS's own key."""
    alarm_topic_arn: TopicArn | None = None
    """SNS topic that alarms tell. Default: alarms only stop rollouts."""
    capture_uri: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{CAPTURE_URI}$"),
            Field(json_schema_extra={"allowed": "an S3 prefix, such as s3://captured/sagemaker"}),
        ]
        | None
    ) = None
    """S3 prefix of what models capture that say no other, below the endpoint's name each."""
    capture_key_arn: _KeyArn | None = None
    """KMS key that what is captured is encrypted by. Default: the bucket's."""


class LambdaTarget(Closed):
    """What all Lambda models of the environment share, in the account and region of `aws`."""

    package_bucket: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
            Field(json_schema_extra={"allowed": "the name of a bucket of the region"}),
        ]
        | None
    ) = None
    """Bucket that packages over 50 MiB are uploaded to, below `lambda/`. Default: they are
    refused."""
    subnet_ids: _Subnets
    """Private subnets that functions reach, with `security_group_ids`. Default: no network, and
    the internet."""
    security_group_ids: _SecurityGroups
    """Security groups of functions."""
    key_arn: _KeyArn | None = None
    """KMS key for logs, environment variables and snapshots, which lets the region's CloudWatch
    Logs use it. Default: AWS's own keys."""
    artifact_key_arn: _KeyArn | None = None
    """KMS key that models in S3 are encrypted by. Default: none, or S3's own key."""
    code_signing_config_arn: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{CODE_SIGNING_ARN}$"),
            Field(
                json_schema_extra={
                    "allowed": "arn:aws:lambda:region:account:code-signing-config:csc-…"
                }
            ),
        ]
        | None
    ) = None
    """Code signing configuration that packages have to satisfy. Default: none."""
    alarm_topic_arn: TopicArn | None = None
    """SNS topic that alarms tell. Default: alarms only stop shifts."""


class VertexTarget(Closed):
    """Where Vertex AI serves, in the project of `gcp`."""

    region: GoogleRegion
    """Region of models, endpoints and what is logged."""
    endpoint_type: VertexEndpointType = "dedicated"
    """How endpoints are reached that say nothing of it: dedicated (public, with a host of its own),
    public (the region's shared host), private_service_connect or peered."""
    allowed_projects: list[_ProjectId] = Field(default=[])
    """Projects whose networks may reach endpoints by Private Service Connect."""
    consumer_networks: list[_GoogleNetwork] = Field(default=[])
    """Networks in which Google makes the forwarding rules by itself. Default: users make them."""
    network: _GoogleNetwork | None = None
    """Network that peered endpoints are in, by its project's number; private services access is
    set up there."""
    key: GoogleKey | None = None
    """Cloud KMS key of the region that Vertex AI's agent may use. Default: each endpoint has one of
    its own."""
    capture_uri: (
        Annotated[
            str,
            StringConstraints(pattern=r"^bq://[a-z][a-z0-9-]*[a-z0-9]\.[A-Za-z0-9_]+$"),
            Field(json_schema_extra={"allowed": "bq://project.dataset"}),
        ]
        | None
    ) = None
    """Dataset of captured requests: each model's table has its endpoint's name. Default: each
    endpoint has a dataset of its own."""
    service_perimeter: Truth = False
    """Whether the project is within a perimeter of VPC Service Controls."""
    notification_channels: list[NotificationChannel] = Field(default=[])
    """Channels of Cloud Monitoring that alerts tell. Default: none."""


_Email = Annotated[
    str,
    StringConstraints(pattern=f"^{EMAIL}$"),
    Field(json_schema_extra={"allowed": "an address, such as team@example.com"}),
]


class AzureMlTarget(Closed):
    """The Azure ML workspace that serves, in the subscription of `azure`; it exists."""

    workspace_name: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{2,32}$"),
        Field(json_schema_extra={"allowed": "3 to 33 letters, digits, _ and -"}),
    ]
    """Name of the workspace."""
    resource_group: Text | None = None
    """Resource group of the workspace. Default: that of `azure`."""
    registry_id: _RegistryId | None = None
    """Id of the Azure Container Registry with the images: of the models' own, else of the
    workspace, which keeps there what it builds. Default: none, images are public."""
    artifact_container_ids: list[_ContainerId] = Field(default=[])
    """Ids of the blob containers in which the workspace keeps its models. Default: none; needed by
    models that are named `azureml:name:version`."""
    public_access: Truth = False
    """Whether endpoints are reached from the internet. Default: by the workspace's private
    endpoints alone."""
    egress_public_access: Truth = False
    """Whether containers reach the internet. Default: traffic to storage, registry and workspace
    stays private."""
    app_insights: Truth = False
    """Whether containers send logs and requests to the workspace's Application Insights."""
    capture_uri: _BlobUri | None = None
    """Where captured requests go that a model says no place for:
    `https://account.blob.core.windows.net/container/path`. Default: none."""
    alert_action_group_id: _ActionGroupId | None = None
    """Id of the action group that alerts tell. Default: alerts tell nobody."""
    drift_emails: list[_Email] = Field(default=[], max_length=20)
    """Addresses that Azure ML mails to when a model's requests have drifted. Default: it mails to
    whoever deploys."""
    compute_name: Text | None = None
    """Compute cluster of the workspace on which batch runs are made. Default: each batch endpoint
    has one of its own."""
    subnet_id: _SubnetId | None = None
    """Subnet of the machines of such a cluster. Default: the workspace's managed network."""
