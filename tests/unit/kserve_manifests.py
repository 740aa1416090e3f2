"""InferenceServices as the component registers them, and the sandbox's cluster to judge them."""

import contextlib
import copy
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from facts.kserve import KServeVersion
from sandbox import eventual
from tests.unit.component_mocks import Recorded, record
from tests.unit.sandbox_life import Stack
from tests.unit.test_inference_service import MINIMAL

__all__ = ["PINNED", "as_json", "judge", "made", "new_cluster"]

# The definitions of the sandbox are those of this release.
PINNED = "0.20.0"
_TOKEN = "kubernetes:serving.kserve.io/v1beta1:InferenceService"


@contextlib.contextmanager
def new_cluster(folder: Path) -> Generator[Stack]:
    """A cluster with the namespace of the models."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KUBECONFIG", raising=False)
        patch.setenv(eventual.VARIABLE, "0")
        stack = Stack("kubernetes", folder / "store.sqlite", {"context": "serving-dev"})
        given = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "models"}}
        stack.create("kubernetes:core/v1:Namespace", "models", **given)
        yield stack


def made(**changes: object) -> dict[str, Any]:
    """The manifest that the component registers, whole numbers as such."""
    given = {key: value for key, value in (MINIMAL | changes).items() if value is not None}
    recorded: Recorded = record(InferenceService, "churn", given)
    return as_json(recorded.inputs["churn-inference-service"])


def as_json(manifest: dict[str, Any]) -> dict[str, Any]:
    """As it comes to the cluster, whole numbers as such."""
    return json.loads(json.dumps(_whole(manifest)))


def _whole(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_whole(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def judge(cluster: Stack, manifest: dict[str, Any], version: KServeVersion) -> None:
    """Refused by nothing; of the release that the sandbox knows, served by its runtimes too."""
    given = copy.deepcopy(manifest)
    given.pop("status", None)
    if version.version != PINNED:
        del given["metadata"]["annotations"]["pulumi.com/waitFor"]
    name = f"churn-{len(cluster.store.list('kubernetes'))}"
    given["metadata"]["name"] = name
    cluster.create(_TOKEN, name, **given)
