"""AzureMlBatchEndpoint: every argument, what it registers, what it refuses."""

import json
from typing import Any

import pulumi
import pytest

from components.azure.azure_ml.azure_ml_batch_endpoint import AzureMlBatchEndpoint
from facts.azure_ml import BATCH_NETWORK_PAGE, BATCH_SCHEDULE_PAGE
from tests.unit import component_mocks
from tests.unit.component_mocks import SUBSCRIPTION, Recorded, record

BLOBS = "https://examplemodels.blob.core.windows.net"
WORKSPACE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models"
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "subscription_id": SUBSCRIPTION,
    "resource_group": "models",
    "workspace_name": "serving",
    "model_version": "2.1.0",
    "model_uri": f"{BLOBS}/models/churn/2.1.0",
    "framework": "mlflow",
    "input_uri": f"{BLOBS}/customers/all/",
    "output_uri": f"{BLOBS}/scores/churn/",
    "on_demand": True,
}
ML = "azure-native:machinelearningservices"
SCRIPT: dict[str, Any] = {
    "framework": None,
    "image": "examples.azurecr.io/score@sha256:" + "1" * 64,
    "code_uri": f"{BLOBS}/code/churn/2.1.0",
}
CLOCK: dict[str, Any] = {"on_demand": None, "schedule": "30 2 * * 1-5"}


def made(**arguments: Any) -> Recorded:  # noqa: ANN401 - an argument
    asked = {**MINIMAL, **arguments}
    given = {key: value for key, value in asked.items() if value is not None}
    return record(AzureMlBatchEndpoint, "churn", given)


def one(recorded: Recorded, kind: str) -> dict[str, Any]:
    (found,) = recorded.of(f"{ML}:{kind}").values()
    return found


def refused(**arguments: Any) -> str:  # noqa: ANN401
    with pytest.raises(pulumi.RunError) as caught:
        made(**arguments)
    return str(caught.value)


def test_least_is_an_endpoint_with_a_deployment_and_a_cluster_of_its_own() -> None:
    recorded = made()
    assert sorted(recorded.types.values()) == sorted(
        [
            "model-serving:index:AzureMlBatchEndpoint",
            "azure-native:managedidentity:UserAssignedIdentity",
            *["azure-native:authorization:RoleAssignment"] * 3,
            *[f"{ML}:Datastore"] * 2,
            f"{ML}:ModelVersion",
            f"{ML}:Compute",
            f"{ML}:BatchEndpoint",
            f"{ML}:BatchDeployment",
            "serving:index:AzureMlBatchDefault",
            "serving:index:AzureMlLiveValues",
        ]
    )
    endpoint = one(recorded, "BatchEndpoint")
    assert endpoint["endpointName"] == "churn-dev"
    # What is live is written back; the mocks have a default already.
    assert endpoint["properties"] == {
        "authMode": "AADToken",
        "defaults": {"deploymentName": "v2-0-0-aaaaaa"},
    }
    assert endpoint["location"] == "westeurope"
    assert endpoint["tags"]["model-serving:owner"] == "team-growth"
    deployment = one(recorded, "BatchDeployment")
    properties = deployment["properties"]
    assert properties["outputAction"] == "AppendRow"
    assert properties["outputFileName"] == "predictions.csv"
    assert properties["errorThreshold"] == 0
    assert properties["miniBatchSize"] == 10
    assert properties["maxConcurrencyPerInstance"] == 1
    assert properties["retrySettings"] == {"maxRetries": 3, "timeout": "PT30S"}
    assert properties["resources"] == {"instanceCount": 1}
    assert properties["model"]["assetId"] == "churn-2-1-0-model-id"
    assert "codeConfiguration" not in properties
    assert "environmentId" not in properties
    (default,) = recorded.of("serving:index:AzureMlBatchDefault").values()
    # The mocks call everything by its resource's name.
    assert default["deploymentName"] == "churn-2-1-0-deployment"
    assert recorded.outputs["url"] == MINIMAL["output_uri"]
    assert recorded.outputs["invoke_url"].endswith("/jobs")


def test_cluster_is_private_and_has_no_machines_between_runs() -> None:
    compute = one(made(), "Compute")
    assert compute["properties"]["disableLocalAuth"] is True
    cluster = compute["properties"]["properties"]
    assert cluster["enableNodePublicIp"] is False
    assert cluster["remoteLoginPortPublicAccess"] == "Disabled"
    assert cluster["vmSize"] == "Standard_DS3_v2"
    assert cluster["vmPriority"] == "Dedicated"
    assert cluster["scaleSettings"] == {
        "maxNodeCount": 1,
        "minNodeCount": 0,
        "nodeIdleTimeBeforeScaleDown": "PT120S",
    }
    assert compute["identity"]["type"] == "UserAssigned"


