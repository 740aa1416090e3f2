"""Tells an ONNX file from everything else, before anything of it is loaded.

Formats that run code when they are loaded (pickle and what is made of it) and archives are named,
so that whoever put them there knows what to do. Of the file's outermost fields only tags and
lengths are read; https://protobuf.dev/programming-guides/encoding/ has the encoding, and
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto the fields of `ModelProto`.
"""

import os
from pathlib import Path
from typing import BinaryIO, Final

from runtime.errors import LoadError

__all__ = ["check"]

_CONVERT: Final = "convert the model to ONNX"
_UNPACK: Final = "give the ONNX file itself"
_PICKLE: Final = "a pickle, which can run any code when it is loaded"
# Where a format has its mark, the mark, what it is and the way out.
_MARKS: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    *((0, b"\x80" + bytes([version]), _PICKLE, _CONVERT) for version in range(2, 6)),
    (0, b"PK\x03\x04", "a zip archive, as PyTorch, Keras and NumPy make them", _CONVERT),
    (0, b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (0, b"\x1f\x8b", "compressed by gzip", _UNPACK),
    (0, b"BZh", "compressed by bzip2", _UNPACK),
    (0, b"\xfd7zXZ", "compressed by xz", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "compressed by zstd", _UNPACK),
    *(
        (0, b"x" + bytes([level]), "compressed by zlib, as joblib makes them", _CONVERT)
        for level in (0x01, 0x5E, 0x9C, 0xDA)
    ),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"\x89HDF", "HDF5, as Keras makes them", _CONVERT),
    (0, b"\x93NUMPY", "a NumPy array", _CONVERT),
    (0, b"GGUF", "GGUF", "serve it with a server of language models"),
    (4, b"TFL3", "a TensorFlow Lite model", _CONVERT),
    (4, b"ORTM", "in ONNX Runtime's own format", "give the ONNX file it was made from"),
    (8, b'{"', "in the format of safetensors", _CONVERT),
    (0, b"\x7fELF", "a program", _CONVERT),
    (0, b"MZ", "a program", _CONVERT),
    (0, b"version https://git-lfs", "a pointer of Git LFS", "give the file that it stands for"),
    (0, b"<", "a page of HTML or XML", "look at what the address answers"),
    (0, b"{", "JSON", _CONVERT),
)
_IR_VERSION: Final = 1
_GRAPH: Final = 7
_OPSETS: Final = 8
_VARINT: Final = 0
_EIGHT_BYTES: Final = 1
_LENGTH: Final = 2
_FOUR_BYTES: Final = 5
# Metadata and functions repeat; more of them than this is no model.
_MAX_FIELDS: Final = 100_000


def check(path: Path, name: str = "") -> None:
    """Refuse a file that is no whole ONNX model; errors call it `name`.

    Raises:
        LoadError: It cannot be read, is something else, or is cut off.
    """
    name = name or path.name
    try:
        with path.open("rb") as file:
            start = file.read(512)
            for place, mark, what, way_out in _MARKS:
                if start.startswith(mark, place):
                    raise LoadError(f"{name} is {what}; {way_out}")
            file.seek(0)
            found = _fields(file, path.stat().st_size, name)
    except OSError as error:
        raise LoadError(f"{name} cannot be loaded: {error.strerror}") from error
    if not {(_IR_VERSION, _VARINT), (_GRAPH, _LENGTH), (_OPSETS, _LENGTH)} <= found:
        raise LoadError(f"{name} cannot be loaded: it is no ONNX model; {_CONVERT}")


def _fields(file: BinaryIO, size: int, name: str) -> set[tuple[int, int]]:
    """Number and kind of each outermost field."""
    found: set[tuple[int, int]] = set()
    for _ in range(_MAX_FIELDS):
        if file.tell() == size:
            return found
        tag = _varint(file)
        if tag is None or tag >> 3 == 0:
            return set()
        kind = tag & 7
        if kind == _VARINT:
            length = 0 if _varint(file) is not None else None
        elif kind == _LENGTH:
            length = _varint(file)
        else:
            length = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(kind)
        if length is None:
            return set()
        if file.tell() + length > size:
            if (_IR_VERSION, _VARINT) in found:
                raise LoadError(f"{name} cannot be loaded: it is cut off, at {size} bytes")
            return set()
        file.seek(length, os.SEEK_CUR)
        found.add((tag >> 3, kind))
    return set()


def _varint(file: BinaryIO) -> int | None:
    """A number of at most ten bytes; None where there is none."""
    value = 0
    for place in range(10):
        byte = file.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:  # noqa: PLR2004 - the bit that says that more bytes follow
            return value
    return None
