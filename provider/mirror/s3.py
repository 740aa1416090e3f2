"""S3 as a source of models and as a mirror, by boto3 and its managed transfers.

What is copied within S3 is copied by S3, up to 1 GiB in one request, which lets it compute the
SHA-256 of the copy, and beyond that in parts. What comes from elsewhere is uploaded in parts: an
object is there when all of it is. Sources:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html (10,000 parts).
"""

import base64
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, cast
from urllib.parse import unquote

from facts.model_references import Reference
from provider.errors import ProviderError, one_line
from provider.mirror.bodies import Body
from provider.mirror.protocol import (
    WRITTEN_OVER,
    CopyError,
    Progress,
    SourceFile,
    Stored,
    Stream,
    refuse_too_many,
)

__all__ = ["S3Source", "S3Store"]

_MIB: Final = 1024 * 1024
_ONE_REQUEST: Final = 1024 * _MIB
_PART: Final = 16 * _MIB
_MOST_PARTS: Final = 9_000
# Parts of one file at once, and those that are held in memory until it is their turn.
_AT_ONCE: Final = 3
_HELD: Final = 4
_IDENTITY: Final = "model-copy"
_NO_BUCKET: Final = "Make it, or correct its name in model-serving:model_mirror or the model's URI"
_WAYS_OUT: Final = {
    "NoSuchBucket": _NO_BUCKET,
    "404": "Correct the URI",
    "NoSuchKey": "Correct the URI",
    "NoSuchVersion": "Correct the version; it may have been deleted",
    "412": WRITTEN_OVER,
    "PreconditionFailed": WRITTEN_OVER,
}
_NO_LOGIN: Final = frozenset(
    {"NoCredentialsError", "PartialCredentialsError", "TokenRetrievalError"}
)
_RIGHTS: Final = "Whoever runs Pulumi needs {} there{}"
_OF_KEY: Final = ", and kms:Decrypt and kms:GenerateDataKey of its key where it has one of its own"


