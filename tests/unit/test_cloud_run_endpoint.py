import hashlib
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gcp.cloud_run.cloud_run_endpoint import CloudRunEndpoint
from components.gcp.cloud_run.cloud_run_revision import name_start
from tests.unit import component_mocks
from tests.unit.cloud_run_cases import (
    AGENT,
    CANDIDATE,
    IMAGE,
    KEY,
    MINIMAL,
    OTHER_IMAGE,
    RIGHT,
    SECRET,
    SOURCE_RIGHT,
    archive,
    archived,
)
from tests.unit.component_mocks import Recorded, record

__all__ = ["archive"]

FULL: dict[str, Any] = {
    **MINIMAL,
    "description": "Scores payments.",
    "model_digest": "sha256:" + "a" * 64,
    "min_replicas": 2,
    "max_replicas": 6,
    "latency_p95_ms": 80,
    "error_rate_percent": 0.5,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "base_image": "europe-west4-docker.pkg.dev/serverless-runtimes/google-22/runtimes/python313",
    "accelerator": "nvidia-l4",
    "gpu_zonal_redundancy": True,
    "startup_cpu_boost": False,
    "timeout_seconds": 30,
    "concurrency": 4,
    "port": 9000,
    "load_seconds": 61,
    "startup_path": "/started",
    "liveness_path": "/alive",
    "predict_route": "/score",
    "environment_variables": {"LOG_LEVEL": "info"},
    "secret_environment_variables": {"FEATURES_PASSWORD": SECRET},
    "callers": ["serviceAccount:shop@example-shop.iam.gserviceaccount.com"],
    "custom_audiences": ["https://scores.example"],
    "network": "serving",
    "subnetwork": "models",
    "network_tags": ["models"],
    "vpc_egress": "all_traffic",
    "key": KEY,
    "binary_authorization": True,
    "notification_channels": ["projects/example-models/notificationChannels/1"],
    "deletion_protection": True,
    "redeploy": "2026-11-26",
}


def _service(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["fraud-service"]


def _container(recorded: Recorded) -> dict[str, Any]:
    (container,) = _service(recorded)["template"]["containers"]
    return container


def _variables(recorded: Recorded) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in _container(recorded)["envs"]}


def _revision(**arguments: object) -> str:
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, **arguments})
    return _service(recorded)["template"]["revision"]


def test_every_argument() -> None:
    recorded = record(CloudRunEndpoint, "fraud", FULL)
    service, container = _service(recorded), _container(recorded)
    assert service["description"] == "Scores payments."
    assert service["labels"]["model-serving-cost-centre"] == "ml"
    assert service["scaling"] == {"minInstanceCount": 2, "maxInstanceCount": 6}
    assert service["customAudiences"] == ["https://scores.example"]
    assert service["binaryAuthorization"] == {"useDefault": True}
    assert service["deletionProtection"] is True
    template = service["template"]
    assert template["nodeSelector"] == {"accelerator": "nvidia-l4"}
    assert template["gpuZonalRedundancyDisabled"] is False
    # Of each revision too: instances count against the quota of GPUs.
    assert template["scaling"] == {"maxInstanceCount": 6}
    assert template["encryptionKey"] == KEY
    assert template["timeout"] == "30s"
    assert template["maxInstanceRequestConcurrency"] == 4
    assert template["executionEnvironment"] == "EXECUTION_ENVIRONMENT_GEN2"
    assert template["sessionAffinity"] is False
    assert template["annotations"] == {"model-serving/redeploy": "2026-11-26"}
    assert template["vpcAccess"] == {
        "egress": "ALL_TRAFFIC",
        "networkInterfaces": [{"network": "serving", "subnetwork": "models", "tags": ["models"]}],
    }
    assert container["image"] == IMAGE
    assert container["baseImageUri"] == FULL["base_image"]
    assert container["ports"] == {"name": "http1", "containerPort": 9000}
    assert container["resources"] == {
        "limits": {"cpu": "4", "memory": "16384Mi", "nvidia.com/gpu": "1"},
        "cpuIdle": False,
        "startupCpuBoost": False,
    }
    # 13 times 5 seconds are the first that are no less than 61.
    assert container["startupProbe"] == {
        "httpGet": {"path": "/started", "port": 9000},
        "periodSeconds": 5,
        "timeoutSeconds": 1,
        "failureThreshold": 13,
    }
    assert container["livenessProbe"]["httpGet"] == {"path": "/alive", "port": 9000}
    assert _variables(recorded) == {
        "GOOGLE_CLOUD_PROJECT": "example-models",
        "LOG_LEVEL": "info",
        "MODEL_SERVING_MODEL_NAME": "fraud",
        "MODEL_SERVING_MODEL_VERSION": "1.4.0",
        "MODEL_SERVING_MODEL_URI": MINIMAL["model_uri"],
        "MODEL_SERVING_MODEL_DIGEST": FULL["model_digest"],
        "MODEL_SERVING_TIMEOUT_SECONDS": "30",
        "FEATURES_PASSWORD": None,
    }
    assert container["envs"][-1]["valueSource"] == {
        "secretKeyRef": {
            "secret": "projects/example-models/secrets/feature-store",
            "version": "3",
        }
    }
    callers = recorded.inputs["fraud-callers"]
    assert (callers["role"], callers["members"]) == ("roles/run.invoker", FULL["callers"])
    (condition,) = recorded.inputs["fraud-latency"]["conditions"]
    assert condition["conditionThreshold"]["thresholdValue"] == 80
    assert 'service_name = "fraud-dev"' in condition["conditionThreshold"]["filter"]
    (condition,) = recorded.inputs["fraud-errors"]["conditions"]
    assert condition["conditionThreshold"]["thresholdValue"] == 0.005
    assert recorded.outputs["url"].endswith(".run.app/score")
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["members"] == FULL["callers"]
    assert policy["audiences"][1:] == FULL["custom_audiences"]


