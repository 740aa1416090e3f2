"""Registries of images, by the distribution API: the digest of a tag.

Who asks is found where container tools find it (oci_credentials.py), and where a registry is in
`CONTAINERS_REGISTRIES_CONF` (containers-registries.conf(5): `prefix`, `location`, `insecure`).
Sources: https://github.com/opencontainers/distribution-spec/blob/main/spec.md for the calls,
https://distribution.github.io/distribution/spec/auth/oauth/ for tokens that are made of others.
"""

import http.client
import json
import os
import re
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from facts.model_references import Reference, label_of_digest
from provider.calls import call
from provider.clients import Clients
from provider.registries.oci_credentials import Credential, credential
from provider.registries.protocol import Asked, Found, UnresolvedError

__all__ = ["resolve"]

_TIMEOUT_SECONDS: Final = 20
_MANIFESTS: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_LOG_IN: Final = (
    "Log in to it (`docker login`, `oras login`), or name a file with the credential in "
    "REGISTRY_AUTH_FILE"
)
_US: Final = "model-serving"
_UNAUTHORISED: Final = 401
_REFUSED: Final = frozenset({401, 403})
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a repository is asked for: host, path, and whether without TLS."""

    host: str
    repository: str
    plain: bool = False

    def url(self, tag: str) -> str:
        scheme = "http" if self.plain else "https"
        return f"{scheme}://{self.host}/v2/{self.repository}/manifests/{tag}"


async def resolve(_: Clients, asked: Asked) -> Found:
    """The manifest's digest."""
    return await call(lambda: _resolve(asked.reference))


def _resolve(reference: Reference) -> Found:
    parts = reference.parts
    name = f"{parts['registry']}/{parts['repository']}"
    tag = parts.get("digest") or parts["tag"]
    who = f"the registry {parts['registry']}"
    place = _place(parts["registry"], parts["repository"])
    whose = credential(parts["registry"], parts["repository"])
    try:
        digest = _digest(place, tag, whose)
    except urllib.error.HTTPError as error:
        if error.code in _REFUSED:
            trouble = f"; {whose.trouble}" if whose.trouble else ""
            said = f"{error.code}: {name} is not to be read{trouble}"
            raise UnresolvedError(who, said, _LOG_IN) from error
        if error.code == _NOT_FOUND:
            said = f"{name} has no {tag}"
            raise UnresolvedError(who, said, "Name one that it has, or a digest") from error
        raise UnresolvedError(who, f"HTTP status {error.code}", "Try again later") from error
    except ValueError as error:
        # As of a proxy's page to log in.
        said = "what it answered for a token is none"
        raise UnresolvedError(who, said, "Look at what is at that address") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise UnresolvedError(
            who,
            f"no connection ({reason})",
            "There is no network to it: correct the registry's host, or name the digest",
        ) from error
    if _DIGEST.fullmatch(digest) is None:
        raise UnresolvedError(
            who, f"no digest of {name}:{tag} (Docker-Content-Digest)", "Name the digest yourself"
        )
    # The digest is the manifest's, and no file's.
    return Found(f"oci://{name}@{digest}", label_of_digest(digest), details={"tag": tag})


def _digest(place: _Place, tag: str, whose: Credential) -> str:
    try:
        return _head(place.url(tag), _basic(whose))
    except urllib.error.HTTPError as error:
        challenge = str(error.headers.get("WWW-Authenticate") or "")
        if error.code != _UNAUTHORISED or not challenge.lower().startswith("bearer "):
            raise
    return _head(place.url(tag), {"Authorization": f"Bearer {_token(challenge, place, whose)}"})


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A credential goes to nobody whom the registry names."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> None:  # noqa: ANN401 - as inherited
        raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _open(request: urllib.request.Request) -> Any:  # noqa: ANN401 - an HTTP response
    opener = urllib.request.build_opener(_NoRedirects)
    return opener.open(request, timeout=_TIMEOUT_SECONDS)


def _head(url: str, headers: dict[str, str]) -> str:
    request = urllib.request.Request(  # noqa: S310 - https, or http where the settings say so
        url, headers={"Accept": ", ".join(_MANIFESTS), **headers}, method="HEAD"
    )
    with _open(request) as answer:
        return str(answer.headers.get("Docker-Content-Digest") or "")


def _basic(whose: Credential) -> dict[str, str]:
    return {"Authorization": f"Basic {whose.basic}"} if whose.basic else {}


def _token(challenge: str, place: _Place, whose: Credential) -> str:
    """A token as the registry's challenge says where to get it."""
    said: dict[str, str] = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = urllib.parse.urlsplit(said.get("realm", ""))
    if realm.scheme != "https" and not (place.plain and realm.scheme == "http"):
        # A credential would be sent in the clear.
        raise urllib.error.URLError(f"its tokens are at {said.get('realm')!r}, without TLS")
    asked = {key: said[key] for key in ("service", "scope") if key in said}
    url, form = f"{realm.geturl()}?{urllib.parse.urlencode(asked)}", None
    if whose.refresh:
        grant = {"grant_type": "refresh_token", "refresh_token": whose.refresh, "client_id": _US}
        url, form = realm.geturl(), urllib.parse.urlencode({**asked, **grant}).encode()
    request = urllib.request.Request(  # noqa: S310 - checked above
        url, data=form, headers=_basic(whose)
    )
    with _open(request) as answer:
        document = json.loads(answer.read(1 << 20))
    if not isinstance(document, dict):
        raise ValueError(document)  # noqa: TRY004 - as json.loads
    given = cast("dict[str, Any]", document)
    return str(given.get("token") or given.get("access_token") or "")


def _place(registry: str, repository: str) -> _Place:
    """Where the settings of container tools say that a registry is."""
    file = os.environ.get("CONTAINERS_REGISTRIES_CONF")
    name = f"{registry}/{repository}"
    host = "registry-1.docker.io" if registry == "docker.io" else registry
    best, found = "", _Place(host, repository)
    if not file:
        return found
    try:
        document = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnresolvedError(
            f"CONTAINERS_REGISTRIES_CONF={file}",
            str(error),
            "Correct the file, or unset the variable",
        ) from error
    for each in cast("list[dict[str, Any]]", document.get("registry") or []):
        location = str(each.get("location") or each.get("prefix") or "")
        prefix = str(each.get("prefix") or location)
        whole = name == prefix or name.startswith(f"{prefix}/")
        if whole and location and len(prefix) > len(best):
            there, _, path = f"{location}{name.removeprefix(prefix)}".partition("/")
            best, found = prefix, _Place(there, path, plain=bool(each.get("insecure")))
    return found
