"""What an environment says of the clouds' own serving: SageMaker, Vertex AI, Azure ML."""

from typing import Annotated

from pydantic import Field, StringConstraints

from stacks.settings.fields import Closed, Text

__all__ = ["AzureMlTarget", "SageMakerTarget", "VertexTarget"]


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
