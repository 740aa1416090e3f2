"""Locks in a bucket of Cloud Storage, by Google's client: the backend `gs://`."""

import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

from delivery.recovery.lock_stores.protocol import Locks, NotInstalledError, not_asked

__all__ = ["opened"]

_SCOPE: Final = "https://www.googleapis.com/auth/devstorage.read_write"
_SECONDS: Final = 30.0
_FIX: Final = (
    "log in (`gcloud auth application-default login`); it needs storage.objects.list, get and "
    "delete in that bucket (roles/storage.objectUser has them)"
)


@dataclass(frozen=True, slots=True)
class _Objects:
    bucket: Any
    folder: str

    def read(self) -> Mapping[str, bytes]:
        from google.api_core.exceptions import NotFound  # noqa: PLC0415

        found: dict[str, bytes] = {}
        with _asked(self.bucket.name):
            for each in self.bucket.list_blobs(
                prefix=f"{self.folder}/", fields="items(name),nextPageToken", timeout=_SECONDS
            ):
                if not each.name.endswith(".json"):
                    continue
                try:
                    found[each.name] = each.download_as_bytes(timeout=_SECONDS)
                except NotFound:
                    continue  # Its run has just ended.
        return found

    def remove(self, name: str) -> None:
        from google.api_core.exceptions import NotFound  # noqa: PLC0415

        with _asked(self.bucket.name):
            try:
                self.bucket.blob(name).delete(timeout=_SECONDS)
            except NotFound:
                return


@contextmanager
def _asked(bucket: str) -> Generator[None]:
    from google.api_core.exceptions import GoogleAPIError  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from requests.exceptions import RequestException  # noqa: PLC0415

    try:
        yield
    except (GoogleAPIError, GoogleAuthError, RequestException) as error:
        raise not_asked(f"gs://{bucket}", error, _FIX) from None


def opened(url: str, path: str) -> Locks:
    """The locks below a path of a backend.

    Raises:
        Failure: Google's client is not installed, or finds no login.
    """
    parts = urlsplit(url)
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    try:
        from google.cloud import storage  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise NotInstalledError(f"gs://{parts.netloc}", "gcp") from None
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    # With a scheme or without, as Google's clients in other languages want it.
    address = emulator if "://" in emulator or not emulator else f"http://{emulator}"
    anonymous = bool(emulator) or asked.get("anonymous") == "true" or asked.get("access_id") == "-"
    with _asked(parts.netloc):
        client: Any = cast("Any", storage.Client)(
            # Objects are asked for without a project; the client wants a name of one.
            project="none",
            credentials=_credentials(anonymous=anonymous),
            client_options={"api_endpoint": address} if address else None,
        )
    prefix = parts.path.strip("/")
    return _Objects(client.bucket(parts.netloc), f"{prefix}/{path}" if prefix else path)


def _credentials(*, anonymous: bool) -> Any:  # noqa: ANN401 - Google's
    """Who the engine is: `GOOGLE_CREDENTIALS` and a token before all else that Google's find.

    Source: pkg/authhelpers/gcpauth.go of Pulumi 3.259.
    """
    import google.auth  # noqa: PLC0415
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
    from google.auth.exceptions import DefaultCredentialsError  # noqa: PLC0415
    from google.oauth2.credentials import Credentials  # noqa: PLC0415

    library: Any = google.auth
    if anonymous:
        return cast("Any", AnonymousCredentials)()
    if given := os.environ.get("GOOGLE_CREDENTIALS"):
        try:
            told = json.loads(given)
        except ValueError:
            raise DefaultCredentialsError("GOOGLE_CREDENTIALS is no JSON") from None
        return library.load_credentials_from_dict(told, scopes=[_SCOPE])[0]
    if token := os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return cast("Any", Credentials)(token)
    return library.default(scopes=[_SCOPE])[0]
