"""What a model file says for a plain model server on Kubernetes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Common
from stacks.settings.fields import DnsLabel, Text, Whole
from stacks.settings.network_access import NetworkAccess
from stacks.settings.takeover import Takeover

HostName = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"),
    Field(json_schema_extra={"allowed": "a host name, such as fraud.example.com"}),
]


class ModelServerModel(NetworkAccess, Takeover, Common):
    """A model in an image of one's own on Kubernetes, without KServe."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["kubernetes"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Fewest replicas."""
    max_replicas: Whole = Field(default=3, ge=1, le=1000)
    """Most replicas."""
    namespace: DnsLabel = "models"
    """Kubernetes namespace. Default: the environment's, or `models`."""
    server: Literal["reference"] = "reference"
    """Kind of model server: its port and paths."""
    arguments: list[Text] = Field(default=[])
    """Arguments of the model server."""
    env: dict[str, str] = Field(default={})
    """Environment variables; nothing secret."""
    config: dict[str, str] = Field(default={})
    """Files under /etc/model-server by name."""
    load_seconds: Whole | None = Field(default=None, ge=1, le=7200)
    """Seconds that the server may take to load the model. Default: 60."""
    download_image: Text | None = None
    """Image that brings the artifact, as KServe's storage initialiser does, pinned by `@sha256:`.

    Default: none; the model's image holds the artifact, or fetches it.
    """
    host: HostName | None = None
    """Host name outside of the cluster. Default: inside only."""
    tls_secret_name: DnsLabel | None = None
    """Secret with the host's certificate; needed beside `host`."""
    service_account_name: DnsLabel | None = None
    """Service account, which exists. Default: one of its own."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a server that is not ready fails the update. Default: 900."""
