"""What files say of a server on KServe that models share, and of a model on it."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Artifact, EveryDeployment, Resources
from stacks.settings.fields import DnsLabel, Text, Whole
from stacks.settings.network_access import NetworkAccess

ServerName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"),
    Field(json_schema_extra={"allowed": "the name of a shared server, as its file is named"}),
]


class SharedServer(NetworkAccess, EveryDeployment):
    """A Triton server on KServe, which loads every model whose file names it."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["kserve_shared_server"]
    """Where the server runs."""
    resources: Resources = Resources.model_construct()
    """What one replica gets; its memory is that of all models together. Default: 1 CPU core and
    4096 MiB."""
    min_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Fewest replicas, each with all models."""
    max_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Most replicas."""
    namespace: DnsLabel = "models"
    """Kubernetes namespace. Default: the environment's, or `models`."""
    deployment_mode: Literal["knative", "standard"] = "knative"
    """How KServe runs it. Default: the environment's, or `knative`."""
    arguments: list[Text] = Field(default=[])
    """Further arguments of Triton."""
    service_account_name: DnsLabel | None = None
    """Service account that may read the models. Default: the namespace's."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a server that is not ready fails the update. Default: 900."""


class TrainedModel(EveryDeployment):
    """A model on a server that others share."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["kserve_trained_model"]
    """Where the model is served."""
    server: ServerName
    """Shared server that loads the model: the name of its file."""
    model: Artifact
    """The model; a new version takes the old one's place at once."""
    namespace: DnsLabel = "models"
    """The server's namespace. Default: the environment's, or `models`."""
    deployment_mode: Literal["knative", "standard"] = "knative"
    """The server's mode. Default: the environment's, or `knative`."""
    memory_mib: Whole = Field(ge=1, le=4 * 1024 * 1024)
    """Most memory that the model takes, in MiB; KServe takes in what the server has room for."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a model that is not taken in fails the update. Default: 300."""
