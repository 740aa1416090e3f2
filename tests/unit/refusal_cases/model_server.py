"""What a plain model server cannot do: the refusal, what is refused, the nearest that works."""

from typing import Any

from tests.unit.refusal_cases import takeover
from tests.unit.settings_project import CANDIDATE, DIGEST, MODEL_SERVER, changed

HOST = {"host": "ranker.example.com", "tls_secret_name": "ranker-tls"}
GATEWAY = {"gateway_name": "public", "gateway_namespace": "gateways", "exposure": "gateway"}
KEDA = {
    "autoscaler": "keda",
    "prometheus_url": "http://prometheus.monitoring:9090",
    "prometheus_query": "sum(rate(requests_total[1m]))",
    "prometheus_target": 10,
}
THREE = changed(MODEL_SERVER, min_replicas=3, max_replicas=9)
OCI = f"oci://example.com/models/ranker@{DIGEST}"
BAKED = changed(MODEL_SERVER, model__uri="image:/opt/model")
EDGE = changed(BAKED, profile="edge", min_replicas=1, max_replicas=1)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "kubernetes/no-image",
        changed(MODEL_SERVER, model__image=None, model__framework="onnx"),
        MODEL_SERVER,
    ),
    *(
        ("kubernetes/blocking-budget", changed(THREE, **refused), changed(THREE, **works))
        for refused, works in (
            ({"min_available": "3"}, {"min_available": "2"}),
            ({"min_available": "100%"}, {"min_available": "66%"}),
            ({"min_available": "67%"}, {"max_unavailable": "1%"}),
            ({"max_unavailable": "0"}, {"max_unavailable": "1"}),
            ({"max_unavailable": "0%"}, {}),
        )
    ),
    ("kubernetes/plain-http", changed(MODEL_SERVER, host=HOST["host"]), MODEL_SERVER | HOST),
    (
        "kubernetes/plain-http",
        changed(MODEL_SERVER, host=HOST["host"]),
        MODEL_SERVER | {"host": HOST["host"], "certificate_issuer": "letsencrypt"},
    ),
    (
        "kubernetes/plain-http",
        changed(MODEL_SERVER, host=HOST["host"]),
        MODEL_SERVER | {"host": HOST["host"], **GATEWAY},
    ),
    (
        "kubernetes/zero-without-keda",
        changed(MODEL_SERVER, min_replicas=0),
        changed(MODEL_SERVER, min_replicas=0) | KEDA,
    ),
    (
        "kubernetes/image-volume",
        changed(MODEL_SERVER, model__uri=OCI),
        changed(MODEL_SERVER, model__uri=OCI, image_volumes=True),
    ),
    ("kubernetes/artifact-spelling", changed(BAKED, model__uri="image:opt/model"), BAKED),
    (
        "kubernetes/artifact-spelling",
        changed(MODEL_SERVER, model__uri="pvc://Claim_1/1.2.0"),
        changed(MODEL_SERVER, model__uri="pvc://claim-1/1.2.0"),
    ),
    (
        "kubernetes/secret-in-env",
        changed(MODEL_SERVER, env={"HF_TOKEN": "not-a-real-one"}),
        changed(MODEL_SERVER, secret_env={"HF_TOKEN": "hugging-face/token"}),
    ),
    (
        "kubernetes/secret-in-env",
        changed(MODEL_SERVER, env={"STORE": "redis://user:word@redis:6379"}),
        changed(MODEL_SERVER, env={"STORE": "redis://redis:6379", "PAD_TOKEN": "<pad>"}),
    ),
    *(
        ("kubernetes/cloud-key", changed(MODEL_SERVER, **refused), MODEL_SERVER)
        for refused in (
            {"env": {"AWS_ACCESS_KEY_ID": "x"}},
            {"secret_env": {"AWS_SECRET_ACCESS_KEY": "aws/key"}},
        )
    ),
    *(
        ("kubernetes/edge", changed(EDGE, **refused), EDGE)
        for refused in (
            {"max_replicas": 2},
            {"candidate": {"uri": "image:/opt/next", "version": CANDIDATE["version"]}}
            | {"strategy": "blue_green"},
            {"autoscaler": "hpa"},
            {"max_unavailable": "1"},
            {"image_pull_policy": "Always"},
            {"internal_load_balancer": "aws", "load_balancer_cidrs": ["10.0.0.0/8"]},
            {"model__uri": "s3://models/ranker/1.2.0/"},
        )
    ),
    (
        "kubernetes/not-portable",
        changed(MODEL_SERVER, ingress_class="haproxy", max_body_mib=50) | HOST,
        changed(MODEL_SERVER, max_body_mib=50) | HOST,
    ),
    (
        "kubernetes/not-portable",
        changed(MODEL_SERVER, ingress_class="traefik", request_timeout_seconds=9) | HOST,
        changed(MODEL_SERVER, host=HOST["host"], request_timeout_seconds=9) | GATEWAY,
    ),
    *takeover.CASES,
]
