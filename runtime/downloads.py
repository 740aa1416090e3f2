"""Opens what a model's URI names: a file, an object of S3 or Cloud Storage, an HTTPS address.

S3 is read by boto3, which Lambda's runtime has. Cloud Storage and Azure's blobs are read over HTTPS
with the token of the instance's own identity: one request each, where the vendors' clients would
add some 25 MB to every package. Errors never repeat a query, which may be a signature.
"""

import json
import os
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from runtime.errors import SourceError

__all__ = [
    "Download",
    "cloud_storage_list",
    "opened",
    "s3_client",
    "s3_faults",
    "shown",
    "whole",
]

# Seconds without a byte.
_TIMEOUT: Final = 20.0
# The metadata server is on the same host.
_METADATA_TIMEOUT: Final = 2.0
_STORAGE: Final = "https://storage.googleapis.com"
_MAX_REDIRECTS: Final = 5
_TOKEN_BYTES: Final = 64 * 1024
_CHUNK: Final = 64 * 1024
_LENGTH: Final = re.compile(r"[0-9]{1,20}")
_TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})
# What Cloud Storage and Azure's blobs answer to whoever is nobody.
_NOT_PUBLIC: Final = frozenset({401, 403, 404, 409})
# Of connections; any other OSError is of a disk.
_BROKEN: Final = (
    urllib.error.URLError,
    HTTPException,
    TimeoutError,
    ConnectionError,
    ssl.SSLError,
)
# https://learn.microsoft.com/en-us/azure/storage/common/storage-account-overview, and the clouds of
# governments: a token for blobs is sent to no other host.
_BLOB_HOSTS: Final = (
    ".blob.core.windows.net",
    ".blob.core.usgovcloudapi.net",
    ".blob.core.chinacloudapi.cn",
)
# The first version of the service that takes tokens is older; the header is needed with them:
# https://learn.microsoft.com/en-us/rest/api/storageservices/versioning-for-the-azure-storage-services
_BLOB_VERSION: Final = "2021-12-02"


@dataclass(frozen=True, slots=True)
class Download:
    """`read(size)` gives at most so many bytes, none at the end; `length` is what was announced."""

    read: Callable[[int], bytes]
    length: int | None


