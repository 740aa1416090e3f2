"""The source of a model and the store of its copy, by their URIs; clients as they are needed."""

from facts.model_mirror import Place, copied
from provider.clients import Clients
from provider.errors import ProviderError
from provider.mirror.blob import BlobSource, BlobStore
from provider.mirror.gcs import GcsSource, GcsStore
from provider.mirror.https import HttpsSource
from provider.mirror.hub import HubSource
from provider.mirror.protocol import Source, Store
from provider.mirror.s3 import S3Source, S3Store

__all__ = ["source_of", "store_of"]


def source_of(clients: Clients, uri: str, *, digest: str, pickles: bool) -> Source:
    """Where a model is copied from; raises `ProviderError` for what is not copied."""
    found = copied(uri, digest)
    if found is None:
        raise ProviderError(f"source: got {uri!r}, which is not copied")
    if found.kind == "https":
        return HttpsSource(found, digest)
    if found.kind == "blob":
        return BlobSource(clients.blob_login, found, digest)
    if found.kind == "gs":
        return GcsSource(clients.storage, found, digest)
    if found.kind == "hf":
        return HubSource(found, pickles=pickles)
    return S3Source(clients.aws.s3(), found, digest)


def store_of(clients: Clients, place: Place) -> Store:
    """Where the copy is."""
    if place.scheme == "blob":
        return BlobStore(clients.blob_login, place.host, place.bucket)
    if place.scheme == "gs":
        return GcsStore(clients.storage, place.bucket)
    return S3Store(clients.aws.s3(), place.bucket)
