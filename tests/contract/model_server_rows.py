"""What usual manifests of a model server say, field by field, and what `ModelServer` says instead.

A row is true if the same value is there, or a better one at the place that is named.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["ABSENT", "ARGS", "ROWS", "Row"]

ABSENT: Final = "nothing"
DIGEST: Final = f"myregistry/model-server@sha256:{'1' * 64}"
DOWNLOAD: Final = f"myregistry/storage-initialiser@sha256:{'2' * 64}"
URI: Final = "s3://models/fraud-detection/v1.2.0/model.onnx"
SETTINGS: Final = "model: {name: fraud-detection}\nserver: {port: 8000}\n"
NAME: Final = "app.kubernetes.io/name"
VERSION: Final = "model-serving/model-version"

ARGS: Final[dict[str, Any]] = {
    "environment": "prod",
    "owner": "team-risk",
    "namespace": "ml-serving",
    "model_version": "v1.2.0",
    "model_uri": URI,
    "image": DIGEST,
    "download_image": DOWNLOAD,
    "env": {"LOG_LEVEL": "INFO"},
    "config": {"serving.yaml": SETTINGS},
    "cpu": 2,
    "memory_mib": 4096,
    "min_replicas": 3,
    "max_replicas": 20,
    "load_seconds": 150,
    "host": "api.example.com",
    "tls_secret_name": "tls-secret",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of a manifest, and where it is here.

    Attributes:
        kind: of the object.
        path: of the field; an item of a list is named by its `name`, or by its position.
        value: what it says elsewhere.
        ours: what it says here, where that is something else; a pattern for what is like that.
        at: path here, where it is another.
        reason: why it is another, in words of a user.
        missing: what keeps it from being true.
        of: the variant, by its name in VARIANTS of the test.
    """

    kind: str
    path: str
    value: object
    ours: object = None
    at: str = ""
    reason: str = ""
    missing: str = ""
    of: str = "plain"


def same(kind: str, values: Mapping[str, object], *, of: str = "plain") -> list[Row]:
    """Fields that are the same here."""
    return [Row(kind=kind, path=path, value=value, of=of) for path, value in values.items()]


def better(kind: str, path: str, value: object, ours: object, reason: str, *, at: str = "") -> Row:
    """A field that says something better here, or elsewhere."""
    return Row(kind=kind, path=path, value=value, ours=ours, at=at, reason=reason)


KEYLESS: Final = "no long-lived keys: the pod's identity is its service account's, in the cloud too"
OUR_LABELS: Final = "Kubernetes' recommended labels, and the vocabulary that cost and alarms read"
BY_DIGEST: Final = "an image by its digest is the image that was tested; a tag moves"
ONE_NAME: Final = "objects of one model have one name: kinds tell them apart"
BY_PORT_NAME: Final = "by the port's name, so that the number is written once"
BY_STARTUP: Final = (
    "the startup probe holds it back until the model is loaded, however long it takes"
)
POD: Final = "spec.template.spec"
SERVER: Final = f"{POD}.containers[model-server]"
LOADER: Final = f"{POD}.initContainers[model-download]"
SPREAD: Final = f"{POD}.topologySpreadConstraints[0]"
APART: Final = f"{POD}.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]"

