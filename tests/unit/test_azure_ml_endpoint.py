"""What an Azure ML endpoint registers, and what it refuses."""

import json
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.azure.azure_ml.azure_ml_assets import deployment_name
from components.azure.azure_ml.azure_ml_endpoint import AzureMlEndpoint
from facts.azure_ml import wrong_endpoint_name
from tests.unit import component_mocks
from tests.unit.component_mocks import SUBSCRIPTION, Recorded, record

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models"
PLACE = f"{GROUP}/providers"
REGISTRY = f"{PLACE}/Microsoft.ContainerRegistry/registries/examples"
BLOBS = "https://examplemodels.blob.core.windows.net"
IMAGE = "examples.azurecr.io/fraud@sha256:" + "1" * 64
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "subscription_id": SUBSCRIPTION,
    "resource_group": "models",
    "workspace_name": "models-dev",
    "registry_id": REGISTRY,
    "model_version": "1.4.0",
    "model_uri": f"{BLOBS}/fraud/1.4.0/",
    "framework": "mlflow",
    "instance_type": "Standard_DS3_v2",
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{BLOBS}/fraud/1.5.0/",
}
OWN: dict[str, Any] = {"framework": None, "image": IMAGE}
_ML = "azure-native:machinelearningservices"


def made(**changes: Any) -> Recorded:  # noqa: ANN401 - arguments of any type
    merged = {k: v for k, v in {**MINIMAL, **changes}.items() if v is not None}
    return record(AzureMlEndpoint, "fraud", merged)


def refused(**changes: Any) -> str:  # noqa: ANN401
    with pytest.raises(pulumi.RunError) as caught:
        made(**changes)
    return str(caught.value)


def the(recorded: Recorded, kind: str) -> dict[str, Any]:
    (found,) = recorded.of(f"{_ML}:{kind}").values()
    return found


# ---- what is made ----


def test_defaults_are_closed_and_without_keys() -> None:
    recorded = made()
    endpoint, deployment = the(recorded, "OnlineEndpoint"), the(recorded, "OnlineDeployment")
    assert endpoint["endpointName"] == "fraud-dev"
    assert endpoint["properties"]["authMode"] == "AADToken"
    assert endpoint["properties"]["publicNetworkAccess"] == "Disabled"
    assert endpoint["identity"]["userAssignedIdentities"] == ["fraud-identity-id"]
    properties = deployment["properties"]
    # The network that the workspace manages decides.
    assert "egressPublicNetworkAccess" not in properties
    assert properties["appInsightsEnabled"] is False
    assert "dataCollector" not in properties
    assert properties["requestSettings"] == {
        "requestTimeout": "PT5S",
        "maxConcurrentRequestsPerInstance": 1,
    }
    assert deployment["sku"] == {"name": "Default", "capacity": 1}
    assert endpoint["tags"]["model-serving:owner"] == "team-risk"
    assert "model-serving:model-version" not in endpoint["tags"]
    assert deployment["tags"]["model-serving:model-version"] == "1.4.0"
    # No scale rule where there is nothing to scale.
    assert recorded.of("azure-native:monitor:AutoscaleSetting") == {}
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["actions"] == [
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"
    ]


