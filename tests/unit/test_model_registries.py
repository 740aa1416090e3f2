"""What references stand for, asked of each registry by the vendor's own client."""

import asyncio
import base64
import hashlib
import json
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from azure.identity import DefaultAzureCredential

from facts.model_references import label_of_object, parse
from provider.clients import Clients
from provider.registries import resolve_models
from sandbox import environment
from sandbox.api import server
from sandbox.api.http import Response
from sandbox.bootstrap import Engine
from sandbox.seed_registries import COMMITS, DIGESTS, RUNS
from sandbox.store import Fault, Store


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
    for name, value in given.items():
        if name not in {"PATH", "PYTHONPYCACHEPREFIX"}:
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name in ("HF_TOKEN", "REGISTRY_AUTH_FILE"):
        monkeypatch.delenv(name, raising=False)
    # huggingface_hub reads its variables when it is imported.
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", given["HF_ENDPOINT"])
    try:
        yield Registries(tmp_path / "store.sqlite")
    finally:
        running.close()


_OBJECT = "s3://example-models/loyalty/model.onnx"
_S3 = "QUpfdndhfd8438MNFDN93jdnJFkdmqnh893"
_MLFLOW = "s3://example-models/mlflow/3/{}/artifacts/model"


def _image(number: int) -> str:
    return f"oci://registry.example.com/models/loyalty@{DIGESTS[number]}"


def _label(number: int) -> str:
    return DIGESTS[number].replace(":", "-")[:23]


