"""`serving publish`: what is published is looked into first, and never written over."""

import hashlib
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from provider.errors import ProviderError
from provider.mirror import places
from provider.mirror.protocol import Stored
from tests.unit.promoting import Answer, command

HOME = "s3://our-models/fraud/1.6.0/"


class Bucket:
    """A store in memory, as `provider.mirror.protocol.Store` says."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.refuses = ""

    def stored(self, key: str) -> Stored | None:
        if self.refuses:
            raise ProviderError(self.refuses)
        if key not in self.objects:
            return None
        content, mark = self.objects[key]
        return Stored(len(content), "etag", mark)

    def stream(self, key: str, reading: Callable[[int], bytes], size: int, identity: str) -> None:
        content = b""
        while part := reading(3):
            content += part
        # boto3 asks without a size for what is left.
        assert cast("Callable[[], bytes]", reading)() == b""
        assert len(content) == size
        self.objects[key] = (content, identity)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    made = Bucket()

    def store_of(*_: object) -> Bucket:
        return made

    monkeypatch.setattr(places, "store_of", store_of)
    return made


@pytest.fixture
def serving(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    return command(monkeypatch, capfd)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_and_the_same_again(
    tmp_path: Path, bucket: Bucket, serving: Callable[..., Answer]
) -> None:
    model = tmp_path / "model.json"
    model.write_bytes(b'{"learner": 1}')
    digest = f"sha256:{sha256(model.read_bytes())}"
    looked = serving("publish", str(model), "--json").told
    assert (looked["digest"], looked["uri"], looked["did"]) == (digest, None, "looked into")
    assert bucket.objects == {}
    told = serving("publish", str(model), f"{HOME}model.json", "--json").told
    assert (told["uri"], told["digest"], told["one_file"]) == (f"{HOME}model.json", digest, True)
    assert bucket.objects == {"fraud/1.6.0/model.json": (model.read_bytes(), digest)}
    again = serving("publish", str(model), f"{HOME}model.json")
    assert (again.code, "there already" in again.out) == (0, True)
    model.write_bytes(b'{"learner": 2}')
    other = serving("publish", str(model), f"{HOME}model.json")
    assert (other.code, "not these bytes" in other.err) == (2, True)
    assert bucket.objects["fraud/1.6.0/model.json"][1] == digest


def test_a_folder_has_the_digest_that_its_documentation_says(
    tmp_path: Path, bucket: Bucket, serving: Callable[..., Answer]
) -> None:
    (tmp_path / "m" / "a").mkdir(parents=True)
    (tmp_path / "m" / "b.json").write_bytes(b"{}")
    (tmp_path / "m" / "a" / "c.txt").write_bytes(b"c")
    told = serving("publish", str(tmp_path / "m"), HOME, "--json").told
    lines = f"{sha256(b'c')}  a/c.txt\n{sha256(b'{}')}  b.json\n"
    assert told["digest"] == f"sha256:{sha256(lines.encode())}"
    assert (told["one_file"], told["files"]) == (False, 2)
    assert set(bucket.objects) == {"fraud/1.6.0/a/c.txt", "fraud/1.6.0/b.json"}


def _pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"weights": [1.0] * 50}))


def _zip_with_code(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("predict.py", "print()")


@pytest.mark.parametrize(
    ("make", "said"),
    [(_pickle, "a pickle"), (_zip_with_code, "brings code of its own")],
    ids=("pickle", "code"),
)
def test_what_runs_code_is_not_published(
    tmp_path: Path,
    bucket: Bucket,
    serving: Callable[..., Answer],
    make: Callable[[Path], None],
    said: str,
) -> None:
    model = tmp_path / "model.onnx"
    make(model)
    refused = serving("publish", str(model), f"{HOME}model.onnx")
    assert refused.code == 5
    assert said in refused.err
    assert bucket.objects == {}


def test_what_a_server_unpickles(
    tmp_path: Path, bucket: Bucket, serving: Callable[..., Answer]
) -> None:
    model = tmp_path / "model.joblib"
    _pickle(model)
    for allowed in (("--framework", "sklearn"), ("--allow-pickles",)):
        assert serving("publish", str(model), f"{HOME}model.joblib", *allowed).code == 0
    assert len(bucket.objects) == 1


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (HOME, "a file, s3://"),
        ("s3://our-models", "allowed"),
        ("file:///tmp/x", "allowed"),
        ("hf://acme/model@main", "allowed"),
    ],
)
def test_places_that_are_none(
    tmp_path: Path, bucket: Bucket, serving: Callable[..., Answer], to: str, said: str
) -> None:
    model = tmp_path / "model.json"
    model.write_text("{}")
    refused = serving("publish", str(model), to)
    assert (refused.code, said in refused.err) == (2, True), refused.err
    assert bucket.objects == {}


def test_a_store_that_refuses_and_files_that_are_none(
    tmp_path: Path, bucket: Bucket, serving: Callable[..., Answer]
) -> None:
    model = tmp_path / "model.json"
    model.write_text(json.dumps({}))
    bucket.refuses = "S3, bucket our-models: no such bucket"
    refused = serving("publish", str(model), f"{HOME}model.json")
    assert (refused.code, "no such bucket" in refused.err) == (1, True)
    assert serving("publish", str(tmp_path / "nothing")).code == 2
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "link").symlink_to("/etc/passwd")
    linked = serving("publish", str(folder))
    assert (linked.code, "has links" in linked.err) == (2, True)
