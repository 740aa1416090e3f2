"""Cloud Storage and Artifact Registry."""

import base64
import hashlib
import time
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call, Naming, moment
from sandbox.clouds.gcp.kind import Identity, Kind
from sandbox.store import Row
from sandbox.wire import asset_kind

__all__ = ["BUCKET", "KINDS", "OBJECT", "REPOSITORY"]

BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
_API = "https://www.googleapis.com/storage/v1"


def _bucket_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    location: Any = call.inputs.get("location")
    before = call.previous.outputs if call.previous is not None else {}
    return {
        "location": location.upper() if isinstance(location, str) else location,
        "projectNumber": int(identity.number),
        "selfLink": f"{_API}/b/{identity.id}",
        "timeCreated": before.get("timeCreated") or moment(),
        "updated": moment(),
        "url": f"gs://{identity.id}",
        "storageClass": call.inputs.get("storageClass") or "STANDARD",
        "forceDestroy": call.inputs.get("forceDestroy", False),
        "publicAccessPrevention": call.inputs.get("publicAccessPrevention") or "inherited",
        "uniformBucketLevelAccess": call.inputs.get("uniformBucketLevelAccess", False),
        "softDeletePolicy": call.inputs.get("softDeletePolicy")
        or before.get("softDeletePolicy")
        or {"retentionDurationSeconds": 604800, "effectiveTime": moment()},
    }


def _full(call: Call, row: Row) -> list[Problem]:
    if row.inputs.get("forceDestroy") in {True, "true"}:
        return []
    objects = [
        other for other in call.store.mentioning("gcp", OBJECT, [row.name]) if _is_in(other, row)
    ]
    if not objects:
        return []
    reason = (
        f"bucket {row.name} is not empty, it holds {len(objects)} objects; remove them, or set"
        " forceDestroy to true, run `pulumi up`, then destroy"
    )
    return [Problem("forceDestroy", reason)]


def _is_in(other: Row, bucket: Row) -> bool:
    return other.inputs.get("bucket") == bucket.name


def _object_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    bucket, name = str(call.inputs.get("bucket") or ""), identity.name
    content: Any = call.inputs.get("content")
    source: Any = call.inputs.get("source")
    # Of a file the engine tells the hash, of a text it is the text's own.
    told = source.get("hash") if asset_kind(source) else None
    digest = hashlib.md5(str(told or content or "").encode(), usedforsecurity=False)
    path = f"{_API}/b/{bucket}/o/{name.replace('/', '%2F')}"
    return {
        "crc32c": base64.b64encode(digest.digest()[:4]).decode(),
        "md5hash": base64.b64encode(digest.digest()).decode(),
        "md5hexhash": digest.hexdigest(),
        "generation": int(time.time() * 1_000_000),
        "outputName": name,
        "selfLink": path,
        "mediaLink": path.replace("/storage/v1/", "/download/storage/v1/") + "?alt=media",
        "contentType": call.inputs.get("contentType") or "text/plain; charset=utf-8",
        "storageClass": call.inputs.get("storageClass") or "STANDARD",
    }


def _repository_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    form = str(call.inputs.get("format") or "").lower()
    host = f"{identity.place}-{form}.pkg.dev"
    return {
        "name": identity.name,
        "registryUri": f"{host}/{identity.project}/{identity.name}",
        "location": identity.place,
    }


KINDS = {
    BUCKET: Kind(
        # pulumi-gcp's own length.
        naming=Naming("name", max_length=222),
        references={
            "encryption.defaultKmsKeyName": "key",
            "logging.logBucket": "bucket",
        },
        outputs=_bucket_outputs,
        deletion=_full,
        parts={OBJECT: "bucket"},
    ),
    OBJECT: Kind(references={"bucket": "bucket", "kmsKeyName": "key"}, outputs=_object_outputs),
    REPOSITORY: Kind(
        name="repositoryId", references={"kmsKeyName": "key"}, outputs=_repository_outputs
    ),
}
