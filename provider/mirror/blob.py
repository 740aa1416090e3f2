"""Azure Blob Storage as a source of models and as a mirror, by Azure's own pipeline and login.

What is copied within it is put together from blocks that the service reads itself; what comes from
elsewhere is a block list too, so that a blob is there when all of it is. Azure's storage client
takes no token without TLS, not even to loopback (`provider/azure/blobs.py`). Sources:
https://learn.microsoft.com/rest/api/storageservices/put-block-list,
https://learn.microsoft.com/rest/api/storageservices/put-block-from-url.
"""

import base64
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

from facts.model_references import Reference
from provider.azure import pipeline
from provider.errors import ProviderError
from provider.mirror.bodies import Body, from_chunks
from provider.mirror.protocol import (
    WRITTEN_OVER,
    CopyError,
    Progress,
    SourceFile,
    Stored,
    Stream,
    refuse_too_many,
)

__all__ = ["BlobLogin", "BlobSource", "BlobStore"]

_SCOPE: Final = "https://storage.azure.com/.default"
_VERSION: Final = "2022-11-02"
_ENDPOINT: Final = "AZURE_STORAGE_SERVICE_ENDPOINT"
_MIB: Final = 1024 * 1024
_PART: Final = 16 * _MIB
_PART_WITHIN: Final = 256 * _MIB
# Of 50,000 blocks that a blob has at most.
_MOST_PARTS: Final = 45_000
# Names of metadata are identifiers of C#.
_IDENTITY: Final = "x-ms-meta-modelcopy"
_FOLDER: Final = "hdi_isfolder"
_NO_BLOB: Final = frozenset({"BlobNotFound", "404"})
_WAYS_OUT: Final = {
    "ContainerNotFound": "Make the container, or correct its name in model-serving:model_mirror or "
    "the model's URI",
    "ConditionNotMet": WRITTEN_OVER,
    "SourceConditionNotMet": WRITTEN_OVER,
}
_RIGHT: Final = (
    "Whoever runs Pulumi needs the role {} on the container, and a way to the account's network"
)
_READER: Final = "Storage Blob Data Reader"
_WRITER: Final = "Storage Blob Data Contributor"
_DENIED: Final = ("Authorization", "NoAuthentication", "InvalidAuthentication", "403", "401")


class BlobLogin:
    """One login and pipeline for all accounts, made when it is first needed."""

    def __init__(self) -> None:
        self._client: Any = None
        self._credential: Any = None
        self._lock = threading.Lock()

    def client(self) -> Any:  # noqa: ANN401 - azure-core's
        """The pipeline."""
        with self._lock:
            if self._client is None:
                self._client = pipeline.client_of(self._policy)
            return self._client

    def token(self) -> str:
        """A token by which the service itself reads what is copied."""
        self.client()
        return str(self._credential.get_token(_SCOPE).token)

    def _policy(self, credential: Any) -> Any:  # noqa: ANN401 - azure-core's
        from azure.core.pipeline.policies import BearerTokenCredentialPolicy  # noqa: PLC0415

        self._credential = credential
        return cast("Any", BearerTokenCredentialPolicy)(credential, _SCOPE)


