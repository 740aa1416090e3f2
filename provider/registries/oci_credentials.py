"""Whose credential a registry of images gets: what the files of container tools say.

The file is `REGISTRY_AUTH_FILE` (containers-auth.json(5)), else `config.json` in `DOCKER_CONFIG`.
A helper that it names for the registry (`credHelpers`), or for all of them (`credsStore`), is asked
first: `docker-credential-<name> get`, with the registry's address on standard input and JSON as its
answer. Source: https://docs.docker.com/reference/cli/docker/login/#credential-helper-protocol.
"""

import base64
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

__all__ = ["Credential", "credential"]

_TIMEOUT_SECONDS: Final = 20
_HELPER: Final = re.compile(r"[A-Za-z0-9._-]+")
# How Docker Hub is called in these files, beside its host.
_HUB: Final = "https://index.docker.io/v1/"
# The name of a user who has a token that others are made of, instead of a password.
_TOKEN: Final = "<token>"  # noqa: S105 - a name
_NONE: Final = "credentials not found"


@dataclass(frozen=True, slots=True)
class Credential:
    """`basic`: user and password as HTTP wants them; or `refresh`, a token that tokens are made of.

    Without both, `trouble` is why a helper that should know gave none.
    """

    basic: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    trouble: str = ""


def credential(registry: str, repository: str) -> Credential:
    """The credential for a repository; an empty one where nobody is logged in."""
    folder = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    file = Path(os.environ.get("REGISTRY_AUTH_FILE") or Path(folder) / "config.json")
    try:
        document = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
        found = _of_a_helper(document, registry)
        if found.basic or found.refresh:
            return found
        written = _written(document.get("auths") or {}, registry, repository)
    except (OSError, ValueError, AttributeError, TypeError):
        # No file, or not one of theirs: whoever asks is nobody.
        return Credential()
    return written or found


def _of_a_helper(document: dict[str, Any], registry: str) -> Credential:
    """What the helper says; one for the registry alone goes before that for all of them."""
    names = (_HUB, registry) if registry == "docker.io" else (registry,)
    helpers = cast("dict[str, str]", document.get("credHelpers") or {})
    name = next((helpers[each] for each in names if helpers.get(each)), document.get("credsStore"))
    if not name:
        return Credential()
    program = f"docker-credential-{name}"
    path = shutil.which(program) if _HELPER.fullmatch(str(name)) else None
    if path is None:
        return Credential(trouble=f"{program} is not on PATH")
    try:
        ran = subprocess.run(
            (path, "get"),
            input=names[0].encode(),
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Credential(trouble=f"{program} gave no answer ({type(error).__name__})")
    said = ran.stdout.decode(errors="replace").strip()
    if ran.returncode:
        # It says on standard output what is wrong; that it knows nobody is no trouble.
        known = said.lower().startswith(_NONE)
        return Credential() if known else Credential(trouble=f"{program} failed: {_line(said)}")
    return _answered(program, said)


def _answered(program: str, said: str) -> Credential:
    try:
        answer = cast("dict[str, Any]", json.loads(said))
        user, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError):
        return Credential(trouble=f"{program} answered with no credential")
    return Credential(refresh=secret) if user == _TOKEN else Credential(basic=_basic(user, secret))


def _written(auths: dict[str, dict[str, str]], registry: str, repository: str) -> Credential | None:
    """That of the longest name that is written."""
    name = f"{registry}/{repository}"
    fitting = [
        key
        for key in auths
        if name == key or name.startswith(f"{key.rstrip('/')}/") or _host(key) == registry
    ]
    if registry == "docker.io":
        fitting += [key for key in auths if key == _HUB]
    for key in sorted(fitting, key=lambda each: (not _host(each), len(each)), reverse=True):
        of = auths[key]
        if token := of.get("identitytoken"):
            return Credential(refresh=token)
        if basic := of.get("auth"):
            return Credential(basic=basic)
        if (user := of.get("username")) and (password := of.get("password")):
            return Credential(basic=_basic(user, password))
    return None


def _host(key: str) -> str:
    """The host of a name that is written as an address, which docker takes too; else nothing."""
    scheme, _, rest = key.partition("://")
    return rest.partition("/")[0] if scheme in {"http", "https"} else ""


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _line(said: str) -> str:
    return said.splitlines()[0] if said else "it said nothing"
