"""Models in the clouds' stores, pulled with the identity of the instance."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from moto import mock_aws  # pyright: ignore[reportMissingTypeStubs]

from runtime import downloads, model_source
from runtime.errors import SourceError
from runtime.model_source import model_file
from tests.unit.model_store import (
    Answer,
    ModelStore,
    certificate,
    digest,
    model,
    redirect,
    secure,
    serving,
    settings,
)

__all__ = ["certificate", "model", "secure"]


@pytest.fixture
def plain() -> Iterator[ModelStore]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_identity(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    for name in ("IDENTITY_ENDPOINT", "AZURE_CLIENT_ID", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_an_azure_blob_is_read_with_the_apps_identity(
    secure: ModelStore, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token goes to blobs alone, and not on to where a redirect leads."""
    monkeypatch.setattr(downloads, "_BLOB_HOSTS", ("localhost",))
    with serving() as identity:
        token = json.dumps({"access_token": "token-of-the-app"}).encode()
        identity.route = lambda _path, _headers: (200, {}, token)
        address = f"http://127.0.0.1:{identity.server_port}/msi/token"
        monkeypatch.setenv("IDENTITY_ENDPOINT", address)
        monkeypatch.setenv("IDENTITY_HEADER", "secret-of-the-host")
        monkeypatch.setenv("AZURE_CLIENT_ID", "client-1")
        elsewhere = secure.url("/elsewhere", host="127.0.0.1")
        secure.route = lambda path, _headers: (
            (200, {}, model) if path == "/elsewhere" else redirect(elsewhere)
        )
        model_file(settings(secure.url(), tmp_path, model_digest=digest(model)))
    ((asked, headers),) = identity.asked
    assert parse_qs(urlsplit(asked).query) == {
        "resource": ["https://storage.azure.com/"],
        "api-version": ["2019-08-01"],
        "client_id": ["client-1"],
    }
    assert headers["x-identity-header"] == "secret-of-the-host"
    blob, other = (headers for _, headers in secure.asked)
    assert blob["authorization"] == "Bearer token-of-the-app"
    assert blob["x-ms-version"] == "2021-12-02"
    assert "authorization" not in other


def test_a_signed_blob_needs_no_identity(
    secure: ModelStore, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "_BLOB_HOSTS", ("localhost",))
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:9/none")
    secure.route = lambda _path, _headers: (200, {}, model)
    model_file(settings(secure.url("/a.onnx?sv=1&sig=abc"), tmp_path))
    assert "authorization" not in secure.asked[0][1]