def test_by_default_it_is_private_bounded_and_serves_one_revision() -> None:
    recorded = record(CloudRunEndpoint, "fraud", MINIMAL)
    service = _service(recorded)
    assert service["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    assert service["invokerIamDisabled"] is False
    assert service["scaling"] == {"minInstanceCount": 0, "maxInstanceCount": 10}
    assert service["template"]["scaling"] == {"maxInstanceCount": 100}
    assert "vpcAccess" not in service["template"]
    (target,) = service["traffics"]
    assert target == {
        "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
        "revision": service["template"]["revision"],
        "percent": 100,
        "tag": "stable",
    }
    assert not recorded.of("gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding")
    assert recorded.outputs["candidate_url"] == ""
    assert recorded.outputs["url"].endswith("/v1/models/fraud:predict")


def test_a_secret_takes_the_place_of_a_usual_value() -> None:
    secrets = {"secret_environment_variables": {"GOOGLE_CLOUD_PROJECT": SECRET}}
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, **secrets})
    named = [each for each in _container(recorded)["envs"] if each["name"].startswith("GOOGLE")]
    assert [each.get("value") for each in named] == [None]


def test_an_archive_is_laid_over_a_base_image(archive: Path) -> None:
    recorded = record(CloudRunEndpoint, "fraud", archived(archive))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:16]
    path = f"cloud-run/fraud-dev/1-4-0-{digest}.zip"
    assert recorded.inputs["fraud-1-4-0-source"]["name"] == path
    container = _container(recorded)
    assert container["image"] == "scratch"
    assert container["sourceCode"] == {
        "cloudStorageSource": {"bucket": "example-models", "object": path, "generation": "7"}
    }
    assert container["baseImageUri"].startswith("europe-west4-docker.pkg.dev/serverless-runtimes/")
    assert container["commands"] == ["python", "-m", "functions_framework"]
    variables = _variables(recorded)
    assert (variables["FUNCTION_TARGET"], variables["THREADS"]) == ("predict", "9")
    assert _service(recorded)["launchStage"] == "BETA"
    assert recorded.outputs["url"].endswith("/predict")
    agent = recorded.inputs[SOURCE_RIGHT]
    assert agent["member"] == AGENT
    assert "objects/cloud-run/fraud-dev/" in agent["condition"]["expression"]


