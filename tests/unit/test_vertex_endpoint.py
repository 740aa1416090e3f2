import json
from typing import Any

import pulumi
import pytest

from components.gcp.vertex.vertex_endpoint import VertexEndpoint
from tests.unit import component_mocks
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "project": "example-models",
    "region": "europe-west4",
    "model_version": "1.4.0",
    "model_uri": "gs://example-models/fraud/1.4.0/",
    "framework": "sklearn",
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": "gs://example-models/fraud/1.5.0/",
    "canary_percent": 10,
}
IMAGE = "europe-docker.pkg.dev/example-models/serve/fraud@sha256:" + "0" * 64
KEY = "projects/example-models/locations/europe-west4/keyRings/models/cryptoKeys/fraud"
REGISTERED = "vertex://projects/example-models/locations/europe-west4/models/fraud@3"
PATH = "/v1/projects/210987654321/locations/europe-west4/endpoints/fraud-dev:predict"
NETWORK = "projects/210987654321/global/networks/serving"
FULL: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "framework"},
    "description": "Scores payments.",
    "min_replicas": 2,
    "max_replicas": 6,
    "latency_p95_ms": 80,
    "error_rate_percent": 0.5,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "image": IMAGE,
    "port": 9000,
    "predict_route": "/score",
    "health_route": "/ready",
    "arguments": ["--workers=2"],
    "env": {"LOG_LEVEL": "info"},
    "machine_type": "g2-standard-4",
    "accelerator": "nvidia-l4",
    "accelerator_count": 1,
    "spot": True,
    "scaling_metric": "requests",
    "scaling_target": 300,
    "endpoint_type": "private_service_connect",
    "allowed_projects": ["example-shop"],
    "consumer_networks": ["projects/example-shop/global/networks/shop"],
    "key": KEY,
    "service_account": "fraud@example-models.iam.gserviceaccount.com",
    "capture_percent": 10,
    "capture_uri": "bq://example-logs.captured.fraud",
    "access_logs": True,
    "notification_channels": ["projects/example-models/notificationChannels/1"],
    "ready_timeout_seconds": 1200,
}


def test_every_argument() -> None:
    recorded = record(VertexEndpoint, "fraud", FULL)
    endpoint = recorded.inputs["fraud-endpoint"]
    assert endpoint["name"] == endpoint["displayName"] == "fraud-dev"
    assert endpoint["description"] == "Scores payments."
    assert endpoint["location"] == endpoint["region"] == "europe-west4"
    assert endpoint["encryptionSpec"] == {"kmsKeyName": KEY}
    assert "dedicatedEndpointEnabled" not in endpoint
    assert endpoint["privateServiceConnectConfig"] == {
        "enablePrivateServiceConnect": True,
        "projectAllowlists": ["example-shop"],
        "pscAutomationConfigs": [
            {
                "projectId": "example-shop",
                "network": "projects/example-shop/global/networks/shop",
            }
        ],
    }
    assert endpoint["predictRequestResponseLoggingConfig"] == {
        "enabled": True,
        "samplingRate": 0.1,
        "bigqueryDestination": {"outputUri": "bq://example-logs.captured.fraud"},
    }
    assert endpoint["labels"]["model-serving-cost-centre"] == "ml"
    model = recorded.inputs["fraud-1-4-0-model"]
    assert model["modelId"].startswith("fraud-dev-1-4-0-")
    assert (model["artifactUri"], model["imageUri"]) == (FULL["model_uri"], IMAGE)
    assert (model["port"], model["predictRoute"], model["healthRoute"]) == (
        9000,
        "/score",
        "/ready",
    )
    assert (model["args"], model["env"]) == (["--workers=2"], {"LOG_LEVEL": "info"})
    assert (model["kmsKeyName"], model["timeoutSeconds"]) == (KEY, 1200)
    assert model["labels"]["model-serving-model-version"] == "1-4-0"
    deployed = recorded.inputs["fraud-1-4-0-deployment"]
    assert deployed["machineType"] == "g2-standard-4"
    assert (deployed["acceleratorType"], deployed["acceleratorCount"]) == ("NVIDIA_L4", 1)
    assert (deployed["minReplicaCount"], deployed["maxReplicaCount"]) == (2, 6)
    assert deployed["autoscalingMetricSpecs"] == [
        {
            "metricName": "aiplatform.googleapis.com/prediction/online/request_count",
            "target": 300,
        }
    ]
    assert deployed["serviceAccount"] == FULL["service_account"]
    assert (deployed["spot"], deployed["enableAccessLogging"]) == (True, True)
    assert deployed["timeoutSeconds"] == recorded.inputs["fraud-traffic"]["timeoutSeconds"] == 1200
    latency = recorded.inputs["fraud-latency"]
    assert latency["notificationChannels"] == FULL["notification_channels"]
    (condition,) = latency["conditions"]
    assert condition["conditionThreshold"]["thresholdValue"] == 80
    (condition,) = recorded.inputs["fraud-errors"]["conditions"]
    assert condition["conditionThreshold"]["thresholdValue"] == 0.005
    assert recorded.outputs["latency_metric"]["unit"] == "ms"
    assert json.loads(recorded.outputs["invoke_policy"])["projects"] == ["example-shop"]
    # Who runs it and what encrypts it are given: neither is made.
    assert not recorded.of("gcp:serviceaccount/account:Account")
    assert not recorded.of("gcp:kms/cryptoKey:CryptoKey")