def test_the_identity_reads_its_containers_and_pulls_and_no_more() -> None:
    recorded = made(
        **CANDIDATE,
        capture_percent=10,
        capture_uri=f"{BLOBS}/captured/fraud",
        artifact_container_ids=[
            f"{PLACE}/Microsoft.Storage/storageAccounts/workspace/blobServices/default/containers/a"
        ],
        storage_resource_group="storage",
    )
    rights = recorded.of("azure-native:authorization:RoleAssignment")
    reader, contributor, pull = (
        *("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    )
    places = {
        name: (right["scope"].rpartition("/providers/")[2], right["roleDefinitionId"][-36:])
        for name, right in rights.items()
    }
    storage = "Microsoft.Storage/storageAccounts"
    inside = "blobServices/default/containers"
    assert places == {
        "fraud-examplemodels-fraud": (f"{storage}/examplemodels/{inside}/fraud", reader),
        "fraud-workspace-a": (f"{storage}/workspace/{inside}/a", reader),
        "fraud-examplemodels-captured/outputs": (
            f"{storage}/examplemodels/{inside}/captured",
            contributor,
        ),
        "fraud-images": ("Microsoft.ContainerRegistry/registries/examples", pull),
    }
    assert "resourceGroups/storage/" in rights["fraud-examplemodels-fraud"]["scope"]
    assert {right["principalId"] for right in rights.values()} == {"principal"}
    assert "'fraud/'" in rights["fraud-examplemodels-captured/outputs"]["condition"]


def _reads(container: str = "models", **changes: Any) -> str | None:  # noqa: ANN401
    """On what condition it reads a container; None where it has none."""
    rights = made(**changes).of("azure-native:authorization:RoleAssignment")
    condition: str | None = rights[f"fraud-examplemodels-{container}"].get("condition")
    return condition


def test_the_identity_reads_the_folder_of_its_versions_until_the_last_has_gone() -> None:
    old, new = f"{BLOBS}/models/fraud/1.4.0", f"{BLOBS}/models/fraud/1.5.0/"
    first = _reads(model_uri=old)
    assert first is not None
    assert ":path] StringStartsWith 'fraud/'" in first
    # The role changes before the deployment of 1.4.0 goes, which may have to load its model yet.
    assert first == _reads(model_uri=old, candidate_version="1.5.0", candidate_uri=new)
    assert first == _reads(model_version="1.5.0", model_uri=new)
    assert first != _reads(model_uri=f"{BLOBS}/models/ranker/1.4.0")


def test_a_container_has_no_condition_where_versions_are_at_its_root_or_it_is_named() -> None:
    assert _reads("fraud") is None
    container = (
        f"{PLACE}/Microsoft.Storage/storageAccounts/examplemodels/blobServices/default/containers"
        "/models"
    )
    changes = {"model_uri": f"{BLOBS}/models/fraud/1.4.0"}
    assert _reads(**changes, artifact_container_ids=[container]) is None


_LOOKUP = f"{_ML}:getWorkspace"


def _answer(monkeypatch: pytest.MonkeyPatch, workspace: dict[str, Any]) -> None:
    """A workspace without a managed network."""
    answers = component_mocks._ANSWERS  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    usual = {**answers[_LOOKUP], "managedNetwork": None}
    monkeypatch.setitem(answers, _LOOKUP, {**usual, **workspace})


_LINK: dict[str, Any] = {
    "id": "a",
    "name": "a",
    "type": "t",
    "provisioningState": "Succeeded",
    "systemData": {},
}


@pytest.mark.parametrize(
    ("workspace", "changes", "egress"),
    [
        ({"privateEndpointConnections": [_LINK]}, {}, "Disabled"),
        ({}, {"egress_public_access": True}, "Enabled"),
    ],
)
def test_a_workspace_without_a_network_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
    workspace: dict[str, Any],
    changes: dict[str, Any],
    egress: str,
) -> None:
    _answer(monkeypatch, workspace)
    properties = the(made(**changes), "OnlineDeployment")["properties"]
    assert properties["egressPublicNetworkAccess"] == egress


_UNREACHED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, "egress_public_access: got False; use a workspace with a managed network"),
    (
        {"publicNetworkAccess": "Disabled", "privateEndpointConnections": [_LINK]},
        {"egress_public_access": True},
        "egress_public_access: got True; use false: containers would reach the workspace",
    ),
]


@pytest.mark.parametrize(("workspace", "changes", "told"), _UNREACHED)
def test_a_workspace_that_deployments_cannot_reach(
    monkeypatch: pytest.MonkeyPatch,
    workspace: dict[str, Any],
    changes: dict[str, Any],
    told: str,
) -> None:
    _answer(monkeypatch, workspace)
    assert told in refused(**changes)


@pytest.mark.parametrize(
    ("strategy", "percent", "traffic", "copies"),
    [
        ("canary", 0, {"1-4-0": 100, "1-5-0": 0}, {}),
        ("canary", 100, {"1-4-0": 0, "1-5-0": 100}, {}),
        ("ab", 30, {"1-4-0": 70, "1-5-0": 30}, {}),
        ("shadow", 50, {"1-4-0": 100, "1-5-0": 0}, {"1-5-0": 50}),
        ("shadow", 0, {"1-4-0": 100, "1-5-0": 0}, {}),
    ],
)
def test_shares_by_strategy(
    strategy: str, percent: int, traffic: dict[str, int], copies: dict[str, int]
) -> None:
    recorded = made(**CANDIDATE, strategy=strategy, canary_percent=percent)
    found = recorded.inputs["fraud-traffic"]

    def by_version(shares: dict[str, int]) -> dict[str, int]:
        return {name[1:-7]: share for name, share in shares.items()}

    assert by_version(found["traffic"]) == traffic
    assert by_version(found["mirrorTraffic"]) == copies


