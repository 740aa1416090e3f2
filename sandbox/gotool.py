"""Programs out of Go modules, built as a go.mod and go.sum of ours pin them."""

import os
from pathlib import Path

from sandbox import bootstrap
from sandbox.build import SOURCES, least_go, toolchain
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
    minimum = max(least_go(pins / "go.mod"), least_go(SOURCES / "go.mod"))
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
