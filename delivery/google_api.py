"""Google Cloud's own APIs by HTTP and JSON, with the login that Google's clients find."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["address", "pages"]

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_SECONDS: Final = 60.0
_TRANSIENT: Final = (429, 500, 502, 503, 504)
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


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


def pages(url: str, asked: Mapping[str, str], login: str) -> Iterator[dict[str, Any]]:
    """Each page of a list; `login` says what to do when it is refused.

    Raises:
        Failure: there is no login or client, or Google refuses or does not answer.
    """
    session = _session(url, login)
    token = ""
    while True:
        more = {"pageToken": token} if token else {}
        page = _got(session, url, {**asked, **more}, login)
        yield page
        token = str(page.get("nextPageToken") or "")
        if not token:
            return


def _got(session: Any, url: str, asked: Mapping[str, str], login: str) -> dict[str, Any]:  # noqa: ANN401 - requests has no types
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from requests.exceptions import RequestException  # noqa: PLC0415

    try:
        answer = session.get(url, params=dict(asked), timeout=_SECONDS, allow_redirects=False)
        told = cast("object", answer.json()) if answer.content else {}
    except (GoogleAuthError, RequestException, ValueError) as error:
        raise _refused(str(error), login) from None
    document = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    if answer.status_code >= 300:  # noqa: PLR2004 - HTTP
        error = cast("dict[str, Any]", document.get("error") or {})
        said = f"{error.get('status') or answer.status_code}: {error.get('message') or ''}"
        raise _refused(said, login)
    return document


def _session(url: str, login: str) -> Any:  # noqa: ANN401 - requests has no types
    try:
        import google.auth  # noqa: PLC0415
        import requests  # noqa: PLC0415
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415
        from requests.adapters import HTTPAdapter  # noqa: PLC0415
        from urllib3.util import Retry  # noqa: PLC0415
    except ImportError:
        raise Failure(
            "Google's client is not installed\n  fix: uv sync --group gcp", Exit.ERROR
        ) from None
    session: Any = requests.Session()
    if not _is_here(url):
        library: Any = google.auth
        try:
            credentials = library.default(scopes=[_SCOPE])[0]
        except GoogleAuthError as error:
            raise _refused(str(error), login) from None
        session = cast("Any", AuthorizedSession)(credentials)
    repeated = Retry(
        total=5, backoff_factor=0.5, status_forcelist=_TRANSIENT, raise_on_status=False
    )
    session.mount("https://", HTTPAdapter(max_retries=repeated))
    session.mount("http://", HTTPAdapter(max_retries=repeated))
    return session


def _is_here(url: str) -> bool:
    """Whether an emulator on this machine is meant, which gets no login."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _refused(said: str, login: str) -> Failure:
    why = next(iter(said.strip().splitlines()), "it does not answer")
    return Failure(f"Google Cloud cannot be asked: {why}\n  fix: {login}", Exit.AUTHENTICATION)
