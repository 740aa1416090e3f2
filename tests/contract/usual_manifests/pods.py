"""The Deployment and its pods."""

import re
from typing import Final

from tests.contract.usual_manifests.row import (
    ABSENT,
    BY_DIGEST,
    BY_PORT_NAME,
    DIGEST,
    DOWNLOAD,
    KEYLESS,
    NAME,
    OUR_LABELS,
    URI,
    VERSION,
    Row,
    better,
    same,
)

__all__ = ["ROWS"]

BY_STARTUP: Final = (
    "the startup probe holds it back until the model is loaded, however long it takes"
)
POD: Final = "spec.template.spec"
SERVER: Final = f"{POD}.containers[model-server]"
LOADER: Final = f"{POD}.initContainers[model-download]"
SPREAD: Final = f"{POD}.topologySpreadConstraints[0]"
APART: Final = f"{POD}.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]"

ROWS: Final[list[Row]] = [
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
            f"{SERVER}.resources.{part}.{name}",
            value,
            ours,
            "the same amount, spelt in the unit that the arguments have",
        )
        for part, name, value, ours in (
            ("requests", "memory", "2Gi", "2048Mi"),
            ("requests", "cpu", "1000m", "1"),
            ("limits", "memory", "4Gi", "4096Mi"),
            ("limits", "cpu", "2000m", "2"),
        )
    ),
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
    # ---- secrets ----
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
]
