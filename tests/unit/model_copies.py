"""Buckets of a sandbox, what is copied from and to them, and the resource that copies."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from typing import Any, Final, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]

from provider.kinds import Clients
from provider.mirror import look_up
from provider.mirror.model_copy import ModelCopy
from provider.mirror.model_copy_inputs import check
from provider.waiting import Poll
from sandbox.api.registries.contents import content_of
from sandbox.store import Store
from tests.unit.test_model_registries import Registries

__all__ = ["Copies", "sha256"]

_TOKENS: Final = {"s3": "s3:Object", "gs": "gcs:Object"}


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
            rows = store.starting("registries", _TOKENS[scheme], prefix)
            return {
                row.id.removeprefix(prefix): content_of(store, row.live["versions"][-1])
                for row in rows
            }

    def written(self) -> list[str]:
        """Names of the operations that wrote, in turn."""
        writes = ("s3:Put", "s3:Copy", "s3:Complete", "gcs:objects.insert", "gcs:objects.rewrite")
        return [each for each in self.registries.asked("*") if each.startswith(writes)]

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object to S3, as anybody may."""
        client = cast("Any", boto3).client("s3")
        client.put_object(Bucket=bucket, Key=key, Body=content)

    def put_gs(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object to Cloud Storage."""
        from provider.mirror.gcs import GcsStore  # noqa: PLC0415 - beside what is tested

        GcsStore(self.clients.storage, bucket).put(key, content)

    def remove(self, scheme: str, name: str) -> None:
        """Delete an object, as somebody may."""
        with self._store() as store:
            store.delete("registries", _TOKENS[scheme], name)

    def _store(self) -> AbstractContextManager[Store]:
        return closing(Store(self.registries.path))

    async def _report(self, message: str) -> None:
        self.reports.append(message)