def _name(**changes: Any) -> str:  # noqa: ANN401
    return the(made(**changes), "OnlineDeployment")["deploymentName"]


@pytest.mark.parametrize(
    ("changes", "another"),
    [
        ({"model_uri": f"{BLOBS}/fraud/1.4.1/"}, True),
        ({"instance_type": "Standard_F4s_v2"}, True),
        ({"env": {"A": "b"}}, True),
        ({"egress_public_access": True}, True),
        (OWN, True),
        ({"owner": "team-payments"}, False),
        ({"max_replicas": 5}, False),
        ({"min_replicas": 2}, False),
        ({"request_timeout_seconds": 30}, False),
        ({"load_seconds": 600}, False),
        ({"app_insights": True}, False),
        ({"capture_percent": 5, "capture_uri": f"{BLOBS}/captured/x"}, False),
    ],
)
def test_a_deployment_is_named_by_what_is_rolled_out_anew(
    *, changes: dict[str, Any], another: bool
) -> None:
    assert (_name(**changes) != _name()) == another


def test_an_image_of_ones_own_brings_its_routes() -> None:
    recorded = made(**OWN, port=9000, ready_path="/ready", model_mount_path="/models")
    environment = the(recorded, "EnvironmentVersion")["properties"]
    assert environment["image"] == IMAGE
    assert environment["inferenceConfig"] == {
        "livenessRoute": {"path": "/healthz", "port": 9000},
        "readinessRoute": {"path": "/ready", "port": 9000},
        "scoringRoute": {"path": "/score", "port": 9000},
    }
    deployment = the(recorded, "OnlineDeployment")["properties"]
    assert deployment["environmentId"] == "fraud-1-4-0-environment-id"
    assert deployment["modelMountPath"] == "/models"
    assert the(recorded, "ModelVersion")["properties"]["modelType"] == "custom_model"
    assert the(made(), "ModelVersion")["properties"]["modelType"] == "mlflow_model"


@pytest.mark.parametrize(
    ("uri", "model"),
    [
        (
            "azureml:fraud:7",
            f"{PLACE}/Microsoft.MachineLearningServices/workspaces/models-dev/models/fraud/versions/7",
        ),
        (
            "azureml://registries/shared/models/fraud/versions/7",
            "azureml://registries/shared/models/fraud/versions/7",
        ),
    ],
)
def test_a_registered_model_is_not_registered_again(uri: str, model: str) -> None:
    recorded = made(model_uri=uri)
    assert recorded.of(f"{_ML}:ModelVersion") == {}
    assert the(recorded, "OnlineDeployment")["properties"]["model"] == model


def test_a_model_is_in_a_data_store_without_credentials() -> None:
    recorded = made(**CANDIDATE)
    (store,) = recorded.of(f"{_ML}:Datastore").values()
    assert store["name"] == "fraud_dev_examplemodels_fraud"
    assert store["properties"]["credentials"] == {"credentialsType": "None"}
    uris = {
        name: model["properties"]["modelUri"]
        for name, model in recorded.of(f"{_ML}:ModelVersion").items()
    }
    assert uris == {
        f"fraud-{word}-model": f"azureml:/fraud-examplemodels-fraud/datastore-id/paths/{version}/"
        for word, version in (("1-4-0", "1.4.0"), ("1-5-0", "1.5.0"))
    }


