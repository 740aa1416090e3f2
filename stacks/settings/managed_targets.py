"""What an environment says of the clouds' own serving: SageMaker, Vertex AI, Azure ML."""

import re
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from facts.resource_ids import azure_id
from facts.stores import STORES
from stacks.settings.fields import Closed, Text, Truth

__all__ = ["AzureMlTarget", "SageMakerTarget", "VertexTarget"]

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


class SageMakerTarget(Closed):
    """What all SageMaker models of the environment share, in the account and region of `aws`."""

    subnet_ids: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-z]+$")]],
        Field(default=[]),
    ]
    """Private subnets of the containers, with `security_group_ids`. Default: no network."""
    security_group_ids: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-z]+$")]],
        Field(default=[]),
    ]
    """Security groups of the containers."""


class VertexTarget(Closed):
    """Where Vertex AI serves, in the project of `gcp`."""

    region: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]{1,2}$"),
        Field(json_schema_extra={"allowed": "a Google Cloud region, such as europe-west4"}),
    ]
    """Region of models, endpoints and what is logged."""


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
    compute_name: Text | None = None
    """Compute cluster of the workspace on which batch runs are made. Default: each batch endpoint
    has one of its own."""
    subnet_id: _SubnetId | None = None
    """Subnet of the machines of such a cluster. Default: the workspace's managed network."""
