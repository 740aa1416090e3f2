"""Model files for Azure ML through the whole program: `serving` to the live endpoints."""

import pytest
import yaml

from sandbox.seed import AZURE_SUBSCRIPTION
from sandbox.store import Store
from tests.engine.azure_ml_workspace import ARTIFACTS, REGISTRY_ID, WORKSPACE, make_workspace
from tests.engine.test_program import GO, Estate, estate
from tests.unit.settings_project import AZURE_ML, AZURE_ML_BATCH, changed
from tests.unit.test_docs_azure_ml import FILES

pytestmark = pytest.mark.engine

__all__ = ["estate"]

_ML = "azure-native:machinelearningservices"


def test_files_become_endpoints_in_the_right_subscription_alone(estate: Estate) -> None:
    make_workspace(estate.sandbox).close()
    uri = f"{ARTIFACTS}/prices/1.4.0"
    online = changed(AZURE_ML, model__uri=uri, public_access=True)
    batch = changed(
        AZURE_ML_BATCH,
        model__uri=uri,
        input_uri=f"{ARTIFACTS}/customers/",
        output_uri="https://examplemodels.blob.core.windows.net/captured/scores",
        public_nodes=True,
    )
    estate.model("prices").write_text(yaml.safe_dump(online))
    estate.model("scores").write_text(yaml.safe_dump(batch))
    azure = {
        "subscription_id": AZURE_SUBSCRIPTION,
        "resource_group": "models",
        "location": "westeurope",
    }
    estate.write("targets.azure", {**azure, "subscription_id": AZURE_SUBSCRIPTION[:-1] + "9"})
    workspace = {"workspace_name": WORKSPACE, "registry_id": REGISTRY_ID}
    estate.write("targets.azure_ml", workspace)
    up = ("up", "--env", "dev", "--only", "prices", *GO)
    wrong = estate.serving(*up, check=False)
    told = wrong.stdout + wrong.stderr
    assert wrong.returncode
    assert "Azure cannot be used: " in told
    assert "expected: resource group models in subscription" in told
    assert not [each for each in estate.resources() if each["type"].startswith("azure-native:")]

    estate.write("targets.azure", azure)
    estate.write("targets.azure_ml", {**workspace, "workspace_name": "models-prod"})
    missing = estate.serving(*up, check=False)
    told = missing.stdout + missing.stderr
    assert missing.returncode
    assert "Azure ML cannot be used: ResourceNotFound" in told
    assert "expected: workspace models-prod in resource group models" in told
    assert "Traceback" not in told

    estate.write("targets.azure_ml", workspace)
    estate.serving(*up)
    estate.serving("up", "--env", "dev", "--only", "scores", *GO)
    store = Store(estate.sandbox.home / "store.sqlite")
    (endpoint,) = store.list("azure-native", f"{_ML}:OnlineEndpoint")
    (runs,) = store.list("azure-native", f"{_ML}:BatchEndpoint")
    store.close()
    assert endpoint.name == "prices-dev"
    assert list(endpoint.inputs["properties"]["traffic"].values()) == [100]
    assert runs.name == "scores-dev"
    assert runs.inputs["properties"]["defaults"]["deploymentName"].startswith("v1-4-0-")
    shown = estate.serving("status", "--env", "dev").stdout
    for word in ("prices", "azure_ml", "scores", "azure_ml_batch"):
        assert word in shown
    # The traffic and the default are as this project has set them after the endpoints were made.
    assert (
        "everything is as the last update left it" in estate.serving("drift", "--env", "dev").stdout
    )

    # All that has our tags is known; without its state none of it is.
    found = estate.orphans()
    assert found["orphans"] == []
    assert found["looked_at"][-1].startswith(f"Azure subscription {AZURE_SUBSCRIPTION}, but for")
    # The traffic of an endpoint has the endpoint's own id.
    ids = estate.forget("azure-native")
    estate.forget("serving")
    found = estate.orphans()["orphans"]
    assert {each["id"] for each in found} <= ids
    kinds = {each["type"].rpartition("/workspaces/")[2] for each in found}
    assert {"onlineendpoints", "onlineendpoints/deployments"} <= kinds
    assert {each["model"] for each in found} == {"prices", "scores"}


def test_the_smallest_files_of_the_docs_deploy_in_a_new_sandbox(estate: Estate) -> None:
    for path, text in FILES.items():
        (estate.root / path).write_text(text)
    store = Store(estate.sandbox.home / "store.sqlite")
    seeded = [row.id for row in store.list("azure-native")]
    for name in ("fraud", "fraud-scores"):
        estate.serving("up", "--env", "docs", "--only", name, *GO)
    (endpoint,) = store.list("azure-native", f"{_ML}:OnlineEndpoint")
    assert endpoint.name == "fraud-docs"
    assert list(endpoint.inputs["properties"]["traffic"].values()) == [100]
    (scores,) = store.list("azure-native", f"{_ML}:BatchEndpoint")
    assert scores.name == "fraud-scores-docs"
    assert scores.inputs["properties"]["defaults"]["deploymentName"].startswith("v1-4-0-")
    estate.sandbox.destroy(estate.root, stack="docs")
    assert [row.id for row in store.list("azure-native")] == seeded
    store.close()