def test_by_default_it_is_dedicated_encrypted_and_captures_nothing() -> None:
    recorded = record(VertexEndpoint, "fraud", MINIMAL)
    endpoint = recorded.inputs["fraud-endpoint"]
    assert endpoint["dedicatedEndpointEnabled"] is True
    assert "predictRequestResponseLoggingConfig" not in endpoint
    assert endpoint["encryptionSpec"]["kmsKeyName"] == "fraud-key-id"
    assert recorded.inputs["fraud-key"]["rotationPeriod"] == "7776000s"
    assert recorded.inputs["fraud-1-4-0-model"]["imageUri"] == (
        "europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-6:latest"
    )
    deployed = recorded.inputs["fraud-1-4-0-deployment"]
    assert deployed["machineType"] == "n1-standard-2"
    assert {"acceleratorType", "spot", "autoscalingMetricSpecs"}.isdisjoint(deployed)
    # Whatever the endpoint's own clients see of it, nobody reads what is sent to it.
    assert not recorded.of("gcp:bigquery/dataset:Dataset")
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["permission"] == "aiplatform.endpoints.predict"
    assert policy["resource"] == "fraud-endpoint-id"


def test_the_account_reads_its_artifact_and_nothing_else() -> None:
    recorded = record(VertexEndpoint, "fraud", MINIMAL | CANDIDATE)
    grants = recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember")
    assert set(grants) == {
        f"fraud-{version}-{who}" for version in ("1-4-0", "1-5-0") for who in ("agent", "account")
    }
    for name, each in grants.items():
        assert (each["bucket"], each["role"]) == ("example-models", "roles/storage.objectViewer")
        folder = f"fraud/{'1.4.0' if '1-4-0' in name else '1.5.0'}/"
        assert (
            f'.startsWith("projects/_/buckets/example-models/objects/{folder}")'
            in (each["condition"]["expression"])
        )
    (admin,) = recorded.of("gcp:serviceaccount/iAMMember:IAMMember").values()
    assert admin["member"].endswith("@gcp-sa-aiplatform.iam.gserviceaccount.com")
    # No right in the whole project.
    assert not recorded.of("gcp:projects/iAMMember:IAMMember")


def test_a_candidate_gets_its_share_and_changes_nothing_of_the_stable_version() -> None:
    alone = record(VertexEndpoint, "fraud", MINIMAL)
    beside = record(VertexEndpoint, "fraud", MINIMAL | CANDIDATE)
    for name in ("fraud-1-4-0-model", "fraud-1-4-0-deployment", "fraud-endpoint"):
        assert alone.inputs[name] == beside.inputs[name]
    shares = [each["percent"] for each in beside.inputs["fraud-traffic"]["traffic"]]
    assert shares == [90, 10]
    promoted = {"model_version": "1.5.0", "model_uri": CANDIDATE["candidate_uri"]}
    after = record(VertexEndpoint, "fraud", MINIMAL | promoted)
    for name in ("fraud-1-5-0-model", "fraud-1-5-0-deployment"):
        assert after.inputs[name] == beside.inputs[name]
    assert [each["percent"] for each in after.inputs["fraud-traffic"]["traffic"]] == [100]


@pytest.mark.parametrize("percent", [0, 100])
def test_shares_at_the_ends(percent: int) -> None:
    args = MINIMAL | CANDIDATE | {"canary_percent": percent}
    traffic = record(VertexEndpoint, "fraud", args).inputs["fraud-traffic"]["traffic"]
    assert [each["percent"] for each in traffic] == [100 - percent, percent]