class S3Store:
    """One bucket; all calls of it block."""

    scheme = "s3"

    def __init__(self, client: object, bucket: str) -> None:
        self._client = cast("Any", client)
        self.bucket = bucket
        self.who = f"S3, bucket {bucket}"

    def listed(self, prefix: str) -> dict[str, Stored]:
        """As `Store` says."""
        found: dict[str, Stored] = {}
        with self._told("s3:ListBucket"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            for page in pages:
                for each in page.get("Contents", ()):
                    found[str(each["Key"])] = Stored(int(each["Size"]), _etag(each))
                refuse_too_many(found, self.who, prefix)
        return found

    def head(self, key: str, version: str = "") -> dict[str, Any] | None:
        """What S3 tells of an object; None when there is none."""
        asked = {"Bucket": self.bucket, "Key": key, "ChecksumMode": "ENABLED"}
        with self._told("s3:GetObject", "s3:ListBucket"):
            try:
                return self._client.head_object(**asked, **_version(version))
            except Exception as error:
                if _code(error) in {"404", "NoSuchKey"}:
                    return None
                raise

    def stored(self, key: str) -> Stored | None:
        """As `Store` says."""
        found = self.head(key)
        if found is None:
            return None
        return Stored(
            int(found["ContentLength"]),
            _etag(found),
            str(found.get("Metadata", {}).get(_IDENTITY, "")),
            _sha256(found),
        )

    def content(self, key: str) -> bytes | None:
        """As `Store` says."""
        with self._told("s3:GetObject", "s3:ListBucket"):
            try:
                return self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except Exception as error:
                if _code(error) == "NoSuchKey":
                    return None
                raise

    def put(self, key: str, content: bytes) -> None:
        """As `Store` says."""
        with self._told("s3:PutObject"):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def stream(self, key: str, reading: Callable[[int], bytes], size: int, identity: str) -> None:
        """As `Store` says."""
        with self._told("s3:PutObject", "s3:AbortMultipartUpload"):
            self._client.upload_fileobj(
                _File(reading),
                self.bucket,
                key,
                ExtraArgs={"Metadata": {_IDENTITY: identity}},
                Config=_config(size, _PART),
            )

    def copy(self, file: SourceFile, key: str, identity: str, progress: Progress) -> None:
        """As `Store` says."""
        source = {"Bucket": file.origin["bucket"], "Key": file.origin["key"]}
        # Tags would need rights of their own, on either side.
        extra: dict[str, Any] = {
            "MetadataDirective": "REPLACE",
            "Metadata": {_IDENTITY: identity},
            "TaggingDirective": "REPLACE",
            "CopySourceIfMatch": _quoted(file.origin["etag"]),
        }
        source |= _version(file.origin.get("version", ""))
        with self._told("s3:PutObject", f"s3:GetObject of {file.origin['bucket']}"):
            if file.size <= _ONE_REQUEST:
                self._client.copy_object(
                    Bucket=self.bucket,
                    Key=key,
                    CopySource=source,
                    ChecksumAlgorithm="SHA256",
                    **extra,
                )
                progress.add(file.size)
            else:
                self._client.copy(
                    source,
                    self.bucket,
                    key,
                    ExtraArgs=extra,
                    Callback=progress.add,
                    Config=_config(file.size, _ONE_REQUEST // 2),
                )

    def opened(self, key: str, offset: int) -> Stream:
        """As `Store` says."""
        return self.read_from(key, offset, {})

    def read_from(self, key: str, offset: int, condition: dict[str, str]) -> Stream:
        """The bytes of an object or of one of its versions."""
        with self._told("s3:GetObject"):
            ranged = {"Range": f"bytes={offset}-"} if offset else {}
            found = self._client.get_object(Bucket=self.bucket, Key=key, **ranged, **condition)
        return Body(found["Body"].read, found["Body"].close)

    @contextmanager
    def _told(self, *rights: str) -> Generator[None]:
        """What S3 refuses, with the way out."""
        try:
            yield
        except ProviderError:
            raise
        except Exception as error:
            code = _code(error)
            way_out = _WAYS_OUT.get(code, "Look at the bucket, and run `up` again")
            if type(error).__name__ in _NO_LOGIN:
                way_out = "Log in to AWS: nothing here is a credential"
            elif code in {"403", "AccessDenied"}:
                way_out = _RIGHTS.format(" and ".join(rights), _OF_KEY)
            raise CopyError(self.who, one_line(error), way_out) from error


class S3Source:
    """An object, one version of it, or all that is below a path."""

    scheme = "s3"

    def __init__(self, client: object, reference: Reference, digest: str) -> None:
        self._store = S3Store(client, reference.parts["bucket"])
        self._key = reference.parts["key"]
        self._version = unquote(reference.parts.get("version", ""))
        self._digest = digest

    def files(self) -> list[SourceFile]:
        """As `Source` says."""
        found = None if self._key.endswith("/") else self._store.head(self._key, self._version)
        if found is not None:
            origin = self._origin(self._key, _etag(found))
            identity = self._version or _etag(found)
            digest = self._digest or _sha256(found)
            return [SourceFile("", int(found["ContentLength"]), identity, digest, origin)]
        folder = f"{self._key.rstrip('/')}/"
        listed = {} if self._version else self._store.listed(folder)
        files = [
            SourceFile(
                key.removeprefix(folder),
                each.size,
                each.check,
                origin=self._origin(key, each.check),
            )
            for key, each in listed.items()
            # What consoles make to show a folder.
            if not key.endswith("/")
        ]
        if not files:
            raise CopyError(
                self._store.who,
                f"there is nothing at {self._key}",
                "Correct the URI; whoever runs Pulumi needs s3:GetObject and s3:ListBucket there",
            )
        return files

    def opened(self, file: SourceFile, offset: int) -> Stream:
        """As `Source` says."""
        version = file.origin.get("version", "")
        condition = _version(version) if version else {"IfMatch": _quoted(file.origin["etag"])}
        return self._store.read_from(file.origin["key"], offset, condition)

    def _origin(self, key: str, etag: str) -> dict[str, str]:
        version = {"version": self._version} if self._version else {}
        return {"bucket": self._store.bucket, "key": key, "etag": etag, **version}


class _File:
    """What boto3 takes for a file that cannot be read twice."""

    def __init__(self, reading: Callable[[int], bytes]) -> None:
        self.read = reading

    def seekable(self) -> bool:
        """Nothing of it is kept."""
        return False


def _config(size: int, part: int) -> Any:  # noqa: ANN401 - boto3 has no types
    # Late, as all of boto3.
    from boto3.s3.transfer import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        TransferConfig,
    )

    part = max(part, -(-size // _MOST_PARTS))
    config = cast("Any", TransferConfig)(
        multipart_threshold=part, multipart_chunksize=part, max_concurrency=_AT_ONCE
    )
    config.max_in_memory_upload_chunks = _HELD
    return config


def _version(version: str) -> dict[str, str]:
    return {"VersionId": version} if version else {}


def _etag(answer: dict[str, Any]) -> str:
    return str(answer.get("ETag", "")).strip('"')


def _quoted(etag: str) -> str:
    return f'"{etag}"'


def _sha256(head: dict[str, Any]) -> str:
    """`sha256:…` of the object; one of its parts' checksums is none."""
    # Stores that do not name its type end that of parts with how many there are.
    value = str(head.get("ChecksumSHA256", ""))
    if head.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT" or not value or "-" in value:
        return ""
    return f"sha256:{base64.b64decode(value).hex()}"


def _code(error: BaseException) -> str:
    response = cast("dict[str, Any]", getattr(error, "response", None) or {})
    return str(response.get("Error", {}).get("Code", ""))
