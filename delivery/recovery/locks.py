"""Locks of a stack, wherever its state is kept: a dead process's goes, any other stays.

Only the one file that was judged is removed. `pulumi cancel` removes every lock of the stack, also
that of an update that lives: both then make everything twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, urlsplit

from delivery import project
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.running.state_file import backend, file_of
from facts.engine_lock import FOLDER, Lock, parsed

__all__ = ["Locks", "clear_dead", "of_stack"]


class Locks(Protocol):
    """The lock files of one stack."""

    def read(self) -> Mapping[str, bytes]:
        """Their contents by name."""
        ...

    def remove(self, name: str) -> None:
        """Remove this one."""
        ...


@dataclass(frozen=True, slots=True)
class _Files:
    """In a folder: the backend `file://`."""

    folder: Path

    def read(self) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        for file in sorted(self.folder.glob("*.json")):
            try:
                found[file.name] = file.read_bytes()
            except FileNotFoundError:
                continue  # Its run has just ended.
        return found

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Objects:
    """In a bucket: the backend `s3://`."""

    client: Any
    bucket: str
    folder: str

    def read(self) -> Mapping[str, bytes]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.folder}/"
        )
        found: dict[str, bytes] = {}
        for key in (each["Key"] for page in pages for each in page.get("Contents", ())):
            if not key.endswith(".json"):
                continue
            try:
                found[key] = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except self.client.exceptions.NoSuchKey:
                continue  # Its run has just ended.
        return found

    def remove(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=name)


def of_stack(folder: Path, environment: str) -> Locks | None:
    """The locks of a stack; None where nothing is known of them, or the service leases them.

    Pulumi Cloud's locks end by themselves. The clients of Google's and Azure's object stores are
    no dependency: there a lock is told by the engine, and removed by hand.
    """
    path = f"organization/{project.name(folder)}/{environment}"
    if file := file_of(folder, environment):
        # `.pulumi/stacks/<project>/<stack>.json`
        return _Files(file.parents[3] / FOLDER / path)
    url = backend(folder)
    return _bucket(url, f"{FOLDER}/{path}") if url.startswith("s3://") else None


def clear_dead(locks: Locks | None, environment: str) -> list[Lock]:
    """Remove the locks of dead processes of this host; those that were removed.

    Raises:
        Failure: the owner of another one lives, or is on another host; names it.
    """
    cleared: list[Lock] = []
    if locks is None:
        return cleared
    for name, content in locks.read().items():
        lock = parsed(content)
        if lock and lock.is_dead():
            locks.remove(name)
            cleared.append(lock)
        else:
            raise Failure(_owned(lock, name, environment), Exit.ERROR)
    return cleared


def _owned(lock: Lock | None, name: str, environment: str) -> str:
    if lock is None:
        return (
            f"{environment} is locked by a file that is no whole lock: {name}\n"
            "  fix: wait a moment and repeat the command; remove that file when nobody is at work"
        )
    return (
        f"{environment} is locked by process {lock.process} of {lock.user}@{lock.host}, since "
        f"{lock.since.isoformat(timespec='seconds')}\n"
        "  fix: wait until it has ended; if it is a job that is gone for good, look that nothing "
        f"of it runs any more, then remove {name}"
    )


def _bucket(url: str, path: str) -> Locks:
    import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.config import Config  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    # The parameters of gocloud.dev/blob/s3blob that Pulumi's users have.
    parts = urlsplit(url)
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    style = "path" if asked.get("s3ForcePathStyle") == "true" else "auto"
    endpoint = asked.get("endpoint")
    if endpoint and "://" not in endpoint:
        scheme = "http" if asked.get("disableSSL") == "true" else "https"
        endpoint = f"{scheme}://{endpoint}"
    session: Any = boto3.Session(
        profile_name=asked.get("profile") or asked.get("awsProfile"),
        region_name=asked.get("region"),
    )
    client = session.client(
        "s3",
        endpoint_url=endpoint,
        config=Config(s3={"addressing_style": cast("Any", style)}),
    )
    prefix = parts.path.strip("/")
    return _Objects(client, parts.netloc, f"{prefix}/{path}" if prefix else path)
