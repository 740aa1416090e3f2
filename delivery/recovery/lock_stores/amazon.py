"""Locks in a bucket of S3, or of what speaks its protocol: the backend `s3://`."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

from delivery.recovery.lock_stores.protocol import Locks, not_asked

__all__ = ["opened"]

_FIX: Final = (
    "log in (`aws sso login`), or set AWS_PROFILE; it needs s3:ListBucket, s3:GetObject and "
    "s3:DeleteObject below .pulumi/locks/"
)


@dataclass(frozen=True, slots=True)
class _Objects:
    client: Any
    bucket: str
    folder: str

    def read(self) -> Mapping[str, bytes]:
        with _asked(self.bucket):
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
        with _asked(self.bucket):
            self.client.delete_object(Bucket=self.bucket, Key=name)


@contextmanager
def _asked(bucket: str) -> Generator[None]:
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
        ClientError,
    )

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise not_asked(f"s3://{bucket}", error, _FIX) from None


def opened(url: str, path: str) -> Locks:
    """The locks below a path of a backend.

    Its parameters are those of gocloud.dev/blob/s3blob, and the older ones that Pulumi translates:
    pkg/backend/diy/backend.go of 3.259.

    Raises:
        Failure: there is no such profile, or no region.
    """
    import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.config import Config  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    parts = urlsplit(url)
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    by_path = "true" in {asked.get("use_path_style"), asked.get("s3ForcePathStyle")}
    endpoint = asked.get("endpoint")
    if endpoint and "://" not in endpoint:
        plain = "true" in {asked.get("disable_https"), asked.get("disableSSL")}
        endpoint = f"{'http' if plain else 'https'}://{endpoint}"
    with _asked(parts.netloc):
        session: Any = boto3.Session(
            profile_name=asked.get("profile") or asked.get("awsProfile"),
            region_name=asked.get("region"),
        )
        client = session.client(
            "s3",
            endpoint_url=endpoint,
            config=Config(s3={"addressing_style": cast("Any", "path" if by_path else "auto")}),
        )
    prefix = parts.path.strip("/")
    return _Objects(client, parts.netloc, f"{prefix}/{path}" if prefix else path)