def test_a_model_in_the_archive_is_not_pulled(archive: Path) -> None:
    asked = archived(archive, model_uri="file:fraud/1.4.0/model.onnx")
    recorded = record(CloudRunEndpoint, "fraud", asked)
    assert "MODEL_SERVING_MODEL_URI" not in _variables(recorded)
    assert RIGHT not in recorded.types


def test_the_same_archive_serves_both_versions(archive: Path) -> None:
    candidate = {key: CANDIDATE[key] for key in ("candidate_version", "candidate_uri")}
    recorded = record(CloudRunEndpoint, "fraud", archived(archive, **candidate))
    names = [recorded.inputs[f"fraud-{v}-source"]["name"] for v in ("1-4-0", "1-5-0")]
    assert len(set(names)) == 2
    assert _variables(recorded)["MODEL_SERVING_MODEL_URI"] == CANDIDATE["candidate_uri"]


def test_a_candidate_is_the_newest_revision_beside_the_stable_one() -> None:
    recorded = record(CloudRunEndpoint, "fraud", MINIMAL | CANDIDATE)
    service = _service(recorded)
    stable, candidate = service["traffics"]
    assert (stable["percent"], stable["tag"]) == (90, "stable")
    assert (candidate["percent"], candidate["tag"]) == (10, "candidate")
    assert candidate["revision"] == service["template"]["revision"]
    assert candidate["revision"].startswith("fraud-dev-1-5-0-")
    assert _container(recorded)["image"] == OTHER_IMAGE
    assert recorded.outputs["candidate_url"].startswith("https://candidate---fraud-dev-")


@pytest.mark.parametrize(
    ("changes", "another"),
    [
        ({}, False),
        ({"owner": "team-fraud"}, False),
        ({"tags": {"cost-centre": "ml"}}, False),
        ({"min_replicas": 3, "max_replicas": 8}, False),
        ({"public_access": True}, False),
        ({"callers": FULL["callers"]}, False),
        ({"latency_p95_ms": 50}, False),
        ({"deletion_protection": True}, False),
        ({"image": OTHER_IMAGE}, True),
        ({"model_uri": "gs://example-models/fraud/1.4.0/other.onnx"}, True),
        ({"memory_mib": 2048}, True),
        ({"concurrency": 9}, True),
        ({"environment_variables": {"A": "b"}}, True),
        ({"redeploy": "again"}, True),
        ({"max_replicas": 101}, True),
    ],
)
def test_a_revision_has_another_name_when_its_template_is_another(
    changes: dict[str, Any], *, another: bool
) -> None:
    assert (_revision(**changes) != _revision()) == another


def test_the_order_of_variables_is_no_difference() -> None:
    one, other = {"A": "1", "B": "2"}, {"B": "2", "A": "1"}
    assert _revision(environment_variables=one) == _revision(environment_variables=other)


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}", fullmatch=True),
    st.from_regex(r"[a-z]([-a-z0-9]{0,39}[a-z0-9])?", fullmatch=True),
)
def test_a_revisions_name_is_cloud_runs_own(version: str, name: str) -> None:
    """Below 64 signs, of lower case, and the service's name first, whatever the version."""
    revision = name_start(f"{name}-dev", version) + "0" * 8
    assert len(revision) <= 63
    assert revision.startswith(f"{name}-dev-")


def test_what_is_live_and_was_not_asked_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def elsewhere(self: Recorded, args: Any) -> tuple[str | None, dict[Any, Any]]:  # noqa: ANN401
        made = original(self, args)
        if args.typ == "gcp:cloudrunv2/service:Service":
            made[1]["trafficStatuses"] = [{"revision": "fraud-dev-1-3-0-00000000", "percent": 100}]
            made[1]["terminalConditions"] = [{"message": "the container failed to start"}]
        return made

    original = Recorded.new_resource
    monkeypatch.setattr(component_mocks.Recorded, "new_resource", elsewhere)
    with pytest.raises(pulumi.RunError) as error:
        record(CloudRunEndpoint, "fraud", MINIMAL)
    assert "live is fraud-dev-1-3-0-00000000 100 %" in str(error.value)
    assert "the container failed to start" in str(error.value)
