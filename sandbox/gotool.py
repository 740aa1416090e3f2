"""Programs out of Go modules, built as a go.mod and go.sum of ours pin them."""

import os
import re
from pathlib import Path

from sandbox import bootstrap
from sandbox.build import SOURCES, toolchain
from sandbox.progress import run

__all__ = ["built"]


def built(package: str, pins: Path, program: Path) -> Path:
    """The program of a package, built if it is not there yet.

    Args:
        package: its import path.
        pins: folder of go.mod, whose line `go` says the least toolchain, and of go.sum.
        program: where it goes; a name of its own for each content of the pins.

    Raises:
        NotAvailableError: no Go toolchain.
        SetupError: the module cannot be had, or does not build.
    """
    if program.exists():
        return program
    # The engine's toolchain where it is new enough, so that one does for all.
    minimum = max(_least(pins / "go.mod"), _least(SOURCES / "go.mod"))
    go = toolchain(minimum, bootstrap.cache() / "tools", bootstrap.uv())
    run(
        f"Building {program.name}",
        [
            *(go, "build", "-p", "2", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w"),
            *("-o", program, package),
        ],
        folder=pins,
        environment=os.environ
        | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"},
    )
    return program


def _least(module: Path) -> tuple[int, int]:
    wanted = re.search(r"^go (\d+)\.(\d+)", module.read_text(), re.MULTILINE)
    return (int(wanted[1]), int(wanted[2])) if wanted else (1, 0)
