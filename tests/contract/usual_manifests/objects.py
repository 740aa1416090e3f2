"""Everything around the Deployment."""

from typing import Final

from tests.contract.usual_manifests.row import (
    ABSENT,
    BY_PORT_NAME,
    KEYLESS,
    NAME,
    ONE_NAME,
    OUR_LABELS,
    SETTINGS,
    Row,
    better,
    same,
)

__all__ = ["ROWS"]

ROWS: Final[list[Row]] = [
    # ---- the namespace ----
    *same("Namespace", {"apiVersion": "v1", "metadata.name": "ml-serving"}),
    better(
        "Namespace",
        "metadata.labels.name",
        "ml-serving",
        "restricted",
        "its own name is a label already, kubernetes.io/metadata.name; what it needs is a standard",
        at="metadata.labels[pod-security.kubernetes.io/enforce]",
    ),
    # ---- configuration ----
    *same("ConfigMap", {"apiVersion": "v1", "metadata.namespace": "ml-serving"}),
    better(
        "ConfigMap",
        "metadata.name",
        "model-server-config",
        ours=True,
        reason="immutable and named after its content: going back to it goes back",
        at="immutable",
    ),
    Row(kind="ConfigMap", path="data[serving.yaml]", value=SETTINGS),
    # ---- secrets ----
    better("Secret", "apiVersion", "v1", ABSENT, KEYLESS),
    better("Secret", "metadata.name", "model-server-secrets", ABSENT, KEYLESS),
    better("Secret", "metadata.namespace", "ml-serving", ABSENT, KEYLESS),
    better("Secret", "type", "Opaque", ABSENT, KEYLESS),
    better("Secret", "stringData.AWS_ACCESS_KEY_ID", "a key", ABSENT, KEYLESS),
    better("Secret", "stringData.AWS_SECRET_ACCESS_KEY", "a key", ABSENT, KEYLESS),
    # ---- the Service ----
    *same(
        "Service",
        {
            "apiVersion": "v1",
            "metadata.name": "model-server",
            "metadata.namespace": "ml-serving",
            "spec.type": "ClusterIP",
            "spec.ports[http].name": "http",
            "spec.ports[http].port": 80,
            "spec.ports[http].protocol": "TCP",
        },
    ),
    better("Service", "spec.ports[http].targetPort", 8000, "http", BY_PORT_NAME),
    better(
        "Service",
        "metadata.labels.app",
        "model-server",
        "model-server",
        OUR_LABELS,
        at=f"metadata.labels[{NAME}]",
    ),
    better(
        "Service",
        "spec.selector.app",
        "model-server",
        "model-server",
        OUR_LABELS,
        at=f"spec.selector[{NAME}]",
    ),
    # ---- autoscaling ----
    *same(
        "HorizontalPodAutoscaler",
        {
            "apiVersion": "autoscaling/v2",
            "metadata.namespace": "ml-serving",
            "spec.scaleTargetRef.apiVersion": "apps/v1",
            "spec.scaleTargetRef.kind": "Deployment",
            "spec.scaleTargetRef.name": "model-server",
            "spec.minReplicas": 3,
            "spec.maxReplicas": 20,
            "spec.metrics[0].type": "Resource",
            "spec.metrics[0].resource.name": "cpu",
            "spec.metrics[0].resource.target.type": "Utilization",
            "spec.metrics[0].resource.target.averageUtilization": 70,
            "spec.behavior.scaleUp.stabilizationWindowSeconds": 60,
            "spec.behavior.scaleUp.policies[0].type": "Percent",
            "spec.behavior.scaleUp.policies[0].value": 100,
            "spec.behavior.scaleUp.policies[0].periodSeconds": 60,
            "spec.behavior.scaleDown.stabilizationWindowSeconds": 300,
            "spec.behavior.scaleDown.policies[0].type": "Percent",
            "spec.behavior.scaleDown.policies[0].value": 10,
            "spec.behavior.scaleDown.policies[0].periodSeconds": 60,
        },
    ),
    better(
        "HorizontalPodAutoscaler", "metadata.name", "model-server-hpa", "model-server", ONE_NAME
    ),
    *(
        Row(
            kind="HorizontalPodAutoscaler",
            path=f"spec.metrics[1].{path}",
            value=value,
        )
        for path, value in (
            ("type", "Pods"),
            ("pods.metric.name", "http_requests_per_second"),
            ("pods.target.type", "AverageValue"),
            ("pods.target.averageValue", "100"),
        )
    ),
    # ---- disruptions ----
    *same("PodDisruptionBudget", {"apiVersion": "policy/v1", "metadata.namespace": "ml-serving"}),
    better("PodDisruptionBudget", "metadata.name", "model-server-pdb", "model-server", ONE_NAME),
    better(
        "PodDisruptionBudget",
        "spec.minAvailable",
        2,
        1,
        "one at a time, however many: a least number blocks every eviction once it is all",
        at="spec.maxUnavailable",
    ),
    better(
        "PodDisruptionBudget",
        "spec.selector.matchLabels.app",
        "model-server",
        "model-server",
        OUR_LABELS,
        at=f"spec.selector.matchLabels[{NAME}]",
    ),
    # ---- the way in ----
    *same(
        "Ingress",
        {
            "apiVersion": "networking.k8s.io/v1",
            "metadata.namespace": "ml-serving",
            "spec.ingressClassName": "nginx",
            "spec.tls[0].hosts": ["api.example.com"],
            "spec.tls[0].secretName": "tls-secret",
            "spec.rules[0].host": "api.example.com",
            "spec.rules[0].http.paths[0].path": "/v1/predict",
            "spec.rules[0].http.paths[0].pathType": "Prefix",
            "spec.rules[0].http.paths[0].backend.service.name": "model-server",
        },
    ),
    better("Ingress", "metadata.name", "model-server-ingress", "model-server", ONE_NAME),
    *(
        Row(
            kind="Ingress",
            path=f"metadata.annotations[nginx.ingress.kubernetes.io/{key}]",
            value=value,
        )
        for key, value in (
            ("proxy-body-size", "10m"),
            ("proxy-read-timeout", "60"),
            ("ssl-redirect", "true"),
        )
    ),
    better(
        "Ingress",
        "spec.rules[0].http.paths[0].backend.service.port.number",
        80,
        "http",
        BY_PORT_NAME,
        at="spec.rules[0].http.paths[0].backend.service.port.name",
    ),
]
