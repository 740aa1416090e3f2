"""Makes the scanners ready in the project's cache: nothing of them is in its environment.

kube-score is built from its Go module, as kube_score/go.mod and go.sum pin it; checkov gets an
environment of its own, as checkov/uv.lock pins it.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox import bootstrap, gotool
from sandbox.progress import SetupError, run
from sandbox.schema.cache import cache_folder

__all__ = [
    "FOLDER",
    "OFFLINE",
    "answer",
    "built",
    "checkov",
    "environment",
    "installed",
    "kube_score",
    "text",
    "version",
]

FOLDER = Path(__file__).resolve().parent
# Variables of a scanner that must not ask anybody.
OFFLINE = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), "http://127.0.0.1:9")
_KUBE_SCORE = "github.com/zegl/kube-score"


def built() -> Path | None:
    """kube-score, where it was built before."""
    program = _place(FOLDER / "kube_score", "go.mod", "go.sum") / "kube-score"
    return program if program.exists() else None


def kube_score() -> Path:
    """kube-score; built if need be, which takes some seconds.

    Raises:
        NotAvailableError: no Go toolchain.
        SetupError: the module cannot be had, or does not build.
    """
    program = _place(FOLDER / "kube_score", "go.mod", "go.sum") / "kube-score"
    return gotool.built(f"{_KUBE_SCORE}/cmd/kube-score", FOLDER / "kube_score", program)


def installed() -> Path | None:
    """checkov, where it was installed before."""
    program = _place(FOLDER / "checkov", "pyproject.toml", "uv.lock") / "bin" / "checkov"
    return program if program.exists() else None


def checkov() -> Path:
    """checkov; installed if need be.

    Raises:
        SetupError: its packages cannot be had.
    """
    return environment(FOLDER / "checkov", "checkov") / "bin" / "checkov"


def environment(project: Path, program: str) -> Path:
    """An environment of its own for what a project pins by its uv.lock; made if need be.

    It is whole where `program` is in it, and not yet where a download failed.

    Raises:
        SetupError: its packages cannot be had.
    """
    place = _place(project, "pyproject.toml", "uv.lock")
    if not (place / "bin" / program).exists():
        run(
            f"Installing what {project.name} needs",
            [_uv(), "sync", "--frozen", "--quiet", "--python", sys.executable],
            folder=project,
            environment=os.environ | {"UV_PROJECT_ENVIRONMENT": str(place)},
        )
    return place


def version(scanner: str) -> str:
    """The version that is pinned."""
    if scanner == "checkov":
        text, pattern = (FOLDER / "checkov" / "pyproject.toml").read_text(), r"checkov==([\d.]+)"
    else:
        text, pattern = (FOLDER / "kube_score" / "go.mod").read_text(), rf"{_KUBE_SCORE} v([\d.]+)"
    found = re.search(pattern, text)
    if found is None:
        raise SetupError(f"no version of {scanner} is pinned in {FOLDER}")
    return found[1]


def answer(program: Path, *arguments: str, given: str | None = None) -> Any:  # noqa: ANN401 - JSON
    """The JSON that a scanner prints; it must not ask anybody.

    Raises:
        SetupError: it fails, which is not the same as finding something.
    """
    told = _told(program, arguments, given)
    try:
        return json.loads(told.stdout)
    except ValueError:
        said = told.stderr.strip() or told.stdout.strip()
        raise SetupError(f"{program.name} says {said}") from None


def text(program: Path, *arguments: str) -> str:
    """The text that a scanner prints, by the same rule."""
    return _told(program, arguments).stdout


def _told(
    program: Path, arguments: Sequence[str], given: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *arguments],
        env=os.environ | OFFLINE,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def _place(project: Path, *pins: str) -> Path:
    total = hashlib.sha256()
    for pin in pins:
        total.update((project / pin).read_bytes())
    return cache_folder() / "judges" / f"{project.name}-{total.hexdigest()[:12]}"


def _uv() -> str:
    found = bootstrap.uv()
    if found is None:
        raise SetupError("uv is not installed; sandbox/setup installs it")
    return found
