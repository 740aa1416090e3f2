"""AzureMlBatchEndpoint through the real engine: what each step of its life makes and changes."""

import warnings
from typing import Any

import pytest

from sandbox.api import server
from sandbox.seed import AZURE_SUBSCRIPTION
from sandbox.store import Fault, Row, Store
from sandbox.values import mapped
from tests.engine.azure_ml_workspace import ARTIFACTS, WORKSPACE, WORKSPACE_ID, make_workspace
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.test_azure_ml_batch_endpoint import MINIMAL
from tests.unit.test_sandbox_api_azure import Credential

pytestmark = pytest.mark.engine

_ML = "azure-native:machinelearningservices"
_ENDPOINT, _DEPLOYMENT = f"{_ML}:BatchEndpoint", f"{_ML}:BatchDeployment"
_ENDPOINT_ID = f"{WORKSPACE_ID}/batchEndpoints/churn-dev"
_NEWER: dict[str, Any] = {
    "model_version": "2.2.0",
    "model_uri": f"{ARTIFACTS}/churn/2.2.0",
}


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "azure",
        "components.azure.azure_ml.azure_ml_batch_endpoint",
        "AzureMlBatchEndpoint",
        "churn",
        {
            **MINIMAL,
            "subscription_id": AZURE_SUBSCRIPTION,
            "workspace_name": WORKSPACE,
            "model_uri": f"{ARTIFACTS}/churn/2.1.0",
            "input_uri": f"{ARTIFACTS}/customers/",
            "output_uri": "https://examplemodels.blob.core.windows.net/captured/scores/",
            "public_nodes": True,
        },
    )


def _default(store: Store) -> str:
    """The live default, without the digest of its name."""
    row = store.get("azure-native", _ENDPOINT, _ENDPOINT_ID)
    assert row is not None
    defaults = mapped(row.inputs["properties"].get("defaults"))
    return str(defaults.get("deploymentName") or "").rpartition("-")[0]


def _writes(store: Store, since: int) -> list[str]:
    """What was written of endpoints and deployments, in order; a default is set by our provider."""
    found: list[str] = []
    for event in store.events()[since:]:
        kind = event.token.rpartition(":")[2]
        if event.operation == "azureml:BatchEndpoints_CreateOrUpdate":
            # The row that the call wrote came just before it.
            if found and found[-1] == "update BatchEndpoint":
                found.pop()
            found.append("set default")
        elif (
            kind.startswith("Batch")
            and event.operation in {"create", "update", "delete"}
            and event.outcome == "ok"
        ):
            found.append(f"{event.operation} {kind}")
    return found


def _read_back(store: Store) -> None:
    """What was deployed, by the client inside the vendor's own library."""
    # It takes seconds, and is written for the next version of its library, which says so.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from azure.ai.ml._restclient.arm_ml_service import (  # noqa: PLC0415
            MachineLearningServicesMgmtClient,
        )

    running = server.start(store.path)
    try:
        client: Any = MachineLearningServicesMgmtClient(
            Credential(), AZURE_SUBSCRIPTION, base_url=running.url
        )
        place = ("models", WORKSPACE)
        endpoint = client.batch_endpoints.get(*place, "churn-dev", enforce_https=False).properties
        default = endpoint.defaults.deployment_name
        assert endpoint.auth_mode == "AADToken"
        assert default.startswith("v2-2-0-")
        deployment = client.batch_deployments.get(
            *place, "churn-dev", default, enforce_https=False
        ).properties
        assert deployment.mini_batch_size == 50
        assert deployment.retry_settings.max_retries == 3
        assert deployment.compute.rpartition("/computes/")[2]
        version = deployment.model.asset_id.rpartition("/")[2]
        found = client.model_versions.get(*place, "churn-dev-batch", version, enforce_https=False)
        assert found.properties.model_uri.endswith("/paths/churn/2.2.0")
        assert found.properties.model_type == "mlflow_model"
    finally:
        running.close()


