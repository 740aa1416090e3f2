"""Buckets of a sandbox, what is copied from and to them, and the resource that copies."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from typing import Any, Final, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest

from provider.clients import Clients
from provider.mirror import look_up
from provider.mirror.blob import BlobStore
from provider.mirror.gcs import GcsStore
from provider.mirror.model_copy import ModelCopy
from provider.mirror.model_copy_inputs import check
from provider.waiting import Poll
from sandbox.api.contents import content_of
from sandbox.seed_registries import COMMITS
from sandbox.store import Row, Store
from tests.unit.test_model_registries import Registries

__all__ = [
    "BASES",
    "BLOBS",
    "FILE",
    "FOLDER",
    "HUB",
    "SCHEMES",
    "Copies",
    "copies",
    "sha256",
    "there_too",
]

HOST: Final = "ourmodels.blob.core.windows.net"
BASES: Final = {
    "s3": "s3://our-models/",
    "gs": "gs://our-models/",
    "blob": f"https://{HOST}/our-models/",
}
SCHEMES: Final = tuple(BASES)
FILE: Final = b"the weights of a model, " * 40
FOLDER: Final = {"MLmodel": b"flavors", "data/model.pkl": FILE, "empty": b""}
HUB: Final = f"hf://example/assistant@{COMMITS[0]}"
BLOBS: Final = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models/providers"
    "/Microsoft.Storage/storageAccounts/ourmodels"
)
_CONTAINER: Final = f"{BLOBS}/blobServices/default/containers/our-models"
_NATIVE: Final = "azure-native"
# Provider, token and id of an object, by its bucket and key.
_ROWS: Final = {
    "s3": ("registries", "s3:Object", ""),
    "gs": ("registries", "gcs:Object", ""),
    "blob": (_NATIVE, f"{_NATIVE}:storage:Blob", f"{BLOBS}/blobServices/default/containers/"),
}


def sha256(content: bytes) -> str:
    """As settings write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Copies:
    """A sandbox's stores, looked at beside what copies."""

    registries: Registries
    clients: Clients = field(default_factory=Clients)
    reports: list[str] = field(default_factory=list[str])

    def resource(self) -> ModelCopy:
        """A new one, as each operation gets."""
        return ModelCopy(self.clients, poll=Poll(longest_seconds=0.05))

    def copy(
        self, source: str, uri: str, *, timeout_seconds: float = 60, **more: object
    ) -> dict[str, object]:
        """Create; the outputs."""
        inputs, problems = check({"source": source, "uri": uri, **more})
        assert problems == []
        made = self.resource().create(inputs, timeout_seconds=timeout_seconds, report=self._report)
        identity, outputs = asyncio.run(made)
        assert identity == uri
        return outputs

    def read(self, place: str, **inputs: object) -> dict[str, object] | None:
        """Refresh, or with nothing but the place an import; the outputs."""
        given = {"uri": place, **inputs} if inputs else {}
        found = asyncio.run(self.resource().read(place, given))
        return None if found is None else found[1]

    def look(self, *copies: Mapping[str, object]) -> list[dict[str, Any]]:
        """Look before anything is copied."""
        inputs: dict[str, object] = {"copies": [dict(each) for each in copies]}
        assert look_up.check(inputs) == []
        answers: Any = asyncio.run(look_up.answer(self.clients, inputs))["copies"]
        return answers

    def there(self, scheme: str, prefix: str = "our-models/") -> dict[str, bytes]:
        """What a store holds below a prefix, by key."""
        with self._store() as store:
            begins = _id(scheme, prefix)
            rows = store.starting(*_ROWS[scheme][:2], begins)
            return {
                row.id.removeprefix(begins): content_of(store, _held(scheme, row)) for row in rows
            }

    def written(self) -> list[str]:
        """Names of the operations that wrote, in turn."""
        writes = (
            *("s3:Put", "s3:Copy", "s3:Complete", "gcs:objects.insert", "gcs:objects.rewrite"),
            *("blob:BlockBlob_Upload", "blob:BlockBlob_Commit", "blob:BlockBlob_StageBlockFromURL"),
        )
        return [each for each in self.registries.asked("*") if each.startswith(writes)]

    def put(self, scheme: str, bucket: str, key: str, content: bytes) -> None:
        """Write an object, as anybody may."""
        if scheme == "s3":
            client = cast("Any", boto3).client("s3")
            client.put_object(Bucket=bucket, Key=key, Body=content)
        elif scheme == "gs":
            GcsStore(self.clients.storage, bucket).put(key, content)
        else:
            BlobStore(self.clients.blob_login, HOST, bucket).put(key, content)

    def make_container(self) -> None:
        """An account with a container; the other stores' buckets are there."""
        with self._store() as store:
            account = Row(
                provider=_NATIVE,
                token=f"{_NATIVE}:storage:StorageAccount",
                id=BLOBS,
                name="ourmodels",
                account=BLOBS.split("/")[2],
            )
            store.put(account)
            token = f"{_NATIVE}:storage:BlobContainer"
            store.put(account.replace(token=token, id=_CONTAINER, name="our-models"))

    def remove(self, scheme: str, name: str) -> None:
        """Delete an object, as somebody may."""
        with self._store() as store:
            (row,) = store.starting(*_ROWS[scheme][:2], _id(scheme, name))
            store.remove(row)

    def _store(self) -> AbstractContextManager[Store]:
        return closing(Store(self.registries.path))

    async def _report(self, message: str) -> None:
        self.reports.append(message)


def _id(scheme: str, name: str) -> str:
    """Of a blob behind its container's."""
    above = _ROWS[scheme][2]
    bucket, _, key = name.partition("/")
    return f"{above}{bucket}/blobs/{key}" if above else name


def _held(scheme: str, row: Row) -> Mapping[str, Any]:
    return row.outputs if scheme == "blob" else row.live["versions"][-1]


@pytest.fixture
def copies(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> Copies:
    import huggingface_hub.constants as of_hub  # noqa: PLC0415 - as the fixture of registries

    template = of_hub.ENDPOINT + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    made = Copies(registries)
    made.make_container()
    for path, content in FOLDER.items():
        made.put("s3", "our-models", f"source/1.0/{path}", content)
    made.put("s3", "our-models", "source/model.onnx", FILE)
    return made


def there_too(copies: Copies, scheme: str) -> None:
    """The same sources in another store."""
    for path, content in FOLDER.items():
        copies.put(scheme, "our-models", f"source/1.0/{path}", content)
    copies.put(scheme, "our-models", "source/model.onnx", FILE)
