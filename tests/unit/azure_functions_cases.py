"""A package for Azure Functions, and arguments of an endpoint that runs it."""

import atexit
import hashlib
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

from tests.unit.component_mocks import SUBSCRIPTION

__all__ = ["BLOBS", "CANDIDATE", "GROUP", "MINIMAL", "PREMIUM", "digest_of", "package"]

GROUP: Final = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
BLOBS: Final = "https://examplemodels.blob.core.windows.net/models"
_TEMPORARY: Final = tempfile.TemporaryDirectory(prefix="azure-functions-")
atexit.register(_TEMPORARY.cleanup)
_FOLDER: Final = Path(_TEMPORARY.name)


def package(text: str = "first") -> str:
    """The path of a zip; another text is another package."""
    path = _FOLDER / f"{text}.zip"
    with zipfile.ZipFile(path, "w") as file:
        # Without a date of its own: the same text is the same package.
        file.writestr(zipfile.ZipInfo("host.json"), f'{{"version": "2.0", "text": "{text}"}}')
    return str(path)


def digest_of(path: str) -> str:
    """As settings spell it."""
    return "sha256:" + hashlib.sha256(Path(path).read_bytes()).hexdigest()


MINIMAL: Final[dict[str, Any]] = {
    "environment": "dev",
    "owner": "team-risk",
    "subscription_id": SUBSCRIPTION,
    "resource_group": "models",
    "location": "westeurope",
    "model_version": "1.4.0",
    "model_uri": f"{BLOBS}/fraud/1.4.0/model.onnx",
    "code_path": package(),
    "jwt_issuer": "https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/v2.0",
    "jwt_audience": "22222222-2222-2222-2222-222222222222",
}
PREMIUM: Final[dict[str, Any]] = {"plan": "premium"}
CANDIDATE: Final[dict[str, Any]] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{BLOBS}/fraud/1.5.0/model.onnx",
}
