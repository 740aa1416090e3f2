"""Makes the zip that Lambda runs: handler, inference core, model, and wheels for its processor.

`python -m runtime.package_lambda` packs each `<cache>/artifacts/<model>/<version>/model.onnx` for
arm64 as `lambda-arm64.zip` beside it; `--architecture x86_64` for the other processor. Same input,
same bytes (and the same zlib, which decides how it is compressed): order, times and modes are
fixed. A package whose inputs did not change is left alone.

The wheels are pinned with hashes in `requirements-lambda.txt`, made by
`uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
runtime/requirements-lambda.in -o runtime/requirements-lambda.txt`.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from runtime import train_example

__all__ = ["ARCHITECTURES", "PYTHON", "PackageError", "package"]

# Must be the `runtime` of the function: wheels with compiled code are for one version of Python.
PYTHON: Final = "3.13"
# By Lambda's name of the processor, uv's name of a platform. Lambda's Python 3.12 and later run on
# Amazon Linux 2023, glibc 2.34: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
ARCHITECTURES: Final = {
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, deployment package.
MAX_ZIPPED_BYTES: Final = 50 * 1024 * 1024
MAX_UNZIPPED_BYTES: Final = 250 * 1024 * 1024

_HERE: Final = Path(__file__).resolve().parent
REQUIREMENTS: Final = _HERE / "requirements-lambda.txt"
_SOURCES: Final = (
    "__init__.py",
    "cpus.py",
    "errors.py",
    "inference.py",
    "lambda_handler.py",
    "settings.py",
    "tensors.py",
    "time_limit.py",
)
# Raise it when this module packs the same inputs in another way.
_FORMAT: Final = "1"
# The earliest time that a zip can hold.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_FILE_MODE: Final = 0o100644 << 16
_LIBRARY_MODE: Final = 0o100755 << 16
# zlib's default; 9 takes twice as long and gains nothing.
_COMPRESSION: Final = 6
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


def package(model: Path, target: Path, *, architecture: str, python: str = PYTHON) -> bool:
    """Write the zip for an ONNX file; False when the one that is there is made from the same.

    Raises:
        PackageError: Unknown architecture, a missing model, wheels that cannot be had, or a
            package over Lambda's limits.
    """
    if architecture not in ARCHITECTURES:
        names = ", ".join(ARCHITECTURES)
        raise PackageError(f"architecture: got {architecture}; use one of {names}")
    if not model.is_file():
        raise PackageError(
            f"there is no model at {model}; `python -m runtime.train_example` makes the example's"
        )
    entries = {f"runtime/{name}": (_HERE / name).read_bytes() for name in _SOURCES}
    entries["model.onnx"] = model.read_bytes()
    wheels_key = _digest(_FORMAT, architecture, python, REQUIREMENTS.read_bytes())
    key = _digest(wheels_key, *(part for item in sorted(entries.items()) for part in item))
    if _comment(target) == key:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    wheels = _wheels(target.parent.parent, wheels_key, architecture, python)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(wheels, part)
        with zipfile.ZipFile(part, "a") as archive:
            for name, content in sorted(entries.items()):
                _add(archive, name, content)
            archive.comment = key.encode()
            unzipped = sum(item.file_size for item in archive.infolist())
        check_size(part.stat().st_size, unzipped)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return True


def check_size(zipped: int, unzipped: int) -> None:
    """Raise `PackageError` when a package of these sizes (bytes) is over Lambda's limits."""
    for what, size, limit, way_out in (
        (
            "unzipped",
            unzipped,
            MAX_UNZIPPED_BYTES,
            "make the model smaller, or serve it from a container image (up to 10 GB)",
        ),
        (
            "zipped",
            zipped,
            MAX_ZIPPED_BYTES,
            "make the model smaller, or serve it from a container image",
        ),
    ):
        if size > limit:
            raise PackageError(
                f"the package has {_mib(size)} {what}; Lambda takes at most {_mib(limit)}: "
                f"{way_out}"
            )


def _wheels(folder: Path, key: str, architecture: str, python: str) -> Path:
    """A zip of the installed wheels, shared by all models; made once."""
    path = folder / f"wheels-{architecture}-python{python}.zip"
    if _comment(path) == key:
        return path
    with tempfile.TemporaryDirectory(prefix="wheels-") as temporary:
        root = Path(temporary)
        _install(root, architecture, python)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with zipfile.ZipFile(part, "w") as archive:
                for name in sorted(_kept(root)):
                    _add(archive, name, (root / name).read_bytes())
                archive.comment = key.encode()
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return path


def _install(root: Path, architecture: str, python: str) -> None:
    import uv  # noqa: PLC0415 - a second run does not need it

    command = [
        uv.find_uv_bin(),
        *("pip", "install", "--quiet", "--no-deps", "--require-hashes"),
        *("--only-binary", ":all:"),
        *("--python", sys.executable),
        *("--python-version", python),
        *("--python-platform", ARCHITECTURES[architecture]),
        *("--target", str(root)),
        *("--requirement", str(REQUIREMENTS)),
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


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_TIME)
    entry.create_system = 3  # Unix, on whatever system this runs.
    entry.external_attr = _LIBRARY_MODE if ".so" in Path(name).suffixes else _FILE_MODE
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)


def _comment(path: Path) -> str:
    """The key that a zip of ours was made from; empty when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment.decode()
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError):
        return ""


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"


def main(arguments: list[str] | None = None) -> int:
    """Pack each model of the artifacts folder that is not packed yet."""
    parser = argparse.ArgumentParser(prog="python -m runtime.package_lambda", description=__doc__)
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), default="arm64")
    parser.add_argument("--python", default=PYTHON, help=f"default: {PYTHON}")
    options = parser.parse_args(arguments)
    folder = train_example.artifacts_folder()
    for model in sorted(folder.glob("*/*/model.onnx")):
        target = model.with_name(f"lambda-{options.architecture}.zip")
        try:
            made = package(model, target, architecture=options.architecture, python=options.python)
        except PackageError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        what = "packed" if made else "up to date"
        print(f"{model.parent.relative_to(folder)} {options.architecture}: {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
