"""What an InferenceService scales on; transformer, explainer and canary beside it."""

from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from components.kubernetes.kserve.live_share import live_share, ready_share
from facts.kserve import KSERVE_VERSIONS
from tests.unit.component_mocks import record
from tests.unit.kserve_manifests import judge, made, new_cluster
from tests.unit.sandbox_life import Stack
from tests.unit.test_inference_service import CANDIDATE, MINIMAL

STANDARD: dict[str, Any] = {"deployment_mode": "standard"}
NEW: dict[str, Any] = {**STANDARD, "kserve_version": "0.21.0", "gateway_api": True}
QUERY: dict[str, Any] = {
    "prometheus_url": "http://prometheus.monitoring:9090",
    "prometheus_query": "sum(rate(request_predict_seconds_count[1m]))",
    "prometheus_target": 2.5,
}
KEDA: dict[str, Any] = {**STANDARD, "autoscaler": "keda", **QUERY}
_GATEWAY: dict[str, Any] = {"gateway_name": "public", "gateway_namespace": "gateways"}
_HOST: dict[str, Any] = {"host": "churn.example.com", **_GATEWAY}
_KNATIVE = "autoscaling.knative.dev/"
PINNED = next(each for each in KSERVE_VERSIONS if each.version == "0.20.0")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with new_cluster(tmp_path_factory.mktemp("cluster")) as made_one:
        yield made_one


def problems(**changes: object) -> str:
    given = {key: value for key, value in (MINIMAL | changes).items() if value is not None}
    with pytest.raises(pulumi.RunError) as caught:
        record(InferenceService, "churn", given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "fields", "annotations"),
    [
        ({}, {"scaleMetric": "concurrency", "scaleTarget": 10}, {}),
        ({"concurrency_target": 3}, {"scaleMetric": "concurrency", "scaleTarget": 3}, {}),
        ({"requests_per_second_target": 50}, {"scaleMetric": "rps", "scaleTarget": 50}, {}),
        (
            {"cpu_target_percent": 60},
            {},
            {"class": "hpa.autoscaling.knative.dev", "metric": "cpu", "target": "60"},
        ),
        # Knative counts memory in MiB.
        (
            {"memory_target_percent": 75, "memory_mib": 4096},
            {},
            {"class": "hpa.autoscaling.knative.dev", "metric": "memory", "target": "3072"},
        ),
        (
            {"min_replicas": 0, "scale_to_zero_retention_seconds": 3600},
            {"scaleMetric": "concurrency", "scaleTarget": 10},
            {"scale-to-zero-pod-retention-period": "3600s"},
        ),
    ],
)
def test_knative_scales(
    cluster: Stack,
    changes: dict[str, Any],
    fields: dict[str, Any],
    annotations: dict[str, str],
) -> None:
    manifest = made(**changes)
    predictor = manifest["spec"]["predictor"]
    assert {key: predictor[key] for key in predictor if key.startswith("scale")} == fields
    given = {
        key.removeprefix(_KNATIVE): value
        for key, value in predictor["annotations"].items()
        if key.startswith(_KNATIVE)
    }
    assert given == annotations
    # Knative's patience is the update's.
    assert predictor["annotations"]["serving.knative.dev/progress-deadline"] == "900s"
    judge(cluster, manifest, PINNED)


@pytest.mark.parametrize(
    ("changes", "metrics", "autoscaler"),
    [
        ({}, [], None),
        ({"cpu_target_percent": 60, "memory_target_percent": 70}, ["cpu", "memory"], None),
        ({"autoscaler": "keda", "cpu_target_percent": 60}, ["cpu"], "keda"),
        ({"autoscaler": "external"}, [], "external"),
        ({"autoscaler": "keda", **QUERY}, ["prometheus"], "keda"),
        ({"autoscaler": "keda", **QUERY, "min_replicas": 0}, ["prometheus"], "keda"),
    ],
)
def test_standard_mode_scales(
    cluster: Stack,
    changes: dict[str, Any],
    metrics: list[str],
    autoscaler: str | None,
) -> None:
    manifest = made(**STANDARD, **changes)
    found = manifest["spec"]["predictor"].get("autoScaling", {}).get("metrics", [])
    names = [
        each["resource"]["name"] if "resource" in each else each["external"]["metric"]["backend"]
        for each in found
    ]
    assert names == metrics
    annotations = manifest["metadata"]["annotations"]
    assert annotations.get("serving.kserve.io/autoscalerClass") == autoscaler
    judge(cluster, manifest, PINNED)


