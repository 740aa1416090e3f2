"""The source of a model and the store of its copy, by their URIs; clients as they are needed."""

from typing import Protocol

from facts.model_mirror import Place, copied
from provider.aws.clients import Aws
from provider.errors import ProviderError
from provider.mirror.blob import BlobLogin, BlobSource, BlobStore
from provider.mirror.gcs import GcsSource, GcsStore, Sessions
from provider.mirror.https import HttpsSource
from provider.mirror.protocol import Source, Store
from provider.mirror.s3 import S3Source, S3Store

__all__ = ["Reach", "source_of", "store_of"]


class Reach(Protocol):
    """What reaches the clouds."""

    @property
    def aws(self) -> Aws:
        """Clients of AWS."""
        ...

    @property
    def storage(self) -> Sessions:
        """Cloud Storage's."""
        ...

    @property
    def blob_login(self) -> BlobLogin:
        """Azure's."""
        ...


def source_of(clients: Reach, uri: str, *, digest: str, pickles: bool) -> Source:
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
        # Late: it loads the registries, which know this package's kinds.
        from provider.mirror.hub import HubSource  # noqa: PLC0415

        return HubSource(found, pickles=pickles)
    return S3Source(clients.aws.s3(), found, digest)


def store_of(clients: Reach, place: Place) -> Store:
    """Where the copy is."""
    if place.scheme == "blob":
        return BlobStore(clients.blob_login, place.host, place.bucket)
    if place.scheme == "gs":
        return GcsStore(clients.storage, place.bucket)
    return S3Store(clients.aws.s3(), place.bucket)