def test_cluster_of_other_machines_is_another_one_and_of_another_version_the_same() -> None:
    names = [
        one(made(**more), "Compute")["computeName"]
        for more in (
            {},
            {"model_version": "2.2.0", "model_uri": f"{BLOBS}/models/churn/2.2.0"},
            {"instance_type": "Standard_E4s_v3"},
        )
    ]
    assert names[0] == names[1] != names[2]
    assert all(3 <= len(name) <= 24 and name.isalnum() for name in names)


def test_cluster_takes_what_is_asked() -> None:
    subnet = f"{WORKSPACE}/providers/Microsoft.Network/virtualNetworks/net/subnets/batch"
    recorded = made(
        instance_type="Standard_NC4as_T4_v3",
        low_priority=True,
        idle_seconds=600,
        parallelism=4,
        subnet_id=subnet,
    )
    cluster = one(recorded, "Compute")["properties"]["properties"]
    assert cluster["vmSize"] == "Standard_NC4as_T4_v3"
    assert cluster["vmPriority"] == "LowPriority"
    assert cluster["subnet"] == {"id": subnet}
    assert cluster["scaleSettings"]["maxNodeCount"] == 4
    assert cluster["scaleSettings"]["nodeIdleTimeBeforeScaleDown"] == "PT600S"
    resources = one(recorded, "BatchDeployment")["properties"]["resources"]
    assert resources == {"instanceCount": 4}


def test_cluster_that_is_there_is_used() -> None:
    recorded = made(compute_name="shared-cpu")
    assert recorded.of(f"{ML}:Compute") == {}
    compute = one(recorded, "BatchDeployment")["properties"]["compute"]
    assert compute.endswith("/workspaces/serving/computes/shared-cpu")


def test_a_script_runs_in_an_image() -> None:
    recorded = made(**SCRIPT, scoring_script="main.py", env={"THREADS": "4"})
    assert one(recorded, "EnvironmentVersion")["properties"]["image"] == SCRIPT["image"]
    assert one(recorded, "CodeVersion")["properties"]["codeUri"] == SCRIPT["code_uri"]
    assert one(recorded, "ModelVersion")["properties"]["modelType"] == "custom_model"
    properties = one(recorded, "BatchDeployment")["properties"]
    assert properties["codeConfiguration"] == {
        "codeId": "churn-2-1-0-code-id",
        "scoringScript": "main.py",
    }
    assert properties["environmentId"] == "churn-2-1-0-environment-id"
    assert properties["environmentVariables"] == {"THREADS": "4"}


def test_a_model_of_the_workspace_is_named_and_not_registered() -> None:
    container = (
        f"{WORKSPACE}/providers/Microsoft.Storage/storageAccounts/mlstore"
        "/blobServices/default/containers/azureml"
    )
    registry = f"{WORKSPACE}/providers/Microsoft.ContainerRegistry/registries/images"
    recorded = made(
        model_uri="azureml:churn:7",
        artifact_container_ids=[container],
        registry_id=registry,
    )
    assert recorded.of(f"{ML}:ModelVersion") == {}
    asset = one(recorded, "BatchDeployment")["properties"]["model"]["assetId"]
    assert asset == (
        f"{WORKSPACE}/providers/Microsoft.MachineLearningServices/workspaces/serving"
        "/models/churn/versions/7"
    )
    scopes = {
        name: each["scope"]
        for name, each in recorded.of("azure-native:authorization:RoleAssignment").items()
    }
    assert scopes["churn-mlstore-azureml"] == container
    assert scopes["churn-images"] == registry


def test_rights_are_below_the_paths_alone() -> None:
    grants = made(**SCRIPT).of("azure-native:authorization:RoleAssignment")
    assert sorted(grants) == [
        "churn-examplemodels-code",
        "churn-examplemodels-customers",
        "churn-examplemodels-models",
        "churn-examplemodels-scores/outputs",
    ]
    assert "StringStartsWith 'churn/'" in grants["churn-examplemodels-scores/outputs"]["condition"]
    assert "delete" not in grants["churn-examplemodels-customers"]["condition"]


def test_a_container_that_is_read_as_a_whole_has_one_role() -> None:
    container = (
        f"{WORKSPACE}/providers/Microsoft.Storage/storageAccounts/examplemodels"
        "/blobServices/default/containers/customers"
    )
    grants = made(artifact_container_ids=[container]).of(
        "azure-native:authorization:RoleAssignment"
    )
    (reads,) = [each for each in grants.values() if each["scope"] == container]
    # A second one of the same role would be refused, whatever its condition: RoleAssignmentExists.
    assert "condition" not in reads


