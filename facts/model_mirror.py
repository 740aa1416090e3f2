"""Copies of models in a mirror of one's own: what is copied, and where each copy is.

A copy's folder is named by its version and by digits of what was copied, so that another source, or
another version of an object, is another copy and none is ever written over. The manifest is beside
what servers read, never below it.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from facts.model_references import STORES, MalformedReferenceError, Reference, parse

__all__ = ["COPIED", "MIRROR", "Place", "copied", "copy_uri", "manifest_key", "place"]

COPIED: Final = (
    "hf://<owner>/<repository>@<commit>",
    "s3://<bucket>/<key>, with ?versionId=<version> or not",
    "gs://<bucket>/<object>, with #<generation> or not",
    "https://<account>.blob.core.windows.net/<container>/<path>",
    "https://… with its digest",
)
_HOST: Final = r"[a-z0-9]{3,24}\.blob\.core\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)"
_CONTAINER: Final = r"[a-z0-9$][a-z0-9-]{0,62}"
MIRROR: Final = (
    rf"((s3|gs)://[a-z0-9][a-z0-9._-]{{1,220}}[a-z0-9]|https://{_HOST}/{_CONTAINER})"
    # Not with a dot in front: `..` leads out of a container where addresses are put in order.
    r"(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*/?"
)
_MANIFEST: Final = ".model-copy.json"
_DIGITS: Final = 8
_PLACE: Final = re.compile(r"(?P<scheme>s3|gs)://(?P<bucket>[^/]+)/(?P<key>.+)")
_BLOB: Final = re.compile(
    rf"https://(?P<host>{_HOST})/(?P<container>{_CONTAINER})/(?P<key>[^?#\s]+)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """An object in a store, or with a slash at the end of its key a folder of them.

    `scheme` is s3, gs or blob; of a blob `host` is the account's, and `bucket` the container.
    """

    scheme: str
    bucket: str
    key: str
    host: str = ""

    def uri(self, key: str = "") -> str:
        """The URI of the place, or of another object of its bucket."""
        above = f"https://{self.host}" if self.host else f"{self.scheme}:/"
        return f"{above}/{self.bucket}/{key or self.key}"


def copied(uri: str, digest: str | None) -> Reference | None:
    """What a URI names, where it is exact and can be copied; None for all else."""
    if found := _BLOB.fullmatch(uri):
        blob = {key: unquote(found[key]) for key in ("host", "container", "key")}
        return Reference("blob", uri, asked=False, moves=False, parts=blob)
    if uri.startswith("https://"):
        parts = urlsplit(uri)
        # A query may be a signature, which is nobody's to keep in a state.
        plain = bool(parts.hostname and parts.path.strip("/")) and not (
            parts.query or parts.fragment or "@" in parts.netloc
        )
        return Reference("https", uri, asked=False, moves=False) if digest and plain else None
    try:
        found = parse(uri)
    except MalformedReferenceError:
        return None
    if found is None or found.kind not in {"hf", *STORES}:
        return None
    if found.kind == "hf":
        return found if found.version else None
    return found if found.parts.get("key", "").strip("/") else None


def copy_uri(
    mirror: str,
    model: str,
    version: str,
    source: Reference,
    digest: str | None,
    *,
    pickles: bool = False,
) -> str:
    """The URI of a model's copy: known before anybody was asked, and the same every time.

    Of the Hub other files are copied for what loads nothing but `pickles`, and those are not to be
    found by what must load none.
    """
    said = f"{source.uri}\n{digest or ''}"
    if pickles and source.kind == "hf":
        said += "\npickles"
    digits = hashlib.sha256(said.encode()).hexdigest()[:_DIGITS]
    return f"{mirror.rstrip('/')}/{model}/{version}-{digits}/{_last(source)}"


def _last(source: Reference) -> str:
    """The last part of what is copied, by which servers know a file's kind; folders keep a slash.

    A dot in front hides a file from many of them, and would hide the manifest among the model's.
    """
    if source.kind == "hf":
        return source.parts["repository"].rpartition("/")[2].lstrip(".") + "/"
    path = (
        unquote(urlsplit(source.uri).path)
        if source.kind == "https"
        else source.parts.get("key", "")
    )
    folder = "/" if path.endswith("/") and source.kind != "https" else ""
    name = re.sub(r"[^A-Za-z0-9._=+-]", "_", path.rstrip("/").rpartition("/")[2]).lstrip(".")
    return (name or "model") + folder


def place(uri: str) -> Place | None:
    """Where an object or a folder is; None for a URI of no store."""
    if blob := _BLOB.fullmatch(uri):
        return Place("blob", blob["container"], unquote(blob["key"]), blob["host"])
    found = _PLACE.fullmatch(uri)
    return Place(found["scheme"], found["bucket"], found["key"]) if found else None


def manifest_key(copy: Place) -> str:
    """The key of a copy's manifest, which is written last."""
    folder, _, _ = copy.key.rstrip("/").rpartition("/")
    return f"{folder}/{_MANIFEST}" if folder else _MANIFEST