def test_a_scale_rule_for_each_version_and_the_live_instances() -> None:
    recorded = made(**CANDIDATE, max_replicas=4, candidate_replicas=2)
    settings = recorded.of("azure-native:monitor:AutoscaleSetting")
    assert set(settings) == {"fraud-1-4-0-scaling", "fraud-1-5-0-scaling"}
    (profile,) = settings["fraud-1-4-0-scaling"]["profiles"]
    assert profile["capacity"] == {"default": "1", "minimum": "1", "maximum": "4"}
    out, back = (rule["metricTrigger"] for rule in profile["rules"])
    assert (out["metricName"], out["operator"], out["threshold"]) == (
        "CpuUtilizationPercentage",
        "GreaterThan",
        60,
    )
    assert (back["operator"], back["threshold"]) == ("LessThan", 30)
    # Written with what is live (two, say the mocks), not with the least.
    for deployment in recorded.of(f"{_ML}:OnlineDeployment").values():
        assert deployment["sku"]["capacity"] == 2
    assert recorded.inputs["fraud-1-5-0-live"]["capacity"] == 2
    assert recorded.inputs["fraud-1-4-0-live"]["capacity"] == 1


@pytest.mark.parametrize(
    ("word", "metric", "of_endpoint", "divided", "target"),
    [
        ("gpu", "GpuUtilizationPercentage", False, False, 60),
        ("requests", "RequestsPerMinute", True, True, 600),
        ("latency", "RequestLatency_P95", True, False, 80),
    ],
)
def test_metrics_of_the_scale_rule(
    *, word: str, metric: str, of_endpoint: bool, divided: bool, target: float
) -> None:
    recorded = made(max_replicas=3, scaling_metric=word, latency_p95_ms=80)
    (setting,) = recorded.of("azure-native:monitor:AutoscaleSetting").values()
    trigger = setting["profiles"][0]["rules"][0]["metricTrigger"]
    assert (trigger["metricName"], trigger["threshold"]) == (metric, target)
    assert trigger["dividePerInstance"] is divided
    resource = "fraud-endpoint-id" if of_endpoint else "fraud-1-4-0-deployment-id"
    assert trigger["metricResourceUri"] == resource
    assert ("dimensions" in trigger) == of_endpoint


def test_schedules_are_profiles_by_the_week() -> None:
    schedules = [
        {"schedule": "0 7 * * 1-5", "time_zone": "Europe/Berlin", "min_replicas": 3},
        {"schedule": "0 20 * * *", "time_zone": "Europe/Berlin", "max_replicas": 2},
    ]
    recorded = made(min_replicas=1, max_replicas=2, scaling_schedules=schedules)
    (setting,) = recorded.of("azure-native:monitor:AutoscaleSetting").values()
    usual, morning, evening = setting["profiles"]
    assert "recurrence" not in usual
    # More than the usual most is meant for that time.
    assert morning["capacity"] == {"default": "3", "minimum": "3", "maximum": "3"}
    assert evening["capacity"] == {"default": "1", "minimum": "1", "maximum": "2"}
    assert morning["recurrence"]["schedule"] == {
        "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "hours": [7],
        "minutes": [0],
        "timeZone": "W. Europe Standard Time",
    }
    assert len(evening["recurrence"]["schedule"]["days"]) == 7


def test_alerts_speak_the_vendors_units() -> None:
    group = f"{PLACE}/Microsoft.Insights/actionGroups/on-call"
    alerts = made(latency_p95_ms=250, alert_action_group_id=group).of(
        "azure-native:monitor:MetricAlert"
    )
    (latency,) = alerts["fraud-latency"]["criteria"]["allOf"]
    assert (latency["metricName"], latency["threshold"]) == ("RequestLatency_P95", 250)
    (errors,) = alerts["fraud-errors"]["criteria"]["allOf"]
    assert errors["metricName"] == "RequestsPerMinute"
    (dimension,) = errors["dimensions"]
    assert (dimension["name"], dimension["operator"]) == ("statusCode", "Include")
    # A container's failure, and a model that took too long; not what is refused with 429.
    assert {"408", "424", "500", "502", "503", "504"} <= set(dimension["values"])
    assert "429" not in dimension["values"]
    assert alerts["fraud-errors"]["actions"] == [{"actionGroupId": group}]


def test_what_is_captured_goes_to_folders_of_its_own() -> None:
    recorded = made(
        capture_percent=25, capture_uri=f"{BLOBS}/captured/fraud/", capture_payload=["response"]
    )
    data = the(recorded, "DataVersion")
    assert data["properties"]["dataUri"] == (
        "azureml:/fraud-examplemodels-captured/datastore-id/paths/fraud/response/"
    )
    collector = the(recorded, "OnlineDeployment")["properties"]["dataCollector"]
    assert collector["collections"] == {
        "response": {
            "dataCollectionMode": "Enabled",
            "dataId": "fraud-captured-response-id",
            "samplingRate": 0.25,
            "clientId": "client",
        }
    }