def test_an_object_of_cloud_storage_is_read_with_the_services_identity(
    plain: ModelStore, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def route(path: str, headers: dict[str, str]) -> Answer:
        if path.startswith("/computeMetadata/"):
            known = headers.get("metadata-flavor") == "Google"
            return (200, {}, b'{"access_token": "token"}') if known else (403, {}, b"")
        return (
            (200, {}, model) if headers.get("authorization") == "Bearer token" else (401, {}, b"")
        )

    plain.route = route
    host = f"127.0.0.1:{plain.server_port}"
    monkeypatch.setenv("GCE_METADATA_HOST", host)
    monkeypatch.setattr(downloads, "_STORAGE", f"http://{host}")
    path = model_file(settings("gs://models-1/fraud/a model?#1.onnx#1712", tmp_path))
    assert path.read_bytes() == model
    asked = urlsplit(plain.asked[-1][0])
    assert unquote(asked.path) == "/storage/v1/b/models-1/o/fraud/a model?#1.onnx"
    assert asked.path.count("/") == 6
    assert parse_qs(asked.query) == {"alt": ["media"], "generation": ["1712"]}


def test_an_identity_that_is_not_there_yet_is_asked_again(
    plain: ModelStore, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A metadata server may fail in an instance's first moments."""
    missing: Answer = (503, {}, b"")
    token: Answer = (200, {}, b'{"access_token": "token"}')
    tokens = iter([missing, token])
    plain.route = lambda path, headers: (
        next(tokens, missing)
        if "computeMetadata" in path
        else ((200, {}, model) if "authorization" in headers else (401, {}, b""))
    )
    host = f"127.0.0.1:{plain.server_port}"
    monkeypatch.setenv("GCE_METADATA_HOST", host)
    monkeypatch.setattr(downloads, "_STORAGE", f"http://{host}")
    monkeypatch.setattr(model_source, "_WAITS", (0.0, 0.0))
    assert model_file(settings("gs://models-1/iris.onnx", tmp_path)).read_bytes() == model
    with pytest.raises(SourceError, match="answered 401 Unauthorized, and the instance's identity"):
        model_file(settings("gs://models-1/other.onnx", tmp_path))
    # Twice for the first, three times for the other.
    assert len([path for path, _ in plain.asked if "computeMetadata" in path]) == 5


def test_a_right_that_does_not_hold_yet_is_waited_for(
    plain: ModelStore, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was granted when the instance was deployed, a moment ago."""
    denied: Answer = (403, {}, b"internals")
    granted: Answer = (200, {}, model)
    answers = iter([denied, denied, denied, granted])
    plain.route = lambda path, _headers: (
        (200, {}, b'{"access_token": "token"}')
        if "computeMetadata" in path
        else next(answers, denied)
    )
    host = f"127.0.0.1:{plain.server_port}"
    monkeypatch.setenv("GCE_METADATA_HOST", host)
    monkeypatch.setattr(downloads, "_STORAGE", f"http://{host}")
    monkeypatch.setattr(model_source, "_WAITS", ())
    monkeypatch.setattr(model_source, "_WAITS_OF_RIGHTS", (0.0,) * 3)
    assert model_file(settings("gs://models-1/iris.onnx", tmp_path)).read_bytes() == model
    with pytest.raises(SourceError, match=r"other.onnx: the instance's identity may not read it"):
        model_file(settings("gs://models-1/other.onnx", tmp_path))
    assert len([path for path, _ in plain.asked if "other" in path]) == 4


def test_a_public_object_needs_no_identity(
    plain: ModelStore, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.route = lambda path, _headers: (
        (404, {}, b"") if "computeMetadata" in path else (200, {}, model)
    )
    host = f"127.0.0.1:{plain.server_port}"
    monkeypatch.setenv("GCE_METADATA_HOST", host)
    monkeypatch.setattr(downloads, "_STORAGE", f"http://{host}")
    assert model_file(settings("gs://models-1/iris.onnx", tmp_path)).read_bytes() == model
    assert "authorization" not in plain.asked[-1][1]


def test_googles_emulator_is_asked_where_its_variable_says(
    plain: ModelStore, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.route = lambda _path, _headers: (200, {}, model)
    for host in (f"127.0.0.1:{plain.server_port}", f"http://127.0.0.1:{plain.server_port}"):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", host)
        model_file(settings("gs://models-1/iris.onnx", tmp_path / host[:4]))
    assert [path for path, _ in plain.asked] == ["/storage/v1/b/models-1/o/iris.onnx?alt=media"] * 2


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client: Any = cast(Any, boto3).client("s3")
        client.create_bucket(Bucket="models")
        yield client


def test_an_object_of_s3_is_pulled_by_key_and_version(
    bucket: Any,  # noqa: ANN401
    model: bytes,
    tmp_path: Path,
) -> None:
    versioning = {"Status": "Enabled"}
    bucket.put_bucket_versioning(Bucket="models", VersioningConfiguration=versioning)
    key = "fraud/what? #1 model.onnx"
    first = bucket.put_object(Bucket="models", Key=key, Body=model)["VersionId"]
    bucket.put_object(Bucket="models", Key=key, Body=model[:100])
    wanted = settings(f"s3://models/fraud/1.onnx?versionId={first}", tmp_path)
    bucket.copy_object(Bucket="models", Key="x", CopySource={"Bucket": "models", "Key": key})
    with pytest.raises(SourceError, match=r"S3 answered 40[04]"):
        model_file(wanted)
    bucket.put_object(Bucket="models", Key="plain.onnx", Body=model)
    plain_key = bucket.put_object(Bucket="models", Key="v.onnx", Body=model)["VersionId"]
    bucket.put_object(Bucket="models", Key="v.onnx", Body=b"newer, and no model")
    assert model_file(settings("s3://models/plain.onnx", tmp_path)).read_bytes() == model
    by_version = settings(f"s3://models/v.onnx?versionId={plain_key}", tmp_path)
    assert model_file(by_version).read_bytes() == model
    bucket.put_object(Bucket="models", Key=key, Body=model)
    assert model_file(settings(f"s3://models/{key}", tmp_path)).read_bytes() == model


def test_an_object_that_is_not_there_is_said_in_one_line(
    bucket: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    assert bucket
    with pytest.raises(SourceError, match=r"^s3://models/none.onnx: S3 answered 404 NoSuchKey$"):
        model_file(settings("s3://models/none.onnx", tmp_path))


def test_without_boto3_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SourceError, match=r"boto3 is not installed; .* server's images"):
        model_file(settings("s3://models/iris.onnx", tmp_path))
