"""Arguments of an endpoint on Cloud Run, and what is granted for them."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

__all__ = [
    "AGENT",
    "CANDIDATE",
    "CANDIDATE_RIGHT",
    "IMAGE",
    "KEY",
    "MINIMAL",
    "OTHER_IMAGE",
    "RIGHT",
    "SECRET",
    "SOURCE_RIGHT",
    "archive",
    "archived",
]

IMAGE = "europe-west4-docker.pkg.dev/example-models/serve/model@sha256:" + "0" * 64
OTHER_IMAGE = IMAGE[:-1] + "1"
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "project": "example-models",
    "region": "europe-west4",
    "model_version": "1.4.0",
    "model_uri": "gs://example-models/fraud/1.4.0/model.onnx",
    "image": IMAGE,
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": "gs://example-models/fraud/1.5.0/model.onnx",
    "candidate_image": OTHER_IMAGE,
    "canary_percent": 10,
}
KEY = "projects/example-models/locations/europe-west4/keyRings/models/cryptoKeys/fraud"
SECRET = "projects/example-models/secrets/feature-store/versions/3"
AGENT = "serviceAccount:service-210987654321@serverless-robot-prod.iam.gserviceaccount.com"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


# Each is named by its place.
RIGHT = f"fraud-model-{_short('example-models/fraud/1.4.0/model.onnx')}"
CANDIDATE_RIGHT = f"fraud-model-{_short('example-models/fraud/1.5.0/model.onnx')}"
SOURCE_RIGHT = f"fraud-source-{_short('example-models/')}"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "cloud-run.zip"
    path.write_bytes(b"handler and libraries")
    return path


def archived(path: Path, **more: object) -> dict[str, Any]:
    made = {key: value for key, value in MINIMAL.items() if key != "image"}
    return {**made, "code_path": str(path), "bucket": "example-models", **more}
