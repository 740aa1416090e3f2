"""What reaches the vendors, for the resources and the functions of the provider."""

from dataclasses import dataclass, field

from provider.aws.clients import Aws, AwsSettings
from provider.azure.blobs import BlobClient
from provider.azure.clients import Azure
from provider.gcp.vertex import Vertex, VertexWorker
from provider.mirror.blob import BlobLogin
from provider.mirror.gcs import Sessions

__all__ = ["Clients"]


@dataclass(frozen=True, slots=True)
class Clients:
    """By cloud; nothing is connected before it is asked for."""

    aws: Aws = field(default_factory=lambda: Aws(AwsSettings()))
    azure: Azure = field(default_factory=Azure)
    blobs: BlobClient = field(default_factory=BlobClient)
    vertex: Vertex = field(default_factory=VertexWorker)
    storage: Sessions = field(default_factory=Sessions)
    blob_login: BlobLogin = field(default_factory=BlobLogin)