class BlobStore:
    """One container; all calls of it block."""

    scheme = "blob"

    def __init__(self, login: BlobLogin, host: str, container: str) -> None:
        self._login = login
        self._base = f"{_endpoint(host)}/{container}"
        self.who = f"Blob Storage, container {container} of {host.partition('.')[0]}"

    def listed(self, prefix: str) -> dict[str, Stored]:
        """As `Store` says."""
        return {name: Stored(size, etag) for name, size, etag in self.items(prefix)}

    def items(self, prefix: str) -> list[tuple[str, int, str]]:
        """Names, sizes and entity tags below a prefix, without what stands for a folder."""
        found: list[tuple[str, int, str]] = []
        asked = {"restype": "container", "comp": "list", "include": "metadata", "prefix": prefix}
        while True:
            answer = self._send("GET", f"{self._base}?{urlencode(asked)}", role=_READER)
            # Of the service that the login's token was sent to.
            document = ET.fromstring(answer.content)  # noqa: S314
            found += _blobs(document)
            refuse_too_many(found, self.who, prefix, "blobs")
            if not (marker := document.findtext("NextMarker")):
                return found
            asked["marker"] = marker

    def stored(self, key: str) -> Stored | None:
        """As `Store` says."""
        answer = self._send("HEAD", self.url(key), role=_READER, missing=True)
        if answer is None:
            return None
        headers = {str(name).lower(): str(each) for name, each in answer.headers.items()}
        size = int(headers["content-length"])
        return Stored(size, headers["etag"].strip('"'), headers.get(_IDENTITY, ""))

    def content(self, key: str) -> bytes | None:
        """As `Store` says."""
        answer = self._send("GET", self.url(key), role=_READER, missing=True)
        return None if answer is None else bytes(answer.content)

    def put(self, key: str, content: bytes) -> None:
        """As `Store` says."""
        headers = {"x-ms-blob-type": "BlockBlob"}
        self._send("PUT", self.url(key), role=_WRITER, headers=headers, content=content)

    def stream(self, key: str, reading: Callable[[int], bytes], size: int, identity: str) -> None:
        """As `Store` says."""
        part, blocks = max(_PART, -(-size // _MOST_PARTS)), list[str]()
        while chunk := reading(part):
            blocks.append(_block(len(blocks)))
            url = f"{self.url(key)}?{urlencode({'comp': 'block', 'blockid': blocks[-1]})}"
            # The service compares what came with what was sent.
            md5 = hashlib.md5(chunk, usedforsecurity=False).digest()
            headers = {"Content-MD5": base64.b64encode(md5).decode()}
            self._send("PUT", url, role=_WRITER, headers=headers, content=chunk)
        self._commit(key, blocks, identity)

    def copy(self, file: SourceFile, key: str, identity: str, progress: Progress) -> None:
        """As `Store` says."""
        part, blocks, at = max(_PART_WITHIN, -(-file.size // _MOST_PARTS)), list[str](), 0
        while at < file.size:
            end = min(at + part, file.size)
            blocks.append(_block(len(blocks)))
            url = f"{self.url(key)}?{urlencode({'comp': 'block', 'blockid': blocks[-1]})}"
            headers = {
                "x-ms-copy-source": file.origin["url"],
                "x-ms-copy-source-authorization": f"Bearer {self._login.token()}",
                "x-ms-source-range": f"bytes={at}-{end - 1}",
                "x-ms-source-if-match": f'"{file.origin["etag"]}"',
                "Content-Length": "0",
            }
            self._send("PUT", url, role=_WRITER, headers=headers)
            progress.add(end - at)
            at = end
        self._commit(key, blocks, identity)

    def opened(self, key: str, offset: int) -> Stream:
        """As `Store` says."""
        return self.read_from(key, offset, "")

    def read_from(self, key: str, offset: int, etag: str) -> Stream:
        """The bytes of a blob, of these alone where an entity tag is given."""
        headers = {
            **({"Range": f"bytes={offset}-"} if offset else {}),
            **({"If-Match": f'"{etag}"'} if etag else {}),
        }
        answer = self._send("GET", self.url(key), role=_READER, headers=headers, stream=True)
        return Body(from_chunks(answer.iter_raw()), answer.close)

    def url(self, key: str) -> str:
        """Where a blob is."""
        return f"{self._base}/{quote(key)}"

    def _commit(self, key: str, blocks: list[str], identity: str) -> None:
        listed = "".join(f"<Uncommitted>{each}</Uncommitted>" for each in blocks)
        document = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'
        self._send(
            "PUT",
            f"{self.url(key)}?comp=blocklist",
            role=_WRITER,
            headers={_IDENTITY: identity, "Content-Type": "application/xml"},
            content=document.encode(),
        )

    def _send(
        self,
        method: str,
        url: str,
        *,
        role: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        missing: bool = False,
        stream: bool = False,
    ) -> Any:  # noqa: ANN401 - a response of azure-core
        try:
            answer = pipeline.send(
                self._login.client(),
                method,
                url,
                stream=stream,
                headers={"x-ms-version": _VERSION, **(headers or {})},
                content=content,
            )
        except CopyError:
            raise
        except ProviderError as error:
            raise CopyError(self.who, str(error), "Look whether it can be reached") from error
        if not pipeline.is_refused(answer.status_code, missing=False):
            return answer
        code = str(answer.headers.get("x-ms-error-code") or answer.status_code)
        if missing and code in _NO_BLOB:
            return None
        way_out = _WAYS_OUT.get(code, "Look at the account, and run `up` again")
        if code.startswith(_DENIED):
            way_out = _RIGHT.format(role)
        raise CopyError(self.who, f"{answer.status_code} {code}", way_out)


class BlobSource:
    """A blob, or all that is below a path."""

    scheme = "blob"

    def __init__(self, login: BlobLogin, reference: Reference, digest: str) -> None:
        parts = reference.parts
        self._store = BlobStore(login, parts["host"], parts["container"])
        self._key = parts["key"]
        self._digest = digest

    def files(self) -> list[SourceFile]:
        """As `Source` says."""
        one = None if self._key.endswith("/") else self._store.stored(self._key)
        # What a store with folders says of one: it is empty, and has something below it.
        folder = f"{self._key.rstrip('/')}/"
        listed = self._store.items(folder) if one is None or not one.size else []
        if one is not None and not listed:
            return [self._file(self._key, "", one.size, one.check, self._digest)]
        if not listed:
            raise CopyError(self._store.who, f"there is nothing at {self._key}", "Correct the URI")
        return [
            self._file(name, name.removeprefix(folder), size, etag) for name, size, etag in listed
        ]

    def opened(self, file: SourceFile, offset: int) -> Stream:
        """As `Source` says."""
        return self._store.read_from(file.origin["key"], offset, file.origin["etag"])

    def _file(self, key: str, path: str, size: int, etag: str, digest: str = "") -> SourceFile:
        origin = {"key": key, "etag": etag, "url": self._store.url(key)}
        return SourceFile(path, size, etag, digest, origin)


def _blobs(document: ET.Element) -> Iterator[tuple[str, int, str]]:
    for each in document.iterfind("Blobs/Blob"):
        if (
            each.findtext(f"Metadata/{_FOLDER}") == "true"
            or each.findtext("Properties/ResourceType") == "directory"
        ):
            continue
        size = int(each.findtext("Properties/Content-Length") or 0)
        etag = str(each.findtext("Properties/Etag") or "").strip('"')
        yield str(each.findtext("Name")), size, etag


def _block(number: int) -> str:
    """Ids of one blob's blocks are of one length."""
    return base64.b64encode(f"{number:08}".encode()).decode()


def _endpoint(host: str) -> str:
    """Where an account is: its own host, or an emulator on this machine."""
    given = os.environ.get(_ENDPOINT, "").rstrip("/")
    return f"{given}/{host.partition('.')[0]}" if given else f"https://{host}"
