"""Where captured requests lie: a folder, a prefix of S3 or of Cloud Storage.

Names are listed page by page and files read one by one: however many there are, memory holds the
names that were chosen, and one file.
"""

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, cast
from urllib.parse import urlsplit

from runtime import downloads
from runtime.drift.profile import ProfileError
from runtime.errors import SourceError
from runtime.model_source import tried

__all__ = ["MAX_BYTES", "Store", "chosen", "store_of"]

# A request of that size in base64 has a million values; its JSON takes ten times as much.
MAX_BYTES: Final = 16 * 1024 * 1024
# A thousand names of a kilobyte are less.
_PAGE_BYTES: Final = 16 * 1024 * 1024
_SUFFIX: Final = ".json"


class Store(Protocol):
    """Files of JSON below one place; both raise `SourceError`."""

    def names(self, since: datetime | None) -> Iterator[str]:
        """Of all that were written since then, in no order."""
        ...

    def read(self, name: str) -> bytes | None:
        """The content of one; None of one that has more than `MAX_BYTES`."""
        ...


def store_of(place: str) -> Store:
    """The store of a folder's path, `s3://bucket/prefix` or `gs://bucket/prefix`.

    Raises:
        ProfileError: It is none of them.
    """
    scheme, mark, _ = place.partition("://")
    if not mark:
        return _Folder(Path(place))
    if scheme not in _STORES or not urlsplit(place).netloc:
        raise ProfileError(f"{downloads.shown(place)}: use a folder, s3:// or gs:// with a bucket")
    return _STORES[scheme](place)


def chosen(names: Iterable[str], most: int) -> list[str]:
    """At most so many of the names, each with the same chance (reservoir sampling)."""
    found: list[str] = []
    for number, name in enumerate(names):
        if number < most:
            found.append(name)
        elif (place := random.randrange(number + 1)) < most:  # noqa: S311 - no secret
            found[place] = name
    return found


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self, since: datetime | None) -> Iterator[str]:
        for path in self._folder.rglob(f"*{_SUFFIX}"):
            try:
                written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except OSError:
                # Gone by now.
                continue
            if _is_new(written, since):
                yield str(path)

    def read(self, name: str) -> bytes | None:
        path = Path(name)
        try:
            return None if path.stat().st_size > MAX_BYTES else path.read_bytes()
        except OSError as error:
            raise SourceError(f"{name} cannot be read: {error.strerror}") from error


class _S3:
    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._bucket, _, self._prefix = uri.removeprefix("s3://").partition("/")
        self._client = downloads.s3_client(uri)

    def names(self, since: datetime | None) -> Iterator[str]:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html: by name alone.
        pages = self._client.get_paginator("list_objects_v2")
        with downloads.s3_faults(self._uri):
            for page in pages.paginate(Bucket=self._bucket, Prefix=_below(self._prefix)):
                for item in page.get("Contents", ()):
                    if item["Key"].endswith(_SUFFIX) and _is_new(item["LastModified"], since):
                        yield item["Key"]

    def read(self, name: str) -> bytes | None:
        return tried(lambda: self._read(name))

    def _read(self, name: str) -> bytes | None:
        with downloads.s3_faults(self._uri):
            answer = self._client.get_object(Bucket=self._bucket, Key=name)
            with answer["Body"] as body:
                return None if answer["ContentLength"] > MAX_BYTES else body.read()


class _CloudStorage:
    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._bucket, _, self._prefix = uri.removeprefix("gs://").partition("/")

    def names(self, since: datetime | None) -> Iterator[str]:
        token = ""
        while True:
            page = tried(partial(self._page, token))
            for item in page.get("items", ()):
                written = datetime.fromisoformat(item["updated"])
                if item["name"].endswith(_SUFFIX) and _is_new(written, since):
                    yield item["name"]
            token = page.get("nextPageToken", "")
            if not token:
                return

    def read(self, name: str) -> bytes | None:
        return tried(lambda: self._read(f"gs://{self._bucket}/{name}"))

    def _read(self, uri: str) -> bytes | None:
        with downloads.opened(uri, other_hosts=False) as download:
            return downloads.whole(uri, download, MAX_BYTES)

    def _page(self, token: str) -> dict[str, Any]:
        query = {
            "prefix": _below(self._prefix),
            "fields": "items(name,updated),nextPageToken",
            **({"pageToken": token} if token else {}),
        }
        with downloads.cloud_storage_list(self._uri, query) as download:
            content = downloads.whole(self._uri, download, _PAGE_BYTES)
        try:
            return cast(dict[str, Any], json.loads(content or b""))
        except ValueError:
            raise SourceError(f"{self._uri}: the list of objects is no JSON") from None


def _below(prefix: str) -> str:
    """A folder's own: `requests` is not `requests-of-others`."""
    return f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""


def _is_new(written: datetime, since: datetime | None) -> bool:
    return since is None or written.astimezone(UTC) >= since


_STORES: Final = {"s3": _S3, "gs": _CloudStorage}
