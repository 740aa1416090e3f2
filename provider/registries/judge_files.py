"""`serving:index:judgeModelFiles`: whether what lies in S3 or Cloud Storage may be loaded.

The names of the files are judged first, by the rule for the Hub's repositories: one list of what is
below a path. Then each file that a server reads is looked into. What cannot be listed or read is
told and not judged, for the servers may have rights that whoever previews has not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal, cast

from facts.model_files import ARCHIVES, why_unsafe
from facts.model_references import MalformedReferenceError, Reference, parse
from provider.calls import at_once, call
from provider.clients import Clients
from provider.errors import ProviderError, one_line, scrub
from provider.input_checks import Problems, no_inputs, shown
from provider.mirror import judging
from provider.mirror.places import source_of
from provider.values import UNKNOWN

__all__ = ["SCHEMA", "TYPE", "answer", "check"]

TYPE: Final = "serving:index:judgeModelFiles"
# More than any model has; a folder with more is one of many models.
_MOST: Final = 5000
_ANY: Final = {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}}
_INPUTS: Final[dict[str, Any]] = {
    "artifacts": {
        "type": "array",
        "items": _ANY,
        "description": "`uri` of each, in S3 or Cloud Storage, and whether `pickles` are what "
        "serves it loads.",
    }
}
SCHEMA: Final[dict[str, Any]] = {
    "description": "Whether the files of models in S3 and Cloud Storage may be loaded, by their "
    "names and by a look into them.",
    "inputs": {"properties": _INPUTS, "required": ["artifacts"]},
    "outputs": {
        "properties": {
            "artifacts": {
                "type": "array",
                "items": _ANY,
                "description": (
                    "In their order: `verdict`, which is `safe`, `unsafe`, `missing` or "
                    "`unlisted`; `store`, who was asked; what is `said` against it; and of what is "
                    "`unsafe` in a file the `digest` of all."
                ),
            }
        },
        "required": ["artifacts"],
    },
}

_Verdict = Literal["safe", "unsafe", "missing", "unlisted"]


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: _Verdict
    said: str = ""
    digest: str = ""


def check(inputs: Mapping[str, object]) -> Problems:
    """All problems of the arguments."""
    problems, given = no_inputs(inputs, _INPUTS), inputs.get("artifacts")
    if given is UNKNOWN:
        return problems
    if not isinstance(given, list):
        return [*problems, ("artifacts", f"got {shown(given)}; use a list")]
    for number, each in enumerate(cast("list[object]", given)):
        uri = cast("dict[str, object]", each).get("uri") if isinstance(each, dict) else each
        if uri is not UNKNOWN and (not isinstance(uri, str) or _place(uri) is None):
            said = f"got {shown(uri)}; use s3://bucket/key or gs://bucket/object"
            problems.append((f"artifacts[{number}].uri", said))
    return problems


async def answer(clients: Clients, inputs: Mapping[str, object]) -> dict[str, object]:
    """What of each is to be said; one that cannot be listed stops no other."""

    async def one(given: dict[str, object]) -> dict[str, object]:
        place = _place(str(given["uri"]))
        if place is None:
            raise ProviderError(f"{given['uri']} is in no store")
        found = await _judged(clients, place, pickles=bool(given.get("pickles")))
        return {
            "uri": place.uri,
            "verdict": found.verdict,
            "store": f"{_STORES[place.kind]}, bucket {place.parts['bucket']}",
            "said": scrub(found.said, ()),
            "digest": found.digest,
        }

    given = cast("list[dict[str, object]]", inputs["artifacts"])
    return {"artifacts": await at_once(one, given)}


_STORES: Final = {"s3": "S3", "gs": "Cloud Storage"}


def _place(uri: str) -> Reference | None:
    try:
        found = parse(uri)
    except MalformedReferenceError:
        return None
    return found if found is not None and found.kind in _STORES else None


async def _judged(clients: Clients, place: Reference, *, pickles: bool) -> _Judged:
    try:
        names = await _names(clients, place)
    except ProviderError as error:
        return _Judged("unlisted", str(error))
    if not names:
        return _Judged("missing", "there is nothing")
    if len(names) > _MOST:
        return _Judged("unlisted", f"there are more than {_MOST:,} files")
    if place.parts.get("key", "").endswith(ARCHIVES):
        return await _looked_into(clients, place, "", pickles=None)
    if packed := next((name for name in names if name.endswith(ARCHIVES)), None):
        return _Judged("unlisted", f"{packed} is packed")
    unsafe = why_unsafe(names, remote_code=False, pickles=pickles)
    return await _looked_into(clients, place, unsafe or "", pickles=pickles)


async def _looked_into(
    clients: Clients, place: Reference, unsafe: str, *, pickles: bool | None
) -> _Judged:
    """The files themselves; `unsafe` is what their names say, whether they can be read or not."""

    def look() -> _Judged:
        source = source_of(clients, place.uri, digest="", pickles=bool(pickles))
        if unsafe:
            return _Judged("unsafe", unsafe, judging.digest(source, source.files()))
        found = judging.judged(source, pickles=pickles)
        verdict: _Verdict = "unlisted" if found.not_read else "safe"
        return _Judged("unsafe" if found.unsafe else verdict, found.said, found.digest)

    try:
        return await call(look)
    except ProviderError as error:
        if unsafe:
            return _Judged("unsafe", unsafe)
        return _Judged("unlisted", f"by their names they may be loaded, and not more: {error}")


async def _names(clients: Clients, place: Reference) -> list[str]:
    """The files of a model, below its folder; of one that is a single file its own name."""
    key = place.parts.get("key", "")
    folder = f"{key.rstrip('/')}/" if key.strip("/") else ""
    if not place.version:
        # What consoles make to show a folder is no file.
        found = [each for each in await _listed(clients, place, folder) if not each.endswith("/")]
        if found or key.endswith("/") or not key:
            return [each.removeprefix(folder) for each in found]
        if key not in await _listed(clients, place, key):
            return []
    return [PurePosixPath(key).name]


async def _listed(clients: Clients, place: Reference, prefix: str) -> list[str]:
    bucket = place.parts["bucket"]
    if place.kind == "s3":
        return await call(lambda: _listed_by_s3(clients, bucket, prefix))
    asked = {"bucket": bucket, "prefix": prefix, "most": _MOST + 1}
    found = await clients.vertex.call("ListObjects", "", asked)
    return cast("list[str]", found["names"])


def _listed_by_s3(clients: Clients, bucket: str, prefix: str) -> list[str]:
    try:
        pages = clients.aws.s3().get_paginator("list_objects_v2")
        limit = {"MaxItems": _MOST + 1}
        found = pages.paginate(Bucket=bucket, Prefix=prefix, PaginationConfig=limit)
        return [str(each["Key"]) for page in found for each in page.get("Contents", ())]
    except ProviderError:
        raise
    except Exception as error:
        raise ProviderError(one_line(error)) from error
