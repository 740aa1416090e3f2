"""Tells pickles, also compressed ones, by their opcodes; nothing is unpickled.

No list of harmless imports is kept: scanners that kept one were passed by again and again. Sources,
read 2026-11-27: https://docs.python.org/3/library/pickletools.html (`genops` executes nothing);
https://joblib.readthedocs.io/en/stable/persistence.html (what joblib compresses by).
"""

import bz2
import lzma
import pickletools
import zlib
from typing import Any, Final, Protocol

__all__ = ["HEAD_BYTES", "is_pickle", "unpacked"]

HEAD_BYTES: Final = 64 * 1024
"""How much of a file is looked at for what it is."""
_PROTOCOLS: Final = tuple(b"\x80" + bytes([version]) for version in range(2, 6))
_BINARY: Final = 2
# Opcodes by which a pickle names what is imported, and those that end one.
_IMPORTS: Final = frozenset({"GLOBAL", "INST", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4"})
_ZLIB: Final = tuple(b"x" + bytes([level]) for level in (0x01, 0x5E, 0x9C, 0xDA))
_PACKED: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x5d\x00\x00": "lzma",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x28\xb5\x2f\xfd": "zstd",
    **dict.fromkeys(_ZLIB, "zlib"),
}


def is_pickle(head: bytes) -> bool:
    """Whether a file that begins so is a pickle that imports something, or one of protocol 2 on.

    Pickles of the protocols 0 and 1 have no mark: those are read to the end of the head.
    """
    if head.startswith(_PROTOCOLS) and _decodes(head):
        return True
    imports = False
    try:
        for opcode, _, _ in pickletools.genops(head):
            imports = imports or opcode.name in _IMPORTS
            if opcode.name == "STOP":
                return imports
    except Exception:  # noqa: BLE001 - many kinds, for what is no pickle; and where the head ends
        return imports and len(head) == HEAD_BYTES
    return False


def _decodes(head: bytes) -> bool:
    """Whether an opcode follows the mark: a header of safetensors can have its bytes as length."""
    try:
        found = pickletools.genops(head)
        return next(found)[0].name == "PROTO" and bool(next(found))
    except Exception:  # noqa: BLE001 - as above
        return len(head) == _BINARY


class _Decompressor(Protocol):
    def __call__(self) -> Any:  # noqa: ANN401 - the standard library's have no common type
        """A new one."""
        ...


_DECOMPRESSORS: Final[dict[str, _Decompressor]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "zlib": zlib.decompressobj,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
    "lzma": lzma.LZMADecompressor,
}


def unpacked(head: bytes) -> tuple[str, bytes | None] | None:
    """By what a file is compressed, and the beginning of what is in it; None for what is not.

    The beginning is None where the standard library does not read it.
    """
    kind = next((name for mark, name in _PACKED.items() if head.startswith(mark)), "")
    if not kind:
        return None
    if kind not in _DECOMPRESSORS:
        return kind, None
    try:
        # Bounded, whatever it would grow to.
        return kind, _DECOMPRESSORS[kind]().decompress(head, HEAD_BYTES)
    except (zlib.error, OSError, lzma.LZMAError, EOFError):
        # Of two bytes alone nobody can tell: it begins so and is no such stream.
        return None
