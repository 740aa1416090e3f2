"""Copies of models, made by the vendors' own clients in the stores of a sandbox."""

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace
from typing import Any, Final, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from moto import mock_aws  # pyright: ignore[reportMissingTypeStubs]

from facts.model_mirror import copied, copy_uri, manifest_key, place
from provider.errors import ProviderError
from provider.kinds import Clients
from provider.mirror import blob, copying, gcs, https, reading, s3
from provider.mirror.manifest import Manifest
from provider.mirror.model_copy import ModelCopy
from provider.mirror.model_copy_inputs import changes
from provider.mirror.protocol import CopyError
from sandbox.seed_registries import COMMITS
from sandbox.store import Fault, Row, Store
from tests.unit.model_copies import BASES, SCHEMES, Copies, sha256
from tests.unit.model_store import ModelStore, certificate, secure
from tests.unit.test_model_registries import Registries, registries

__all__ = ["certificate", "registries", "secure"]

FILE: Final = b"the weights of a model, " * 40
FOLDER: Final = {"MLmodel": b"flavors", "data/model.pkl": FILE, "empty": b""}
HUB: Final = f"hf://example/assistant@{COMMITS[0]}"


@pytest.fixture
def copies(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> Copies:
    import huggingface_hub.constants as of_hub  # noqa: PLC0415 - as the fixture of registries

    template = of_hub.ENDPOINT + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    made = Copies(registries)
    made.make_container()
    for path, content in FOLDER.items():
        made.put("s3", "our-models", f"source/1.0/{path}", content)
    made.put("s3", "our-models", "source/model.onnx", FILE)
    return made


def there_too(copies: Copies, scheme: str) -> None:
    """The same sources in another store."""
    for path, content in FOLDER.items():
        copies.put(scheme, "our-models", f"source/1.0/{path}", content)
    copies.put(scheme, "our-models", "source/model.onnx", FILE)


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


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_was_done_to_a_copy_is_told_and_mended(copies: Copies, scheme: str) -> None:
    source, uri = "s3://our-models/source/1.0/", f"{BASES[scheme]}mirror/churn/1.0-x/1.0/"
    asked: dict[str, object] = {"source": source, "uri": uri}
    copies.copy(source, uri)
    before = copies.there(scheme, "our-models/mirror/churn/1.0-x/1.0/")
    copies.remove(scheme, "our-models/mirror/churn/1.0-x/1.0/MLmodel")
    copies.put(scheme, "our-models", "mirror/churn/1.0-x/1.0/data/model.pkl", FILE[::-1])
    found = copies.read(uri, **asked)
    assert found is not None
    for said in ("MLmodel is gone", "model.pkl was changed"):
        assert said in str(found["status"])
    assert changes(found, asked) == {"status": False}
    assert copies.look(asked)[0]["there"] is False
    copies.copy(source, uri)
    assert copies.there(scheme, "our-models/mirror/churn/1.0-x/1.0/") == before

    # A folder that a console made is nothing.
    copies.put(scheme, "our-models", "mirror/churn/1.0-x/1.0/looked/", b"")
    found = copies.read(uri, **asked)
    assert found is not None
    assert found["status"] == "whole"

    # What does not belong there would be loaded: it is nobody's here to take away.
    copies.put(scheme, "our-models", "mirror/churn/1.0-x/1.0/other.pkl", b"code")
    found = copies.read(uri, **asked)
    assert found is not None
    assert "other.pkl is not of the model" in str(found["status"])
    with pytest.raises(CopyError, match=r"other\.pkl\. Remove it: servers would load it"):
        copies.copy(source, uri)

    # Without its manifest there is no copy.
    copies.remove(scheme, "our-models/mirror/churn/1.0-x/.model-copy.json")
    assert copies.read(uri, **asked) is None


# What was written to the source since it was copied, and whether what the copy has lost, which is
# MLmodel, can still come from there.
WRITTEN: Final = {
    "the file that is gone": ("MLmodel", FOLDER["MLmodel"][::-1], False),
    "one of another size": ("MLmodel", b"more than was there", False),
    "one that is still there": ("data/model.pkl", FILE[::-1], True),
    "one more": ("other", b"of a later version", True),
}


@pytest.mark.parametrize(("of", "to"), [("s3", "s3"), ("gs", "gs"), ("blob", "s3"), ("s3", "gs")])
@pytest.mark.parametrize("case", WRITTEN)
def test_a_copy_is_mended_with_what_it_was_alone(
    copies: Copies, case: str, of: str, to: str
) -> None:
    source, uri = f"{BASES[of]}source/1.0/", f"{BASES[to]}mirror/churn/1.0-x/1.0/"
    there_too(copies, of)
    place = "our-models/mirror/churn/1.0-x/1.0/"
    copies.copy(source, uri)
    whole = copies.there(to, place)
    copies.remove(to, f"{place}MLmodel")
    path, content, same = WRITTEN[case]
    copies.put(of, "our-models", f"source/1.0/{path}", content)
    if same:
        assert copies.copy(source, uri)["status"] == "whole"
        assert copies.there(to, place) == whole
        return
    for _ in range(2):
        with pytest.raises(CopyError, match=r"was meant|MLmodel is not there as it was"):
            copies.copy(source, uri)
    found = copies.read(uri, source=source)
    assert found is not None
    assert "MLmodel" in str(found["status"])
    # Who wants what is there now says so.
    for key in copies.there(to, place):
        copies.remove(to, f"{place}{key}")
    copies.remove(to, "our-models/mirror/churn/1.0-x/.model-copy.json")
    assert copies.copy(source, uri)["status"] == "whole"
    assert copies.there(to, place) == {**whole, path: content}


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


def stopped(copies: Copies, uri: str, when: str, stop: Callable[[ModelCopy], None]) -> str:
    """What is said of a copy that is stopped once its progress says so."""
    asked: dict[str, object] = {"source": HUB, "uri": uri}

    async def work() -> None:
        resource = copies.resource()

        async def report(message: str) -> None:
            if when in message:
                stop(resource)

        await resource.create(asked, timeout_seconds=600, report=report)

    with pytest.raises(ProviderError) as error:
        asyncio.run(work())
    return str(error.value)


def broken_off(copies: Copies, monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """Downloads break off after so many, and are gone on with when somebody stops them at last."""
    monkeypatch.setattr(reading, "_FIRST_PAUSE", 600.0)
    with closing(Store(copies.registries.path)) as store:
        store.add_fault(Fault("huggingface:Model", "download", "unreachable", skip=after, count=-1))


def test_what_an_earlier_run_has_copied_is_not_copied_again(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "s3://our-models/mirror/assistant/1/assistant/"
    broken_off(copies, monkeypatch, after=2)
    said = stopped(copies, uri, "2 of 3 files", lambda resource: resource.cancelled.set())
    assert "cancelled, 2 of 3 files" in said
    assert "run `up` again to go on" in said
    assert len(copies.there("s3", "our-models/mirror/")) == 2
    with closing(Store(copies.registries.path)) as store:
        store.clear_faults()
    downloads = copies.registries.asked("*").count("huggingface:download")
    copies.copy(HUB, uri)
    assert copies.registries.asked("*").count("huggingface:download") == downloads + 1
    assert len(copies.there("s3", "our-models/mirror/")) == 4


def test_what_takes_too_long_says_so(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_off(copies, monkeypatch, after=0)
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("provider.mirror.model_copy.time", clock)
    uri = "s3://our-models/mirror/a/1/assistant/"
    said = stopped(copies, uri, "0 of 3 files", lambda _: now.append(now.pop() + 600.0))
    assert "not done after 600 s, 0 of 3 files" in said
    assert "raise `timeoutSeconds`" in said
    assert copies.there("s3", "our-models/mirror/") == {}


def test_nothing_goes_on_for_an_engine_that_is_gone(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its call is cancelled, and with it what copies: the next run would copy the same."""
    broken_off(copies, monkeypatch, after=2)
    ended, copied_there = threading.Event(), copying.copied

    def watched(*given: Any) -> Manifest:  # noqa: ANN401 - passed on
        try:
            return copied_there(*given)
        finally:
            ended.set()

    monkeypatch.setattr(copying, "copied", watched)

    async def work() -> None:
        begun = asyncio.Event()

        async def report(message: str) -> None:
            if "2 of 3 files" in message:
                begun.set()

        inputs: dict[str, object] = {
            "source": HUB,
            "uri": "s3://our-models/mirror/assistant/1/assistant/",
        }
        call = asyncio.create_task(
            copies.resource().create(inputs, timeout_seconds=600, report=report)
        )
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(work())
    assert ended.is_set()


# What is asked to be copied to where, a part of what is said, and of the way out.
REFUSED: Final[dict[str, tuple[str, str, str, str]]] = {
    "no bucket": (HUB, "s3://nobodys/m/1/a/", "NoSuchBucket", "correct its name"),
    "no container": (
        HUB,
        "https://ourmodels.blob.core.windows.net/nobodys/m/1/a/",
        "ContainerNotFound",
        "correct its name",
    ),
    "no blob": (
        "https://ourmodels.blob.core.windows.net/our-models/none",
        "s3://our-models/m/1/none",
        "nothing at none",
        "Correct",
    ),
    "no bucket there": (HUB, "gs://nobodys/m/1/a/", "bucket does not exist", "correct its name"),
    "no source": ("s3://our-models/none", "s3://our-models/m/1/none", "nothing at none", "Correct"),
    "no object": ("gs://our-models/none", "s3://our-models/m/1/none", "nothing at none", "Correct"),
    "no bucket here": ("s3://nobodys/a", "s3://our-models/m/1/a", "NoSuchBucket", "Make it"),
    "gated": (
        f"hf://example/assistant-gated@{COMMITS[0]}",
        "s3://our-models/m/1/a/",
        "is gated",
        "HF_TOKEN",
    ),
    "no commit": (
        f"hf://example/assistant@{'0' * 40}",
        "s3://our-models/m/1/a/",
        "no branch",
        "Name",
    ),
}
UNSAFE: Final = {
    f"hf://example/remote-code@{COMMITS[0]}": "brings code of its own",
    f"hf://example/pickled@{COMMITS[0]}": "no file of safetensors or ONNX",
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_copied_is_told_before(copies: Copies, case: str) -> None:
    source, uri, said, way_out = REFUSED[case]
    fits: dict[str, object] = {"source": HUB, "uri": "s3://our-models/mirror/x/1/a/"}
    found, other = copies.look({"source": source, "uri": uri}, fits)
    assert found["problem"] == "refused"
    assert said in found["said"]
    assert way_out in found["wayOut"]
    assert other["there"] is False
    assert other["fileCount"] == 3
    with pytest.raises(ProviderError, match=said):
        copies.copy(source, uri)


@pytest.mark.parametrize(("source", "said"), UNSAFE.items(), ids=UNSAFE)
def test_files_that_run_code_are_not_copied(copies: Copies, source: str, said: str) -> None:
    uri = "s3://our-models/mirror/x/1/a/"
    (found,) = copies.look({"source": source, "uri": uri})
    assert found["problem"] == "unsafe"
    assert said in found["said"]
    with pytest.raises(CopyError, match=said):
        copies.copy(source, uri)
    assert copies.there("s3", "our-models/mirror/") == {}


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


def test_a_place_that_holds_another_copy(copies: Copies) -> None:
    uri = "s3://our-models/mirror/churn/1/1.0/"
    copies.copy("s3://our-models/source/1.0/", uri)
    there_too(copies, "gs")
    other: dict[str, object] = {"source": "gs://our-models/source/1.0/", "uri": uri}
    (found,) = copies.look(other)
    assert "it is one of s3://our-models/source/1.0/" in found["said"]
    with pytest.raises(CopyError, match="it is one of"):
        copies.copy(str(other["source"]), uri)
    read = copies.read(uri, **other)
    assert read is not None
    assert read["status"] == "it is a copy of s3://our-models/source/1.0/"


def test_a_manifest_that_is_none(copies: Copies) -> None:
    uri = "s3://our-models/mirror/churn/1/1.0/"
    for content in (b"{}", b"[]", b"\xff", b'{"format": 2}'):
        copies.put("s3", "our-models", "mirror/churn/1/.model-copy.json", content)
        with pytest.raises(CopyError, match="no manifest of this version"):
            copies.read(uri)


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
