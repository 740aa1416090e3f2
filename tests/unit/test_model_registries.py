"""What references stand for, asked of each registry by the vendor's own client."""

import asyncio
import base64
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from provider.kinds import Clients
from provider.registries import resolve_models
from sandbox import environment
from sandbox.api import server
from sandbox.bootstrap import Engine
from sandbox.seed_registries import COMMITS, DIGESTS, RUNS
from sandbox.store import Store


class Registries:
    """The registries of a sandbox of its own, and the provider's function."""

    def __init__(self, store: Path) -> None:
        self.path = store

    def resolve(self, uri: str, *, pickles: bool = False) -> dict[str, Any]:
        (found,) = self.all([{"uri": uri, "pickles": pickles}])
        return found

    def all(self, references: list[dict[str, Any]]) -> list[dict[str, Any]]:
        inputs: dict[str, object] = {"references": references}
        assert resolve_models.check(inputs) == []
        answers: Any = asyncio.run(resolve_models.answer(Clients(), inputs))["models"]
        return answers

    def set(self, token: str, name: str, **live: object) -> None:
        """Change what the registry knows of one thing."""
        store = Store(self.path)
        store.update("registries", token, name, lambda row: row.replace(live={**row.live, **live}))
        store.close()

    def asked(self, pattern: str) -> list[str]:
        """The operations that were asked for."""
        store = Store(self.path)
        found = [event.operation for event in store.events(pattern, "*:*")]
        store.close()
        return found


@pytest.fixture
def registries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Registries]:
    running = server.start(tmp_path / "store.sqlite")
    engine = Engine(Path("pulumi"), "", "", ())
    given = environment.variables(tmp_path, engine, inherited={}, endpoint=running.url)
    environment.write_registries_conf(tmp_path, running.url)
    for name in ("CONTAINERS_REGISTRIES_CONF", "HF_ENDPOINT", "MLFLOW_TRACKING_URI"):
        monkeypatch.setenv(name, given[name])
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name in ("HF_TOKEN", "REGISTRY_AUTH_FILE"):
        monkeypatch.delenv(name, raising=False)
    # huggingface_hub reads its variables when it is imported.
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", given["HF_ENDPOINT"])
    try:
        yield Registries(tmp_path / "store.sqlite")
    finally:
        running.close()


_MLFLOW = "s3://example-models/mlflow/3/{}/artifacts/model"


def _image(number: int) -> str:
    return f"oci://registry.example.com/models/loyalty@{DIGESTS[number]}"


def _label(number: int) -> str:
    return DIGESTS[number].replace(":", "-")[:23]


RESOLVED: dict[str, tuple[str, str]] = {
    "models:/loyalty@champion": (_MLFLOW.format(RUNS[0]), "1"),
    "models:/loyalty@challenger": (_MLFLOW.format(RUNS[1]), "2"),
    "models:/loyalty/2": (_MLFLOW.format(RUNS[1]), "2"),
    "hf://example/assistant": (f"hf://example/assistant@{COMMITS[1]}", COMMITS[1]),
    "hf://example/assistant@v1.0": (f"hf://example/assistant@{COMMITS[0]}", COMMITS[0]),
    "hf://example/assistant:main": (f"hf://example/assistant@{COMMITS[1]}", COMMITS[1]),
    "oci://registry.example.com/models/loyalty:stable": (_image(0), _label(0)),
    "oci://registry.example.com/models/loyalty:next": (_image(1), _label(1)),
}


@pytest.mark.parametrize(("uri", "expected"), RESOLVED.items(), ids=RESOLVED)
def test_a_reference_is_what_stays(
    registries: Registries, uri: str, expected: tuple[str, str]
) -> None:
    found = registries.resolve(uri)
    assert (found["resolvedUri"], found["version"]) == expected
    assert found["uri"] == uri


# What is asked, a part of what the registry says, and of the way out.
REFUSED: dict[str, tuple[str, str]] = {
    "models:/loyalty@nobody": ("alias nobody not found", "that are registered there"),
    "models:/loyalty/3": ("Model Version (name=loyalty, version=3) not found", "registered there"),
    "models:/nothing/1": ("not found", "Name a model"),
    "hf://example/assistant@v9": ("no branch, tag or commit v9", "Name one"),
    "hf://example/nothing": ("there is no model example/nothing", "HF_TOKEN"),
    "hf://example/assistant-gated": ("is gated", "HF_TOKEN"),
    "oci://registry.example.com/models/loyalty:9": ("has no tag 9", "or a digest"),
    "oci://registry.example.com/private/loyalty:stable": ("is not to be read", "docker login"),
    "oci://localhost:9/models/loyalty:1": ("no connection", "no network"),
}
UNSAFE: dict[str, str] = {
    "hf://example/remote-code": "it brings code of its own (modeling_example.py)",
    "hf://example/pickled": "it has no file of safetensors or ONNX; its weights are pytorch_model",
}


@pytest.mark.parametrize(("uri", "expected"), REFUSED.items(), ids=REFUSED)
def test_what_nobody_resolves(registries: Registries, uri: str, expected: tuple[str, str]) -> None:
    found = registries.resolve(uri)
    assert found["problem"] == "unresolved"
    assert expected[0] in found["said"]
    assert expected[1] in found["wayOut"]
    assert "resolvedUri" not in found


@pytest.mark.parametrize(("uri", "said"), UNSAFE.items(), ids=UNSAFE)
def test_files_that_run_code(registries: Registries, uri: str, said: str) -> None:
    found = registries.resolve(uri)
    assert found["problem"] == "unsafe"
    assert said in found["said"]


def test_one_that_fails_stops_no_other(registries: Registries) -> None:
    asked = ["models:/loyalty@nobody", "models:/loyalty@champion"]
    first, second = registries.all([{"uri": uri} for uri in asked])
    assert first["problem"] == "unresolved"
    assert second["version"] == "1"


def test_whose_credential_is_there(
    registries: Registries, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    private = "oci://registry.example.com/private/loyalty:stable"
    file = tmp_path / "auth.json"
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(file))
    auth = base64.b64encode(b"user:password").decode()
    for of in ("registry.example.com", "registry.example.com/private"):
        file.write_text(json.dumps({"auths": {of: {"auth": auth}}}))
        assert registries.resolve(private)["version"] == _label(0)
    file.write_text(json.dumps({"auths": {"registry.example": {"auth": auth}}}))
    assert registries.resolve(private)["problem"] == "unresolved"
    monkeypatch.setenv("HF_TOKEN", "hf_example")
    found = registries.resolve("hf://example/assistant-gated")
    assert found["details"] == {"revision": "main", "gated": "manual"}


def test_a_pickle_where_nothing_else_is_served(registries: Registries) -> None:
    assert registries.resolve("hf://example/pickled", pickles=True)["version"] == COMMITS[0]
    assert registries.resolve("hf://example/remote-code", pickles=True)["problem"] == "unsafe"
