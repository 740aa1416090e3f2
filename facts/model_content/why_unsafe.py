"""Why a file of a model is not to be loaded, by what it is and not by what it is called.

Names are judged in `facts/model_files.py`; here a pickle that is called `model.onnx` is told, and
a configuration that names classes to import. What is not told is not known to be harmless: a graph
of TensorFlow is a program. Sources, read 2026-11-27:
https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md (models are programs);
https://huggingface.co/docs/transformers/models#custom-models (`auto_map`);
https://keras.io/api/layers/core_layers/lambda/ (code within a layer);
https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html (objects are pickled);
https://github.com/huggingface/safetensors#format.
"""

import ast
import json
import re
import struct
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, cast

from facts.model_content.archives import in_tar, in_zip
from facts.model_content.pickles import HEAD_BYTES, is_pickle, unpacked
from facts.model_content.readable import Readable
from facts.model_files import CODE, PICKLES

__all__ = ["why_unsafe"]

_MOST_JSON: Final = 4 * 1024 * 1024
# Configurations are at the beginning of a file, and of HDF5 somewhere in it.
_MOST_SCANNED: Final = 256 * 1024 * 1024
_PIECE_BYTES: Final = 4 * 1024 * 1024
_OVERLAP_BYTES: Final = 256
_PICKLE: Final = "a pickle, which runs code when it is loaded"
_PROGRAMS: Final = (b"\x7fELF", b"MZ", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_HDF5: Final = b"\x89HDF"
_NUMPY: Final = b"\x93NUMPY"
_TAR: Final = (slice(257, 262), b"ustar")
# A length of eight bytes, and JSON after it.
_SAFETENSORS: Final = 8
# Layers by which a Keras model brings code, or loads what torch.load unpickles.
_KERAS_CODE: Final = frozenset({"Lambda", "TorchModuleWrapper", "__lambda__"})
_KERAS_OF_HDF5: Final = re.compile(rb'"class_name"\s*:\s*"(Lambda|TorchModuleWrapper|__lambda__)"')
_KERAS: Final = "it has a layer of Keras that is code"
# Operations that reach files or call Python, as `NodeDef.op` (field 2) spells them.
_TENSORFLOW: Final = re.compile(
    b"|".join(
        b"\x12" + re.escape(bytes([len(name)])) + name
        for name in (b"ReadFile", b"WriteFile", b"PyFunc", b"PyFuncStateless", b"EagerPyFunc")
    )
)
# Major version, minor version, and the length of the header in two bytes, or from 2.0 on in four.
_NUMPY_LENGTHS: Final = {1: "<H", 2: "<I", 3: "<I"}


def why_unsafe(name: str, file: Readable, *, pickles: bool | None) -> str | None:
    """Why a file is not to be loaded; None where nothing is known against it.

    `pickles`: what serves it loads pickles, which are no reason then; None where nobody says what
    it loads: of archives it is told then what leads out of where they are unpacked, and no more.

    Raises:
        TooLargeError: It is packed, and too large to be listed.
    """
    head = file.read_at(0, HEAD_BYTES)
    said = _leads_out(file, head) if pickles is None else _said(name, file, head, pickles=pickles)
    if said is None:
        return None
    return f"{name} is {said[6:]}" if said.startswith("it is ") else f"{name}: {said}"


def _leads_out(file: Readable, head: bytes) -> str | None:
    """What there is against an archive, whatever is in it."""
    if head.startswith(_ZIP):
        return in_zip(file, None)
    inner = (unpacked(head) or ("", None))[1]
    return in_tar(file, None) if _is_tar(head) or _is_tar(inner or b"") else None


def _said(name: str, file: Readable, head: bytes, *, pickles: bool) -> str | None:
    def member(path: str, beginning: bytes) -> str | None:
        return _of_member(path, beginning, pickles=pickles)

    kind, inner = unpacked(head) or ("", None)
    said: str | None
    if head.startswith(_ZIP):
        said = in_zip(file, member)
    elif _is_tar(head) or _is_tar(inner or b""):
        said = in_tar(file, member)
    elif kind:
        pickled = inner is not None and not pickles and is_pickle(inner)
        said = f"it is {_PICKLE}, compressed by {kind}" if pickled else None
    elif _is_json(name, head):
        said = _of_json(_whole(file, head))
    elif head.startswith(_HDF5):
        said = _KERAS if next(_matches(file, _KERAS_OF_HDF5), None) else None
    elif PurePosixPath(name).name == "saved_model.pb":
        said = _of_tensorflow(file)
    elif _is_safetensors(head, file.size):
        said = None
    else:
        said = _of_head(head, pickles=pickles)
    return said


def _whole(file: Readable, head: bytes) -> bytes:
    """A configuration; what is as large as weights is none."""
    if file.size <= len(head):
        return head
    return file.read_at(0, _MOST_JSON) if file.size <= _MOST_JSON else b""


def _of_member(name: str, head: bytes, *, pickles: bool) -> str | None:
    """What there is against a member of an archive, by its name and its beginning."""
    ending = PurePosixPath(name).suffix.lower()
    said = None
    if ending in CODE:
        said = f"it brings code of its own ({name})"
    elif ending in PICKLES and not pickles:
        said = f"it is {_PICKLE}"
    elif _is_json(name, head):
        said = _of_json(head)
    elif head.startswith(_HDF5):
        said = _KERAS if _KERAS_OF_HDF5.search(head) else None
    else:
        said = _of_head(head[:HEAD_BYTES], pickles=pickles)
    return said.replace("it is", f"{name} in it is", 1) if said is not None else None


def _of_head(head: bytes, *, pickles: bool) -> str | None:
    if head.startswith(_PROGRAMS):
        return "it is a program"
    if pickles:
        return None
    if head.startswith(_NUMPY):
        objects = _has_objects(head)
        return "it is a NumPy array of objects, which are pickled" if objects else None
    return f"it is {_PICKLE}" if is_pickle(head) else None


def _has_objects(head: bytes) -> bool:
    """Whether an array's header says so; one that cannot be read may."""
    try:
        form = _NUMPY_LENGTHS[head[len(_NUMPY)]]
        begin = len(_NUMPY) + 2
        (length,) = struct.unpack_from(form, head, begin)
        begin += struct.calcsize(form)
        header = ast.literal_eval(head[begin : begin + length].decode("latin-1"))
        return _is_object(header["descr"])
    except (ValueError, SyntaxError, KeyError, IndexError, TypeError, struct.error, RecursionError):
        return True


def _is_object(descr: object) -> bool:
    """Of a description of an array's elements: records have one for each field, after its name."""
    if isinstance(descr, str):
        return descr.lstrip("|=<>").startswith("O")
    fields = cast("list[tuple[object, ...]]", descr)
    return any(_is_object(field[1]) for field in fields)


def _is_tar(head: bytes) -> bool:
    place, mark = _TAR
    return head[place] == mark


def _is_json(name: str, head: bytes) -> bool:
    return PurePosixPath(name).suffix.lower() == ".json" or head.startswith(b"{")


def _is_safetensors(head: bytes, size: int) -> bool:
    """Whether a header follows its length: that can look as the mark of a pickle."""
    if head[_SAFETENSORS : _SAFETENSORS + 1] != b"{":
        return False
    (length,) = struct.unpack("<Q", head[:_SAFETENSORS])
    return length <= size - _SAFETENSORS


def _of_json(text: bytes) -> str | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        # No loader reads it either.
        return None
    for key, value in _entries(found):
        if key == "auto_map" and value:
            return "it names classes to import (auto_map)"
        if key == "trust_remote_code" and value is True:
            return "it trusts code that comes with the model (trust_remote_code)"
        if key == "class_name" and isinstance(value, str) and value in _KERAS_CODE:
            return f"{_KERAS} ({value})"
    return None


def _entries(value: object) -> Iterator[tuple[str, object]]:
    """All keys and values, however deep."""
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            entries = cast("dict[str, object]", each)
            yield from entries.items()
            todo += entries.values()
        elif isinstance(each, list):
            todo += cast("list[object]", each)


def _of_tensorflow(file: Readable) -> str | None:
    found = next(_matches(file, _TENSORFLOW), None)
    return f"its graph calls {found[2:].decode()}, which reaches beyond it" if found else None


def _matches(file: Readable, pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    """All matches of a pattern, piece by piece; what is beyond the bound is not looked at."""
    for at in range(0, min(file.size, _MOST_SCANNED), _PIECE_BYTES):
        piece = file.read_at(at, _PIECE_BYTES + _OVERLAP_BYTES)
        yield from (match.group() for match in pattern.finditer(piece))
