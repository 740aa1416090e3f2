"""Artifacts that set-up makes on this machine: where they are, and their digests."""

import hashlib
import os
from pathlib import Path

from stacks.settings.common import Artifact, Candidate


def folder(root: Path) -> Path:
    """Where `file:` URIs resolve: `artifacts` in the project's cache."""
    return Path(os.environ.get("MODEL_SERVING_CACHE") or root / ".cache").resolve() / "artifacts"


def model_path(root: Path, artifact: Artifact | Candidate) -> Path:
    """The file of a `file:` URI."""
    return folder(root) / artifact.uri.removeprefix("file:").lstrip("/")


def lambda_package(root: Path, artifact: Artifact | Candidate, architecture: str) -> Path:
    """The zip that a function runs, as `runtime/package.py` makes it."""
    return _package(root, artifact, f"lambda-{architecture}.zip")


def cloud_run_package(root: Path, artifact: Artifact | Candidate) -> Path:
    """The same for Cloud Run."""
    return _package(root, artifact, "cloud-run.zip")


def azure_functions_package(root: Path, artifact: Artifact | Candidate) -> Path:
    """The same for Azure Functions."""
    return _package(root, artifact, "azure-functions.zip")


def _package(root: Path, artifact: Artifact | Candidate, name: str) -> Path:
    """Beside a model of this machine, or one for all that are pulled."""
    if not artifact.uri.startswith("file:"):
        return folder(root) / "without-model" / "any" / name
    return model_path(root, artifact).with_name(name)


def sha256(path: Path) -> str:
    """The digest of a file, as the settings spell it."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
