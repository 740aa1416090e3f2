"""Makes the peers ready in the project's cache, as they are pinned here; nothing is in our lock.

helm and kustomize are built from their Go modules, the CDK comes from npm for Node.js, and the CDK
and cdk8s for Python into an environment of their own.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Final

from benchmarks.cached import install, place
from sandbox import gotool
from sandbox.progress import NotAvailableError, SetupError, run

__all__ = ["cdk", "helm", "kustomize", "node", "python", "versions"]

HERE: Final = Path(__file__).resolve().parent
_HELM: Final = "helm.sh/helm/v4"
_KUSTOMIZE: Final = "sigs.k8s.io/kustomize/kustomize/v5"


def helm() -> Path:
    """helm; built if need be.

    Raises:
        SetupError: no Go toolchain, or the module cannot be had.
    """
    return _built("helm", f"{_HELM}/cmd/helm")


def kustomize() -> Path:
    """kustomize; built if need be.

    Raises:
        SetupError: no Go toolchain, or the module cannot be had.
    """
    return _built("kustomize", _KUSTOMIZE)


def _built(name: str, package: str) -> Path:
    pins = HERE / name
    try:
        return gotool.built(package, pins, _place(pins / "go.mod", pins / "go.sum") / name)
    except NotAvailableError as error:
        raise SetupError(str(error)) from error


def node() -> Path:
    """Node.js, which both CDKs run on.

    Raises:
        SetupError: it is not installed.
    """
    found = shutil.which("node")
    if found is None:
        raise SetupError("Node.js is not installed, which the CDK runs on")
    return Path(found)


def cdk() -> Path:
    """The folder with the CDK's packages for Node.js and the program; installed if need be.

    Raises:
        SetupError: no npm, or the packages cannot be had.
    """
    pins = [HERE / "cdk/package.json", HERE / "cdk/package-lock.json"]
    folder = _place(*pins)
    if not (folder / "node_modules").exists():
        npm = shutil.which("npm")
        if npm is None:
            raise SetupError("npm is not installed; Node.js brings it")
        partial = folder.with_name(f"{folder.name}.{os.getpid()}")
        partial.mkdir(parents=True)
        for each in pins:
            shutil.copy(each, partial)
        run(
            "Installing the AWS CDK",
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            folder=partial,
            environment=os.environ,
        )
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    # Node.js looks for packages beside the program.
    shutil.copy(HERE / "cdk/app.js", folder)
    return folder


def python() -> Path:
    """Python with the CDK and cdk8s; installed if need be.

    Raises:
        SetupError: no uv, or the packages cannot be had.
    """
    node()
    requirements = HERE / "python/requirements.txt"
    return install("the CDKs for Python", _place(requirements), requirements)


def versions() -> dict[str, str]:
    """What is pinned."""
    requirements = (HERE / "python/requirements.txt").read_text()
    return {
        "helm": _pinned(HERE / "helm/go.mod", rf"{_HELM} v([\d.]+)"),
        "kustomize": _pinned(HERE / "kustomize/go.mod", rf"{_KUSTOMIZE} v([\d.]+)"),
        "aws-cdk-lib (npm)": _pinned(HERE / "cdk/package.json", r'"aws-cdk-lib": ?"([\d.]+)'),
        **{
            f"{name} (PyPI)": found[1]
            for name in ("aws-cdk-lib", "cdk8s")
            if (found := re.search(rf"^{name}==([\d.]+)", requirements, re.MULTILINE))
        },
    }


def _pinned(file: Path, pattern: str) -> str:
    found = re.search(pattern, file.read_text())
    if found is None:
        raise SetupError(f"no version is pinned in {file}")
    return found[1]


def _place(*pins: Path) -> Path:
    return place(pins[0].parent.name, *(each.read_bytes() for each in pins))
