"""Copies of models, made by the vendors' own clients in the stores of a sandbox."""

import asyncio
import json
from contextlib import closing
from typing import Any, Final, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from moto import mock_aws  # pyright: ignore[reportMissingTypeStubs]

from facts.model_mirror import copied, copy_uri, manifest_key, place
from provider.clients import Clients
from provider.mirror import blob, gcs, https, reading, s3
from provider.mirror.model_copy import ModelCopy
from provider.mirror.protocol import CopyError
from sandbox.seed_registries import COMMITS
from sandbox.store import Row, Store
from tests.unit.model_copies import (
    BASES,
    FILE,
    FOLDER,
    HUB,
    SCHEMES,
    Copies,
    copies,
    sha256,
    there_too,
)
from tests.unit.model_store import ModelStore, certificate, secure
from tests.unit.test_model_registries import registries

__all__ = ["certificate", "copies", "registries", "secure"]


# What is copied, and what of it there must be below the copy's URI.
SOURCES: Final[dict[str, dict[str, bytes]]] = {
    "s3://our-models/source/1.0/": FOLDER,
    "s3://our-models/source/1.0": FOLDER,
    "s3://our-models/source/model.onnx": {"": FILE},
    "gs://our-models/source/1.0/": FOLDER,
    "gs://our-models/source/model.onnx": {"": FILE},
    f"{BASES['blob']}source/1.0/": FOLDER,
    f"{BASES['blob']}source/1.0": FOLDER,
    f"{BASES['blob']}source/model.onnx": {"": FILE},
    HUB: {
        name: f"example/assistant {name}\n".encode()
        for name in ("config.json", "model.safetensors", "tokenizer.json")
    },
}


# Within each store, from each to S3, from S3 to each.
PAIRS: Final = [
    (source, scheme)
    for source in SOURCES
    for scheme in SCHEMES
    if source.startswith((BASES[scheme], BASES["s3"])) or scheme == "s3"
]


@pytest.mark.parametrize(("source", "scheme"), PAIRS)
def test_a_copy_is_whole_and_made_once(copies: Copies, source: str, scheme: str) -> None:
    expected = SOURCES[source]
    for other in SCHEMES[1:]:
        if source.startswith(BASES[other]):
            there_too(copies, other)
    parsed = copied(source, None)
    assert parsed is not None
    uri = copy_uri(f"{BASES[scheme]}mirror", "churn", "1.0", parsed, None)
    outputs = copies.copy(source, uri)
    assert outputs["status"] == "whole"
    assert outputs["fileCount"] == len(expected)
    assert outputs["sizeBytes"] == sum(map(len, expected.values()))
    key = uri.removeprefix(BASES[scheme]).rstrip("/")
    below = copies.there(scheme, f"our-models/{key}")
    assert {key.lstrip("/"): content for key, content in below.items()} == expected
    folder = key.rpartition("/")[0]
    there = copies.there(scheme)
    manifest = json.loads(there[f"{folder}/.model-copy.json"])
    assert manifest["source"] == source
    assert len([key for key in there if key.startswith(folder)]) == len(expected) + 1

    # What is there is not copied again, and is found again by its URI alone.
    written = len(copies.written())
    assert copies.copy(source, uri) == outputs
    assert len(copies.written()) == written
    assert copies.read(uri, source=source) == {**outputs, "timeoutSeconds": 14400}
    assert copies.read(uri) == {**outputs, "timeoutSeconds": 14400}
    # Deleting takes nothing away.
    gone = copies.resource().delete(uri, outputs, timeout_seconds=0, report=_silent)
    asyncio.run(gone)
    assert copies.there(scheme) == there


def test_one_version_of_an_object_is_copied(copies: Copies) -> None:
    with closing(Store(copies.registries.path)) as store:
        for token in ("s3:Bucket", "gcs:Bucket"):
            live = {"versioning": True}
            store.put(Row(provider="registries", token=token, id="versions", name="v", live=live))
    client = cast("Any", boto3).client("s3")
    first = client.put_object(Bucket="versions", Key="m.onnx", Body=b"first")["VersionId"]
    copies.put("s3", "versions", "m.onnx", b"second")
    copies.put("gs", "versions", "m.onnx", b"first")
    generation = copies.registries.resolve("gs://versions/m.onnx")["version"]
    copies.put("gs", "versions", "m.onnx", b"second")
    for number, source in enumerate(
        (f"s3://versions/m.onnx?versionId={first}", f"gs://versions/m.onnx#{generation}")
    ):
        for scheme in SCHEMES:
            copies.copy(source, f"{BASES[scheme]}mirror/{number}/1/m.onnx")
            assert copies.there(scheme)[f"mirror/{number}/1/m.onnx"] == b"first"


@pytest.mark.parametrize(
    ("source", "scheme"),
    [
        (f"{BASES[of]}source/model.onnx", to)
        for of in SCHEMES
        for to in SCHEMES
        if of == to or "s3" in {of, to}
    ],
)
def test_other_bytes_than_the_digest_says(copies: Copies, source: str, scheme: str) -> None:
    for other in SCHEMES[1:]:
        if source.startswith(BASES[other]):
            there_too(copies, other)
    uri = f"{BASES[scheme]}mirror/churn/1/model.onnx"
    for _ in range(2):
        # A second run does not take for whole what the first one refused.
        with pytest.raises(CopyError, match="was meant"):
            copies.copy(source, uri, digest=sha256(b"other"))
    assert "mirror/churn/1/.model-copy.json" not in copies.there(scheme)
    assert copies.copy(source, uri, digest=sha256(FILE))["status"] == "whole"
    manifest = json.loads(copies.there(scheme)["mirror/churn/1/.model-copy.json"])
    assert manifest["files"]["mirror/churn/1/model.onnx"]["sha256"] == sha256(FILE)