def test_a_query_is_spelt_as_kserve_takes_it() -> None:
    (metric,) = made(**KEDA)["spec"]["predictor"]["autoScaling"]["metrics"]
    assert metric["external"]["target"] == {"type": "Value", "value": "2.5"}
    assert metric["external"]["metric"]["serverAddress"] == QUERY["prometheus_url"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"autoscaler": "hpa"}, "autoscaler: got 'hpa'; use deployment_mode standard"),
        (QUERY, "prometheus_query: got"),
        ({"concurrency_target": 1, "cpu_target_percent": 1}, "cpu_target_percent: got 1; use it"),
        ({"concurrency_target": 0}, "concurrency_target: got 0"),
        ({"memory_target_percent": 101}, "memory_target_percent: got 101"),
        ({"min_replicas": 0, "cpu_target_percent": 70}, "min_replicas: got 0; use at least 1"),
        ({"scale_to_zero_retention_seconds": 9}, "got 9; use min_replicas 0 beside it"),
        (
            {"min_replicas": 0, "scale_to_zero_retention_seconds": 3601},
            "scale_to_zero_retention_seconds: got 3601",
        ),
        ({**STANDARD, "requests_per_second_target": 9}, "requests_per_second_target: got 9"),
        ({**STANDARD, **QUERY}, "prometheus_url: got 'http://prometheus.monitoring:9090'; use au"),
        ({**STANDARD, "autoscaler": "keda"}, "autoscaler: got 'keda'; use it with prometheus_q"),
        ({**KEDA, "prometheus_target": None}, "prometheus_target: got None"),
        ({**KEDA, "prometheus_url": "prometheus"}, "prometheus_url: got 'prometheus'"),
        ({**KEDA, "min_replicas": 0, "prometheus_query": " "}, "prometheus_query: got ' '"),
        ({**STANDARD, "autoscaler": "external", "cpu_target_percent": 5}, "somebody else scales"),
        ({**STANDARD, "min_replicas": 0}, "min_replicas: got 0"),
        (
            {**KEDA, **CANDIDATE, "canary_percent": 0},
            "autoscaler: got 'keda'; use hpa or external while there is a candidate",
        ),
        ({"max_replicas": 1, "min_replicas": 2}, "max_replicas: got 1; use at least min_replicas"),
        # Beside it.
        ({"transformer_cpu": 1}, "transformer_cpu: got 1; use transformer_image beside it"),
        (
            {
                "transformer_image": "x",
                "transformer_min_replicas": 3,
                "transformer_max_replicas": 2,
            },
            "transformer_max_replicas: got 2; use at least transformer_min_replicas (3)",
        ),
        (
            {**STANDARD, "explainer_image": "x", "explainer_min_replicas": 0},
            "explainer_min_replicas: got 0; use a whole number from 1",
        ),
        # Time.
        ({"load_seconds": 601, "startup_timeout_seconds": 600}, "at least load_seconds (601)"),
        ({"load_seconds": 901, "ready_timeout_seconds": 900}, "ready_timeout_seconds: got 900"),
        # Runtimes.
        ({"framework": "onnx", "protocol": "v1"}, "protocol: got 'v1'; use grpc-v2 or v2: no runt"),
        ({"runtime": "kserve-tritonserver"}, "runtime: got 'kserve-tritonserver'; use one for skl"),
        ({"runtime": "kserve-mlserver", "protocol": "v1"}, "protocol: got 'v1'; use v2, which it"),
        (
            {"framework": "vLLM", "runtime": "kserve-vllmserver", "kserve_version": "0.19.0"},
            "use KServe 0.20 or newer with it",
        ),
        ({"framework": "vLLM", "kserve_version": "0.19.0"}, "framework: got 'vLLM'; use one of"),
        ({"port": 9000}, "port: got 9000; use image beside it"),
        ({"framework": None, "image": "x", "runtime": "y"}, "runtime: got 'y'; use framework"),
        ({"framework": None, "image": "x", "ready_path": "up"}, "ready_path: got 'up'"),
        (
            {"framework": None, "image": "x", "protocol": "grpc-v2", "live_path": "/up"},
            "live_path: got '/up'; use it without gRPC",
        ),
        ({"env": {"PYTHONPATH": "/x"}}, "env: got 'PYTHONPATH'"),
        ({"env": {"A-B": "/x"}}, "env: got 'A-B'; use names of letters"),
        ({"kserve_version": "0.14.0"}, "kserve_version: got '0.14.0'; use 0.15.2 or newer"),
        # Canaries.
        ({**CANDIDATE, "candidate_replicas": 1}, "candidate_replicas: got 1; use deployment_mode"),
        ({**NEW, "candidate_replicas": 1}, "candidate_replicas: got 1; use candidate_version"),
        ({**NEW, **CANDIDATE, "candidate_replicas": 2}, "use at most min_replicas (1)"),
        ({**NEW, **CANDIDATE, "gateway_api": False}, "gateway_api true where KServe makes"),
        ({**NEW, **CANDIDATE, "transformer_image": "x"}, "give requests for a transformer"),
        (
            {**STANDARD, **CANDIDATE, "canary_percent": 0, "kserve_version": "0.19.0"},
            "candidate_version: got '2.2.0'; use deployment_mode knative, or KServe 0.20.0",
        ),
        # A host of one's own.
        ({"host": "churn.example.com"} | _GATEWAY, "host: got 'churn.example.com'; use deployment"),
        ({**STANDARD, "gateway_name": "g"}, "gateway_name: got 'g'; use host beside it"),
        ({**STANDARD, **_GATEWAY, "host": "churn"}, "host: got 'churn'; use a host name"),
        ({**STANDARD, **_HOST, "gateway_name": None}, "gateway_name: got None"),
        (
            {**STANDARD, **_HOST, **CANDIDATE, "share_owner": "rollout"},
            "share_owner: got 'rollout'; use file: the shares of host",
        ),
        (
            {**STANDARD, **_HOST, **CANDIDATE, "explainer_image": "x"},
            "canary_percent: got 10; use 0: the routes give requests for a transformer",
        ),
        ({"share_owner": "nobody"}, "share_owner: got 'nobody'; use one of file, rollout"),
        ({"canary_percent": 10}, "canary_percent: got 10; use 0, or give candidate_version"),
    ],
)
def test_one_clear_problem_before_anything_is_registered(
    changes: dict[str, Any], problem: str
) -> None:
    told = problems(**changes)
    assert problem in told
    assert "has 1 problem:" in told or changes is QUERY