def test_an_older_version_is_read_until_it_has_gone() -> None:
    def reads(**changes: Any) -> str:  # noqa: ANN401 - arguments of any type
        grants = made(**changes).of("azure-native:authorization:RoleAssignment")
        condition: str = grants["churn-examplemodels-models"]["condition"]
        return condition

    newer = "https://examplemodels.blob.core.windows.net/models/churn/2.2.0"
    assert reads() == reads(model_version="2.2.0", model_uri=newer)


def test_model_is_read_by_a_data_store_without_credentials() -> None:
    recorded = made()
    stores = recorded.of(f"{ML}:Datastore")
    assert sorted(stores) == [
        "churn-examplemodels-models/datastore",
        "churn-examplemodels-scores/datastore",
    ]
    for store in stores.values():
        assert store["properties"]["credentials"] == {"credentialsType": "None"}
    model = one(recorded, "ModelVersion")
    assert model["properties"]["modelType"] == "mlflow_model"
    assert model["properties"]["modelUri"].endswith("/paths/churn/2.1.0")
    assert model["name"] == "churn-dev-batch"


@pytest.mark.parametrize(
    "more",
    [
        {"model_uri": f"{BLOBS}/models/churn/2.1.0-b"},
        {"compute_name": "shared-cpu"},
        {**SCRIPT},
        {**SCRIPT, "code_uri": f"{BLOBS}/code/churn/2.1.1"},
    ],
)
def test_what_cannot_be_changed_is_another_deployment(more: dict[str, Any]) -> None:
    names = [one(made(**each), "BatchDeployment")["deploymentName"] for each in ({}, more)]
    assert names[0] != names[1]
    assert all(name.startswith("v2-1-0-") and len(name) <= 32 for name in names)


def test_what_can_be_changed_is_the_same_deployment() -> None:
    more = {"mini_batch_size": 100, "retries": 0, "error_threshold": -1, "parallelism": 2}
    names = {one(made(**each), "BatchDeployment")["deploymentName"] for each in ({}, more)}
    assert len(names) == 1


def test_the_clock_starts_runs_by_the_identity() -> None:
    recorded = made(**CLOCK, time_zone="Europe/Berlin")
    (workflow,) = recorded.of("azure-native:logic:Workflow").values()
    assert workflow["state"] == "Enabled"
    definition = workflow["definition"]
    assert definition["triggers"]["schedule"]["recurrence"] == {
        "frequency": "Week",
        "interval": 1,
        "startTime": "2020-01-01T00:00:00",
        "timeZone": "W. Europe Standard Time",
        "schedule": {
            "hours": [2],
            "minutes": [30],
            "weekDays": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        },
    }
    call = definition["actions"]["invoke"]["inputs"]
    assert call["uri"].endswith("/jobs")
    assert call["authentication"] == {
        "type": "ManagedServiceIdentity",
        "identity": "churn-identity-id",
        "audience": "https://ml.azure.com",
    }
    data = call["body"]["properties"]
    assert data["InputData"]["input"]["Uri"] == MINIMAL["input_uri"]
    assert data["OutputData"]["score"]["Uri"].endswith(
        "/paths/churn/@{workflow()['run']['name']}/predictions.csv"
    )
    (role,) = recorded.of("azure-native:authorization:RoleDefinition").values()
    (permission,) = role["permissions"]
    assert len(permission["actions"]) == len(set(permission["actions"])) == 35
    assert not [each for each in permission["actions"] if each.endswith(("*", "/delete"))]


def test_a_schedule_on_all_days_that_rests() -> None:
    (workflow,) = (
        made(on_demand=None, schedule="@daily", suspended=True)
        .of("azure-native:logic:Workflow")
        .values()
    )
    assert workflow["state"] == "Disabled"
    recurrence = workflow["definition"]["triggers"]["schedule"]["recurrence"]
    assert recurrence["frequency"] == "Day"
    assert recurrence["timeZone"] == "UTC"
    assert recurrence["schedule"] == {"hours": [0], "minutes": [0]}


def test_request_is_told_for_who_invokes() -> None:
    sent = json.loads(made(output_file_name="scores.csv").outputs["invoke_request"])
    assert sent["properties"]["OutputData"]["score"] == {
        "JobOutputType": "UriFile",
        "Uri": "churn-examplemodels-scores/datastore-id/paths/churn/scores.csv",
    }
    sent = json.loads(made(output_action="summary_only").outputs["invoke_request"])
    assert sent["properties"]["OutputData"]["score"]["JobOutputType"] == "UriFolder"


