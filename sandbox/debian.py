"""Programs out of Debian's packages, unpacked beside the system and not installed into it."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sandbox.progress import NotAvailableError, run

__all__ = ["unpacked"]


def unpacked(packages: Sequence[str], place: Path, program: str) -> Path:
    """The path of a program of these packages, fetched into `place` if it is not there yet.

    Args:
        packages: the program's, and what it needs that a small system has not.
        place: a folder of its own.
        program: where it is in the packages, such as `usr/bin/wrk`.

    Raises:
        NotAvailableError: this is no Debian.
        SetupError: the packages cannot be had.
    """
    path = place / program
    if path.exists():
        return path
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NotAvailableError(f"{path.name} is not installed; your system's packages have it")
    # A run beside this one may do the same: what is whole is put in its place at once.
    partial = place.with_name(f"{place.name}.{os.getpid()}")
    partial.mkdir(parents=True)
    try:
        run(
            f"Fetching {path.name}",
            ["apt-get", "download", "--quiet", *packages],
            folder=partial,
            environment=os.environ,
        )
        for package in sorted(partial.glob("*.deb")):
            run(
                f"Unpacking {package.name.partition('_')[0]}",
                ["dpkg-deb", "--extract", package, partial],
                folder=partial,
                environment=os.environ,
            )
            package.unlink()
        if not path.exists():
            shutil.rmtree(place, ignore_errors=True)
            partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return path
