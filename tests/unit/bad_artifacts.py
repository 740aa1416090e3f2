"""Files that are no model to serve; those that can run code would make a marker file if loaded."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final, cast

import joblib  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
from onnx import TensorProto, helper  # pyright: ignore[reportMissingTypeStubs]

__all__ = ["BAD_ARTIFACTS", "MARKER"]

# Where a pickle of this corpus would write; relative to the working directory of who loads it.
MARKER: Final = "loaded-by-mistake"


class _Marker:
    """Whoever unpickles it makes a folder."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, (MARKER,)


def _pickled(protocol: int) -> bytes:
    return pickle.dumps(_Marker(), protocol=protocol)


def _joblib(compress: Any) -> bytes:  # noqa: ANN401 - joblib has no types
    file = io.BytesIO()
    cast(Any, joblib).dump({"model": _Marker()}, file, compress=compress)
    return file.getvalue()


def _zip(**entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def _zip_slip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../model.onnx", b"out of its folder")
        archive.writestr("/tmp/model.onnx", b"anywhere")  # noqa: S108 - what is to be refused
    return file.getvalue()


def _tar(mode: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=cast(Any, mode)) as archive:
        for name in ("model.onnx", "../../slipped"):
            entry = tarfile.TarInfo(name)
            entry.size = 4
            archive.addfile(entry, io.BytesIO(b"none"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return file.getvalue()


def _numpy(*, objects: bool) -> bytes:
    file = io.BytesIO()
    array = np.array([_Marker()], dtype=object) if objects else np.zeros(3)
    np.save(file, array, allow_pickle=objects)
    return file.getvalue()


def _safetensors() -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(header)) + header + b"\0\0\0\0"


def _graph(*, external: str = "", domain: str = "", op: str = "Identity") -> bytes:
    """An ONNX file, whole by its fields, that asks for something outside of itself."""
    api = cast(Any, helper)
    weights: Any = TensorProto()
    weights.name, weights.data_type = "w", TensorProto.FLOAT
    weights.dims.extend([2])
    if external:
        weights.data_location = TensorProto.EXTERNAL
        for key, value in (("location", external), ("length", "8")):
            entry = weights.external_data.add()
            entry.key, entry.value = key, value
    else:
        weights.float_data.extend([1.0, 2.0])
    ends = [api.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in "xy"]
    nodes = [
        api.make_node(op, ["x"], ["z"], domain=domain),
        api.make_node("Add", ["z", "w"], ["y"]),
    ]
    graph = api.make_graph(nodes, "bad", ends[:1], ends[1:], [weights])
    opsets = [api.make_opsetid("", 18), *([api.make_opsetid(domain, 1)] if domain else [])]
    return api.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


_MODULE: Final = f"import os\nos.mkdir({MARKER!r})\n".encode()
_CONFIG: Final = json.dumps({"auto_map": {"AutoModel": "modeling.Model"}}).encode()
_KERAS: Final = json.dumps({"config": {"layers": [{"class_name": "Lambda"}]}}).encode()
_PAGE: Final = b"<!DOCTYPE html><html><body>Sign in</body></html>"
_POINTER: Final = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
_ERROR: Final = b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'

# By what it is, its bytes and what the refusal says.
BAD_ARTIFACTS: Final[dict[str, tuple[bytes, str]]] = {
    "nothing": (b"", "it is no ONNX model"),
    **{f"pickle {number}": (_pickled(number), "a pickle") for number in range(2, 6)},
    "pickle 0": (_pickled(0), "it is no ONNX model"),
    "pickle 1": (_pickled(1), "it is no ONNX model"),
    "joblib": (_joblib(0), "a pickle"),
    "joblib, zlib": (_joblib(("zlib", 3)), "compressed by zlib"),
    "joblib, zlib 1": (_joblib(("zlib", 1)), "compressed by zlib"),
    "joblib, gzip": (_joblib(("gzip", 3)), "compressed by gzip"),
    "joblib, bz2": (_joblib(("bz2", 3)), "compressed by bzip2"),
    "joblib, xz": (_joblib(("xz", 3)), "compressed by xz"),
    "PyTorch": (_zip(archive__data_pkl=_pickled(2), archive__version=b"3"), "a zip archive"),
    "PyTorch before 1.6": (pickle.dumps(0x1950A86A20F9469CFC6C, 2) + _pickled(2), "a pickle"),
    "TorchScript": (_zip(code____torch___py=_MODULE, constants_pkl=_pickled(2)), "a zip archive"),
    "Keras with a Lambda layer": (_zip(config_json=_KERAS), "a zip archive"),
    "Keras, HDF5": (b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "HDF5"),
    "NumPy": (_numpy(objects=False), "a NumPy array"),
    "NumPy objects": (_numpy(objects=True), "a NumPy array"),
    "zip slip": (_zip_slip(), "a zip archive"),
    "empty zip": (_zip(), "an empty zip archive"),
    "zip of a model": (_zip(model_onnx=_graph()), "a zip archive"),
    "tar slip": (_tar("w"), "a tar archive"),
    "tar slip, gzip": (_tar("w:gz"), "compressed by gzip"),
    "gzip": (gzip.compress(_graph()), "compressed by gzip"),
    "bzip2": (bz2.compress(_graph()), "compressed by bzip2"),
    "xz": (lzma.compress(_graph()), "compressed by xz"),
    "zlib": (zlib.compress(_graph()), "compressed by zlib"),
    "zstd": (b"\x28\xb5\x2f\xfd" + b"\0" * 16, "compressed by zstd"),
    "safetensors": (_safetensors(), "safetensors"),
    "GGUF": (b"GGUF\x03\0\0\0" + b"\0" * 32, "GGUF"),
    "TensorFlow Lite": (b"\x1c\0\0\0TFL3" + b"\0" * 32, "TensorFlow Lite"),
    "ONNX Runtime's format": (b"\x1c\0\0\0ORTM" + b"\0" * 32, "ONNX Runtime's own format"),
    "a module": (_MODULE, "it is no ONNX model"),
    "a configuration with auto_map": (_CONFIG, "JSON"),
    "a page": (_PAGE, "HTML or XML"),
    "an error of S3": (_ERROR, "HTML or XML"),
    "a pointer": (_POINTER, "Git LFS"),
    "a program": (b"\x7fELF\x02\x01\x01" + b"\0" * 64, "a program"),
    "a Windows program": (b"MZ\x90\0" + b"\0" * 64, "a program"),
    "a script": (b"#!/bin/sh\nmkdir " + MARKER.encode() + b"\n", "it is no ONNX model"),
    "zeros": (b"\0" * 1000, "it is no ONNX model"),
    "text": (b"a model, it said\n" * 50, "it is no ONNX model"),
    "trailing bytes": (_graph() + b"\xff\xff\xff", "it is no ONNX model"),
    "a pickle after a model": (_graph() + _pickled(4), "it is no ONNX model"),
    "cut off": (_graph()[:-1], "it is cut off"),
    "cut off in half": (_graph()[: len(_graph()) // 2], "it is cut off"),
    "weights above": (_graph(external="../secret"), "cannot be loaded: Fail"),
    "weights anywhere": (_graph(external="/etc/hostname"), "cannot be loaded: Fail"),
    "weights of others": (_graph(external="secret"), "cannot be loaded"),
    "an operator of Python": (
        _graph(domain="ai.onnx.contrib", op="PyOp"),
        "cannot be loaded",
    ),
    "an unknown operator": (_graph(op="RunCommand"), "cannot be loaded"),
}
