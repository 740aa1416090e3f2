"""Makes the cache of kinds at set-up: `python -m sandbox.kinds.build`.

Definitions of custom resources are in YAML, megabytes of it, which a plugin must not parse. Where
their modules cannot be had, the rest is there, and custom resources of those kinds are checked as
objects of free form.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox import bootstrap
from sandbox.build import SOURCES, least_go, toolchain
from sandbox.kinds.builtin import OBJECT_META, Builtin
from sandbox.kinds.definition import kinds_of
from sandbox.kinds.library import Kind, cache_file, write
from sandbox.kinds.modules import FOLDER, MODULES, Module, versions
from sandbox.progress import NotAvailableError, duration, say

__all__ = ["documents", "downloaded", "main"]


class _Loader(yaml.CSafeLoader):
    """YAML as Kubernetes reads it: `=` is a string."""


_Loader.add_constructor(
    "tag:yaml.org,2002:value",
    cast("Callable[[Any, Any], Any]", yaml.CSafeLoader.construct_scalar),
)


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The objects in a file of YAML.

    Raises:
        ValueError: It is no YAML.
    """
    try:
        for document in yaml.load_all(text, _Loader):
            if isinstance(document, dict):
                yield cast("dict[str, Any]", document)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def downloaded(modules: tuple[Module, ...] = MODULES) -> dict[Module, Path]:
    """The folders of the modules that can be had; what cannot is said."""
    # The engine's toolchain, so that one does for both.
    minimum = least_go(SOURCES / "go.mod")
    try:
        go = toolchain(minimum, bootstrap.cache() / "tools", bootstrap.uv())
    except NotAvailableError as error:
        say(f"custom resources: {error}")
        return {}
    found: dict[Module, Path] = {}
    for module in modules:
        answer = subprocess.run(
            [go, "mod", "download", "-json", f"{module.path}@{module.pinned()}"],
            cwd=FOLDER,
            env={**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"},
            capture_output=True,
            text=True,
            check=False,
        )
        told = _told(answer.stdout)
        if "Dir" in told:
            found[module] = Path(told["Dir"])
        else:
            reason = str(told.get("Error") or answer.stderr.strip())
            say(f"custom resources of {module.path} {module.pinned()}: {reason}")
    return found


def _told(text: str) -> dict[str, Any]:
    try:
        return json.loads(text)
    except ValueError:
        return {}


def _builtin(builtin: Builtin, release: str) -> Iterator[Kind]:
    for group, version, kind, schema in builtin.kinds():
        source = f"kubernetes {release}"
        yield Kind(
            group, version, kind, schema, namespaced=True, custom=False, plural="", source=source
        )


def _read(module: Module, folder: Path) -> Iterator[dict[str, Any]]:
    for pattern in module.definitions:
        for file in sorted(folder.glob(pattern)):
            yield from documents(file.read_text(encoding="utf-8"))


def _written() -> Iterator[tuple[str, dict[str, Any]]]:
    """The definitions that are written here, with the name of their version."""
    for file in sorted(FOLDER.glob("written/*.yaml")):
        for document in documents(file.read_text(encoding="utf-8")):
            yield file.stem, document


def main() -> int:
    """Make the cache; exit code 0, also where modules are missing, which is said."""
    started = time.monotonic()
    release = ".".join(versions()["kubernetes"].split(".")[:2])
    builtin = Builtin(release)
    kinds = list(_builtin(builtin, release))
    runtimes: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for module, folder in downloaded().items():
        source = f"{module.path} {module.pinned()}"
        for document in _read(module, folder):
            if document.get("kind") == "ClusterServingRuntime":
                runtimes.append(document)
            # Files of Kustomize patch definitions that are elsewhere.
            if document.get("kind") == "CustomResourceDefinition" and "names" in document["spec"]:
                made = list(kinds_of(document, source, builtin.schema(OBJECT_META)))
                kinds += made
                counts[module.fact] = counts.get(module.fact, 0) + len(made)
    for fact, document in _written():
        source = f"{fact} {versions()[fact]}, written here"
        made = list(kinds_of(document, source, builtin.schema(OBJECT_META)))
        kinds += made
        counts[fact] = counts.get(fact, 0) + len(made)
    path = cache_file()
    write(kinds, {"runtimes": runtimes, "modules": counts}, path)
    size = path.stat().st_size / 1024**2
    custom = sum(counts.values())
    say(
        f"{len(kinds) - custom} kinds of Kubernetes {release}, {custom} of custom resources"
        f" ({size:.1f} MiB) in {duration(time.monotonic() - started)}"
    )
    if any(module.fact not in counts for module in MODULES):
        again = bootstrap.cache() / "setup" / "kinds"
        say(
            "Custom resources of the others are checked as objects of free form; remove"
            f" {again} to let the next set-up try again."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
