"""Makes what a function runs: handler, inference core, model, and wheels for its processor.

`python -m runtime.package` packs each `<cache>/artifacts/<model>/<version>/model.onnx` for Lambda
on arm64, as `lambda-arm64.zip` beside it.

| option | what |
|---|---|
| `--target` | `lambda` (default), `cloud_run` or `azure_functions` |
| `--architecture` | `arm64` (Lambda's default) or `x86_64` (that of the others) |
| `--without-model` | in `<cache>/artifacts/without-model`, for models that are pulled |

Same input, same bytes; a package whose inputs did not change is left alone. A package over the
vendor's limits is not made, and the way out is said.

The wheels are pinned with hashes in `requirements-<target>.txt`, each made by
`uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
runtime/requirements-<target>.in -o runtime/requirements-<target>.txt`, Lambda's first; to the
others `-c runtime/requirements-lambda.txt` gives the same versions.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from runtime import onnx_file, train_example
from runtime.errors import LoadError
from runtime.packaging import zips
from runtime.packaging.sources import sources
from runtime.packaging.targets import TARGETS, Target
from runtime.packaging.wheels import PackageError, wheels

__all__ = ["PYTHON", "PackageError", "check_size", "package"]

# Must be the `runtime` of the function: wheels with compiled code are for one version of Python.
PYTHON: Final = "3.13"
# Raise it when this module packs the same inputs in another way.
_FORMAT: Final = "2"


def package(
    model: Path | None,
    path: Path,
    *,
    target: str = "lambda",
    architecture: str = "",
    python: str = PYTHON,
) -> bool:
    """Write the package for an ONNX file; False when the one that is there is made from the same.

    Without a model, the function pulls it. The default architecture is the target's first.

    Raises:
        PackageError: Unknown target or architecture, a missing model, wheels that cannot be had,
            a file that is no ONNX model, or a package over the vendor's limits.
    """
    kind = _target(target)
    architecture = architecture or kind.architectures[0]
    if architecture not in kind.architectures:
        names = ", ".join(kind.architectures)
        raise PackageError(f"architecture: got {architecture}; {target} has {names}")
    if model is not None:
        _refuse_other_than_onnx(model)
    entries = _entries(kind, model)
    locked = kind.requirements.read_bytes()
    key = zips.digest(_FORMAT, target, architecture, python, locked, entries)
    if zips.comment(path) == key:
        return False
    # Shared by all models of the folder.
    base = path.parent.parent / f"wheels-{target}-{architecture}-python{python}.zip"
    wheels(base, kind.requirements, architecture, python, prefix=kind.wheels)
    part = path.with_name(f".{path.name}.new")
    try:
        zips.write(part, sorted(entries.items()), key, base=base)
        check_size(target, zipped=part.stat().st_size, unzipped=zips.unzipped_bytes(part))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return True


def check_size(target: str, *, zipped: int, unzipped: int) -> None:
    """Raise `PackageError` when a package of these sizes (bytes) is over the vendor's limits."""
    sizes = {"zipped": zipped, "unzipped": unzipped}
    for limit in _target(target).limits:
        size = sizes[limit.what]
        if size > limit.most:
            raise PackageError(
                f"the package has {_mib(size)} {limit.what}; {limit.vendor} takes at most "
                f"{_mib(limit.most)}: {limit.way_out}"
            )


def _target(name: str) -> Target:
    if name not in TARGETS:
        raise PackageError(f"target: got {name}; use one of {', '.join(TARGETS)}")
    return TARGETS[name]


def _refuse_other_than_onnx(model: Path) -> None:
    """What the function would not load is not packed."""
    if not model.is_file():
        raise PackageError(
            f"there is no model at {model}; `python -m runtime.train_example` makes the example's"
        )
    try:
        onnx_file.check(model, str(model))
    except LoadError as error:
        raise PackageError(str(error)) from error


def _entries(kind: Target, model: Path | None) -> dict[str, bytes]:
    """All files but the wheels, by their path in the package."""
    entries = sources(kind.handler)
    entries |= {name: text.encode() for name, text in kind.entries.items()}
    if model is not None:
        entries["model.onnx"] = model.read_bytes()
    return entries


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"


def main(arguments: list[str] | None = None) -> int:
    """Pack each model of the artifacts folder that is not packed yet."""
    parser = argparse.ArgumentParser(prog="python -m runtime.package", description=__doc__)
    parser.add_argument("--target", choices=sorted(TARGETS), default="lambda")
    parser.add_argument("--architecture", default="")
    parser.add_argument("--python", default=PYTHON, help=f"default: {PYTHON}")
    parser.add_argument("--without-model", action="store_true")
    options = parser.parse_args(arguments)
    kind = TARGETS[options.target]
    architecture = options.architecture or kind.architectures[0]
    file = kind.file.format(architecture=architecture)
    folder = train_example.artifacts_folder()
    models = [None] if options.without_model else sorted(folder.glob("*/*/model.onnx"))
    if not models:
        print(
            f"error: there is no model at {folder}/<model>/<version>/model.onnx; "
            "`python -m runtime.train_example` makes the example's, and --without-model needs none",
            file=sys.stderr,
        )
        return 1
    for model in models:
        path = model.with_name(file) if model else folder / "without-model" / "any" / file
        try:
            made = package(
                model,
                path,
                target=options.target,
                architecture=architecture,
                python=options.python,
            )
        except PackageError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        what = "packed" if made else "up to date"
        print(f"{path.parent.relative_to(folder)} {options.target} {architecture}: {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
