"""One model through the engine on one target after the other: only its file's words change."""

import shutil
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from delivery.target_examples import EXAMPLES, SITE
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
# What the workspace of the test has.
_ALONE: Final[dict[str, dict[str, Any]]] = {
    "azure_ml": {
        "model": {**EXAMPLES["azure_ml"]["model"], "uri": f"{ARTIFACTS}/prices/1.0.0"},
        "public_access": True,
    },
}
_UP: Final = ("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")


def test_a_model_moves_between_clouds_by_its_target(sandbox: Sandbox, tmp_path: Path) -> None:
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

    keys: set[frozenset[str]] = set()
    slos: set[str] = set()
    for target, endpoint in _ROUTE.items():
        model = {**EXAMPLES[target], **_OF_THE_MODEL, **_ALONE.get(target, {})}
        (root / "stacks" / "models" / "prices.yaml").write_text(yaml.safe_dump(model))
        sandbox.pulumi(*_UP, cwd=root)
        resources = sandbox.resources(root)
        types = {each["type"] for each in resources}
        assert endpoint in types
        assert not types & (set(_ROUTE.values()) - {endpoint})
        made = sandbox.outputs(root)["endpoints"]["prices"]
        assert made["target"] == target
        assert made["endpoint_name"]
        keys.add(frozenset(made))
        (component,) = (each for each in resources if each["type"].startswith("model-serving:"))
        status = component["outputs"]["status"]
        assert (status["environment"], status["version"]) == ("dev", "1.0.0")
        slos.add(status["slo"])
    assert len(keys) == 1
    assert len(slos) == 1
