"""Google's APIs by HTTP: who asks, and what answers that are none lead to."""

import json
from pathlib import Path
from typing import Any

import pytest

from delivery import google_api
from delivery.google_api import Api, GoogleError
from tests.unit.http_answers import serving

REFUSALS: dict[str, tuple[int, bytes, str]] = {
    "an API's": (
        403,
        b'{"error": {"code": 403, "message": "not you", "status": "PERMISSION_DENIED"}}',
        "PERMISSION_DENIED: not you",
    ),
    "Cloud Storage's": (404, b'{"error": {"code": 404, "message": "no bucket"}}', "404: no bucket"),
    "a login's": (
        401,
        b'{"error": "invalid_token", "error_description": "it is over"}',
        "invalid_token: it is over",
    ),
    "one word": (401, b'{"error": "invalid_token"}', "invalid_token: Unauthorized"),
    "a proxy's page": (403, b"<html>no</html>", "403: Forbidden"),
    "nothing": (403, b"", "403: Forbidden"),
    "a list": (400, b"[1]", "400: Bad Request"),
    "a page that is none": (200, b"<html>log in</html>", "127.0.0.1 answers with no JSON object"),
    "an empty page": (200, b"", "127.0.0.1 answers with no JSON object"),
    "a page that is a list": (200, b"[]", "127.0.0.1 answers with no JSON object"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_no_list_is_an_error_in_one_line(case: str) -> None:
    status, body, says = REFUSALS[case]
    with serving(lambda _: (status, body)) as url, pytest.raises(GoogleError) as told:
        list(Api(url).pages(f"{url}/things", {}))
    assert str(told.value) == says


USER = json.dumps(
    {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
)
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
ALL = "https://www.googleapis.com/auth/cloud-platform"


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The scopes that Application Default Credentials were asked for."""
    asked: list[list[str]] = []

    def default(*, scopes: list[str]) -> tuple[str, None]:
        asked.append(scopes)
        return "default", None

    for name in ("GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("google.auth.default", default)
    return asked


@pytest.mark.parametrize("place", ["here", "in a file"])
def test_credentials_come_first(
    defaults: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    file = tmp_path / "key.json"
    file.write_text(USER)
    monkeypatch.setenv("GOOGLE_CREDENTIALS", USER if place == "here" else str(file))
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token")
    found: Any = google_api.default_login(SCOPE)
    assert (found.refresh_token, found.scopes, found.token) == ("r", [SCOPE], None)
    assert defaults == []


def test_a_token_comes_before_the_default(
    defaults: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token")
    assert google_api.default_login().token == "token"
    assert defaults == []
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    assert google_api.default_login() == "default"
    assert google_api.default_login(SCOPE) == "default"
    assert defaults == [[ALL], [SCOPE]]


NO_CREDENTIALS = {
    "/nowhere/key.json": "GOOGLE_CREDENTIALS are none: No such file or directory",
    "{secret": "GOOGLE_CREDENTIALS are none: no JSON",
}


@pytest.mark.parametrize("given", NO_CREDENTIALS)
def test_what_are_no_credentials_is_told_without_them(
    defaults: list[list[str]], monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("GOOGLE_CREDENTIALS", given)
    with pytest.raises(GoogleError) as told:
        google_api.default_login()
    assert str(told.value) == NO_CREDENTIALS[given]
    assert defaults == []
