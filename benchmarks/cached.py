"""Where peers of the benchmarks are in the project's cache, by what pins them: not by our lock."""

import hashlib
import os
import sys
from pathlib import Path

from sandbox import bootstrap
from sandbox.progress import SetupError, run
from sandbox.schema.cache import cache_folder

__all__ = ["install", "place"]


def place(name: str, *pins: bytes) -> Path:
    """The folder of a peer as it is pinned; another pin is another folder."""
    total = hashlib.sha256(b"".join(pins))
    return cache_folder() / "benchmarks" / f"{name}-{total.hexdigest()[:12]}"


def install(title: str, folder: Path, requirements: Path) -> Path:
    """An environment of Python's with what a file pins by hashes; its interpreter.

    Raises:
        SetupError: no uv, or the packages cannot be had.
    """
    program = folder / "bin/python"
    if (folder / "whole").exists():
        return program
    uv = bootstrap.uv()
    if uv is None:
        raise SetupError("uv is not installed; sandbox/setup installs it")
    for step in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder],
        [
            *(uv, "pip", "install", "--quiet", "--require-hashes", "--no-deps"),
            *("--compile-bytecode", "--python", program, "--requirement", requirements),
        ],
    ):
        run(f"Installing {title}", step, folder=requirements.parent, environment=os.environ)
    (folder / "whole").touch()
    return program