def test_another_artifact_under_the_same_version_is_another_model() -> None:
    one = record(VertexEndpoint, "fraud", MINIMAL).inputs["fraud-1-4-0-model"]["modelId"]
    args = MINIMAL | {"model_uri": "gs://example-models/again/1.4.0/"}
    other = record(VertexEndpoint, "fraud", args).inputs["fraud-1-4-0-model"]["modelId"]
    assert one != other


def test_another_stack_has_a_model_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the first one to be destroyed would take it from the other."""
    mine = record(VertexEndpoint, "fraud", MINIMAL).inputs["fraud-1-4-0-model"]["modelId"]
    again = record(VertexEndpoint, "fraud", MINIMAL).inputs["fraud-1-4-0-model"]["modelId"]
    monkeypatch.setattr(pulumi, "get_stack", lambda: "another")
    other = record(VertexEndpoint, "fraud", MINIMAL).inputs["fraud-1-4-0-model"]["modelId"]
    assert mine == again != other


def test_a_registered_version_is_deployed_as_it_is() -> None:
    args = {k: v for k, v in MINIMAL.items() if k != "framework"} | {"model_uri": REGISTERED}
    recorded = record(VertexEndpoint, "fraud", args)
    assert not recorded.of("serving:index:VertexModel")
    assert not recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember")
    deployed = recorded.inputs["fraud-1-4-0-deployment"]
    assert deployed["model"] == REGISTERED.removeprefix("vertex://")
    # Beside an artifact the framework is the artifact's.
    record(VertexEndpoint, "fraud", MINIMAL | {**CANDIDATE, "candidate_uri": REGISTERED})


def test_a_candidates_own_image() -> None:
    args = MINIMAL | CANDIDATE | {"candidate_image": IMAGE}
    recorded = record(VertexEndpoint, "fraud", args)
    assert recorded.inputs["fraud-1-5-0-model"]["imageUri"] == IMAGE
    assert "sklearn" in recorded.inputs["fraud-1-4-0-model"]["imageUri"]


@pytest.mark.parametrize(
    ("region", "gpu", "image"),
    [
        ("us-central1", False, "us-docker.pkg.dev/vertex-ai/prediction/pytorch-cpu.2-4:latest"),
        ("asia-east1", True, "asia-docker.pkg.dev/vertex-ai/prediction/pytorch-gpu.2-4:latest"),
        ("me-west1", False, "europe-docker.pkg.dev/vertex-ai/prediction/pytorch-cpu.2-4:latest"),
    ],
)
def test_googles_container_is_of_the_nearest_place(region: str, gpu: bool, image: str) -> None:  # noqa: FBT001 - a case
    args = MINIMAL | {"framework": "pytorch", "region": region}
    args |= {"accelerator": "nvidia-l4"} if gpu else {}
    recorded = record(VertexEndpoint, "fraud", args)
    assert recorded.inputs["fraud-1-4-0-model"]["imageUri"] == image
    machine = recorded.inputs["fraud-1-4-0-deployment"]["machineType"]
    assert machine == ("g2-standard-4" if gpu else "n1-standard-2")


def test_captured_requests_have_a_dataset_of_their_own() -> None:
    recorded = record(VertexEndpoint, "fraud", MINIMAL | {"capture_percent": 5, "capture_days": 7})
    dataset = recorded.inputs["fraud-captured"]
    assert (dataset["datasetId"], dataset["location"]) == ("fraud_dev_captured", "europe-west4")
    assert dataset["defaultEncryptionConfiguration"] == {"kmsKeyName": "fraud-key-id"}
    assert dataset["defaultTableExpirationMs"] == 7 * 86_400_000
    logging = recorded.inputs["fraud-endpoint"]["predictRequestResponseLoggingConfig"]
    assert logging["bigqueryDestination"]["outputUri"] == (
        "bq://example-models.fraud_dev_captured.request_response_logging"
    )
    writer = recorded.inputs["fraud-captured-agent"]
    assert (writer["datasetId"], writer["role"]) == (
        "fraud_dev_captured",
        "roles/bigquery.dataEditor",
    )
    # BigQuery encrypts by the same key.
    users = recorded.of("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember")
    assert set(users) == {"fraud-key-vertex", "fraud-key-bigquery"}


def test_a_pool_of_its_own_or_of_others() -> None:
    tensorflow = MINIMAL | {"framework": "tensorflow"}
    recorded = record(
        VertexEndpoint, "fraud", tensorflow | {"own_resource_pool": True, "max_replicas": 3}
    )
    pool = recorded.inputs["fraud-pool"]
    assert pool["dedicatedResources"] == {
        "machineSpec": {"machineType": "n1-standard-2"},
        "minReplicaCount": 1,
        "maxReplicaCount": 3,
    }
    deployed = recorded.inputs["fraud-1-4-0-deployment"]
    place = "projects/example-models/locations/europe-west4/deploymentResourcePools"
    assert deployed["deploymentResourcePool"] == f"{place}/fraud-pool"
    assert recorded.outputs["resource_pool"] == "fraud-pool"
    assert "machineType" not in deployed
    recorded = record(VertexEndpoint, "fraud", tensorflow | {"resource_pool": "shared"})
    deployed = recorded.inputs["fraud-1-4-0-deployment"]
    assert deployed["deploymentResourcePool"] == f"{place}/shared"
    assert not recorded.of("gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool")


@pytest.mark.parametrize(
    ("more", "url", "policy"),
    [
        (
            {"endpoint_type": "public"},
            f"https://europe-west4-aiplatform.googleapis.com{PATH}",
            "permission",
        ),
        (
            {"endpoint_type": "private_service_connect", "allowed_projects": ["example-shop"]},
            f"https://forwarding-rule{PATH}",
            "projects",
        ),
        (
            {"endpoint_type": "peered", "network": NETWORK},
            "http://fraud-dev.aiplatform.googleapis.com/v1/models/1000000001:predict",
            "network",
        ),
    ],
)
def test_each_kind_of_endpoint_has_its_address(more: dict[str, Any], url: str, policy: str) -> None:
    recorded = record(VertexEndpoint, "fraud", MINIMAL | more)
    assert recorded.outputs["url"] == url
    assert policy in json.loads(recorded.outputs["invoke_policy"])
    assert recorded.outputs["endpoint_name"] == "fraud-dev"


def test_the_rule_that_google_made_is_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {
        "enablePrivateServiceConnect": True,
        "pscAutomationConfigs": [{"ipAddress": "10.0.0.7"}],
    }
    computed = {"privateServiceConnectConfig": made}
    token = "gcp:vertex/aiEndpoint:AiEndpoint"
    monkeypatch.setitem(vars(component_mocks)["_COMPUTED"], token, computed)
    args = MINIMAL | {
        "endpoint_type": "private_service_connect",
        "allowed_projects": ["example-shop"],
        "consumer_networks": ["projects/example-shop/global/networks/shop"],
    }
    recorded = record(VertexEndpoint, "fraud", args)
    assert recorded.outputs["url"] == f"https://10.0.0.7{PATH}"


def test_labels_are_those_that_google_takes() -> None:
    args = MINIMAL | {"tags": {"1st": "Yes", "Cost Centre": "a/b", "k" * 70: "v" * 70}}
    labels = record(VertexEndpoint, "fraud", args).inputs["fraud-1-4-0-model"]["labels"]
    assert labels["tag-1st"] == "yes"
    assert labels["cost-centre"] == "a-b"
    assert labels["k" * 63] == "v" * 63


def test_a_peered_endpoint_is_measured_by_its_own_metrics() -> None:
    args = MINIMAL | {"endpoint_type": "peered", "network": NETWORK}
    recorded = record(VertexEndpoint, "fraud", args)
    (condition,) = recorded.inputs["fraud-errors"]["conditions"]
    threshold = condition["conditionThreshold"]
    assert "prediction/online/private/response_count" in threshold["filter"]
    assert "metric.label.response_code >= 500" in threshold["filter"]
    assert recorded.outputs["latency_metric"]["metric"].endswith("private/prediction_latencies")


def test_a_peered_endpoint_has_one_deployment_under_one_name() -> None:
    """Two names would be two deployments side by side while the version changes."""
    args = MINIMAL | {"endpoint_type": "peered", "network": NETWORK}
    recorded = record(VertexEndpoint, "fraud", args)
    assert "fraud-deployment" in recorded.inputs
    assert "fraud-1-4-0-deployment" not in recorded.inputs
    assert "fraud-1-4-0-model" in recorded.inputs


def test_unknown_texts_are_not_judged() -> None:
    """Outputs of other resources are known when they are; their form is the provider's to check."""
    later = pulumi.Output.from_input("gs://example-models/fraud/1.4.0/")
    recorded = record(VertexEndpoint, "fraud", MINIMAL | {"model_uri": later})
    assert recorded.inputs["fraud-1-4-0-agent"]["bucket"] == "example-models"
