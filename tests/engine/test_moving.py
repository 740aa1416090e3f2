"""One model through the engine on one target after the other: only its file's words change."""

import shutil
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from delivery.target_examples import EXAMPLES, SITE, with_image
from sandbox.seed import AZURE_SUBSCRIPTION
from tests.engine.azure_ml_workspace import ARTIFACTS, REGISTRY_ID, WORKSPACE, make_workspace
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_LINKED: Final = (".venv", ".cache", "provider", "policies", "components", "facts", "delivery")
_OF_THE_MODEL: Final[dict[str, Any]] = {
    "slo": {"latency_p95_ms": 80},
    "data_classification": "confidential",
    "min_replicas": 1,
    "max_replicas": 1,
}
# Each with what must be gone of it when the model has moved on.
_ROUTE: Final = {
    "sagemaker": "aws:sagemaker/endpoint:Endpoint",
    "vertex": "gcp:vertex/aiEndpoint:AiEndpoint",
    "azure_ml": "azure-native:machinelearningservices:OnlineEndpoint",
}
_WITHIN: Final = (
    (
        *("sagemaker", "sagemaker_serverless", "sagemaker_async", "sagemaker_component"),
        *("sagemaker_batch", "sagemaker"),
    ),
    ("vertex", "vertex_batch", "cloud_run", "vertex"),
    ("azure_ml", "azure_ml_batch", "azure_ml"),
)
# What the workspace of the test has.
_ALONE: Final[dict[str, dict[str, Any]]] = {
    "azure_ml": {
        "model": {**EXAMPLES["azure_ml"]["model"], "uri": f"{ARTIFACTS}/prices/1.0.0"},
        "public_access": True,
    },
    "azure_ml_batch": {
        "model": {**EXAMPLES["azure_ml_batch"]["model"], "uri": f"{ARTIFACTS}/prices/1.0.0"},
        "input_uri": f"{ARTIFACTS}/customers/",
        "output_uri": f"{ARTIFACTS.replace('artifacts', 'captured')}/prices/",
        "public_nodes": True,
    },
    # An image: no package has to be made first.
    "cloud_run": with_image(EXAMPLES["cloud_run"]),
}
_UP: Final = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")


def test_a_model_moves_between_clouds_by_its_target(sandbox: Sandbox, tmp_path: Path) -> None:
    root = _project(sandbox, tmp_path)
    keys: set[frozenset[str]] = set()
    slos: set[str] = set()
    for target, endpoint in _ROUTE.items():
        model = {**EXAMPLES[target], **_OF_THE_MODEL, **_ALONE.get(target, {})}
        types = {each["type"] for each in _deploy(sandbox, root, model)}
        assert endpoint in types
        assert not types & (set(_ROUTE.values()) - {endpoint})
        made = sandbox.outputs(root)["endpoints"]["prices"]
        assert made["target"] == target
        assert made["endpoint_name"]
        keys.add(frozenset(made))
        (component,) = (
            each for each in sandbox.resources(root) if each["type"].startswith("model-serving:")
        )
        status = component["outputs"]["status"]
        assert (status["environment"], status["version"]) == ("dev", "1.0.0")
        slos.add(status["slo"])
    assert len(keys) == 1
    assert len(slos) == 1


@pytest.mark.parametrize("route", _WITHIN, ids=lambda route: route[0])
def test_a_model_moves_within_a_cloud(
    sandbox: Sandbox, tmp_path: Path, route: tuple[str, ...]
) -> None:
    """What comes is made before what was goes, so that nothing of both has one name."""
    root = _project(sandbox, tmp_path)
    for target in route:
        found = _deploy(sandbox, root, {**EXAMPLES[target], **_ALONE.get(target, {})})
        (component,) = (each for each in found if each["type"].startswith("model-serving:"))
        assert component["outputs"]["status"]["target"] == target


def _project(sandbox: Sandbox, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    ignored = shutil.ignore_patterns("__pycache__", "models")
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=ignored)
    (root / "stacks" / "models").mkdir(exist_ok=True)
    for name in _LINKED:
        (root / name).symlink_to(ROOT / name)
    for path in (ROOT / "Pulumi.yaml", ROOT / "pyproject.toml", ROOT / "uv.lock"):
        (root / path.name).write_bytes(path.read_bytes())
    make_workspace(sandbox).close()
    targets = {
        **SITE["targets"],
        "azure": {**SITE["targets"]["azure"], "subscription_id": AZURE_SUBSCRIPTION},
        "azure_ml": {"workspace_name": WORKSPACE, "registry_id": REGISTRY_ID},
    }
    site = {"model-serving:targets": targets}
    (root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": site}))
    return root


def _deploy(sandbox: Sandbox, root: Path, model: dict[str, Any]) -> list[dict[str, Any]]:
    """The stack's resources with this model alone."""
    (root / "stacks" / "models" / "prices.yaml").write_text(yaml.safe_dump(model))
    sandbox.pulumi(*_UP, cwd=root)
    return sandbox.resources(root)