ROWS: list[Row] = [
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
    better(
        "Deployment",
        f"{POD}.initContainers[model-downloader].envFrom[0].secretRef.name",
        "model-server-secrets",
        ABSENT,
        KEYLESS,
        at=f"{LOADER}.envFrom",
    ),
    better(
        "Deployment",
        f"{SERVER}.envFrom[0].secretRef.name",
        "model-server-secrets",
        ABSENT,
        KEYLESS,
        at=f"{SERVER}.envFrom",
    ),
    # ---- the Deployment ----
    *same(
        "Deployment",
        {
            "apiVersion": "apps/v1",
            "metadata.name": "model-server",
            "metadata.namespace": "ml-serving",
            "spec.strategy.type": "RollingUpdate",
            "spec.strategy.rollingUpdate.maxUnavailable": 0,
            f"{POD}.serviceAccountName": "model-server",
            f"{POD}.terminationGracePeriodSeconds": 60,
        },
    ),
    Row(kind="Deployment", path="spec.replicas", value=3),
    better(
        "Deployment",
        "metadata.labels.app",
        "model-server",
        "model-server",
        OUR_LABELS,
        at=f"metadata.labels[{NAME}]",
    ),
    better(
        "Deployment",
        "metadata.labels.version",
        "v1.2.0",
        "v1.2.0",
        OUR_LABELS,
        at=f"metadata.labels[{VERSION}]",
    ),
    better(
        "Deployment",
        "spec.selector.matchLabels.app",
        "model-server",
        "model-server",
        OUR_LABELS,
        at=f"spec.selector.matchLabels[{NAME}]",
    ),
    better(
        "Deployment",
        "spec.template.metadata.labels.app",
        "model-server",
        "model-server",
        OUR_LABELS,
        at=f"spec.template.metadata.labels[{NAME}]",
    ),
    better(
        "Deployment",
        "spec.template.metadata.labels.version",
        "v1.2.0",
        "v1.2.0",
        OUR_LABELS,
        at=f"spec.template.metadata.labels[{VERSION}]",
    ),
    better(
        "Deployment",
        "spec.strategy.rollingUpdate.maxSurge",
        1,
        "25%",
        "a share, so that a rollout of many pods takes no longer than one of few",
    ),
    *(
        Row(
            kind="Deployment",
            path=f"spec.template.metadata.annotations[prometheus.io/{key}]",
            value=value,
            missing="pods do not say where their metrics are",
        )
        for key, value in (("scrape", "true"), ("port", "8000"), ("path", "/metrics"))
    ),
    # ---- the download ----
    better(
        "Deployment",
        f"{POD}.initContainers[model-downloader].name",
        "model-downloader",
        "model-download",
        "named after what it does, as the server's container is",
        at=f"{LOADER}.name",
    ),
    better(
        "Deployment",
        f"{POD}.initContainers[model-downloader].image",
        "amazon/aws-cli:latest",
        DOWNLOAD,
        BY_DIGEST,
        at=f"{LOADER}.image",
    ),
    better(
        "Deployment",
        f"{POD}.initContainers[model-downloader].command",
        ["/bin/sh", "-c", "aws s3 cp …"],
        [URI, "/mnt/models"],
        "no shell, and any storage: source and folder are arguments, as KServe's initialiser has",
        at=f"{LOADER}.args",
    ),
    better(
        "Deployment",
        f"{POD}.initContainers[model-downloader].volumeMounts[model-volume].mountPath",
        "/models",
        "/mnt/models",
        "KServe's folder, so that one image serves in both",
        at=f"{LOADER}.volumeMounts[model].mountPath",
    ),
    # ---- the server ----
    *same(
        "Deployment",
        {
            f"{SERVER}.name": "model-server",
            f"{SERVER}.ports[http].containerPort": 8000,
            f"{SERVER}.ports[http].protocol": "TCP",
            f"{SERVER}.env[LOG_LEVEL].value": "INFO",
            f"{SERVER}.env[POD_NAME].valueFrom.fieldRef.fieldPath": "metadata.name",
            f"{SERVER}.env[POD_NAMESPACE].valueFrom.fieldRef.fieldPath": "metadata.namespace",
        },
    ),
    Row(
        kind="Deployment",
        path=f"{SERVER}.env[MODEL_VERSION].value",
        value="v1.2.0",
        missing="the server is not told which version it serves",
    ),
    better("Deployment", f"{SERVER}.image", "myregistry/model-server:v1.2.0", DIGEST, BY_DIGEST),
    better(
        "Deployment",
        f"{SERVER}.imagePullPolicy",
        "Always",
        "IfNotPresent",
        "what has the digest is the image: a pod starts although the registry is away",
    ),
    *(
        better(
            "Deployment",
            f"{SERVER}.resources.requests.{name}",
            value,
            ours,
            "the request is the limit: nothing is evicted for what a neighbour takes",
        )
        for name, value, ours in (("memory", "2Gi", "4096Mi"), ("cpu", "1000m", "2"))
    ),
    better("Deployment", f"{SERVER}.resources.limits.memory", "4Gi", "4096Mi", "the same amount"),
    better("Deployment", f"{SERVER}.resources.limits.cpu", "2000m", "2", "the same amount"),
    *same(
        "Deployment",
        {
            f"{SERVER}.livenessProbe.httpGet.path": "/health/live",
            f"{SERVER}.livenessProbe.periodSeconds": 10,
            f"{SERVER}.livenessProbe.timeoutSeconds": 5,
            f"{SERVER}.livenessProbe.failureThreshold": 3,
            f"{SERVER}.readinessProbe.httpGet.path": "/health/ready",
            f"{SERVER}.readinessProbe.periodSeconds": 5,
            f"{SERVER}.readinessProbe.timeoutSeconds": 3,
            f"{SERVER}.readinessProbe.failureThreshold": 2,
            f"{SERVER}.startupProbe.httpGet.path": "/health/startup",
            f"{SERVER}.startupProbe.timeoutSeconds": 5,
        },
    ),
    *(
        better("Deployment", f"{SERVER}.{probe}.httpGet.port", 8000, "http", BY_PORT_NAME)
        for probe in ("livenessProbe", "readinessProbe", "startupProbe")
    ),
    *(
        better("Deployment", f"{SERVER}.{probe}.initialDelaySeconds", seconds, ABSENT, BY_STARTUP)
        for probe, seconds in (("livenessProbe", 15), ("readinessProbe", 10), ("startupProbe", 5))
    ),
    better(
        "Deployment",
        f"{SERVER}.startupProbe.periodSeconds",
        5,
        10,
        "together with the threshold at least load_seconds, which the user declares",
    ),
    better(
        "Deployment",
        f"{SERVER}.startupProbe.failureThreshold",
        30,
        16,
        "together with the period at least load_seconds, which the user declares",
    ),
    better(
        "Deployment",
        f"{SERVER}.lifecycle.preStop.exec.command",
        ["/bin/sh", "-c", "sleep 10"],
        15,
        "Kubernetes' own sleep: the image needs no shell; long enough for proxies to hear of it",
        at=f"{SERVER}.lifecycle.preStop.sleep.seconds",
    ),
    # ---- volumes ----
    better(
        "Deployment",
        f"{SERVER}.volumeMounts[model-volume].mountPath",
        "/models",
        "/mnt/models",
        "KServe's folder, so that one image serves in both",
        at=f"{SERVER}.volumeMounts[model].mountPath",
    ),
    better(
        "Deployment",
        f"{SERVER}.volumeMounts[model-volume].readOnly",
        value=True,
        ours=True,
        reason="the volume is named after what is in it",
        at=f"{SERVER}.volumeMounts[model].readOnly",
    ),
    better(
        "Deployment",
        f"{SERVER}.volumeMounts[config-volume].mountPath",
        "/config",
        "/etc/model-server",
        "where the file system's standard has configuration; no folder of an image is hidden",
        at=f"{SERVER}.volumeMounts[config].mountPath",
    ),
    better(
        "Deployment",
        f"{SERVER}.volumeMounts[config-volume].readOnly",
        value=True,
        ours=True,
        reason="the volume is named after what is in it",
        at=f"{SERVER}.volumeMounts[config].readOnly",
    ),
    Row(
        kind="Deployment",
        path=f"{POD}.volumes[model-volume].emptyDir",
        value={},
        ours=re.compile(r"\d+Mi"),
        at=f"{POD}.volumes[model].emptyDir.sizeLimit",
        reason="with a size: a download cannot fill the node's disk",
        missing="the folder of the download has no size",
    ),
    better(
        "Deployment",
        f"{POD}.volumes[config-volume].configMap.name",
        "model-server-config",
        re.compile(r"model-server-[0-9a-f]{8}"),
        "named after its content, as the ConfigMap is",
        at=f"{POD}.volumes[config].configMap.name",
    ),
    *(
        better(
            "Deployment",
            f"{place}[{name}-volume].name",
            f"{name}-volume",
            name,
            "the list says already that it is a volume",
            at=f"{here}[{name}].name",
        )
        for place, here, name in (
            (f"{POD}.volumes", f"{POD}.volumes", "model"),
            (f"{POD}.volumes", f"{POD}.volumes", "config"),
            (f"{SERVER}.volumeMounts", f"{SERVER}.volumeMounts", "model"),
            (f"{SERVER}.volumeMounts", f"{SERVER}.volumeMounts", "config"),
            (
                f"{POD}.initContainers[model-downloader].volumeMounts",
                f"{LOADER}.volumeMounts",
                "model",
            ),
        )
    ),
    # ---- placement ----
    *same(
        "Deployment",
        {
            f"{APART}.weight": 100,
            f"{APART}.podAffinityTerm.topologyKey": "kubernetes.io/hostname",
            f"{SPREAD}.maxSkew": 1,
            f"{SPREAD}.topologyKey": "topology.kubernetes.io/zone",
            f"{SPREAD}.whenUnsatisfiable": "ScheduleAnyway",
        },
    ),
    *(
        better(
            "Deployment",
            f"{place}.labelSelector.matchLabels.app",
            "model-server",
            "model-server",
            OUR_LABELS,
            at=f"{place}.labelSelector.matchLabels[{NAME}]",
        )
        for place in (f"{APART}.podAffinityTerm", SPREAD)
    ),
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
            missing="no metric of the server's own can be scaled by",
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
            missing="the largest body, the longest answer and the redirect cannot be said",
        )
        for key, value in (
            ("proxy-body-size", "10m"),
            ("proxy-read-timeout", "60"),
            ("ssl-redirect", "true"),
        )
    ),
    better(
        "Ingress",
        "spec.rules[0].http.paths[0].path",
        "/v1/predict",
        "/v1/models",
        "the paths that the kind of server answers, KServe's protocols for the reference server",
    ),
    better(
        "Ingress",
        "spec.rules[0].http.paths[0].backend.service.port.number",
        80,
        "http",
        BY_PORT_NAME,
        at="spec.rules[0].http.paths[0].backend.service.port.name",
    ),
    # ---- strategies ----
    *same(
        "Deployment",
        {
            "spec.strategy.type": "RollingUpdate",
            "spec.strategy.rollingUpdate.maxSurge": "25%",
            "spec.strategy.rollingUpdate.maxUnavailable": 0,
        },
        of="rolling",
    ),
]
