import asyncio
from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from components.kubernetes.kserve.kserve_held_share import refuse_other_stable
from components.kubernetes.kserve.kserve_modes import refuse_other_mode
from components.kubernetes.objects import record_only
from tests.unit import test_served_language_model
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model_version": "2.1.0",
    "model_uri": "s3://models/churn/2.1.0/",
    "framework": "sklearn",
    "namespace": "models",
    "kserve_version": "0.20.0",
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "2.2.0",
    "candidate_uri": "s3://models/churn/2.2.0/",
    "canary_percent": 10,
}
FULL: dict[str, Any] = MINIMAL | {
    "description": "x",
    "min_replicas": 2,
    "max_replicas": 6,
    "latency_p95_ms": 400,
    "error_rate_percent": 2,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml platform"},
    "runtime": "kserve-sklearnserver",
    "arguments": ["--workers=2"],
    "cpu": 1.5,
    "memory_mib": 4096,
    "accelerator": "nvidia-l4",
    "accelerator_count": 2,
    "concurrency_target": 30,
    "deployment_mode": "knative",
    "service_account_name": "reader",
    "ready_timeout_seconds": 1200,
}

_DIGEST = "@sha256:" + "0" * 64
_STANDARD: dict[str, Any] = MINIMAL | {"deployment_mode": "standard", "kserve_version": "0.21.0"}
_TRANSFORMER: dict[str, Any] = {"transformer_image": f"registry/t{_DIGEST}"}
# What the judges of emitted manifests see besides.
MANIFESTS: dict[str, dict[str, Any]] = {
    "mesh": _STANDARD | {"mesh": "istio_sidecar", "callers": ["web/checkout", "jobs"]},
    "ambient": MINIMAL | {"mesh": "istio_ambient", "egress": ["features:6566"]},
    **test_served_language_model.MANIFESTS,
    "candidate": MINIMAL | CANDIDATE,
    "canary": _STANDARD | CANDIDATE | {"gateway_api": True},
    "keda": _STANDARD
    | {
        "autoscaler": "keda",
        "prometheus_url": "http://prometheus.monitoring:9090",
        "prometheus_query": "sum(rate(request_predict_seconds_count[1m]))",
        "prometheus_target": 5,
    },
    "host": _STANDARD
    | {"host": "churn.example.com", "gateway_name": "public", "gateway_namespace": "gateways"},
    "grpc": _STANDARD | {"framework": "triton", "protocol": "grpc-v2"},
    "companions": MINIMAL
    | {"transformer_image": f"registry/t{_DIGEST}", "explainer_image": f"registry/e{_DIGEST}"},
    "image": {key: value for key, value in MINIMAL.items() if key != "framework"}
    | {"image": f"registry/server{_DIGEST}", "port": 9090, "ready_path": "/ready"},
    # Whoever waits for a pod waits long.
    "zero": MINIMAL
    | {"min_replicas": 0, "scale_to_zero_retention_seconds": 600, "latency_p95_ms": 60_000},
}