def test_a_file_of_an_address_is_copied_with_its_digest(
    copies: Copies, secure: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It breaks off in the middle, and is read on from there."""

    def route(_: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        said = headers.get("range", "")
        start = int(said.removeprefix("bytes=").rstrip("-") or 0)
        # The first answer, to which the size is read, and the second end after 100 bytes.
        body = FILE[start : start + 100] if len(secure.asked) < 3 else FILE[start:]
        more = {"Content-Length": str(len(FILE) - start)}
        return (206 if said else 200), more, body

    secure.route = route
    monkeypatch.setattr(reading, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(https, "_SECONDS", 1.0)
    for scheme in SCHEMES:
        secure.asked.clear()
        uri = f"{BASES[scheme]}mirror/iris/1/iris.onnx"
        with pytest.raises(CopyError, match="was meant"):
            copies.copy(secure.url(), uri, digest=sha256(b"other"))
        assert not [key for key in copies.there(scheme) if key.startswith("mirror/")]
        copies.copy(secure.url(), uri, digest=sha256(FILE))
        assert copies.there(scheme)["mirror/iris/1/iris.onnx"] == FILE
    assert any(headers.get("range") == "bytes=100-" for _, headers in secure.asked)


def test_parts(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is larger than one request, in every direction."""
    large = bytes(range(256)) * 44 * 1024
    monkeypatch.setattr(s3, "_PART", 5 * 1024 * 1024)
    monkeypatch.setattr(s3, "_ONE_REQUEST", 10 * 1024 * 1024)
    monkeypatch.setattr(gcs, "_CHUNK", 8 * 1024 * 1024)
    monkeypatch.setattr(blob, "_PART", 4 * 1024 * 1024)
    monkeypatch.setattr(blob, "_PART_WITHIN", 8 * 1024 * 1024)
    copies.put("s3", "our-models", "source/large.onnx", large)
    for number, (first, second, last) in enumerate(
        (
            ("s3", "s3", "s3:CompleteMultipartUpload"),
            ("s3", "gs", "gcs:objects.insert"),
            ("s3", "blob", "blob:BlockBlob_CommitBlockList"),
            ("blob", "blob", "blob:BlockBlob_CommitBlockList"),
            ("blob", "s3", "s3:CompleteMultipartUpload"),
        )
    ):
        key = "source/large.onnx" if first == "s3" else "mirror/2/1/large.onnx"
        to = f"mirror/{number}/1/large.onnx"
        copies.copy(f"{BASES[first]}{key}", f"{BASES[second]}{to}", digest=sha256(large))
        assert copies.there(second)[to] == large
        # Before the manifest.
        assert copies.written()[-2] == last
    asked = copies.registries.asked("*")
    for operation, parts in (
        ("s3:UploadPartCopy", 3),
        ("s3:UploadPart", 3),
        ("blob:BlockBlob_StageBlock", 3),
        ("blob:BlockBlob_StageBlockFromURL", 2),
    ):
        assert asked.count(operation) == parts, operation


def test_of_the_hub_what_a_server_needs_is_copied(copies: Copies) -> None:
    files = [
        "README.md",
        "config.json",
        "model.safetensors",
        "pytorch_model.bin",
        "a.png",
        "LICENSE",
    ]
    live = {"refs": {}, "commits": {COMMITS[0]: {"files": [*files, ".gitattributes"]}}}
    with closing(Store(copies.registries.path)) as store:
        row = Row(provider="registries", token="huggingface:Model", id="a/b", name="a/b", live=live)
        store.put(row)
    copies.copy(f"hf://a/b@{COMMITS[0]}", "s3://our-models/mirror/b/1/b/")
    assert set(copies.there("s3", "our-models/mirror/b/1/b/")) == {
        "LICENSE",
        "config.json",
        "model.safetensors",
    }


@mock_aws
def test_another_reading_of_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto's, beside the sandbox's."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setattr(s3, "_ONE_REQUEST", 10 * 1024 * 1024)
    client = cast("Any", boto3).client("s3")
    large = b"0123456789abcdef" * 720 * 1024
    for bucket in ("models", "mirror"):
        client.create_bucket(Bucket=bucket)
    client.put_object(Bucket="models", Key="m/a+b c/x.onnx", Body=FILE)
    client.put_object(Bucket="models", Key="m/large.onnx", Body=large)
    for source, uri, content in (
        ("s3://models/m/large.onnx", "s3://mirror/a/1/large.onnx", large),
        ("s3://models/m/a+b/x.onnx", "s3://mirror/b/1/x.onnx", FILE),
    ):
        client.put_object(Bucket="models", Key=source.partition("models/")[2], Body=content)
        asked: dict[str, object] = {"source": source, "uri": uri, "digest": sha256(content)}
        resource = ModelCopy(Clients())
        asyncio.run(resource.create(asked, timeout_seconds=60, report=_silent))
        at = place(uri)
        assert at is not None
        found = client.get_object(Bucket=at.bucket, Key=at.key)["Body"].read()
        assert found == content
        assert client.head_object(Bucket=at.bucket, Key=manifest_key(at))


async def _silent(_: str) -> None:
    return
