"""What runs code when it is loaded is told by its bytes, whatever it is called; nothing else is."""

import gzip
import io
import json
import os
import pickle
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.model_content import archives
from facts.model_content.archives import TooLargeError
from facts.model_content.readable import LocalFile, as_file
from facts.model_content.why_unsafe import why_unsafe
from tests.unit.bad_artifacts import BAD_ARTIFACTS, MARKER
from tests.unit.good_artifacts import GOOD_ARTIFACTS

_PICKLE: Final = "a pickle, which runs code"


class _Marker:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (MARKER,)


def _zip(name: str, content: bytes = b"", *, mode: int = 0, method: int = 0) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr, entry.compress_type = mode << 16, method
        archive.writestr(entry, content)
    return file.getvalue()


def _tar(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", content: bytes = b"") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.size = kind, target, len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def _objects(array: Any) -> bytes:  # noqa: ANN401 - an array
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


_RECORDS: Final = np.array([(1, _Marker())], dtype=[("a", "<i4"), ("b", "O")])
_CONFIG: Final = json.dumps({"a": [{"auto_map": {"AutoModel": "m.M"}}]}).encode()
_LAMBDA: Final = json.dumps({"config": {"layers": [{"class_name": "Lambda"}]}}).encode()
_MARSHALLED: Final = json.dumps({"f": {"class_name": "__lambda__", "config": {}}}).encode()
_H5: Final = b"\x89HDF\r\n\x1a\n" + b"\0" * 5_000_000
_GRAPH: Final = b"\x08\x01\x0a\x04save\x12\x09WriteFile\x1a\x04name"
# What it is: the name that hides it, its bytes, what is said.
HIDDEN: Final[dict[str, tuple[str, bytes, str]]] = {
    **{
        f"pickle {number}": ("model.onnx", pickle.dumps(_Marker(), number), _PICKLE)
        for number in range(6)
    },
    "a long pickle of protocol 0": (
        "model.safetensors",
        pickle.dumps([_Marker(), "x" * 100_000], 0),
        _PICKLE,
    ),
    **{
        name: ("model.safetensors", BAD_ARTIFACTS[name][0], said)
        for name, said in {
            "joblib": _PICKLE,
            "joblib, zlib": "compressed by zlib",
            "joblib, zlib 1": "compressed by zlib",
            "joblib, gzip": "compressed by gzip",
            "joblib, bz2": "compressed by bzip2",
            "joblib, xz": "compressed by xz",
            "PyTorch": _PICKLE,
            "PyTorch before 1.6": _PICKLE,
            "TorchScript": _PICKLE,
            "Keras with a Lambda layer": "Keras that is code (Lambda)",
            "NumPy objects": "array of objects",
            "zip slip": "leads out of where it is unpacked, ../../model.onnx",
            "tar slip": "leads out of where it is unpacked, ../../slipped",
            "tar slip, gzip": "leads out of where it is unpacked",
            "a program": "is a program",
            "a Windows program": "is a program",
            "a script": "is a program",
            "a configuration with auto_map": "auto_map",
        }.items()
    },
    "auto_map below": ("processor_config.json", _CONFIG, "auto_map"),
    "code that is trusted": ("config.json", b'{"trust_remote_code": true}', "trust_remote_code"),
    "a function in Keras": ("config.json", _MARSHALLED, "__lambda__"),
    "a Lambda layer in HDF5": ("model.h5", _H5 + _LAMBDA, "layer of Keras that is code"),
    "a Lambda layer, packed": ("model", _zip("config.json", _LAMBDA, method=8), "Lambda"),
    "a graph that writes files": ("saved_model.pb", _GRAPH, "calls WriteFile"),
    "records of objects": ("weights.npy", _objects(_RECORDS), "array of objects"),
    "objects, packed": ("weights.npz", _zip("a.npy", _objects(np.array([{}]))), "of objects"),
    "code, packed": ("model.tar.gz", _tar("code/inference.py"), "code of its own"),
    "compiled code, packed": ("model.zip", _zip("a/b.pyc"), "code of its own"),
    "a pickle, packed": ("model.tar.gz", _tar("x.bin", content=pickle.dumps(_Marker())), _PICKLE),
    "a program, packed": ("model.zip", _zip("helper", b"\x7fELF\x02"), "helper in it is a program"),
    "an absolute path": ("model.tar.gz", _tar("/etc/cron.d/x"), "leads out"),
    "a path of Windows": ("model.zip", _zip("a\\..\\..\\x"), "leads out"),
    "a drive": ("model.zip", _zip("C:x"), "leads out"),
    "a link out": ("m.tar.gz", _tar("a/b", tarfile.SYMTYPE, "../../etc"), "link that leads out"),
    "a link anywhere": ("m.tar.gz", _tar("a", tarfile.SYMTYPE, "/etc/passwd"), "leads out"),
    "a hard link out": ("m.tar.gz", _tar("a/b/c", tarfile.LNKTYPE, "../x"), "leads out"),
    "a link, zip": ("m.zip", _zip("a", b"/etc", mode=stat.S_IFLNK | 0o777), "it has a link"),
    "a device": ("m.tar.gz", _tar("a", tarfile.CHRTYPE), "it has a device"),
    "a pipe": ("m.tar.gz", _tar("a", tarfile.FIFOTYPE), "it has a device"),
    "a zip file that is cut off": ("m.zip", _zip("model.onnx", b"1" * 99)[:60], "cannot be read"),
    "a tar file that is cut off": ("m.tar.gz", _tar("a", content=b"1" * 9999)[:-30], "be read"),
}


@pytest.mark.parametrize(("name", "content", "said"), HIDDEN.values(), ids=HIDDEN)
def test_what_runs_code_is_told_and_not_run(
    name: str, content: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "artifact"
    path.write_bytes(content)
    found = why_unsafe(name, LocalFile(path), pickles=False)
    assert found is not None
    assert found.startswith(name)
    assert said in found
    assert not (tmp_path / MARKER).exists()


def test_the_marker_is_made_by_who_loads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its absence above would say nothing."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(HIDDEN["pickle 4"][1])  # noqa: S301 - our own
    assert (tmp_path / MARKER).is_dir()


def test_there_are_fifty_good_ones() -> None:
    assert len(GOOD_ARTIFACTS) >= 50


@pytest.mark.parametrize(("name", "content"), GOOD_ARTIFACTS.values(), ids=GOOD_ARTIFACTS)
@pytest.mark.parametrize("pickles", [False, True, None])
def test_no_false_refusal(
    name: str, content: bytes, tmp_path: Path, *, pickles: bool | None
) -> None:
    path = tmp_path / "artifact"
    path.write_bytes(content)
    assert why_unsafe(name, LocalFile(path), pickles=pickles) is None


def test_no_false_refusal_of_any_operator() -> None:
    """The conformance models that the onnx package brings."""
    models = Path(str(onnx.__file__)).parent.glob("backend/test/data/**/*.onnx")
    found = [why_unsafe(each.name, LocalFile(each), pickles=False) for each in models]
    assert len(found) > 1000
    assert set(found) == {None}


PICKLES: Final = (
    "pickle 2",
    "joblib",
    "joblib, zlib",
    "PyTorch",
    "NumPy objects",
    "objects, packed",
)


@pytest.mark.parametrize("kind", PICKLES)
def test_servers_that_load_pickles(kind: str, tmp_path: Path) -> None:
    """Of a pickle no reason is left; of what is beside it there is."""
    path = tmp_path / "artifact"
    path.write_bytes(HIDDEN[kind][1])
    assert why_unsafe("model.pkl", LocalFile(path), pickles=True) is None
    path.write_bytes(HIDDEN["code, packed"][1])
    assert why_unsafe("model.tar.gz", LocalFile(path), pickles=True)


def test_where_nobody_says_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "artifact"
    for kind, (name, content, _) in HIDDEN.items():
        path.write_bytes(content)
        told = why_unsafe(name, LocalFile(path), pickles=None) is not None
        archive = "lead" in HIDDEN[kind][2] or kind in {
            *("a link, zip", "a device", "a pipe"),
            *("a zip file that is cut off", "a tar file that is cut off"),
        }
        assert told == archive, kind


def test_archives_that_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_GROWN_BYTES", 1_000_000)
    path = tmp_path / "artifact"
    for content in (_zip("a", b"\0" * 2_000_000, method=8), _tar("a", content=b"\0" * 2_000_000)):
        path.write_bytes(content)
        assert "would grow" in (why_unsafe("a", LocalFile(path), pickles=True) or "")


def test_a_large_tar_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_BYTES", 100)
    path = tmp_path / "artifact"
    path.write_bytes(_tar("a", content=os.urandom(200)))
    with pytest.raises(TooLargeError, match="more than"):
        why_unsafe("model.tar.gz", LocalFile(path), pickles=False)


@given(content=st.binary(max_size=400), name=st.sampled_from(["a.onnx", "a.json", "a.zip"]))
def test_any_bytes_are_answered(
    content: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also such as begin as an archive, a stream or a pickle does."""
    path = tmp_path_factory.getbasetemp() / "any-bytes"
    for begin in (b"", b"PK\x03\x04", gzip.compress(b"x")[:10], b"\x80\x04", b"\x93NUMPY\x01\0"):
        path.write_bytes(begin + content)
        why_unsafe(name, LocalFile(path), pickles=False)


def test_a_file_from_its_middle(tmp_path: Path) -> None:
    path = tmp_path / "artifact"
    path.write_bytes(bytes(range(100)))
    file = as_file(LocalFile(path))
    assert (file.seek(-3, io.SEEK_END), file.read()) == (97, b"abc")
    assert (file.seek(5), file.read(2), file.tell()) == (5, b"\x05\x06", 7)
    with pytest.raises(OSError, match=r"before|[Ii]nvalid"):
        file.seek(-1)
