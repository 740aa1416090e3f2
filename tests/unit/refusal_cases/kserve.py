"""What KServe cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import DIGEST, KSERVE, changed

K_CANDIDATE = {"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}
STANDARD = changed(KSERVE, deployment_mode="standard")
WITH_CANDIDATE = changed(STANDARD, candidate=K_CANDIDATE)
_QUERY: dict[str, Any] = {
    "prometheus_url": "http://prometheus.monitoring:9090",
    "prometheus_query": "sum(rate(request_predict_seconds_count[1m]))",
    "prometheus_target": 5,
}
_IMAGE = f"registry.example.com/features@{DIGEST}"
GATEWAY = {
    "context": "serving-dev",
    "router": "gateway",
    "gateway_name": "public",
    "gateway_namespace": "gateways",
}
OLD = {"context": "serving-dev", "kserve_version": "0.19.0"}
NEW = {"context": "serving-dev", "kserve_version": "0.21.0", "gateway_api": True}
_NO_ROUTES = {"context": "serving-dev", "kserve_version": "0.21.0"}
_TOO_OLD = {"context": "serving-dev", "kserve_version": "0.14.1"}

# (refusal, what is refused, the nearest thing that works)
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "kserve/share-in-standard-mode",
        changed(WITH_CANDIDATE, canary_percent=10),
        changed(WITH_CANDIDATE, canary_percent=10, deployment_mode="knative"),
    ),
    (
        "kserve/share-in-standard-mode",
        changed(WITH_CANDIDATE, canary_percent=1),
        changed(WITH_CANDIDATE, canary_percent=0),
    ),
    (
        "kserve/zero-in-standard-mode",
        changed(STANDARD, min_replicas=0),
        changed(KSERVE, min_replicas=0),
    ),
    (
        "kserve/zero-in-standard-mode",
        changed(STANDARD, min_replicas=0, autoscaler="keda", cpu_target_percent=70),
        changed(STANDARD, min_replicas=0, autoscaler="keda", **_QUERY),
    ),
    (
        "kserve/zero-in-standard-mode",
        changed(STANDARD, transformer={"image": _IMAGE, "min_replicas": 0}),
        changed(KSERVE, transformer={"image": _IMAGE, "min_replicas": 0}),
    ),
    (
        "kserve/zero-on-cpu",
        changed(KSERVE, min_replicas=0, cpu_target_percent=70),
        changed(KSERVE, min_replicas=0, concurrency_target=5),
    ),
    (
        "kserve/shift",
        changed(KSERVE, rollout={"shift": "canary"}),
        changed(KSERVE, candidate=K_CANDIDATE, canary_percent=5),
    ),
    (
        "kserve/no-runtime",
        changed(KSERVE, model__framework="caffe"),
        changed(KSERVE, model__framework="caffe", runtime="our-caffe-server"),
    ),
    (
        "kserve/no-runtime",
        changed(KSERVE, model__framework="onnx", protocol="v1"),
        changed(KSERVE, model__framework="onnx", protocol="v2"),
    ),
    (
        "kserve/no-runtime",
        changed(KSERVE, protocol="grpc-v2"),
        changed(KSERVE, model__framework="triton", protocol="grpc-v2"),
    ),
    (
        "kserve/runtime",
        changed(KSERVE, runtime="kserve-tritonserver"),
        changed(KSERVE, runtime="kserve-mlserver"),
    ),
    (
        "kserve/runtime",
        changed(KSERVE, runtime="kserve-mlserver", protocol="v1"),
        changed(KSERVE, protocol="v1"),
    ),
    (
        "kserve/autoscaler-in-knative-mode",
        changed(KSERVE, autoscaler="keda", cpu_target_percent=70),
        changed(STANDARD, autoscaler="keda", cpu_target_percent=70),
    ),
    (
        "kserve/autoscaler-in-knative-mode",
        changed(KSERVE, concurrency_target=5, cpu_target_percent=70),
        changed(KSERVE, concurrency_target=5),
    ),
    (
        "kserve/requests-in-standard-mode",
        changed(STANDARD, requests_per_second_target=5),
        changed(STANDARD, cpu_target_percent=70, memory_target_percent=80),
    ),
    (
        "kserve/query-without-keda",
        changed(STANDARD, **_QUERY),
        changed(STANDARD, autoscaler="keda", **_QUERY),
    ),
    (
        "kserve/query-without-keda",
        changed(STANDARD, autoscaler="keda", prometheus_query="up"),
        changed(STANDARD, autoscaler="keda", cpu_target_percent=70),
    ),
    (
        "kserve/query-without-keda",
        changed(STANDARD, autoscaler="external", cpu_target_percent=70),
        changed(STANDARD, autoscaler="external"),
    ),
    (
        "kserve/keda-with-candidate",
        changed(WITH_CANDIDATE, autoscaler="keda", cpu_target_percent=70),
        changed(WITH_CANDIDATE, autoscaler="hpa", cpu_target_percent=70),
    ),
    (
        "kserve/artifact",
        changed(KSERVE, model__uri="hf://owner/team/churn@" + "a" * 40),
        changed(KSERVE, model__uri="hf://owner/churn@" + "a" * 40),
    ),
    (
        "kserve/artifact",
        changed(KSERVE, model__uri="abfss://models@acct.dfs.core.windows.net/churn/2.1.0/"),
        changed(KSERVE, model__uri="https://acct.blob.core.windows.net/models/churn/2.1.0/"),
    ),
]

# (refusal, cluster and what is refused, cluster and the nearest thing that works)
Asked = tuple[dict[str, Any], dict[str, Any]]
CLUSTER_CASES: list[tuple[str, Asked, Asked]] = [
    (
        "kserve/candidate-in-standard-mode",
        (OLD, WITH_CANDIDATE),
        (OLD, changed(WITH_CANDIDATE, deployment_mode="knative")),
    ),
    (
        "kserve/candidate-in-standard-mode",
        (OLD, changed(WITH_CANDIDATE, canary_percent=10)),
        (OLD, STANDARD),
    ),
    (
        "kserve/share-without-gateway-api",
        (_NO_ROUTES, changed(WITH_CANDIDATE, canary_percent=10)),
        (NEW, changed(WITH_CANDIDATE, canary_percent=10)),
    ),
    (
        "kserve/share-in-standard-mode",
        (GATEWAY, changed(WITH_CANDIDATE, canary_percent=10)),
        (GATEWAY, changed(WITH_CANDIDATE, canary_percent=10, host="churn.example.com")),
    ),
    (
        "kserve/share-beside-companion",
        (NEW, changed(WITH_CANDIDATE, canary_percent=10, explainer={"image": _IMAGE})),
        (NEW, changed(WITH_CANDIDATE, canary_percent=0, explainer={"image": _IMAGE})),
    ),
    (
        "kserve/no-runtime",
        (OLD, changed(KSERVE, model__framework="autogluon")),
        (NEW, changed(KSERVE, model__framework="autogluon")),
    ),
    ("kserve/version", (_TOO_OLD, KSERVE), (OLD, KSERVE)),
]
