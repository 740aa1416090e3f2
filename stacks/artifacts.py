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
    """The zip that `runtime/package.py` makes: beside a model, or one for all that are pulled."""
    name = f"lambda-{architecture}.zip"
    if not artifact.uri.startswith("file:"):
        return folder(root) / "without-model" / "any" / name
    return model_path(root, artifact).with_name(name)


def cloud_run_package(root: Path, artifact: Artifact | Candidate) -> Path:
    """The same for Cloud Run."""
    name = "cloud-run.zip"
    if not artifact.uri.startswith("file:"):
        return folder(root) / "without-model" / "any" / name
    return model_path(root, artifact).with_name(name)


def azure_functions_package(root: Path, artifact: Artifact | Candidate) -> Path:
    """The same for Azure Functions."""
    name = "azure-functions.zip"
    if not artifact.uri.startswith("file:"):
        return folder(root) / "without-model" / "any" / name
    return model_path(root, artifact).with_name(name)


def sha256(path: Path) -> str:
    """The digest of a file, as the settings spell it."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