def test_live_default_is_read_when_the_endpoint_is_written() -> None:
    writes = {
        next(iter(made(**more).of("serving:index:AzureMlLiveValues").values()))["writes"]
        for more in ({}, {"tags": {"a": "b"}}, {"description": "scores"}, {"mini_batch_size": 5})
    }
    assert len(writes) == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"on_demand": None}, "schedule: got None; use a schedule, or on_demand: true"),
        ({"on_demand": None}, BATCH_SCHEDULE_PAGE),
        ({"schedule": "@daily"}, "on_demand: got True; use it without schedule"),
        ({**CLOCK, "schedule": "0 2 1 * *"}, "schedule: got '0 2 1 * *'; use minutes, hours"),
        ({**CLOCK, "schedule": "99 2 * * *"}, "a minute from 0 to 59"),
        ({**CLOCK, "time_zone": "Mars/Base"}, "time_zone: got 'Mars/Base'"),
        ({"time_zone": "Europe/Berlin"}, "time_zone: got 'Europe/Berlin'; use schedule beside it"),
        ({"suspended": True}, "suspended: got True"),
        ({"framework": "sklearn"}, "framework: got 'sklearn'; use mlflow, or give image"),
        ({"framework": None}, "framework: got None"),
        ({**SCRIPT, "code_uri": None}, "code_uri: got None; use the folder"),
        ({"code_uri": SCRIPT["code_uri"]}, "use it beside image"),
        ({"model_uri": "azureml://registries/r/models/m/versions/1"}, "model_uri: got 'azureml://"),
        ({"model_uri": "s3://models/churn/2.1.0"}, "model_uri: got 's3://"),
        ({"input_uri": "s3://data/"}, "input_uri: got 's3://data/'"),
        ({"output_uri": f"{BLOBS}/scores/"}, "output_uri: got"),
        ({"compute_name": "shared-1"}, "compute_name: got 'shared-1'; use 3 to 24 letters"),
        ({"compute_name": "shared", "instance_type": "Standard_DS3_v2"}, "instance_type: got"),
        ({"instance_type": "ml.m5.large"}, "use a size such as Standard_DS3_v2"),
        ({"parallelism": 101}, "parallelism: got 101; use a whole number from 1 to 100"),
        ({"error_threshold": -2}, "error_threshold: got -2"),
        ({"output_action": "parquet"}, "output_action: got 'parquet'"),
        ({"output_file_name": "a/b"}, "output_file_name: got 'a/b'"),
        ({"environment": "x" * 30}, "3 to 32 letters, digits and single dashes"),
        ({"registry_id": "images"}, "registry_id: got 'images'"),
        ({"subnet_id": "batch"}, "subnet_id: got 'batch'"),
        ({"artifact_container_ids": ["azureml"]}, "artifact_container_ids: got 'azureml'"),
    ],
)
def test_refused_before_anything_is_registered(arguments: dict[str, Any], told: str) -> None:
    assert told in refused(**arguments)


def test_places_are_known_texts() -> None:
    told = refused(input_uri=pulumi.Output.from_input(MINIMAL["input_uri"]))
    assert "input_uri: got 'an output'; use https://account.blob.core.windows.net" in told


@pytest.mark.parametrize(
    ("workspace", "arguments", "told"),
    [
        ({"publicNetworkAccess": "Disabled"}, CLOCK, "do not reach a private workspace"),
        ({"encryption": {"status": "Enabled"}}, {}, BATCH_NETWORK_PAGE),
        ({"managedNetwork": None}, {}, "subnet_id: got None; use a subnet for the machines"),
        ({}, {"public_nodes": True}, "public_nodes: got True; use it without"),
    ],
)
def test_a_workspace_that_does_not_fit(
    monkeypatch: pytest.MonkeyPatch,
    workspace: dict[str, Any],
    arguments: dict[str, Any],
    told: str,
) -> None:
    answers = component_mocks._ANSWERS  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the workspace
    key = f"{ML}:getWorkspace"
    monkeypatch.setitem(answers, key, {**answers[key], **workspace})
    assert told in refused(**arguments)


def test_public_nodes_stand_in_for_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = component_mocks._ANSWERS  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    key = f"{ML}:getWorkspace"
    monkeypatch.setitem(answers, key, {**answers[key], "managedNetwork": None})
    cluster = one(made(public_nodes=True), "Compute")["properties"]["properties"]
    assert cluster["enableNodePublicIp"] is True
    assert cluster["remoteLoginPortPublicAccess"] == "Disabled"