def shown(uri: str) -> str:
    """A URI as errors and logs may show it: without user, query and fragment."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@contextmanager
def opened(uri: str, *, other_hosts: bool) -> Generator[Download]:
    """Open a URI; `other_hosts` says whether an HTTPS address may redirect to another host.

    Raises:
        SourceError: It cannot be opened, or breaks off while it is read.
    """
    opener = _OPENERS[urlsplit(uri).scheme]
    with _http_faults(uri), opener(uri, other_hosts) as download:
        yield download


@contextmanager
def cloud_storage_list(uri: str, query: Mapping[str, str]) -> Generator[Download]:
    """Open one page of the objects in the bucket of `gs://bucket/prefix`, as JSON.

    https://cloud.google.com/storage/docs/json_api/v1/objects/list has the query's words.

    Raises:
        SourceError: It cannot be opened, or breaks off while it is read.
    """
    bucket = urlsplit(uri).netloc
    with _http_faults(uri), _cloud_storage(uri, bucket, "", query) as download:
        yield download


def whole(uri: str, download: Download, most: int) -> bytes | None:
    """All that comes of `uri`; None where that is more than `most` bytes.

    Raises:
        SourceError: Less came than was announced.
    """
    content = bytearray()
    while chunk := download.read(_CHUNK):
        content += chunk
        if len(content) > most:
            return None
    if download.length is not None and len(content) != download.length:
        told = f"{shown(uri)}: {len(content)} of {download.length} bytes came"
        raise SourceError(told, transient=True)
    return bytes(content)


@contextmanager
def _http_faults(uri: str) -> Generator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        with error:
            raise SourceError(
                f"{shown(uri)}: the server answered {error.code} {_phrase(error.code)}",
                transient=error.code in _TRANSIENT,
            ) from None
    except _BROKEN as error:
        reason = getattr(error, "reason", error)
        raise SourceError(
            f"{shown(uri)}: the connection failed: {type(reason).__name__}", transient=True
        ) from None


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


@contextmanager
def _file(uri: str, _other_hosts: bool) -> Generator[Download]:  # noqa: FBT001 - as all of them
    parts = urlsplit(uri)
    path = Path(unquote(parts.path))
    fits = path.is_absolute() and ".." not in path.parts and "\0" not in str(path)
    if parts.netloc not in ("", "localhost") or not fits:
        raise SourceError(f"{shown(uri)}: use file:/// and an absolute path without ..")
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"{shown(uri)} cannot be read: {error.strerror}") from error
    with file:
        yield Download(file.read, os.fstat(file.fileno()).st_size)


@contextmanager
def _s3(uri: str, _other_hosts: bool) -> Generator[Download]:  # noqa: FBT001 - as all of them
    """`s3://bucket/key`, with `?versionId=` for one version of it."""
    # Any other question mark or hash belongs to the key.
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    key, mark, version = key.rpartition("?versionId=") if "?versionId=" in key else (key, "", "")
    extra = {"VersionId": version} if mark else {}
    client = s3_client(uri)
    with s3_faults(uri):
        answer = client.get_object(Bucket=bucket, Key=key, **extra)
        with answer["Body"] as body:
            yield Download(body.read, answer["ContentLength"])


def s3_client(uri: str) -> Any:  # noqa: ANN401 - it has no type stubs
    """The client that reads `uri`.

    Raises:
        SourceError: boto3 is not installed, or cannot make one.
    """
    try:
        # Only where an object of S3 is read; it has no type stubs.
        import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise SourceError(
            f"{shown(uri)}: boto3 is not installed; Lambda's runtime and the server's images "
            "have it, into another package it is put by its requirements"
        ) from None
    session: Any = boto3
    with s3_faults(uri):
        return session.client("s3")


@contextmanager
def s3_faults(uri: str) -> Generator[None]:
    """Tell what boto3 raises as errors of the source.

    Raises:
        SourceError: S3 refused, or was not reached.
    """
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
        ClientError,
    )

    try:
        yield
    except ClientError as error:
        found: Any = error.response
        code = str(found.get("Error", {}).get("Code", ""))
        status = int(found.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        raise SourceError(
            f"{shown(uri)}: S3 answered {status} {code}", transient=status in _TRANSIENT
        ) from None
    except BotoCoreError as error:
        raise SourceError(f"{shown(uri)}: {type(error).__name__}", transient=True) from None


@contextmanager
def _gs(uri: str, _other_hosts: bool) -> Generator[Download]:  # noqa: FBT001 - as all of them
    """`gs://bucket/object`, with `#<generation>` for one generation of it.

    https://cloud.google.com/storage/docs/json_api/v1/objects/get; `STORAGE_EMULATOR_HOST` and
    `GCE_METADATA_HOST` are what Google's own clients read.
    """
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    before, _, generation = name.rpartition("#")
    if before and generation.isdigit():
        name = before
    else:
        generation = ""
    query = {"alt": "media", **({"generation": generation} if generation else {})}
    with _cloud_storage(uri, bucket, f"/{quote(name, safe='')}", query) as download:
        yield download


@contextmanager
def _cloud_storage(
    uri: str, bucket: str, path: str, query: Mapping[str, str]
) -> Generator[Download]:
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    host = emulator if "://" in emulator or not emulator else f"http://{emulator}"
    objects = f"{host or _STORAGE}/storage/v1/b/{quote(bucket, safe='')}/o"
    address = f"{objects}{path}?{urlencode(query)}"
    if emulator:
        with _http(address, "") as download:
            yield download
    else:
        with _as_identity(uri, address, _google_token()) as download:
            yield download


def _google_token() -> str:
    """The token of the instance's service account; none where there is no metadata server."""
    host = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    address = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/token"
    return _token(address, {"Metadata-Flavor": "Google"})