@pytest.mark.parametrize("role", ["transformer", "explainer"])
@pytest.mark.parametrize("mode", ["knative", "standard"])
def test_companions(cluster: Stack, role: str, mode: str) -> None:
    given: dict[str, Any] = {
        f"{role}_image": "registry/features@sha256:0",
        f"{role}_arguments": ["--strict"],
        f"{role}_env": {"LEVEL": "info"},
        f"{role}_cpu": 0.5,
        f"{role}_memory_mib": 256,
        f"{role}_min_replicas": 2,
        f"{role}_max_replicas": 4,
    }
    manifest = made(**given, deployment_mode=mode, service_account_name="default")
    part = manifest["spec"][role]
    (container,) = part["containers"]
    assert (part["minReplicas"], part["maxReplicas"]) == (2, 4)
    assert container["resources"]["limits"] == {"cpu": "0.5", "memory": "256Mi"}
    assert container["args"] == ["--strict"]
    assert container["securityContext"]["runAsNonRoot"] is True
    assert part["serviceAccountName"] == "default"
    judge(cluster, manifest, PINNED)


def test_a_canary_of_standard_mode(cluster: Stack) -> None:
    manifest = made(**NEW, **CANDIDATE, min_replicas=5, max_replicas=9)
    (canary,) = manifest["spec"]["canary"]
    predictor = canary["predictor"]
    assert (canary["trafficPercent"], predictor["minReplicas"]) == (10, 1)
    assert predictor["name"] == "candidate"
    assert predictor["model"]["name"] == "kserve-container"
    assert not predictor.keys() & {"maxReplicas", "scaleTarget", "scaleMetric", "autoScaling"}
    # Each pod's label names its own version.
    assert predictor["labels"]["model-serving/model-version"] == "2.2.0"
    assert manifest["metadata"]["labels"]["model-serving/model-version"] == "2.1.0"
    assert manifest["spec"]["predictor"]["model"]["storageUri"] == MINIMAL["model_uri"]
    judge(cluster, manifest, KSERVE_VERSIONS[-1])


@pytest.mark.parametrize(
    ("percent", "least", "replicas"),
    [(0, 5, 1), (20, 5, 1), (21, 5, 2), (100, 5, 5), (50, 1, 1)],
)
def test_a_canary_has_its_share_of_the_pods(percent: int, least: int, replicas: int) -> None:
    given = {**NEW, **CANDIDATE, "canary_percent": percent, "min_replicas": least}
    (canary,) = made(**given)["spec"]["canary"]
    assert canary["predictor"]["minReplicas"] == replicas


