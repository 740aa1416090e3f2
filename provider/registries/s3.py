"""Objects in S3, by boto3: the version that is the newest one at the moment.

An object of a bucket that keeps no versions has nothing that stays, and is refused. Source:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html.
"""

import base64
from typing import Any, Final, cast
from urllib.parse import quote

from facts.model_references import Reference, label_of_object
from provider.calls import call
from provider.clients import Clients
from provider.errors import ProviderError, one_line
from provider.registries.protocol import Asked, Found, UnresolvedError

__all__ = ["resolve"]

_VERSION_IN_THE_PATH: Final = (
    "Keep each version below a path of its own, and name that with `version`; or turn the "
    "bucket's versioning on, for a target that reads one version of an object"
)
_WAYS_OUT: Final = {
    "403": "Log in with credentials that may s3:GetObject (and s3:ListBucket, without which a "
    "missing object looks the same)",
    "404": "Correct the URI; a folder has no version of its own: name it with `version`",
}
_NO_CREDENTIALS: Final = "Log in to AWS: nothing here is a credential"
_NO_NETWORK: Final = "There is no network to S3 from here"


async def resolve(clients: Clients, asked: Asked) -> Found:
    """The object's version, and its SHA-256 where S3 keeps one of the whole object."""
    return await call(lambda: _resolve(clients, asked.reference))


def _resolve(clients: Clients, reference: Reference) -> Found:
    bucket, key = reference.parts["bucket"], reference.parts.get("key", "")
    who = f"S3, bucket {bucket}"
    if not key or key.endswith("/"):
        raise UnresolvedError(who, "a folder has no version of its own", _VERSION_IN_THE_PATH)
    try:
        head = clients.aws.s3().head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ProviderError:
        raise
    except Exception as error:
        raise UnresolvedError(who, *_told(error)) from error
    version = str(head.get("VersionId") or "")
    if version in {"", "null"}:
        said = f"{key} has no version, and can be written over"
        raise UnresolvedError(who, said, _VERSION_IN_THE_PATH)
    return Found(
        # A version may have a plus, which in a query is a blank.
        f"s3://{bucket}/{key}?versionId={quote(version, safe='')}",
        label_of_object(version),
        _digest(head),
        {"version_id": version, "etag": str(head.get("ETag", "")).strip('"')},
    )


def _digest(head: dict[str, Any]) -> str:
    """`sha256:…` of the object; one of its parts' checksums is none."""
    if head.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT" or not head.get("ChecksumSHA256"):
        return ""
    return f"sha256:{base64.b64decode(str(head['ChecksumSHA256'])).hex()}"


def _told(error: Exception) -> tuple[str, str]:
    response = cast("dict[str, Any]", getattr(error, "response", None) or {})
    code = str(response.get("Error", {}).get("Code", ""))
    if code:
        return one_line(error), _WAYS_OUT.get(code, "Look at the bucket")
    names = {each.__name__ for each in type(error).__mro__}
    if names & {"NoCredentialsError", "PartialCredentialsError", "TokenRetrievalError"}:
        return one_line(error), _NO_CREDENTIALS
    if names & {"ConnectionError", "HTTPClientError"}:
        return f"no connection ({type(error).__name__})", _NO_NETWORK
    return one_line(error), "Look at the bucket"
