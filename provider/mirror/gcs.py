"""Cloud Storage as a source of models and as a mirror, by its JSON API and Google's login.

Google's own storage client cannot be loaded beside `pulumi.provider`: see ADR 21. What is copied
within Cloud Storage is rewritten there; what comes from elsewhere is a resumable upload, whose
object is there with its last byte. Sources:
https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite,
https://cloud.google.com/storage/docs/performing-resumable-uploads.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, cast
from urllib.parse import quote

from facts.model_references import Reference
from provider.errors import one_line
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

__all__ = ["GcsSource", "GcsStore", "Sessions"]

_HOST: Final = "https://storage.googleapis.com"
_SCOPE: Final = "https://www.googleapis.com/auth/devstorage.read_write"
_SECONDS: Final = 60.0
# A multiple of 256 KiB, as the service wants it.
_CHUNK: Final = 16 * 1024 * 1024
_IDENTITY: Final = "model-copy"
_FIELDS: Final = "name,size,crc32c,generation,metadata"
_OK: Final = 400
_GOES_ON: Final = 308
_NOT_FOUND: Final = 404
_WAYS_OUT: Final = {
    401: "Log in with `gcloud auth application-default login`",
    403: "Whoever runs Pulumi needs {} there (roles/storage.objectUser has all of them)",
    404: "Make the bucket, or correct its name in model-serving:model_mirror or the model's URI",
    412: WRITTEN_OVER,
}


class Sessions:
    """One session for all buckets, logged in when it is first needed."""

    def __init__(self) -> None:
        self._made: Any = None
        self._lock = threading.Lock()

    def session(self) -> Any:  # noqa: ANN401 - requests has no types
        """A session of `requests` that repeats what may pass."""
        with self._lock:
            if self._made is None:
                self._made = _session()
            return self._made

    @property
    def host(self) -> str:
        """Where the API is: Google's address, or an emulator's."""
        given = os.environ.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
        return given if "://" in given or not given else f"http://{given}"


class GcsStore:
    """One bucket; all calls of it block."""

    scheme = "gs"

    def __init__(self, sessions: Sessions, bucket: str) -> None:
        self._sessions = sessions
        self.bucket = bucket
        self.who = f"Cloud Storage, bucket {bucket}"

    def listed(self, prefix: str) -> dict[str, Stored]:
        """As `Store` says."""
        return {key: _stored(each) for key, each in self.items(prefix).items()}

    def items(self, prefix: str) -> dict[str, Mapping[str, Any]]:
        """What Cloud Storage tells of objects below a prefix, by name."""
        found: dict[str, Mapping[str, Any]] = {}
        asked = {"prefix": prefix, "fields": f"items({_FIELDS}),nextPageToken"}
        while True:
            page = self._json("storage.objects.list", "GET", self._url(), asked)
            found |= {str(each["name"]): each for each in page.get("items", ())}
            refuse_too_many(found, self.who, prefix)
            if not page.get("nextPageToken"):
                return found
            asked["pageToken"] = str(page["nextPageToken"])

    def item(self, key: str, generation: str = "") -> Mapping[str, Any] | None:
        """What Cloud Storage tells of one object; None when there is none."""
        asked = {"fields": _FIELDS, **({"generation": generation} if generation else {})}
        answer = self._send("storage.objects.get", "GET", self._url(key), asked, missing=True)
        return None if answer is None else cast("dict[str, Any]", answer.json())

    def stored(self, key: str) -> Stored | None:
        """As `Store` says."""
        found = self.item(key)
        return None if found is None else _stored(found)

    def content(self, key: str) -> bytes | None:
        """As `Store` says."""
        right = "storage.objects.get"
        found = self._send(right, "GET", self._url(key), {"alt": "media"}, missing=True)
        if found is None:
            # A bucket that is missing is answered alike, but not where its objects are listed.
            self._json("storage.objects.list", "GET", self._url(), {"prefix": key})
            return None
        return found.content

    def put(self, key: str, content: bytes) -> None:
        """As `Store` says."""
        asked = {"uploadType": "media", "name": key}
        self._send("storage.objects.create", "POST", self._upload(), asked, data=content)

    def stream(self, key: str, reading: Callable[[int], bytes], size: int, identity: str) -> None:
        """As `Store` says."""
        right = "storage.objects.create"
        begun = self._send(
            right,
            "POST",
            self._upload(),
            {"uploadType": "resumable", "name": key},
            data=json.dumps({"metadata": {_IDENTITY: identity}}).encode(),
            headers={"Content-Type": "application/json", "X-Upload-Content-Length": str(size)},
        )
        place = str(begun.headers["Location"])
        at = 0
        while True:
            chunk = reading(_CHUNK)
            last = at + len(chunk) == size
            said = f"bytes {at}-{at + len(chunk) - 1}/{size}" if chunk else f"bytes */{size}"
            answer = self._send(
                right, "PUT", place, {}, data=chunk, headers={"Content-Range": said}
            )
            at += len(chunk)
            if last:
                if answer.status_code == _GOES_ON:
                    raise CopyError(self.who, "it took less than was sent", "Run `up` again")
                return

    def copy(self, file: SourceFile, key: str, identity: str, progress: Progress) -> None:
        """As `Store` says."""
        origin, done = file.origin, 0
        asked = {
            "sourceGeneration": origin["generation"],
            "fields": "done,rewriteToken,totalBytesRewritten",
        }
        url = (
            f"{self._base}/storage/v1/b/{origin['bucket']}/o/{quote(origin['key'], safe='')}"
            f"/rewriteTo/b/{self.bucket}/o/{quote(key, safe='')}"
        )
        document = json.dumps({"metadata": {_IDENTITY: identity}}).encode()
        rights = f"storage.objects.create, and storage.objects.get of {origin['bucket']}"
        while True:
            answer = self._json(rights, "POST", url, asked, data=document)
            rewritten = int(answer.get("totalBytesRewritten", 0))
            progress.add(rewritten - done)
            done = rewritten
            if answer.get("done"):
                return
            asked["rewriteToken"] = str(answer["rewriteToken"])

    def opened(self, key: str, offset: int) -> Stream:
        """As `Store` says."""
        return self.read_from(key, offset, "")

    def read_from(self, key: str, offset: int, generation: str) -> Stream:
        """The bytes of an object or of one of its generations."""
        asked = {"alt": "media", **({"generation": generation} if generation else {})}
        # As it is stored: what is compressed there is not unpacked on the way.
        headers = {"Accept-Encoding": "gzip", **({"Range": f"bytes={offset}-"} if offset else {})}
        answer = self._send(
            "storage.objects.get", "GET", self._url(key), asked, headers=headers, stream=True
        )
        return Body(lambda size: answer.raw.read(size, decode_content=False), answer.close)

    @property
    def _base(self) -> str:
        return self._sessions.host or _HOST

    def _url(self, key: str = "") -> str:
        named = f"/{quote(key, safe='')}" if key else ""
        return f"{self._base}/storage/v1/b/{self.bucket}/o{named}"

    def _upload(self) -> str:
        return f"{self._base}/upload/storage/v1/b/{self.bucket}/o"

    def _json(
        self, right: str, method: str, url: str, asked: Mapping[str, str], data: bytes | None = None
    ) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if data is not None else {}
        answer = self._send(right, method, url, asked, data=data, headers=headers)
        return cast("dict[str, Any]", answer.json())

    def _send(
        self,
        right: str,
        method: str,
        url: str,
        asked: Mapping[str, str],
        *,
        missing: bool = False,
        **more: Any,  # noqa: ANN401 - of requests
    ) -> Any:  # noqa: ANN401 - a response of requests
        try:
            answer = self._sessions.session().request(
                method, url, params=dict(asked), timeout=_SECONDS, allow_redirects=False, **more
            )
        except CopyError:
            raise
        except Exception as error:
            raise CopyError(self.who, *_no_answer(error)) from error
        status = int(answer.status_code)
        if status == _NOT_FOUND and missing:
            return None
        if status >= _OK:
            way_out = _WAYS_OUT.get(status, "Look at the bucket, and run `up` again")
            raise CopyError(self.who, f"{status} {_said(answer)}", way_out.format(right))
        return answer


class GcsSource:
    """An object, one generation of it, or all that is below a path."""

    scheme = "gs"

    def __init__(self, sessions: Sessions, reference: Reference, digest: str) -> None:
        self._store = GcsStore(sessions, reference.parts["bucket"])
        self._key = reference.parts["key"]
        self._generation = reference.parts.get("generation", "")
        self._digest = digest

    def files(self) -> list[SourceFile]:
        """As `Source` says."""
        one = None if self._key.endswith("/") else self._store.item(self._key, self._generation)
        if one is not None:
            return [self._file(self._key, "", one, self._digest)]
        folder = f"{self._key.rstrip('/')}/"
        listed = {} if self._generation else self._store.items(folder)
        files = [
            self._file(key, key.removeprefix(folder), each)
            for key, each in listed.items()
            # What consoles make to show a folder.
            if not key.endswith("/")
        ]
        if not files:
            raise CopyError(
                self._store.who,
                f"there is nothing at {self._key}",
                "Correct the URI; a generation may have been deleted",
            )
        return files

    def opened(self, file: SourceFile, offset: int) -> Stream:
        """As `Source` says."""
        return self._store.read_from(file.origin["key"], offset, file.origin["generation"])

    def _file(self, key: str, path: str, item: Mapping[str, Any], digest: str = "") -> SourceFile:
        generation = str(item["generation"])
        origin = {"bucket": self._store.bucket, "key": key, "generation": generation}
        return SourceFile(path, int(item["size"]), generation, digest, origin)


def _session() -> Any:  # noqa: ANN401 - requests has no types
    try:
        # Late: only where Cloud Storage is meant.
        import google.auth as login  # noqa: PLC0415
        import requests  # noqa: PLC0415
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415
        from requests.adapters import HTTPAdapter  # noqa: PLC0415
        from urllib3.util import Retry  # noqa: PLC0415
    except ImportError as error:
        raise CopyError(
            "Cloud Storage", "Google's login is not installed", "Run `uv sync --group gcp`"
        ) from error
    if os.environ.get("STORAGE_EMULATOR_HOST"):
        session: Any = requests.Session()
    else:
        credentials, _ = cast("Any", login).default(scopes=[_SCOPE])
        session = cast("Any", AuthorizedSession)(credentials)
    # All that is asked here may as well be asked twice.
    repeated = Retry(
        total=5,
        backoff_factor=0.5,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=None,
        raise_on_status=False,
    )
    session.mount("https://", HTTPAdapter(max_retries=repeated))
    session.mount("http://", HTTPAdapter(max_retries=repeated))
    return session


def _stored(item: Mapping[str, Any]) -> Stored:
    marked = cast("Mapping[str, str]", item.get("metadata") or {})
    return Stored(int(item["size"]), str(item["crc32c"]), str(marked.get(_IDENTITY, "")))


def _no_answer(error: Exception) -> tuple[str, str]:
    names = {each.__name__ for each in type(error).__mro__}
    if "GoogleAuthError" in names:
        return one_line(error), _WAYS_OUT[401]
    return f"no connection ({type(error).__name__})", "There is no network to it from here"


def _said(answer: Any) -> str:  # noqa: ANN401 - of requests
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return str(answer.reason)