@contextmanager
def _https(uri: str, other_hosts: bool) -> Generator[Download]:  # noqa: FBT001 - as all of them
    parts = urlsplit(uri)
    is_signed = "sig" in parse_qs(parts.query)
    # What is quoted already, and all that has a meaning, stays as it is.
    address = quote(uri, safe="%/:=&?~#+!$,;'@()*[]")
    if (parts.hostname or "").endswith(_BLOB_HOSTS) and not is_signed:
        headers = {"x-ms-version": _BLOB_VERSION}
        with _as_identity(uri, address, _azure_token(), headers, other_hosts) as download:
            yield download
    else:
        with _http(address, "", other_hosts=other_hosts) as download:
            yield download


def _azure_token() -> str:
    """The token of the app's managed identity; none where there is no identity endpoint.

    https://learn.microsoft.com/en-us/azure/app-service/overview-managed-identity, REST endpoint.
    """
    endpoint = os.environ.get("IDENTITY_ENDPOINT")
    if not endpoint:
        return ""
    query = {"resource": "https://storage.azure.com/", "api-version": "2019-08-01"}
    if client := os.environ.get("AZURE_CLIENT_ID"):
        query["client_id"] = client
    headers = {"X-IDENTITY-HEADER": os.environ.get("IDENTITY_HEADER", "")}
    return _token(f"{endpoint}?{urlencode(query)}", headers)


@contextmanager
def _as_identity(
    uri: str,
    address: str,
    token: str,
    headers: Mapping[str, str] | None = None,
    other_hosts: bool = False,  # noqa: FBT001, FBT002 - as all of them
) -> Generator[Download]:
    """Without a token the object has to be public; if it is not, the token may come in a moment."""
    try:
        with _http(address, token, headers, other_hosts=other_hosts) as download:
            yield download
    except urllib.error.HTTPError as error:
        if token and error.code == HTTPStatus.FORBIDDEN:
            with error:
                raise SourceError(
                    f"{shown(uri)}: the instance's identity may not read it (403)", rights=True
                ) from None
        if token or error.code not in _NOT_PUBLIC:
            raise
        with error:
            raise SourceError(
                f"{shown(uri)}: the server answered {error.code} {_phrase(error.code)}, and the "
                "instance's identity gave no token",
                transient=True,
            ) from None


def _token(address: str, headers: Mapping[str, str]) -> str:
    # Never through a proxy: the address is of this instance alone.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(address, headers=dict(headers))  # noqa: S310 - ours
    try:
        with opener.open(request, timeout=_METADATA_TIMEOUT) as answer:
            return str(json.loads(answer.read(_TOKEN_BYTES))["access_token"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = _MAX_REDIRECTS

    def __init__(self, *, other_hosts: bool) -> None:
        self._other_hosts = other_hosts

    def redirect_request(  # noqa: PLR0917 - urllib's own arguments
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme != "https":
            raise SourceError(f"{shown(req.full_url)} redirects to {new.scheme}, not to https")
        if new.netloc != old.netloc and not self._other_hosts:
            raise SourceError(
                f"{shown(req.full_url)} redirects to the host {new.hostname}; that is followed "
                "only where the model's digest is given"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def _http(
    address: str,
    token: str,
    headers: Mapping[str, str] | None = None,
    *,
    other_hosts: bool = False,
) -> Generator[Download]:
    request = urllib.request.Request(address, headers=dict(headers or {}))  # noqa: S310 - ours
    if token:
        # Not sent on to where a redirect leads.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener(_Redirects(other_hosts=other_hosts))
    with opener.open(request, timeout=_TIMEOUT) as answer:
        length = answer.headers.get("Content-Length", "")
        yield Download(answer.read, int(length) if _LENGTH.fullmatch(length) else None)


_OPENERS: Final = {"file": _file, "s3": _s3, "gs": _gs, "https": _https}
