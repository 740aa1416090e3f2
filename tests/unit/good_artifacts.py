"""Fifty files as models have them, which must not be refused for what is in them."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import onnx  # pyright: ignore[reportMissingTypeStubs]

from runtime import train_example

__all__ = ["GOOD_ARTIFACTS"]

_CONFORMANCE: Final = Path(str(onnx.__file__)).parent / "backend/test/data/node"
_OPERATORS: Final = ("add", "gemm_default_no_bias", "conv_with_strides_padding", "lstm_defaults")


def _safetensors(length: int, **metadata: str) -> bytes:
    """A file whose header has just so many bytes, as the format pads it."""
    tensor = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    header = json.dumps({"__metadata__": metadata, "w": tensor}).encode().ljust(length)
    return struct.pack("<Q", len(header)) + header + struct.pack("<2f", 1.0, 2.0)


def _zip(entries: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def _tar(mode: str, entries: Mapping[str, bytes], link: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=cast("Any", mode)) as archive:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        if link:
            entry = tarfile.TarInfo("model/latest.bst")
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            archive.addfile(entry)
    return file.getvalue()


def _numpy(array: Any) -> bytes:  # noqa: ANN401 - an array
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _numpy_zip() -> bytes:
    file = io.BytesIO()
    np.savez(file, weights=np.ones((3, 3)), bias=np.zeros(3, dtype="<f4"))
    return file.getvalue()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


_ONNX: Final = train_example.train(train_example.VERSIONS[0])[1]
_LAYERS: Final = [{"class_name": "InputLayer"}, {"class_name": "Dense", "config": {"units": 3}}]
_KERAS: Final = _json({"class_name": "Functional", "config": {"layers": _LAYERS}})
_XGBOOST: Final = _json({"learner": {"objective": {"name": "reg:squarederror"}}, "version": [3]})
_SAVED_MODEL: Final = b"\x08\x01\x12\x40\x0a\x0aserve\x12\x07Const\x12\x06MatMul\x12\x0bPartitioned"
_HDF5: Final = b"\x89HDF\r\n\x1a\n" + b"\0" * 512 + _KERAS

# What it is: its name, its bytes.
GOOD_ARTIFACTS: Final[dict[str, tuple[str, bytes]]] = {
    "ONNX of scikit-learn": ("model.onnx", _ONNX),
    "ONNX without an ending": ("model", _ONNX),
    **{
        f"ONNX, {name}": ("model.onnx", (_CONFORMANCE / f"test_{name}/model.onnx").read_bytes())
        for name in _OPERATORS
    },
    # Lengths that look as the marks of pickles, of protocol 2 to 5, and of others.
    **{
        f"safetensors, header of {length}": ("model.safetensors", _safetensors(length))
        for length in (0x0280, 0x0380, 0x0480, 0x0580, 0x5A4D, 0x78 + 0x9C00, 0x63, 200)
    },
    "safetensors with metadata": ("a.safetensors", _safetensors(0, format="pt", note="pickle")),
    "a configuration": ("config.json", _json({"model_type": "qwen2", "architectures": ["Qwen2"]})),
    "an empty auto_map": ("config.json", _json({"model_type": "bert", "auto_map": {}})),
    "code that is not trusted": ("config.json", _json({"trust_remote_code": False})),
    "a tokenizer": ("tokenizer.json", _json({"model": {"vocab": {"auto_map_": 1, "Lambda": 2}}})),
    "a chat template": ("tokenizer_config.json", _json({"chat_template": "{{ messages }}"})),
    "an index of weights": ("m.safetensors.index.json", _json({"weight_map": {"a": "b"}})),
    "a configuration that is cut off": ("config.json", b'{"auto_map": {"A'),
    "Keras' configuration": ("config.json", _KERAS),
    "XGBoost, JSON": ("model.json", _XGBOOST),
    "XGBoost, UBJSON": ("model.ubj", b"{L\0\0\0\0\0\0\0\x07learner{L\0\0\0\0\0\0\0\x01a}}"),
    "XGBoost, its first format": ("model.bst", b"binf" + struct.pack("<f", 0.5) + b"\0" * 64),
    "LightGBM": ("model.txt", b"tree\nversion=v4\nnum_class=1\n\nTree=0\nnum_leaves=31\n"),
    "CatBoost": ("model.cbm", b"CBM1" + b"\0" * 64),
    "GGUF": ("model.gguf", b"GGUF\x03\0\0\0" + b"\0" * 64),
    "TensorFlow Lite": ("model.tflite", b"\x1c\0\0\0TFL3" + b"\0" * 64),
    "TensorFlow's SavedModel": ("1/saved_model.pb", _SAVED_MODEL),
    "TensorFlow's variables": ("variables.index", b"\0\0\0\x08\x01\x12\0" + b"\0" * 64),
    "Keras, HDF5": ("model.h5", _HDF5),
    "Keras, HDF5 weights alone": ("model.weights.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 64),
    "Keras": ("model.keras", _zip({"config.json": _KERAS, "model.weights.h5": _HDF5})),
    "skops": (
        "model.skops",
        _zip(
            {
                "schema.json": _json(
                    {"__class__": "LogisticRegression", "__loader__": "ObjectNode"}
                ),
                "1.npy": _numpy(np.ones(3)),
            },
            zipfile.ZIP_DEFLATED,
        ),
    ),
    "NumPy": ("weights.npy", _numpy(np.ones((2, 2)))),
    "NumPy records": ("w.npy", _numpy(np.zeros(2, dtype=[("O", "<f8"), ("name", "<U4")]))),
    "NumPy arrays": ("weights.npz", _numpy_zip()),
    "a tar file": ("model.tar", _tar("w", {"model.bst": b"binf", "config.json": _XGBOOST})),
    "a tar file, gzip": ("model.tar.gz", _tar("w:gz", {"xgboost-model": _XGBOOST})),
    "a tar file, bzip2": ("model.tar.bz2", _tar("w:bz2", {"a/model.onnx": _ONNX})),
    "a tar file, xz": ("model.tar.xz", _tar("w:xz", {"./model.onnx": _ONNX})),
    "a link within": ("m.tar", _tar("w", {"model/1.bst": b"binf"}, "../model/1.bst")),
    "a folder, zip": ("m.zip", _zip({"a/": b"", "a/model.onnx": _ONNX, "a..b/x": b"1"})),
    "gzip": ("model.onnx.gz", gzip.compress(_ONNX)),
    "bzip2": ("model.onnx.bz2", bz2.compress(_ONNX)),
    "xz": ("model.onnx.xz", lzma.compress(_ONNX)),
    "zlib": ("model.onnx.z", zlib.compress(_ONNX)),
    # Words that begin as opcodes of pickles do.
    "a vocabulary": ("vocab.txt", b"c\nat\nconfig\nvalue\nI\n1\n(\n.\n" * 400),
    "merges": ("merges.txt", b"#version: 0.2\nc a\n\xc4\xa0 t\n" * 50),
    "SentencePiece": ("tokenizer.model", b"\n\x0e\n\x05<unk>\x15\0\0\0\0\x18\x02" * 40),
    "PMML": ("model.pmml", b'<?xml version="1.0"?><PMML version="4.4"/>'),
    "nothing": ("empty", b""),
}
