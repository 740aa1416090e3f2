"""Locks in a bucket of Cloud Storage, by its JSON API: the backend `gs://`.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects.
"""

import json
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qs, quote, urlsplit

from delivery.google_api import Api, GoogleError, default_login
from delivery.recovery.lock_stores.protocol import Locks, NotInstalledError, not_asked

__all__ = ["opened"]

_HOST: Final = "https://storage.googleapis.com"
_SCOPE: Final = "https://www.googleapis.com/auth/devstorage.read_write"
_FIX: Final = (
    "log in (`gcloud auth application-default login`); it needs storage.objects.list, get and "
    "delete in that bucket (roles/storage.objectUser has them)"
)


@dataclass(frozen=True, slots=True)
class _Objects:
    api: Api
    host: str
    bucket: str
    folder: str

    def read(self) -> Mapping[str, bytes]:
        asked = {"prefix": f"{self.folder}/", "fields": "items(name),nextPageToken"}
        found: dict[str, bytes] = {}
        with _asked(self.bucket):
            for page in self.api.pages(self._url(), asked):
                for name in (str(each["name"]) for each in page.get("items", ())):
                    if not name.endswith(".json"):
                        continue
                    content = self.api.send("GET", self._url(name), {"alt": "media"}, missing=True)
                    # None: its run has just ended.
                    if content is not None:
                        found[name] = content
        return found

    def remove(self, name: str) -> None:
        with _asked(self.bucket):
            self.api.send("DELETE", self._url(name), {}, missing=True)

    def _url(self, name: str = "") -> str:
        named = f"/{quote(name, safe='')}" if name else ""
        return f"{self.host}/storage/v1/b/{self.bucket}/o{named}"


@contextmanager
def _asked(bucket: str) -> Generator[None]:
    try:
        yield
    except GoogleError as error:
        raise not_asked(f"gs://{bucket}", error, _FIX) from None


def opened(url: str, path: str) -> Locks:
    """The locks below a path of a backend.

    Raises:
        Failure: Google's login is not installed, or there is none.
    """
    parts = urlsplit(url)
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
    # With a scheme or without, as Google's clients in other languages want it.
    emulated = emulator if "://" in emulator or not emulator else f"http://{emulator}"
    domain = asked.get("universe_domain")
    host = emulated or (f"https://storage.{domain}" if domain else _HOST)
    anonymous = emulator or asked.get("anonymous") == "true" or asked.get("access_id") == "-"
    login: Callable[[], Any] = (lambda: None) if anonymous else _login
    try:
        with _asked(parts.netloc):
            api = Api(host, login)
    except ImportError:
        raise NotInstalledError(f"gs://{parts.netloc}", "gcp") from None
    prefix = parts.path.strip("/")
    return _Objects(api, host, parts.netloc, f"{prefix}/{path}" if prefix else path)


def _login() -> Any:  # noqa: ANN401 - Google's
    """Who the engine is: `GOOGLE_CREDENTIALS` and a token before all else that Google's find.

    Source: pkg/authhelpers/gcpauth.go of Pulumi 3.259.
    """
    import google.auth  # noqa: PLC0415
    from google.oauth2.credentials import Credentials  # noqa: PLC0415

    library: Any = google.auth
    if given := os.environ.get("GOOGLE_CREDENTIALS"):
        try:
            told = json.loads(given)
        except ValueError:
            raise GoogleError("GOOGLE_CREDENTIALS is no JSON") from None
        return library.load_credentials_from_dict(told, scopes=[_SCOPE])[0]
    if token := os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return cast("Any", Credentials)(token)
    return default_login()