def test_a_dark_launch_needs_no_routes(cluster: Stack) -> None:
    manifest = made(**STANDARD, **(CANDIDATE | {"canary_percent": 0}))
    assert manifest["spec"]["canary"][0]["trafficPercent"] == 0
    judge(cluster, manifest, PINNED)


def test_an_own_image_beside_its_candidate(cluster: Stack) -> None:
    image: dict[str, Any] = {"framework": None, "image": "registry/server@sha256:0"}
    manifest = made(**image, **STANDARD, **(CANDIDATE | {"canary_percent": 0}))
    (container,) = manifest["spec"]["canary"][0]["predictor"]["containers"]
    assert container["env"][0]["value"] == CANDIDATE["candidate_uri"]
    judge(cluster, manifest, PINNED)


def test_a_share_that_a_rollout_owns_is_taken_away_by_promoting() -> None:
    stable = made(share_owner="rollout")["spec"]["predictor"]
    assert stable["canaryTrafficPercent"] == 100
    assert "canaryTrafficPercent" not in made()["spec"]["predictor"]


@pytest.mark.parametrize(
    ("spec", "share"),
    [
        (None, 5),
        ({}, 5),
        ({"predictor": {"model": {"storageUri": "s3://b"}, "canaryTrafficPercent": 40}}, 40),
        ({"predictor": {"model": {"storageUri": "s3://a"}, "canaryTrafficPercent": 100}}, 5),
        ({"predictor": {"model": {"storageUri": "s3://b"}}}, 5),
        (
            {
                "predictor": {"model": {"storageUri": "s3://a"}},
                "canary": [
                    {
                        "trafficPercent": 60,
                        "predictor": {"name": "candidate", "model": {"storageUri": "s3://b"}},
                    }
                ],
            },
            60,
        ),
        (
            {
                "predictor": {"model": {"storageUri": "s3://a"}},
                "canary": [
                    {
                        "trafficPercent": 60,
                        "predictor": {"name": "candidate", "model": {"storageUri": "s3://c"}},
                    }
                ],
            },
            5,
        ),
    ],
)
def test_the_live_share_counts_for_the_same_candidate_alone(
    spec: dict[str, Any] | None, share: int
) -> None:
    assert live_share(spec, "s3://b", 5) == share


@pytest.mark.parametrize(
    ("changes", "front"),
    [({}, "churn-predictor"), ({"transformer_image": "x"}, "churn-transformer")],
)
def test_a_host_of_ones_own(changes: dict[str, Any], front: str) -> None:
    recorded = record(InferenceService, "churn", MINIMAL | STANDARD | _HOST | changes)
    route = recorded.inputs["churn-route"]
    assert route["metadata"]["name"] == "churn-host"
    assert route["spec"]["hostnames"] == ["churn.example.com"]
    (rule,) = route["spec"]["rules"]
    assert [(each["name"], each["weight"]) for each in rule["backendRefs"]] == [(front, 100)]
    assert recorded.outputs["url"] == "https://churn.example.com"


_CANARY: dict[str, Any] = {"predictor": {"name": "candidate", "model": {"storageUri": "s3://b"}}}


@pytest.mark.parametrize(
    ("spec", "status", "problem"),
    [
        ({"canary": [_CANARY]}, {"canaryStatuses": [{"name": "candidate", "ready": True}]}, None),
        (
            {"canary": [_CANARY]},
            {"canaryStatuses": [{"name": "candidate", "ready": False}]},
            "is not ready, and 10 %",
        ),
        ({"canary": [_CANARY]}, None, "is not ready, and 10 %"),
        ({}, {"canaryStatuses": [{"name": "candidate", "ready": True}]}, "is not live yet"),
        (None, None, "is not live yet"),
    ],
)
def test_only_a_ready_candidate_gets_a_share(
    spec: dict[str, Any] | None, status: dict[str, Any] | None, problem: str | None
) -> None:
    if problem is None:
        assert ready_share("churn", spec, status, "s3://b", 10) == 10
        return
    with pytest.raises(pulumi.RunError, match=problem):
        ready_share("churn", spec, status, "s3://b", 10)


def test_where_the_candidate_alone_answers() -> None:
    def url(**changes: object) -> str:
        recorded = record(InferenceService, "churn", MINIMAL | changes)
        return recorded.outputs["candidate_url"]

    assert url() == ""
    inside = "models.svc.cluster.local"
    assert url(**CANDIDATE) == f"http://latest-churn-predictor.{inside}"
    assert url(**NEW, **CANDIDATE) == f"http://churn-candidate-predictor.{inside}"
