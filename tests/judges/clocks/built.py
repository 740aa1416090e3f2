"""Programs whose clock is wrong by what a file says: the engine, and what asks the C library.

Go asks the kernel without the C library, so that nothing can stand between: the engine is built
with one more file in Go's own package `time`.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import bootstrap, build
from sandbox.schema.cache import cache_folder

__all__ = ["VARIABLE", "Programs", "overlay", "preloaded", "programs"]

VARIABLE: Final = "SHIFTED_CLOCK"
"""Names the file: eight bytes, seconds in the machine's order."""
_HERE: Final = Path(__file__).parent
_SOURCES: Final = ("built.py", "shifted.c", "shifted.go")
_DAY_SECONDS: Final = 86400
# What Go's `time.Now` begins with.
_NOW: Final = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {\n"


@dataclass(frozen=True, slots=True)
class Programs:
    """Where they are."""

    engine: Path
    """Folder of the engine and the language host."""
    preload: Path
    """For LD_PRELOAD."""


def programs() -> Programs:
    """Built if they are not there yet: ten minutes on two cores.

    Raises:
        NotAvailableError: no Go toolchain.
        RuntimeError: no C compiler, or a Go whose `time.Now` is another.
    """
    version = bootstrap.pinned_version()
    total = hashlib.sha256(bootstrap.folder_of("build").name.encode())
    for name in _SOURCES:
        total.update((_HERE / name).read_bytes())
    folder = cache_folder() / "judges" / f"clock-{version}-{total.hexdigest()[:12]}"
    found = Programs(folder / "engine", folder / "shifted.so")
    if not found.engine.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as partial:
            _build(Path(partial), version)
            try:
                Path(partial).rename(folder)
            except OSError:
                # Another run was faster.
                if not found.engine.exists():
                    raise
    # Not what another copy of the project may run now.
    for other in folder.parent.glob("clock-*"):
        if other != folder and other.stat().st_mtime < time.time() - _DAY_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
    return found


def _build(folder: Path, version: str) -> None:
    compiler = shutil.which("cc")
    if not compiler:
        raise RuntimeError("the judge of clocks needs a C compiler")
    preloaded(compiler, folder / "shifted.so")
    tools, uv = bootstrap.cache() / "tools", bootstrap.uv()
    go = build.toolchain(build.least_go(build.SOURCES / "go.mod"), tools, uv)
    engine = folder / "engine"
    engine.mkdir()
    with tempfile.TemporaryDirectory() as place:
        _go_with(overlay(go, Path(place)), go, Path(place) / "go")
        # The build takes the first `go` there is.
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{place}{os.pathsep}{path}"
        try:
            build.build(version, engine, tools=tools, uv=uv)
        finally:
            os.environ["PATH"] = path


def preloaded(compiler: str, library: Path) -> None:
    """Make the library that stands between programs and the C library's clock."""
    flags = ("-O2", "-Wall", "-Werror", "-shared", "-fPIC")
    subprocess.run([compiler, *flags, "-o", library, _HERE / "shifted.c", "-ldl"], check=True)


def overlay(go: str, place: Path) -> Path:
    """File of an overlay: Go's package `time` with our file, and with a `Now` that asks it."""
    asked = [go, "env", "GOROOT"]
    root = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    source = Path(root) / "src" / "time"
    text = (source / "time.go").read_text("utf-8")
    if text.count(_NOW) != 1:
        raise RuntimeError(f"Go's time.Now in {source} begins otherwise than it did")
    line = _NOW.partition("\n")[0]
    changed = place / "time.go"
    changed.write_text(text.replace(_NOW, _NOW.replace(line, f"{line}\n\tsec += *shift")))
    replaced = {source / "time.go": changed, source / "shifted.go": _HERE / "shifted.go"}
    file = place / "overlay.json"
    file.write_text(json.dumps({"Replace": {str(a): str(b) for a, b in replaced.items()}}))
    return file


def _go_with(file: Path, go: str, program: Path) -> None:
    """A `go` that builds with the overlay of this file."""
    program.write_text(
        f'#!/bin/sh\nexport GOFLAGS="$GOFLAGS -overlay={file}"\nexec {shlex.quote(go)} "$@"\n'
    )
    program.chmod(0o755)
