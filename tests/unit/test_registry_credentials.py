"""Whose credential a registry of images gets: files of container tools, and helpers that keep them.

The helpers are programs on `PATH`, which speak the protocol of docker's.
"""

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facts.model_references import label_of_digest
from provider.registries import oci_credentials
from provider.registries.oci_credentials import Credential, credential
from sandbox.seed_registries import DIGESTS
from tests.unit.test_model_registries import Registries, registries

__all__ = ["registries"]

PRIVATE = "oci://registry.example.com/private/loyalty:stable"
HOST = "registry.example.com"
BASIC = base64.b64encode(b"user:password").decode()
OTHER = base64.b64encode(b"other:word").decode()
Config = Callable[..., None]
Helper = Callable[..., Path]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Writes docker's file."""
    folder = tmp_path / "docker"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.delenv("REGISTRY_AUTH_FILE", raising=False)

    def write(**document: Any) -> None:  # noqa: ANN401 - any JSON
        (folder / "config.json").write_text(json.dumps(document))

    return write


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Helper:
    """Makes a helper that answers the same to everybody, and writes down who asked."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))

    def make(name: str, says: object, status: int = 0) -> Path:
        said = says if isinstance(says, str) else json.dumps(says)
        asked = tmp_path / f"asked-of-{name}"
        program = programs / f"docker-credential-{name}"
        program.write_text(
            f"#!{sys.executable} -S\n"
            "import sys\n"
            f"with open({str(asked)!r}, 'a') as file:\n"
            "    file.write(sys.argv[1] + ' ' + sys.stdin.read() + '\\n')\n"
            f"print({said!r})\n"
            f"sys.exit({status})\n"
        )
        program.chmod(0o700)
        return asked

    return make


def _answer(user: str, secret: str) -> dict[str, str]:
    return {"ServerURL": HOST, "Username": user, "Secret": secret}


def test_a_helper_of_the_registry_before_that_of_all(config: Config, helper: Helper) -> None:
    of_it, of_all = (
        helper("ecr-login", _answer("user", "password")),
        helper("desktop", _answer("other", "word")),
    )
    config(
        credHelpers={HOST: "ecr-login"},
        credsStore="desktop",
        auths={HOST: {"auth": "bm9ib2R5OjE="}},
    )
    assert credential(HOST, "private/loyalty") == Credential(basic=BASIC)
    assert credential("other.example.com", "loyalty") == Credential(basic=OTHER)
    assert of_it.read_text() == f"get {HOST}\n"
    assert of_all.read_text() == "get other.example.com\n"


def test_docker_hub_is_asked_for_by_its_own_name(config: Config, helper: Helper) -> None:
    asked = helper("desktop", _answer("user", "password"))
    config(credsStore="desktop")
    assert credential("docker.io", "library/model").basic == BASIC
    config(credHelpers={"docker.io": "desktop"})
    assert credential("docker.io", "library/model").basic == BASIC
    assert asked.read_text() == "get https://index.docker.io/v1/\n" * 2


def test_who_is_not_in_the_keychain(config: Config, helper: Helper) -> None:
    """That is no trouble; what is written in the file holds."""
    helper("desktop", "credentials not found in native keychain", status=1)
    config(credsStore="desktop", auths={HOST: {}})
    assert credential(HOST, "loyalty") == Credential()
    config(credsStore="desktop", auths={HOST: {"auth": BASIC}})
    assert credential(HOST, "loyalty") == Credential(basic=BASIC)


@pytest.mark.parametrize("key", [f"https://{HOST}", f"https://{HOST}/v2/", f"http://{HOST}/"])
def test_a_registry_that_is_written_as_an_address(config: Config, key: str) -> None:
    """As many a pipeline writes it, and docker takes it; a plain name goes before."""
    config(auths={key: {"auth": OTHER}, f"https://other.{HOST}": {"auth": BASIC}})
    assert credential(HOST, "loyalty") == Credential(basic=OTHER)
    assert credential("example.com", "loyalty") == Credential()
    config(auths={key: {"auth": OTHER}, HOST: {"auth": BASIC}})
    assert credential(HOST, "loyalty") == Credential(basic=BASIC)


# What a helper says and ends with, and the trouble.
TROUBLES: dict[str, tuple[object, int, str]] = {
    "failed": ("no session\nlog in", 1, "docker-credential-desktop failed: no session"),
    "silent": ("", 1, "docker-credential-desktop failed: it said nothing"),
    "no JSON": ("hello", 0, "docker-credential-desktop answered with no credential"),
    "no secret": ({"Username": "u"}, 0, "docker-credential-desktop answered with no credential"),
    "a list": ([], 0, "docker-credential-desktop answered with no credential"),
}


@pytest.mark.parametrize(("says", "status", "trouble"), TROUBLES.values(), ids=TROUBLES)
def test_a_helper_with_trouble(
    config: Config, helper: Helper, says: object, status: int, trouble: str
) -> None:
    helper("desktop", says, status)
    config(credsStore="desktop")
    assert credential(HOST, "loyalty") == Credential(trouble=trouble)


def test_a_helper_that_is_not_there(config: Config, helper: Helper) -> None:
    helper("desktop", _answer("user", "password"))
    for name in ("osxkeychain", "../docker-credential-desktop", "x/../desktop"):
        config(credsStore=name)
        assert credential(HOST, "loyalty").trouble == f"docker-credential-{name} is not on PATH"


def test_a_helper_that_does_not_end(
    config: Config, helper: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = helper("desktop", {})
    program = asked.parent / "programs" / "docker-credential-desktop"
    program.write_text(f"#!{sys.executable} -S\nimport time\ntime.sleep(600)\n")
    monkeypatch.setattr(oci_credentials, "_TIMEOUT_SECONDS", 0.2)
    config(credsStore="desktop")
    found = credential(HOST, "loyalty")
    assert found.trouble == "docker-credential-desktop gave no answer (TimeoutExpired)"


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', '{"auths": []}', '{"credHelpers": [1]}'])
def test_a_file_that_is_none_of_theirs(config: Config, tmp_path: Path, text: str) -> None:
    config()
    (tmp_path / "docker" / "config.json").write_text(text)
    assert credential(HOST, "loyalty") == Credential()


def test_what_the_registry_makes_of_it(
    registries: Registries, config: Config, helper: Helper
) -> None:
    """A password, or a token that it makes others of; a helper's trouble is told with a refusal."""
    label = label_of_digest(DIGESTS[0])
    config(credsStore="desktop")
    for answer in (_answer("user", "password"), _answer("<token>", "refresh-me")):
        helper("desktop", answer)
        assert registries.resolve(PRIVATE)["version"] == label
    config(auths={HOST: {"identitytoken": "refresh-me"}})
    assert registries.resolve(PRIVATE)["version"] == label

    config(credsStore="desktop")
    helper("desktop", "no session", status=1)
    refused = registries.resolve(PRIVATE)
    assert refused["problem"] == "unresolved"
    assert refused["said"].endswith(
        "is not to be read; docker-credential-desktop failed: no session"
    )
    # Nobody needs it for what is public.
    assert (
        registries.resolve("oci://registry.example.com/models/loyalty:stable")["version"] == label
    )


def test_no_secret_is_shown() -> None:
    assert "word" not in repr(Credential(basic="word", refresh="word"))