RESOLVED: dict[str, tuple[str, str]] = {
    "models:/loyalty@champion": (_MLFLOW.format(RUNS[0]), "1"),
    "models:/loyalty@challenger": (_MLFLOW.format(RUNS[1]), "2"),
    "models:/loyalty/2": (_MLFLOW.format(RUNS[1]), "2"),
    "models:/loyalty@champion/model.onnx": (f"{_MLFLOW.format(RUNS[0])}/model.onnx", "1"),
    "hf://example/assistant": (f"hf://example/assistant@{COMMITS[1]}", COMMITS[1]),
    "hf://example/assistant@v1.0": (f"hf://example/assistant@{COMMITS[0]}", COMMITS[0]),
    "hf://example/assistant:main": (f"hf://example/assistant@{COMMITS[1]}", COMMITS[1]),
    "oci://registry.example.com/models/loyalty:stable": (_image(0), _label(0)),
    "oci://registry.example.com/models/loyalty:next": (_image(1), _label(1)),
    "azureml://registries/shared/models/loyalty/labels/latest": (
        "azureml://registries/shared/models/loyalty/versions/2",
        "2",
    ),
    "s3://example-models/loyalty/model.onnx": (f"{_OBJECT}?versionId={_S3}", label_of_object(_S3)),
    "gs://example-models/loyalty/model.onnx": (
        "gs://example-models/loyalty/model.onnx#1767225600000002",
        "1767225600000002",
    ),
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
    "models:/credential-risk/401": ("name=credential-risk not found", "that are registered there"),
    "models:/loyalty@credential": ("alias credential not found", "that are registered there"),
    "models:/nothing/1": ("not found", "Name a model"),
    "hf://example/assistant@v9": ("no branch, tag or commit v9", "Name one"),
    "hf://example/nothing": ("there is no model example/nothing", "HF_TOKEN"),
    "hf://example/assistant-gated": ("is gated", "HF_TOKEN"),
    "oci://registry.example.com/models/loyalty:9": ("has no 9", "or a digest"),
    "oci://registry.example.com/private/loyalty:stable": ("is not to be read", "docker login"),
    "azureml://registries/shared/models/nothing/labels/latest": ("no such model", "Correct"),
    "azureml://registries/nobody/models/loyalty/labels/latest": ("it is not there", "Correct"),
    "azureml://registries/shared/models/loyalty/labels/champion": ("latest alone", "a version"),
    "s3://example-models/loyalty/": ("a folder has no version", "below a path of its own"),
    "s3://example-models/nothing.onnx": ("HeadObject: 404", "name it with `version`"),
    "s3://unversioned-models/model.onnx": ("can be written over", "versioning on"),
    "gs://example-models/loyalty/": ("a folder has no generation", "below a path of its own"),
    "gs://example-models/nothing.onnx": ("NOT_FOUND", "name it with `version`"),
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


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff"])
def test_a_token_that_is_none(
    registries: Registries, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: bytes
) -> None:
    auth = base64.b64encode(b"user:password").decode()
    (tmp_path / "config.json").write_text(
        json.dumps({"auths": {"registry.example.com": {"auth": auth}}})
    )

    def answered(_: object) -> Response:
        return Response(200, body, "text/html", {})

    monkeypatch.setattr("sandbox.api.registries.oci.answered", answered)
    found = registries.resolve("oci://registry.example.com/private/loyalty:stable")
    assert found["registry"] == "the registry registry.example.com"
    assert found["said"] == "what it answered for a token is none"


@pytest.mark.parametrize(
    "there",
    [
        "https://models.example.com",
        "https://westeurope.api.azureml.ms.example.com",
        "http://westeurope.api.azureml.ms",
        "https://127.0.0.1:9",
    ],
)
def test_azures_token_goes_to_azure_alone(
    registries: Registries, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    place = {
        "subscriptionId": "1",
        "resourceGroup": "models",
        "primaryRegionResourceProviderUri": there,
    }

    def answered(_: object) -> Response:
        return Response(200, json.dumps(place).encode(), "application/json", {})

    monkeypatch.setattr("sandbox.api.registries.azureml.answered", answered)
    found = registries.resolve("azureml://registries/shared/models/loyalty/labels/latest")
    host = there.removesuffix(":9")
    assert found["said"] == f"it says that it is at {host}, which is no host of Azure"
    assert registries.asked("azureml:*") == ["azureml:discovery"]


def test_a_pickle_where_nothing_else_is_served(registries: Registries) -> None:
    assert registries.resolve("hf://example/pickled", pickles=True)["version"] == COMMITS[0]
    assert registries.resolve("hf://example/remote-code", pickles=True)["problem"] == "unsafe"


GROUP = "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/loyalty"


def test_the_newest_approved_version_of_a_group(registries: Registries) -> None:
    missing = registries.resolve(GROUP)
    assert missing["problem"] == "unresolved"
    assert "ListModelPackages" in missing["said"] or "no approved version" in missing["said"]
    aws: Any = boto3
    client = aws.client("sagemaker", region_name="eu-west-1")
    client.create_model_package_group(ModelPackageGroupName="loyalty")
    arns = [
        client.create_model_package(
            ModelPackageGroupName="loyalty",
            ModelApprovalStatus=status,
            InferenceSpecification={"Containers": [{"Image": "loyalty:1"}]},
        )["ModelPackageArn"]
        for status in ("Approved", "PendingManualApproval")
    ]
    found = registries.resolve(GROUP)
    assert (found["resolvedUri"], found["version"]) == (arns[0], "1")
    client.update_model_package(ModelPackageArn=arns[1], ModelApprovalStatus="Approved")
    assert registries.resolve(GROUP)["resolvedUri"] == arns[1]
    for arn in arns:
        client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    refused = registries.resolve(GROUP)
    assert refused["said"] == "the group loyalty has no approved version"
    assert "update-model-package" in refused["wayOut"]
    # Its versions are passed on as they are: nobody is asked.
    asked = len(registries.asked("aws:sagemaker/*"))
    assert registries.resolve(arns[0])["resolvedUri"] == arns[0]
    assert len(registries.asked("aws:sagemaker/*")) == asked


PLACE = "projects/example-models/locations/europe-west4"


@pytest.mark.usefixtures("registries")
def test_the_version_of_an_alias_on_vertex() -> None:
    upload: dict[str, object] = {
        "displayName": "loyalty",
        "containerSpec": {"imageUri": "europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu:1"},
        "artifactUri": "gs://example-models/loyalty/1/",
    }

    async def ask() -> list[dict[str, Any]]:
        clients = Clients()
        worker: Any = clients.vertex

        async def call(method: str, **request: object) -> None:
            operation = await worker.call(method, "europe-west4", request)
            for _ in range(50):
                if "/operations/" not in operation.get("name", "") or operation.get("done"):
                    return
                await asyncio.sleep(0.05)
                asked = {"name": operation["name"]}
                operation = await worker.call("GetOperation", "europe-west4", asked)

        def alias(*aliases: str, version: str) -> dict[str, object]:
            name = f"{PLACE}/models/loyalty@{version}"
            return {"name": name, "versionAliases": list(aliases)}

        answers: list[dict[str, Any]] = []

        async def resolve(name: str) -> None:
            uri = f"vertex://{PLACE}/models/loyalty@{name}"
            found: Any = await resolve_models.answer(clients, {"references": [{"uri": uri}]})
            answers.extend(found["models"])

        try:
            await call("UploadModel", parent=PLACE, modelId="loyalty", model=upload)
            parent = f"{PLACE}/models/loyalty"
            await call("UploadModel", parent=PLACE, parentModel=parent, model=upload)
            await call("MergeVersionAliases", **alias("champion", version="1"))
            await resolve("champion")
            await call("MergeVersionAliases", **alias("champion", version="2"))
            await resolve("champion")
            await resolve("nobody")
        finally:
            await worker.close()
        return answers

    first, moved, missing = asyncio.run(ask())
    assert first["resolvedUri"] == f"vertex://{PLACE}/models/loyalty@1"
    assert (moved["resolvedUri"], moved["version"]) == (f"vertex://{PLACE}/models/loyalty@2", "2")
    assert missing["said"].startswith("NOT_FOUND: ")
    assert "give one of its versions the alias" in missing["wayOut"]


# Where MLflow says that an artifact is, and where a target finds it.
SOURCES: dict[str, str] = {
    "gs://models/3/run/artifacts/model/": "gs://models/3/run/artifacts/model",
    "wasbs://models@example.blob.core.windows.net/3/model": (
        "https://example.blob.core.windows.net/models/3/model"
    ),
    "abfss://models@example.dfs.core.windows.net/3/model": (
        "https://example.blob.core.windows.net/models/3/model"
    ),
    "mlflow-artifacts:/3/run/artifacts/model": "",
    "dbfs:/databricks/mlflow/3": "",
    "runs:/5d0e/model": "",
    "file:///mlruns/3/model": "",
    "/mlruns/3/model": "",
    "http://mlflow/api/2.0/mlflow-artifacts/artifacts/3": "",
}


def test_where_an_artifact_of_mlflow_lies(registries: Registries) -> None:
    for source, place in SOURCES.items():
        live = {"versions": {"1": {"run_id": "5d0e", "source": source}}}
        registries.set("mlflow:RegisteredModel", "loyalty", **live)
        found = registries.resolve("models:/loyalty/1")
        assert found.get("resolvedUri", "") == place, source
        assert place or "which only MLflow's own client reads" in found["said"]


def test_a_version_of_s3_with_any_signs(registries: Registries) -> None:
    """It comes back as it was, and the digest that S3 keeps goes along."""
    uri, version = "s3://example-models/loyalty/model.onnx", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY"
    sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    kept = {"version_id": version, "etag": "6805f2cf", "sha256": sha256}
    registries.set("s3:Object", "example-models/loyalty/model.onnx", versions=[kept])
    found = registries.resolve(uri)
    assert found["resolvedUri"] == f"{uri}?versionId=3%2FL4kqtJlcpXroDTDmJ%2BrmSpXd3dIbrHY"
    again = parse(found["resolvedUri"])
    assert again is not None
    assert again.version == found["version"]
    assert found["digest"] == "sha256:" + hashlib.sha256(b"").hexdigest()
    # The checksum of an object's parts is not its digest.
    parts = {**kept, "sha256": f"{sha256}-2", "checksum_type": "COMPOSITE"}
    registries.set("s3:Object", "example-models/loyalty/model.onnx", versions=[parts])
    assert registries.resolve(uri)["digest"] == ""


def test_a_version_that_is_not_ready(registries: Registries) -> None:
    live = {"versions": {"1": {"source": "s3://models/1", "status": "FAILED_REGISTRATION"}}}
    registries.set("mlflow:RegisteredModel", "loyalty", **live)
    assert "is FAILED_REGISTRATION" in registries.resolve("models:/loyalty/1")["said"]


def test_nobody_to_ask(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an address, a network or an installed client it is said which."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    found = registries.resolve("models:/loyalty@champion")
    assert found["registry"] == "MLflow at http://127.0.0.1:9"
    assert "no connection" in found["said"]
    assert "MLFLOW_TRACKING_URI" in found["wayOut"]
    assert "secret" not in str(found)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert "nothing says where it is" in registries.resolve("models:/loyalty@champion")["said"]
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    found = registries.resolve("hf://example/assistant")
    assert "no connection" in found["said"]
    assert "HF_ENDPOINT" in found["wayOut"]


def test_credentials_are_not_repeated(
    registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "a-token-that-is-told")
    store = Store(registries.path)
    message = "no such model for a-token-that-is-told"
    store.add_fault(Fault("mlflow:*", "*", "fail", message=message, code="NOT_FOUND", count=-1))
    store.close()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    found = registries.resolve("models:/loyalty@champion")
    assert found["problem"] == "unresolved"
    assert "a-token-that-is-told" not in str(found)


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"references": "models:/a@b"}, "references"),
        ({"references": [{"uri": "file:x"}]}, "references[0].uri"),
        ({"references": [{"uri": "models:/a@b"}, {"uri": "models:/a"}]}, "references[1].uri"),
        ({"references": [{"uri": "dvc:a.dvc"}]}, "references[0].uri"),
        ({"references": [], "region": "x"}, "region"),
    ],
)
def test_what_is_no_question(inputs: dict[str, object], path: str) -> None:
    (problem,) = resolve_models.check(inputs)
    assert problem[0] == path


