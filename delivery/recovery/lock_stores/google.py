"""Locks in a bucket of Cloud Storage, by its JSON API: the backend `gs://`.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects.
"""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlsplit

from delivery.google_api import Api, GoogleError, default_login
from delivery.recovery.lock_stores.protocol import (
    Locks,
    NotInstalledError,
    folder_of,
    is_true,
    not_asked,
    parameters,
)

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

    Its parameter `universe_domain` is ignored, as by gocloud.dev/blob/gcsblob: a backend's URL may
    come with a pull request, and must not lead a login's token to another host.

    Raises:
        NotLookedAtError: Google's login is not installed, or there is none.
    """
    bucket, asked = urlsplit(url).netloc, parameters(url)
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
    # With a scheme or without, as Google's clients in other languages want it.
    emulated = emulator if "://" in emulator or not emulator else f"http://{emulator}"
    host = emulated or _HOST
    anonymous = emulator or is_true(asked.get("anonymous")) or asked.get("access_id") == "-"
    login: Callable[[], Any] = (lambda: None) if anonymous else partial(default_login, _SCOPE)
    try:
        with _asked(bucket):
            api = Api(host, login)
    except ImportError:
        raise NotInstalledError(f"gs://{bucket}", "gcp") from None
    return _Objects(api, host, bucket, folder_of(url, path))