def _service(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["churn-inference-service"]


def _predictor(recorded: Recorded) -> dict[str, Any]:
    return _service(recorded)["spec"]["predictor"]


def test_every_argument() -> None:
    recorded = record(InferenceService, "churn", FULL)
    metadata = _service(recorded)["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("churn", "models")
    assert metadata["labels"]["model-serving/model-version"] == "2.1.0"
    assert metadata["labels"]["model-serving/cost-centre"] == "ml-platform"
    assert metadata["labels"]["model-serving/slo-latency-p95-ms"] == "400"
    predictor = _predictor(recorded)
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (2, 6)
    assert (predictor["scaleMetric"], predictor["scaleTarget"]) == ("concurrency", 30)
    assert predictor["serviceAccountName"] == "reader"
    assert predictor["nodeSelector"] == {"nvidia.com/gpu.product": "NVIDIA-L4"}
    assert predictor["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]
    model = predictor["model"]
    assert model["modelFormat"] == {"name": "sklearn"}
    assert model["storageUri"] == "s3://models/churn/2.1.0/"
    assert model["runtime"] == "kserve-sklearnserver"
    assert model["args"] == ["--workers=2"]
    amounts = {"cpu": "1.5", "memory": "4096Mi", "nvidia.com/gpu": "2"}
    assert model["resources"] == {"requests": amounts, "limits": amounts}
    assert "canaryTrafficPercent" not in predictor
    assert recorded.outputs["endpoint_name"] == "churn"
    assert recorded.outputs["url"] == "http://churn.models.svc.cluster.local"


def test_defaults_wait_until_ready_and_are_confined() -> None:
    recorded = record(InferenceService, "churn", MINIMAL)
    assert _service(recorded)["metadata"]["annotations"] == {
        "serving.kserve.io/deploymentMode": "Knative",
        "serving.kserve.io/enable-tag-routing": "true",
        "pulumi.com/waitFor": "condition=Ready",
        "pulumi.com/patchForce": "true",
    }
    predictor = _predictor(recorded)
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (1, 1)
    assert predictor["automountServiceAccountToken"] is False
    context = predictor["model"]["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert not predictor.keys() & {"nodeSelector", "tolerations", "serviceAccountName"}


@pytest.mark.parametrize(
    ("version", "mode", "spelling"),
    [
        ("0.20.0", "knative", "Knative"),
        ("0.20.0", "standard", "Standard"),
        ("v0.16.0", "standard", "Standard"),
        ("0.15.2", "knative", "Serverless"),
        ("0.15.2", "standard", "RawDeployment"),
    ],
)
def test_the_mode_is_spelt_as_the_release_spells_it(version: str, mode: str, spelling: str) -> None:
    args = MINIMAL | {"kserve_version": version, "deployment_mode": mode}
    annotations = _service(record(InferenceService, "churn", args))["metadata"]["annotations"]
    assert annotations["serving.kserve.io/deploymentMode"] == spelling


def test_the_latency_of_knative_is_the_queue_proxys() -> None:
    """Knative's names since 1.19, as KServe 0.20 installs it; seconds, not milliseconds."""
    metric = record(InferenceService, "churn", MINIMAL).outputs["latency_metric"]
    assert metric["unit"] == "s"
    assert metric["query"] == (
        "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket"
        '{namespace="models",pod=~"churn-predictor-.*"}[5m])))'
    )
    # The Knative that older releases install counts milliseconds.
    older = record(InferenceService, "churn", MINIMAL | {"kserve_version": "0.16.0"})
    metric = older.outputs["latency_metric"]
    assert (metric["metric"], metric["unit"]) == ("revision_request_latencies_bucket", "ms")


def test_standard_mode() -> None:
    recorded = record(InferenceService, "churn", MINIMAL | {"deployment_mode": "standard"})
    assert not _predictor(recorded).keys() & {"scaleTarget", "scaleMetric"}
    assert recorded.outputs["url"] == "http://churn-predictor.models.svc.cluster.local"
    assert recorded.outputs["latency_metric"]["unit"] == "s"


@pytest.mark.parametrize(
    ("server", "metric"),
    [
        ({}, "request_predict_seconds_bucket"),
        ({"framework": "mlflow"}, "rest_server_request_duration_seconds_bucket"),
        ({"framework": "vLLM"}, "vllm:e2e_request_latency_seconds_bucket"),
        # What has no histogram of seconds, and what is not known.
        ({"framework": "triton"}, None),
        ({"framework": "tensorflow"}, None),
        ({"framework": "pytorch"}, None),
        ({"runtime": "our-server"}, None),
        ({"framework": None, "image": "registry/server@sha256:0"}, None),
    ],
)
def test_the_latency_of_standard_mode_is_the_servers_own(
    server: dict[str, Any], metric: str | None
) -> None:
    args = MINIMAL | {"deployment_mode": "standard"} | server
    given = {key: value for key, value in args.items() if value is not None}
    told = record(InferenceService, "churn", given).outputs["latency_metric"]
    assert told.get("metric") == metric
    assert told["source"] == ("prometheus" if metric else "none")
    assert metric or "a mesh or gateway has one" in told["reason"]


def test_the_mode_stays_whichever_release_spells_it() -> None:
    def at(spelling: str) -> dict[str, Any]:
        return {"metadata": {"annotations": {"serving.kserve.io/deploymentMode": spelling}}}

    for same in (("Serverless", "Knative"), ("RawDeployment", "Standard"), ("Knative", "Knative")):
        refuse_other_mode("churn", at(same[0]), at(same[1]))
    refuse_other_mode("churn", {"metadata": {}}, at("Standard"))
    with pytest.raises(pulumi.RunError, match="changes from knative to standard, which KServe"):
        refuse_other_mode("churn", at("Serverless"), at("Standard"))


def test_an_own_image() -> None:
    args = {key: value for key, value in MINIMAL.items() if key != "framework"}
    recorded = record(InferenceService, "churn", args | {"image": "registry/server@sha256:0"})
    (container,) = _predictor(recorded)["containers"]
    assert container["name"] == "kserve-container"
    assert container["image"] == "registry/server@sha256:0"
    assert container["env"] == [{"name": "STORAGE_URI", "value": MINIMAL["model_uri"]}]


def test_a_candidate_is_the_predictor() -> None:
    recorded = record(InferenceService, "churn", MINIMAL | CANDIDATE)
    predictor = _predictor(recorded)
    assert predictor["model"]["storageUri"] == CANDIDATE["candidate_uri"]
    assert predictor["canaryTrafficPercent"] == 10
    # What is served, so that promoting changes no template.
    labels = _service(recorded)["metadata"]["labels"]
    assert labels["model-serving/model-version"] == "2.2.0"
    assert recorded.inputs["churn-stable"] == {"input": "2.1.0"}


def test_what_a_gitops_controller_applies_is_what_the_file_says() -> None:
    args = MANIFESTS["host"] | CANDIDATE
    with pytest.raises(pulumi.RunError, match="the candidate is not live yet"):
        record(InferenceService, "churn", args)
    record_only()
    try:
        written = record(InferenceService, "churn", args)
    finally:
        record_only(on=False)
    (canary,) = _service(written)["spec"]["canary"]
    (rule,) = written.inputs["churn-route"]["spec"]["rules"]
    assert canary["trafficPercent"] == 10
    assert [each["weight"] for each in rule["backendRefs"]] == [90, 10]


@pytest.mark.parametrize(("autoscaler", "pods"), [("hpa", 2), ("external", 1)])
def test_the_pods_of_a_canary_are_those_that_kserve_makes(autoscaler: str, pods: int) -> None:
    asked = {"min_replicas": 4, "autoscaler": autoscaler, "gateway_api": True}
    args = _STANDARD | CANDIDATE | asked | {"canary_percent": 50}
    (canary,) = _service(record(InferenceService, "churn", args))["spec"]["canary"]
    assert canary["predictor"]["minReplicas"] == pods


def test_promoting_changes_the_share_alone() -> None:
    before = _service(record(InferenceService, "churn", MINIMAL | CANDIDATE))
    promoted = MINIMAL | {
        "model_version": CANDIDATE["candidate_version"],
        "model_uri": CANDIDATE["candidate_uri"],
    }
    after = _service(record(InferenceService, "churn", promoted))
    del before["spec"]["predictor"]["canaryTrafficPercent"]
    assert before == after


def test_a_commit_is_spelt_as_kserve_parts_it() -> None:
    args = MINIMAL | {"framework": "huggingface", "model_uri": "hf://Qwen/Qwen2.5@abc"}
    recorded = record(InferenceService, "churn", args)
    assert _predictor(recorded)["model"]["storageUri"] == "hf://Qwen/Qwen2.5:abc"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            CANDIDATE | {"deployment_mode": "standard"},
            "canary_percent: got 10; use 0, or deployment_mode knative: the routes of",
        ),
        ({"deployment_mode": "raw"}, "deployment_mode: got 'raw'; use one of knative, standard"),
        ({"deployment_mode": "standard", "min_replicas": 0}, "min_replicas: got 0; use at least 1"),
        ({"deployment_mode": "standard", "concurrency_target": 5}, "concurrency_target: got 5"),
        ({"framework": "keras"}, "framework: got 'keras'; use one of"),
        ({"image": "x"}, "use either framework or image"),
        ({"framework": None}, "use either framework or image"),
        ({"model_uri": "ftp://x"}, "model_uri: got 'ftp://x'"),
        ({"accelerator": "tpu"}, "accelerator: got 'tpu'"),
        (
            {"accelerator_count": 1},
            "accelerator_count: got 1; use accelerator or gpu_node_labels beside it",
        ),
        ({"accelerator": "nvidia-l4", "accelerator_count": 0.5}, "accelerator_count: got 0.5"),
        ({"cpu": 0}, "cpu: got 0; use a number from 0.1 to 192"),
        ({"memory_mib": 1}, "memory_mib: got 1"),
        ({"kserve_version": "new"}, "kserve_version: got 'new'"),
        ({"ready_timeout_seconds": 5}, "ready_timeout_seconds: got 5"),
        ({"arguments": "--x"}, "arguments: got '--x'; use a list of texts"),
        ({"namespace": ""}, "namespace: got ''"),
        ({"tags": {"cost centre": "x"}}, "tags: got 'cost centre'; use keys that a Kubernetes"),
        ({"tags": {"a/b/c": "x"}}, "tags: got 'a/b/c'"),
        ({"env": {"STORAGE_URI": "s3://x"}}, "env: got 'STORAGE_URI'; use other names"),
        ({"env": {"A-B": "x"}}, "env: got 'A-B'; use names of letters"),
        (_TRANSFORMER | {"transformer_env": {"PYTHONPATH": "/x"}}, "got 'PYTHONPATH'; use other"),
        (_TRANSFORMER | {"transformer_env": {"A-B": "x"}}, "transformer_env: got 'A-B'"),
        (_TRANSFORMER | {"transformer_env": {"API_TOKEN": "x"}}, "got 'API_TOKEN'; use token_sec"),
        (
            _STANDARD
            | CANDIDATE
            | {"min_replicas": 2, "autoscaler": "external", "gateway_api": True}
            | {"candidate_replicas": 2},
            "candidate_replicas: got 2; use 1, or autoscaler hpa",
        ),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(InferenceService, "churn", MINIMAL | change)
    assert problem in str(caught.value)


def _before_update(old: dict[str, Any], stable: str, new: dict[str, Any] | None = None) -> None:
    """Run the guard as the engine would; only its registration needs an engine."""
    given = {"old_inputs": old, "new_inputs": new or {}}
    args = pulumi.ResourceHookArgs("urn", "id", "churn", "type", **given)
    asyncio.run(refuse_other_stable("churn", stable, args))


def test_the_stable_model_must_be_the_one_that_is_live() -> None:
    live = {"spec": {"predictor": {"model": {"storageUri": "s3://a"}}}}
    _before_update(live, "s3://a")
    with pytest.raises(pulumi.RunError, match="beside the stable model s3://b, but s3://a is live"):
        _before_update(live, "s3://b")


def test_while_a_candidate_is_there_its_own_artifact_is_what_the_predictor_holds() -> None:
    held = {"spec": {"predictor": {"model": {"storageUri": "s3://b"}, "canaryTrafficPercent": 5}}}
    _before_update(held, "s3://a")


def _held(uri: str, share: int) -> dict[str, Any]:
    model = {"storageUri": uri}
    return {"spec": {"predictor": {"model": model, "canaryTrafficPercent": share}}}


def test_at_all_requests_the_candidate_is_what_the_next_one_would_stand_beside() -> None:
    # Its share may go back.
    _before_update(_held("s3://b", 100), "s3://a", _held("s3://b", 50))
    # A stable model whose share a rollout owns says 100 too.
    _before_update(_held("s3://a", 100), "s3://a", _held("s3://b", 10))
    with pytest.raises(pulumi.RunError, match="beside the stable model s3://a, but s3://b is live"):
        _before_update(_held("s3://b", 100), "s3://a", _held("s3://c", 10))