@pytest.mark.usefixtures("registries")
def test_azures_own_client_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        # Its schemas warn of marshmallow 4.
        warnings.simplefilter("ignore")
        from azure.ai.ml import MLClient  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    def pass_by(_: object) -> None:
        """It sends no token without TLS, and cannot be told to."""

    monkeypatch.setattr("azure.core.pipeline.policies._authentication._enforce_https", pass_by)
    client: Any = MLClient(DefaultAzureCredential(), registry_name="shared")
    assert client.models.get("loyalty", label="latest").version == "2"


def test_what_is_exact_is_looked_up_where_somebody_asks(registries: Registries) -> None:
    """It comes back as it was written, if it is there and its files may be loaded."""
    for uri in (f"hf://example/assistant:{COMMITS[0]}", _image(0)):
        assert registries.resolve(uri)["resolvedUri"] == uri
    missing = _image(0)[:-4] + "0000"
    assert registries.resolve(missing)["problem"] == "unresolved"
    assert registries.resolve(f"hf://example/pickled@{COMMITS[0]}")["problem"] == "unsafe"
    assert registries.resolve(f"hf://example/assistant@{'0' * 40}")["problem"] == "unresolved"


def test_a_rule_that_means_nothing_there_is_not_used_up(registries: Registries) -> None:
    """A registry does all it does before it answers: there is nothing to roll back later."""
    store = Store(registries.path)
    store.add_fault(Fault("*", "*", "silent_rollback"))
    before = store.faults()
    found = registries.resolve("oci://registry.example.com/models/loyalty:stable")
    assert found["resolvedUri"] == _image(0)
    assert store.faults() == before
    store.close()
