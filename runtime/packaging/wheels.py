"""Wheels of locked requirements, for the processor and the Python of a function, as one zip."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from runtime.packaging import zips

__all__ = ["PackageError", "wheels"]

# By the vendors' name of the processor, uv's name of a platform. glibc 2.28 is what ONNX Runtime's
# wheels ask for; Lambda's Python 3.12 and later run on Amazon Linux 2023 with 2.34:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_PLATFORMS: Final = {
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}
# Raise it when this module packs the same wheels in another way.
_FORMAT: Final = "2"
# What a function never imports, and what tells of the machine that installed it.
_UNUSED_FOLDERS: Final = frozenset({"__pycache__", "tests", "test", "bin"})
_UNUSED_FILES: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
_UNUSED_SUFFIXES: Final = frozenset({".pyc", ".pyi", ".pxd", ".h", ".a"})
_UNUSED_PACKAGES: Final = (
    "onnxruntime/datasets/",
    "onnxruntime/quantization/",
    "onnxruntime/tools/",
    "onnxruntime/transformers/",
)


class PackageError(Exception):
    """The package cannot be made; the text says why and what to do."""


def wheels(
    path: Path, requirements: Path, architecture: str, python: str, *, prefix: str = ""
) -> None:
    """Write the installed wheels to the zip `path`, in the folder `prefix`, unless they are there.

    Raises:
        PackageError: They cannot be had.
    """
    key = zips.digest(_FORMAT, architecture, python, prefix, requirements.read_bytes())
    if zips.comment(path) == key:
        return
    with tempfile.TemporaryDirectory(prefix="wheels-") as temporary:
        root = Path(temporary)
        _install(root, requirements, architecture, python)
        entries = ((prefix + name, (root / name).read_bytes()) for name in sorted(_kept(root)))
        zips.write(path, entries, key)


def _install(root: Path, requirements: Path, architecture: str, python: str) -> None:
    import uv  # noqa: PLC0415 - a second run does not need it

    command = [
        uv.find_uv_bin(),
        *("pip", "install", "--quiet", "--no-deps", "--require-hashes"),
        *("--only-binary", ":all:"),
        *("--python", sys.executable),
        *("--python-version", python),
        *("--python-platform", _PLATFORMS[architecture]),
        *("--target", str(root)),
        *("--requirement", str(requirements)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = " ".join(lines)[:500] or f"uv ended with {done.returncode}"
        raise PackageError(
            f"the wheels for {architecture}, Python {python}, cannot be had: {reason}. Is the "
            "package index reachable?"
        )


def _kept(root: Path) -> list[str]:
    names: list[str] = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _UNUSED_FOLDERS]
        here = Path(folder).relative_to(root)
        for file in files:
            name = (here / file).as_posix()
            unused = (
                file in _UNUSED_FILES
                or Path(file).suffix in _UNUSED_SUFFIXES
                or name.startswith((*_UNUSED_PACKAGES, ".lock"))
            )
            if not unused:
                names.append(name)
    return names
