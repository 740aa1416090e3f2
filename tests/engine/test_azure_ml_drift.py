"""Drift of a model on Azure ML through the real engine: made, changed, taken away."""

from typing import Any

import pytest

from sandbox.seed import AZURE_SUBSCRIPTION
from tests.engine.azure_ml_workspace import ARTIFACTS, REGISTRY_ID, WORKSPACE, make_workspace
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "subscription_id": AZURE_SUBSCRIPTION,
    "resource_group": "models",
    "workspace_name": WORKSPACE,
    "registry_id": REGISTRY_ID,
    "model_version": "1.4.0",
    "model_uri": f"{ARTIFACTS}/fraud/1.4.0/",
    "framework": "mlflow",
    "instance_type": "Standard_DS3_v2",
    "capture_percent": 100,
    "capture_uri": "https://examplemodels.blob.core.windows.net/captured/fraud",
    "capture_payload": ["response"],
}
_DRIFT: dict[str, Any] = {
    "drift_baseline_uri": "azureml:fraud-training:3",
    "drift_emails": ["team-risk@example.com"],
}


def test_life(sandbox: Sandbox) -> None:
    make_workspace(sandbox).close()
    project = ComponentProject(
        sandbox,
        "azure",
        "components.azure.azure_ml.azure_ml_endpoint",
        "AzureMlEndpoint",
        "fraud",
        dict(_MINIMAL),
    )
    project.up()
    # What serves goes on: it collects more, in place.
    asked = project.up(**_DRIFT)
    assert asked.names("create") == {"fraud-captured-model_inputs", "fraud-drift"}
    assert asked.names("update") >= {"fraud-1-4-0-deployment"}
    assert not asked.names("replace", "create-replacement", "delete")
    assert project.up().steps == {}
    assert "fraud-drift" not in project.refresh().names("update")
    closer = project.up(drift_threshold=0.2, drift_features=["amount"])
    assert closer.steps == {"fraud-drift": ["update"]}
    often = project.up(drift_schedule="0 3/6 * * *")
    assert often.steps == {"fraud-drift": ["update"]}
    trigger = project.resource("fraud-drift")["inputs"]["properties"]["trigger"]
    assert trigger["schedule"] == {"hours": [3, 9, 15, 21], "minutes": [0]}
    # Another version is looked at like the first one: the data asset is the endpoint's.
    new = project.up(model_version="1.5.0", model_uri=f"{ARTIFACTS}/fraud/1.5.0/")
    assert "fraud-drift" not in new.steps
    none: dict[str, Any] = {key: None for key in project.args if key.startswith("drift_")}
    gone = project.up(**none)
    assert gone.names("delete") >= {"fraud-captured-model_inputs", "fraud-drift"}
    project.up(**_DRIFT)
    order = [name for operation, name in project.destroy().order if operation == "delete"]
    assert order.index("fraud-drift") < order.index("fraud-endpoint")
