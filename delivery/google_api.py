"""Google Cloud's own APIs by HTTP and JSON, with the login that the engine and its plugin find.

Google's clients of single services cannot be loaded beside Pulumi's: see docs/adr/0021.
"""

import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["Api", "GoogleError", "address", "default_login", "failure"]

_CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"
_SECONDS: Final = 60.0
_TRANSIENT: Final = (429, 500, 502, 503, 504)
_REFUSED: Final = 300
_NOT_FOUND: Final = 404
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class GoogleError(Exception):
    """Google refuses, or does not answer, or there is no login; in one line."""


def failure(error: Exception, login: str) -> Failure:
    """The same as the end of a command; `login` says what to do about it."""
    if isinstance(error, ImportError):
        return Failure("Google's client is not installed\n  fix: uv sync --group gcp", Exit.ERROR)
    return Failure(f"Google Cloud cannot be asked: {error}\n  fix: {login}", Exit.AUTHENTICATION)


def address(variable: str, official: str) -> str:
    """Where an API is: Google's address, or the one that pulumi-gcp reads in this variable.

    Raises:
        Failure: a login would be sent in the clear.
    """
    given = os.environ.get(variable, "").strip()
    if given and not given.startswith("https://") and not _is_here(given):
        raise Failure(
            f"{variable}: got {given!r}; use https://, or http:// of this machine for an emulator, "
            "which gets no login",
            Exit.CONFIGURATION,
        )
    return (given or official).rstrip("/")


def default_login(scope: str = _CLOUD_PLATFORM) -> Any:  # noqa: ANN401 - Google's
    """Who the engine and pulumi-gcp are: two variables before all else that Google's clients find.

    Sources: authhelpers/gcpauth.go of Pulumi 3.259, and
    https://www.pulumi.com/registry/packages/gcp/installation-configuration, which takes a path too.

    Args:
        scope: what a token is good for, at most; one that is given is as good as it is.

    Raises:
        GoogleError: GOOGLE_CREDENTIALS are none.
    """
    import google.auth  # noqa: PLC0415
    from google.oauth2.credentials import Credentials  # noqa: PLC0415

    library: Any = google.auth
    if given := os.environ.get("GOOGLE_CREDENTIALS"):
        with warnings.catch_warnings():
            # Of credentials that strangers hand in; these are the user's own.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                told = _credentials(given)
                return library.load_credentials_from_dict(told, scopes=[scope])[0]
            except (OSError, ValueError) as error:
                raise GoogleError(f"GOOGLE_CREDENTIALS are none: {_kind(error)}") from None
    if token := os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return cast("Any", Credentials)(token)
    return library.default(scopes=[scope])[0]


class Api:
    """Requests to one host; this machine's gets no login."""

    def __init__(self, url: str, login: Callable[[], Any] = default_login) -> None:
        """Find the login.

        Raises:
            ImportError: Google's login is not installed.
            GoogleError: there is none.
        """
        import requests  # noqa: PLC0415
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415
        from requests.adapters import HTTPAdapter  # noqa: PLC0415
        from urllib3.util import Retry  # noqa: PLC0415

        try:
            found = None if _is_here(url) else login()
        except GoogleAuthError as error:
            raise GoogleError(_line(error)) from None
        self._session: Any = (
            requests.Session() if found is None else cast("Any", AuthorizedSession)(found)
        )
        repeated = Retry(
            total=5, backoff_factor=0.5, status_forcelist=_TRANSIENT, raise_on_status=False
        )
        self._session.mount("https://", HTTPAdapter(max_retries=repeated))
        self._session.mount("http://", HTTPAdapter(max_retries=repeated))

    def pages(self, url: str, asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Each page of a list.

        Raises:
            GoogleError: see there.
        """
        token = ""
        while True:
            more = {"pageToken": token} if token else {}
            page = _document(self.send("GET", url, {**asked, **more}) or b"")
            if page is None:
                # Taken for an empty page, it would say that there is nothing.
                raise GoogleError(f"{urlsplit(url).hostname} answers with no JSON object")
            yield page
            token = str(page.get("nextPageToken") or "")
            if not token:
                return

    def send(
        self, method: str, url: str, asked: Mapping[str, str], *, missing: bool = False
    ) -> bytes | None:
        """What is answered; None where `missing` is allowed and there is nothing.

        Raises:
            GoogleError: see there.
        """
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
        from requests.exceptions import RequestException  # noqa: PLC0415

        try:
            answer = self._session.request(
                method, url, params=dict(asked), timeout=_SECONDS, allow_redirects=False
            )
        except (GoogleAuthError, RequestException) as error:
            raise GoogleError(_line(error)) from None
        if missing and answer.status_code == _NOT_FOUND:
            return None
        content = cast("bytes", answer.content)
        if answer.status_code >= _REFUSED:
            code, said = _refusal(_document(content) or {})
            raise GoogleError(f"{code or answer.status_code}: {_line(said or answer.reason)}")
        return content


def _credentials(given: str) -> object:
    text = given if given.lstrip().startswith("{") else Path(given).expanduser().read_text("utf-8")
    return json.loads(text)


def _kind(error: Exception) -> str:
    """What is wrong, without what is in them."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "no JSON" if isinstance(error, json.JSONDecodeError) else "no key that can be read"


def _refusal(document: Mapping[str, Any]) -> tuple[str, str]:
    """Code and words of an answer that refuses, as Google's APIs or its login's write it.

    The latter: https://www.rfc-editor.org/rfc/rfc6749#section-5.2.
    """
    error = document.get("error")
    if isinstance(error, Mapping):
        told = cast("Mapping[str, Any]", error)
        return str(told.get("status") or ""), str(told.get("message") or "")
    return str(error or ""), str(document.get("error_description") or "")


def _document(content: bytes) -> dict[str, Any] | None:
    """A JSON object; None where it is none."""
    try:
        told = cast("object", json.loads(content))
    except ValueError:
        return None
    return cast("dict[str, Any]", told) if isinstance(told, dict) else None


def _line(error: object) -> str:
    """The first line; of an error without words, its name."""
    unsaid = type(error).__name__ if isinstance(error, Exception) else "no more is said"
    return next(iter(str(error or "").strip().splitlines()), unsaid)


def _is_here(url: str) -> bool:
    """Whether an emulator on this machine is meant, which gets no login."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK
