"""Makes wrk, vegeta and MLServer ready in the project's cache, as they are pinned here.

wrk is a program of the system, or unpacked from Debian's packages; vegeta is built from its Go
module, as vegeta/go.mod and go.sum pin it; MLServer gets an environment of its own.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.cached import install, place
from sandbox.debian import unpacked
from sandbox.gotool import built
from sandbox.progress import NotAvailableError, SetupError
from sandbox.schema.cache import cache_folder

__all__ = ["Program", "mlserver", "vegeta", "wrk"]

_HERE: Final = Path(__file__).resolve().parent
_VEGETA: Final = "github.com/tsenart/vegeta/v12"
# wrk, and what it needs that a small system has not.
_DEBIAN: Final = ("wrk", "libluajit-5.1-2")


@dataclass(frozen=True, slots=True)
class Program:
    """An executable, what its environment needs beside ours, and its version."""

    path: Path
    version: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def wrk() -> Program:
    """The load generator of a fixed number of connections.

    Raises:
        SetupError: it is not installed, and Debian's package cannot be had.
    """
    found = shutil.which("wrk")
    if found is not None:
        return _wrk(Path(found), {})
    folder = cache_folder() / "benchmarks" / "wrk"
    try:
        program = unpacked(_DEBIAN, folder, "usr/bin/wrk")
    except NotAvailableError as error:
        raise SetupError(str(error)) from error
    libraries = {str(one.parent) for one in folder.glob("usr/lib/*/*.so*")}
    return _wrk(program, {"LD_LIBRARY_PATH": os.pathsep.join(sorted(libraries))})


def _wrk(path: Path, environment: Mapping[str, str]) -> Program:
    # It prints its version and its usage, and ends with 1.
    said = subprocess.run(
        [path, "--version"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    version = re.match(r"wrk (\S+)", said.stdout)
    if version is None:
        raise SetupError(f"{path} does not run: {said.stderr.strip()}")
    return Program(path, version[1], environment)


def vegeta() -> Program:
    """The load generator of a fixed rate; built if need be, which takes some seconds.

    Raises:
        SetupError: no Go toolchain, or the module cannot be had.
    """
    folder = _HERE / "vegeta"
    pins = (folder / "go.mod").read_bytes(), (folder / "go.sum").read_bytes()
    version = re.search(rf"{_VEGETA} v([\d.]+)", pins[0].decode())
    if version is None:
        raise SetupError(f"no version is pinned in {folder}")
    try:
        program = built(_VEGETA, folder, place("vegeta", *pins) / "vegeta")
    except NotAvailableError as error:
        raise SetupError(str(error)) from error
    return Program(program, version[1])


def mlserver() -> Program:
    """MLServer; installed if need be.

    Raises:
        SetupError: its packages cannot be had.
    """
    requirements = _HERE / "mlserver" / "requirements.txt"
    pins = requirements.read_bytes()
    version = re.search(r"^mlserver==([\d.]+)", pins.decode(), re.MULTILINE)
    if version is None:
        raise SetupError(f"no version of MLServer is pinned in {requirements}")
    folder = place("mlserver", pins, sys.version.encode())
    python = install(f"MLServer {version[1]}", folder, requirements)
    return Program(python.with_name("mlserver"), version[1])