# ---- what is refused ----


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"canary_percent": 60, "strategy": "shadow", **CANDIDATE}, "got 60; use 0 to 50 %"),
        ({"canary_percent": 101, **CANDIDATE}, "got 101; use a whole number from 0 to 100"),
        ({"strategy": "shadow"}, "strategy: got 'shadow'; use canary, or give candidate_version"),
        ({"strategy": "blue_green", **CANDIDATE}, "one of ab, canary, shadow"),
        ({"environment": "a-very-long-environment-name"}, "3 to 32 letters"),
        ({"model_uri": "s3://models/fraud"}, "model_uri: got 's3://models/fraud'; use https://"),
        ({"framework": "xgboost"}, "framework: got 'xgboost'; use mlflow, or give image"),
        ({"framework": None}, "framework: got None; use mlflow, or give image"),
        ({"image": "docker.io/fraud"}, "an image at azurecr.io or mcr.microsoft.com"),
        ({"registry_id": None}, "registry_id: got None; use the id of the registry"),
        ({**OWN, "registry_id": None}, "registry_id: got None"),
        ({"port": 9000}, "port: got 9000; use it with an image of your own"),
        ({"candidate_image": IMAGE, **CANDIDATE}, "candidate_image"),
        (
            {"instance_type": "ml.m5.large"},
            "a size of managed online endpoints, such as Standard_DS3_v2",
        ),
        ({"min_replicas": 0}, "min_replicas: got 0; use a whole number from 1 to 1000"),
        ({"request_timeout_seconds": 181}, "a whole number from 1 to 180"),
        ({"scaling_metric": "concurrency", "max_replicas": 2}, "one of cpu, gpu, latency"),
        ({"scaling_metric": "cpu"}, "it with max_replicas above min_replicas"),
        ({"scaling_target": 101, "max_replicas": 2}, "a number from 0.001 to 100"),
        ({"scale_in_cooldown_seconds": 59}, "a whole number from 60 to 86400"),
        (
            {"scaling_schedules": [{"schedule": "0 7 1 * *", "min_replicas": 2}]},
            "scaling_schedules[0].schedule: got '0 7 1 * *'; use minutes, hours and days",
        ),
        (
            {
                "scaling_schedules": [
                    {"schedule": f"{n} 7 * * *", "min_replicas": 2} for n in range(20)
                ]
            },
            "scaling_schedules: got 20; use at most 19 of them",
        ),
        ({"capture_percent": 10}, "capture_uri: got None"),
        ({"auth_mode": "aml_token"}, "one of aad_token, key"),
        ({"candidate_version": "1-4-0", "candidate_uri": f"{BLOBS}/f/x"}, "than punctuation"),
        ({"artifact_container_ids": ["x"]}, "ids of blob containers"),
        ({"alert_action_group_id": "x"}, "the id of an action group"),
        ({"modelversion": "1"}, "did you mean model_version?"),
    ],
)
def test_refusals(changes: dict[str, Any], told: str) -> None:
    assert told in refused(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"canary_percent": 50, "strategy": "shadow", **CANDIDATE},
        {"request_timeout_seconds": 180},
        {"framework": None, "registry_id": None, "image": "mcr.microsoft.com/azureml/x:1"},
        {"candidate_image": IMAGE, **OWN, **CANDIDATE},
        {"scale_in_cooldown_seconds": 60},
        {"instance_type": "STANDARD_DS3_V2"},
        {"scaling_schedules": [{"schedule": f"{n} 7 * * *", "min_replicas": 2} for n in range(19)]},
    ],
)
def test_what_is_just_allowed(changes: dict[str, Any]) -> None:
    assert the(made(**changes), "OnlineEndpoint")


@given(st.text(min_size=1, max_size=60))
def test_a_deployment_has_a_name_that_azure_takes(version: str) -> None:
    found: list[str] = []

    def program() -> pulumi.Output[None]:
        return deployment_name(version, "a").apply(found.append)

    pulumi.runtime.test(program)()  # pyright: ignore[reportUnknownMemberType]
    assert wrong_endpoint_name(found[0]) == ""
