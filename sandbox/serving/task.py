"""A package made ready for this machine: where its code lies, and what stands in for its wheels.

A function's compiled wheels are for its own processor and Python (arm64, 3.13), and do not load on
another. There the top-level packages that hold compiled code are left out, and the same packages of
this environment stand before the rest of the zip; they need not have the same versions. All other
code, and the model, are the zip's own. Of the environment nothing else is seen, but for what
Lambda's Python runtimes bring themselves: boto3, and the runtime interface client.
"""

import platform
import shutil
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.values import listed

__all__ = ["Task", "TaskError", "prepared"]

_MACHINES = {"arm64": "arm64", "aarch64": "arm64", "x86_64": "x86_64", "amd64": "x86_64"}
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html: what a runtime includes.
_BROUGHT = (
    *("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"),
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"),
)


class TaskError(Exception):
    """The package cannot be run here; the text says why."""


@dataclass(frozen=True, slots=True)
class Task:
    """Folders for PYTHONPATH: what stands in, the function's own code, what the runtime brings."""

    stand_ins: Path
    code: Path
    brought: Path

    @property
    def path(self) -> list[str]:
        """In the order in which Python looks."""
        return [str(self.stand_ins), str(self.code), str(self.brought)]


def prepared(package: Path, snapshot: Mapping[str, Any]) -> Task:
    """The package of a version unpacked, once for all its instances.

    Raises:
        TaskError: The package is no zip, or is not there any more.
    """
    fits = _fits(snapshot)
    place = package.with_name(f"{package.stem}{'' if fits else '-here'}")
    if not place.is_dir():
        part = Path(tempfile.mkdtemp(dir=package.parent, prefix=".part-"))
        try:
            _unpack(package, part, whole=fits)
            part.rename(place)
        except (OSError, zipfile.BadZipFile) as error:
            if not place.is_dir():
                raise TaskError(f"the package cannot be unpacked: {error}") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return Task(place / "stand-ins", place / "code", place / "brought")


def _fits(snapshot: Mapping[str, Any]) -> bool:
    """Whether compiled code for the function's processor and Python loads here."""
    architecture = str(next(iter(listed(snapshot.get("architectures"))), "x86_64"))
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return (
        sys.platform == "linux"
        and _MACHINES.get(platform.machine().lower()) == architecture
        and snapshot.get("runtime") == here
    )


def _unpack(package: Path, target: Path, *, whole: bool) -> None:
    for name in ("stand-ins", "code", "brought"):
        (target / name).mkdir()
    with zipfile.ZipFile(package) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        foreign = frozenset[str]() if whole else _compiled(names)
        archive.extractall(
            target / "code", [name for name in names if name.partition("/")[0] not in foreign]
        )
    _link(target / "stand-ins", foreign)
    _link(target / "brought", _BROUGHT)


def _compiled(names: list[str]) -> frozenset[str]:
    """Top-level names with compiled code below them, or that are such code."""
    return frozenset(
        name.partition("/")[0]
        for name in names
        if ".so" in Path(name).suffixes or name.endswith((".pyd", ".dylib"))
    )


def _link(folder: Path, names: frozenset[str] | tuple[str, ...]) -> None:
    """This environment's packages and modules of these names, as far as it has them."""
    site = Path(sysconfig.get_paths()["platlib"])
    for name in names:
        for found in (site / name, *site.glob(f"{name}.py"), *site.glob(f"{name}.*.so")):
            if found.exists():
                (folder / found.name).symlink_to(found)