def test_life(sandbox: Sandbox) -> None:
    store = make_workspace(sandbox)
    project = _project(sandbox)
    # In a network that nobody gave: refused where the workspace is known, before anything is made.
    refused = project.preview(public_nodes=None, fails=True)
    assert "subnet_id: got None; use a subnet for the machines" in refused.output
    assert "Traceback" not in refused.output
    assert project.preview(public_nodes=True).names("create") >= {"churn-endpoint", "churn-default"}

    # Half made, it goes on from there.
    store.add_fault(Fault(_DEPLOYMENT, "create", "fail", message="InternalServerError: try again"))
    since = len(store.events())
    failed = project.up(fails=True)
    assert "churn-endpoint" in failed.names("create")
    assert "churn-2-1-0-deployment" in project.up().names("create")
    assert _writes(store, since) == [
        "create BatchEndpoint",
        "create BatchDeployment",
        "set default",
    ]
    assert _default(store) == "v2-1-0"
    outputs = project.outputs()
    assert outputs["invoke_url"] == "https://churn-dev.westeurope.inference.ml.azure.com/jobs"
    assert outputs["endpoint_name"] == "churn-dev"
    assert project.up().steps == {}
    # The default is the endpoint's too, and nobody wants it away.
    project.refresh()
    assert project.up().steps == {}

    # A setting of the deployment is changed in place.
    assert project.up(mini_batch_size=50).steps == {"churn-2-1-0-deployment": ["update"]}
    # The endpoint is written with the default that it has.
    since = len(store.events())
    renamed = project.up(owner="team-sales")
    assert renamed.names("update") >= {"churn-endpoint", "churn-live"}
    assert renamed.names("replace", "create", "delete") == set()
    assert "set default" not in _writes(store, since)
    assert _default(store) == "v2-1-0"

    # The next version is there before it is the default, and the old one goes last.
    since = len(store.events())
    newer = project.up(**_NEWER)
    assert newer.names("create") == {"churn-2-2-0-model", "churn-2-2-0-deployment"}
    assert newer.names("delete") == {"churn-2-1-0-model", "churn-2-1-0-deployment"}
    # The rights too stay: a run of the older version can still load its model.
    assert newer.names("update") == {"churn-default"}
    assert _writes(store, since) == [
        "create BatchDeployment",
        "set default",
        "delete BatchDeployment",
    ]
    assert _default(store) == "v2-2-0"
    _read_back(store)

    # With the new default, whether it was refreshed or not.
    assert project.up(owner="team-growth").names("update") >= {"churn-endpoint"}
    assert _default(store) == "v2-2-0"

    # Other machines are another cluster and another deployment, before the old ones go.
    bigger = project.up(instance_type="Standard_E4s_v3")
    assert bigger.replaced_in_turn("churn-cluster")
    assert bigger.replaced_in_turn("churn-2-2-0-deployment")
    assert project.up().steps == {}
    assert project.destroy().names("delete") >= {"churn-endpoint", "churn-cluster"}
    assert store.list("azure-native", _DEPLOYMENT) == []


def test_clock_and_drift(sandbox: Sandbox) -> None:
    store = make_workspace(sandbox)
    project = _project(sandbox)
    created = project.up(on_demand=None, schedule="30 2 * * *", time_zone="Europe/Berlin")
    assert created.names("create") >= {"churn-schedule", "churn-invoke", "churn-invoke-role"}
    assert project.up().steps == {}
    workflow = project.resource("churn-schedule")["outputs"]
    assert workflow["definition"]["actions"]["invoke"]["inputs"]["uri"].endswith("/jobs")
    assert project.up(suspended=True).properties == {"churn-schedule": {"state"}}

    # Somebody took the default away; a refresh sees it, and an update sets it again.
    def without(row: Row) -> Row:
        kept = {key: value for key, value in row.inputs["properties"].items() if key != "defaults"}
        told = {key: value for key, value in row.outputs["properties"].items() if key != "defaults"}
        return row.replace(
            inputs={**row.inputs, "properties": kept}, outputs={**row.outputs, "properties": told}
        )

    store.update("azure-native", _ENDPOINT, _ENDPOINT_ID, without, account=AZURE_SUBSCRIPTION)
    assert "churn-default" in project.refresh().names("update")
    assert project.up().names("update") == {"churn-default"}
    assert _default(store) == "v2-1-0"

    # What Azure refuses fails the update with its reason; what serves stays.
    message = "BadRequest: the endpoint is locked"
    store.add_fault(Fault(_ENDPOINT, "BatchEndpoints_CreateOrUpdate", "fail", message=message))
    failed = project.up(**_NEWER, fails=True)
    assert "the endpoint is locked" in failed.output
    assert _default(store) == "v2-1-0"
    assert project.up().names("update") >= {"churn-default"}
    assert _default(store) == "v2-2-0"

    # From the clock to whoever invokes it.
    on_demand = project.up(on_demand=True, schedule=None, time_zone=None, suspended=None)
    assert on_demand.names("delete") == {"churn-schedule", "churn-invoke", "churn-invoke-role"}
    project.destroy()
