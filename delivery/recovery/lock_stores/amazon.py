"""Locks in a bucket of S3, or of what speaks its protocol: the backend `s3://`."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from delivery.recovery.lock_stores.protocol import (
    Locks,
    folder_of,
    is_true,
    not_asked,
    parameters,
)

__all__ = ["opened"]

_FIX: Final = (
    "log in (`aws sso login`), or set AWS_PROFILE; it needs s3:ListBucket, s3:GetObject and "
    "s3:DeleteObject below .pulumi/locks/"
)
_SESSION: Final = "serving-recover"


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
    except (BotoCoreError, ClientError, ValueError) as error:  # The last of an address.
        raise not_asked(f"s3://{bucket}", error, _FIX) from None


def opened(url: str, path: str) -> Locks:
    """The locks below a path of a backend.

    Its parameters are those of gocloud.dev/blob/s3blob, and the older ones that Pulumi translates:
    pkg/backend/diy/backend.go of 3.259.

    Raises:
        NotLookedAtError: there is no such profile, no region, or the role is not to be had.
    """
    from botocore import UNSIGNED  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.config import Config  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    bucket, asked = urlsplit(url).netloc, parameters(url)
    by_path = is_true(asked.get("use_path_style")) or is_true(asked.get("s3ForcePathStyle"))
    endpoint = asked.get("endpoint")
    if endpoint and "://" not in endpoint:
        plain = is_true(asked.get("disable_https")) or is_true(asked.get("disableSSL"))
        endpoint = f"{'http' if plain else 'https'}://{endpoint}"
    config = Config(
        s3={"addressing_style": cast("Any", "path" if by_path else "auto")},
        signature_version=cast("Any", UNSIGNED if is_true(asked.get("anonymous")) else None),
    )
    with _asked(bucket):
        client = _session(asked).client("s3", endpoint_url=endpoint, config=config)
    return _Objects(client, bucket, folder_of(url, path))


def _session(asked: Mapping[str, str]) -> Any:  # noqa: ANN401 - boto3 has no types
    """Who asks: a profile, or what it may take the role of. Source: gocloud.dev/aws/aws.go."""
    import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    made: Any = boto3.Session
    session = made(
        profile_name=asked.get("profile") or asked.get("awsProfile"),
        region_name=asked.get("region"),
    )
    role = asked.get("role")
    if not role:
        return session
    given = session.client("sts").assume_role(RoleArn=role, RoleSessionName=_SESSION)["Credentials"]
    return made(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=session.region_name,
    )
