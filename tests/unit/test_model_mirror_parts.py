"""What a copy is made of: files that are read on where they break, inputs, and where copies are."""

import base64
import threading
from pathlib import Path
from typing import Final
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.model_mirror import Place, copied, copy_uri, manifest_key, place
from provider.mirror import reading
from provider.mirror.model_copy_inputs import SCHEMA, changes, check
from provider.mirror.protocol import BrokenOffError, CopyError, Progress, StoppedError
from provider.mirror.reading import Reading
from provider.mirror.s3 import S3Store
from provider.values import UNKNOWN
from tests.unit.model_copies import BASES, FILE, HUB, sha256


class _Broken:
    """Gives pieces of any size, and breaks off."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._content, self._sizes = content, sizes

    def read(self, size: int, /) -> bytes:
        if not self._sizes:
            raise BrokenOffError("gone")
        piece, self._content = (
            self._content[: min(size, self._sizes[0])],
            self._content[min(size, self._sizes.pop(0)) :],
        )
        return piece

    def close(self) -> None:
        pass


@given(
    content=st.binary(min_size=0, max_size=400),
    runs=st.lists(st.lists(st.integers(1, 50), max_size=6), max_size=30),
    part=st.integers(1, 120),
)
def test_a_file_is_read_whole_however_it_comes(
    content: bytes, runs: list[list[int]], part: int
) -> None:
    waiting = [*runs]
    progress = Progress()
    progress.pause = lambda seconds: None  # type: ignore[method-assign] # noqa: ARG005
    # Six ends without a byte are one too many, that of a run with some among them.
    empty = 0
    for run in runs:
        empty = 0 if run else empty + 1
        if empty == 5:
            return
    made = Reading(
        lambda offset: _Broken(content[offset:], waiting.pop(0) if waiting else [1] * 400),
        name="m",
        size=len(content),
        digest=sha256(content),
        progress=progress,
    )
    pieces: list[bytes] = []
    while piece := made.read(part):
        pieces.append(piece)
    assert b"".join(pieces) == content
    # A part of an upload has to be full.
    assert all(len(each) == part for each in pieces[:-1])
    assert made.sha256 == sha256(content)


@pytest.mark.parametrize("digest", [sha256(b"other"), f"git-sha1:{'0' * 40}"])
def test_the_last_bytes_are_not_given_of_what_is_wrong(digest: str) -> None:
    made = Reading(
        lambda offset: _Broken(FILE[offset:], [100] * 20),
        name="m",
        size=len(FILE),
        digest=digest,
        progress=Progress(),
    )
    given: list[bytes] = []
    with pytest.raises(CopyError, match="was meant"):  # noqa: PT012 - up to the last one
        while True:
            given.append(made.read(100))
    assert b"".join(given) == FILE[: len(FILE) // 100 * 100][: len(b"".join(given))]
    assert len(b"".join(given)) < len(FILE)


def test_what_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_FIRST_PAUSE", 0.0)
    made = Reading(lambda _: _Broken(b"", []), name="m", size=1, digest="", progress=Progress())
    with pytest.raises(CopyError, match="broke off 6 times"):
        made.read()


def test_what_is_stopped_ends_at_once() -> None:
    progress = Progress()
    waiting = threading.Timer(0.05, progress.stop)
    waiting.start()
    with pytest.raises(StoppedError):
        progress.pause(60)
    with pytest.raises(StoppedError):
        progress.add(1)


def test_a_checksum_of_parts_is_no_digest_of_the_object() -> None:
    digest = sha256(FILE)
    checksum = base64.b64encode(bytes.fromhex(digest.removeprefix("sha256:"))).decode()
    for told, expected in (
        ({"ChecksumSHA256": checksum, "ChecksumType": "FULL_OBJECT"}, digest),
        ({"ChecksumSHA256": checksum}, digest),
        ({"ChecksumSHA256": f"{checksum}-2", "ChecksumType": "COMPOSITE"}, ""),
        ({"ChecksumSHA256": f"{checksum}-2"}, ""),
        ({}, ""),
    ):
        client = Mock()
        client.head_object.return_value = {"ContentLength": 1, **told}
        found = S3Store(client, "models").stored("m")
        assert found is not None
        assert found.sha256 == expected


WRONG: Final[dict[str, tuple[dict[str, object], str]]] = {
    "moves": ({"source": "hf://a/b@main"}, "source"),
    "an image": ({"source": "oci://r.example.com/a:1"}, "source"),
    "without a digest": ({"source": "https://example.com/m.onnx"}, "source"),
    "signed": (
        {"source": "https://example.com/m.onnx?sig=abc", "digest": sha256(b"")},
        "source",
    ),
    "no store": ({"uri": "https://example.com/m"}, "uri"),
    "no path": ({"uri": "s3://our-models"}, "uri"),
    "no digest": ({"digest": "md5:1"}, "digest"),
    "no truth": ({"pickles": "yes"}, "pickles"),
    "no time": ({"timeoutSeconds": 0}, "timeoutSeconds"),
    "no input": ({"from": "s3://a/b"}, "from"),
}
GOOD: Final[dict[str, object]] = {"source": "s3://a/b", "uri": "s3://our-models/m/1/b"}


@pytest.mark.parametrize("case", WRONG)
def test_inputs_that_are_wrong(case: str) -> None:
    more, path = WRONG[case]
    assert check(GOOD)[1] == []
    assert [each for each, _ in check({**GOOD, **more})[1]] == [path]


def test_what_is_not_known_yet_is_not_judged() -> None:
    assert check(dict.fromkeys(SCHEMA["inputProperties"], UNKNOWN))[1] == []


def test_another_source_is_another_copy() -> None:
    state: dict[str, object] = {**GOOD, "status": "whole", "pickles": True}
    assert changes(state, {**GOOD, "timeoutSeconds": 1}) == {}
    assert changes(state, {**GOOD, "source": "s3://a/c"}) == {"source": True}
    assert changes({**state, "status": "x is gone"}, GOOD) == {"status": False}


URIS: Final = {
    "s3://a/m/1.0/": "m/1.0-*/1.0/",
    "s3://a/m/model.tar.gz": "m/1.0-*/model.tar.gz",
    "s3://a/m/.hidden": "m/1.0-*/hidden",
    "s3://a/m?versionId=3/L4": "m/1.0-*/m",
    "gs://a/b/model.onnx#12": "m/1.0-*/model.onnx",
    HUB: "m/1.0-*/assistant/",
    "https://example.com/models/iris%20one.onnx": "m/1.0-*/iris_one.onnx",
    "https://ourmodels.blob.core.windows.net/a/m/1.0/": "m/1.0-*/1.0/",
}


@pytest.mark.parametrize(("source", "expected"), URIS.items(), ids=URIS)
def test_where_a_copy_is(source: str, expected: str) -> None:
    digest = sha256(b"") if "example.com" in source else None
    parsed = copied(source, digest)
    assert parsed is not None
    for mirror in ("s3://our-models", "s3://our-models/", "s3://our-models/a/b/", BASES["blob"]):
        uri = copy_uri(mirror, "m", "1.0", parsed, digest)
        begins, ends = f"{mirror.rstrip('/')}/{expected}".split("*")
        assert uri.startswith(begins)
        assert uri.endswith(ends)
        assert len(uri) == len(begins) + 8 + len(ends)
        at = place(uri)
        assert isinstance(at, Place)
        # The manifest is beside what servers read, and never below it.
        assert not manifest_key(at).startswith(at.key)
        # Another digest is another copy.
        other = copy_uri(mirror, "m", "1.0", parsed, sha256(b"other"))
        assert other != uri


def test_the_files_of_this_project_are_not_copied() -> None:
    for uri in ("file:iris/1.0.0/model.onnx", "image:/models/a", "azureml:a:1", "models:/a/1"):
        assert copied(uri, sha256(b"")) is None


def test_paths_of_a_manifest_at_the_top() -> None:
    assert manifest_key(Place("s3", "a", "model")) == ".model-copy.json"
    assert Path(manifest_key(Place("s3", "a", "m/1/b/"))).parent == Path("m/1")
