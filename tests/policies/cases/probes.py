"""Cases of rules about probes."""

from typing import Any

from tests.policies.cases.resources import DEPLOYMENT, KSERVE, POD, pod, predictor
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

KNATIVE = "kubernetes:serving.knative.dev/v1:Service"
CLOUD_RUN = "gcp:cloudrunv2/service:Service"
AZURE_ML = "azure-native:machinelearningservices:OnlineDeployment"
READINESS = "resources/readiness-missing"
PORT = "resources/probe-port-unknown"
ALIKE = "resources/probes-alike"
LOADING = "resources/ended-while-loading"

HTTP = [{"name": "http", "containerPort": 8080}]
READY: dict[str, Any] = {"httpGet": {"path": "/ready", "port": "http"}}
ALIVE: dict[str, Any] = {"httpGet": {"path": "/live", "port": "http"}}
GPU = {"limits": {"nvidia.com/gpu": 1}}
SERVER = "spec.template.spec.containers[0]"
TAGGED = {"labels": {"model-serving/model": "fraud"}}


def deployment(**container: object) -> dict[str, Any]:
    return {"spec": {"template": pod(**container)}}


def loading(**container: object) -> dict[str, Any]:
    return deployment(resources=GPU, **container)


def probe(**numbers: object) -> dict[str, Any]:
    return {**ALIVE, **numbers}


def alike(readiness: dict[str, Any], liveness: dict[str, Any]) -> dict[str, Any]:
    return deployment(readinessProbe={**READY, **readiness}, livenessProbe={**READY, **liveness})


def cloud_run(**container: object) -> dict[str, Any]:
    return {"labels": {"model-serving-model": "fraud"}, "template": {"containers": [container]}}


def azure(**liveness: object) -> dict[str, Any]:
    return {"onlineDeploymentProperties": {"livenessProbe": liveness}}


CASES = (
    Case(READINESS, "asked", DEPLOYMENT, deployment(ports=HTTP, readinessProbe=READY)),
    Case(READINESS, "absent", DEPLOYMENT, deployment(ports=HTTP), (f"{SERVER}.readinessProbe",)),
    Case(
        READINESS,
        "liveness alone",
        "kubernetes:apps/v1:StatefulSetPatch",
        deployment(ports=[{"containerPort": 80}], livenessProbe=ALIVE),
        (f"{SERVER}.readinessProbe",),
    ),
    Case(READINESS, "no port", DEPLOYMENT, deployment()),
    Case(READINESS, "metrics", DEPLOYMENT, deployment(ports=[{"name": "http-metrics"}])),
    Case(
        READINESS,
        "metrics beside requests",
        DEPLOYMENT,
        deployment(ports=[{"name": "metrics"}, *HTTP]),
        (f"{SERVER}.readinessProbe",),
    ),
    Case(
        READINESS,
        "initialising container",
        DEPLOYMENT,
        {"spec": {"template": {"spec": {"initContainers": [{"ports": HTTP}]}}}},
    ),
    Case(READINESS, "unknown", DEPLOYMENT, deployment(ports=HTTP, readinessProbe=UNKNOWN_OBJECT)),
    Case(READINESS, "unknown ports", DEPLOYMENT, deployment(ports=UNKNOWN)),
    Case(READINESS, "unknown name", DEPLOYMENT, deployment(ports=[{"name": UNKNOWN}])),
    Case(PORT, "declared", POD, pod(ports=HTTP, readinessProbe=READY)),
    Case(
        PORT,
        "another name",
        POD,
        pod(ports=[{"name": "grpc", "containerPort": 9000}], livenessProbe=ALIVE),
        ("spec.containers[0].livenessProbe.httpGet.port",),
    ),
    Case(
        PORT,
        "no ports",
        POD,
        pod(startupProbe={"tcpSocket": {"port": "http"}}),
        ("spec.containers[0].startupProbe.tcpSocket.port",),
    ),
    Case(PORT, "a number", POD, pod(readinessProbe={"tcpSocket": {"port": 8080}})),
    Case(PORT, "a number as text", POD, pod(readinessProbe={"tcpSocket": {"port": "8080"}})),
    Case(PORT, "KServe's own container", KSERVE, predictor(model={"readinessProbe": READY})),
    Case(PORT, "unknown", POD, pod(readinessProbe={"tcpSocket": {"port": UNKNOWN}})),
    Case(PORT, "unknown ports", POD, pod(ports=UNKNOWN, readinessProbe=READY)),
    Case(PORT, "unknown name", POD, pod(ports=[{"name": UNKNOWN}], readinessProbe=READY)),
    Case(
        ALIKE, "other questions", DEPLOYMENT, deployment(readinessProbe=READY, livenessProbe=ALIVE)
    ),
    Case(ALIKE, "the same", DEPLOYMENT, alike({}, {}), (f"{SERVER}.livenessProbe",)),
    Case(
        ALIKE,
        "no more patience",
        DEPLOYMENT,
        alike({"failureThreshold": 6}, {"periodSeconds": 20}),
        (f"{SERVER}.livenessProbe",),
        says="given up after 60 s",
    ),
    Case(ALIKE, "more patience", DEPLOYMENT, alike({"failureThreshold": 5}, {"periodSeconds": 20})),
    Case(ALIKE, "no liveness", DEPLOYMENT, deployment(readinessProbe=READY)),
    Case(ALIKE, "unknown", DEPLOYMENT, alike({}, {"failureThreshold": UNKNOWN})),
    Case(
        ALIKE,
        "a predictor",
        KSERVE,
        predictor(containers=[{"readinessProbe": READY, "livenessProbe": READY}]),
        ("spec.predictor.containers[0].livenessProbe",),
    ),
    Case(LOADING, "a minute", DEPLOYMENT, loading(startupProbe=probe(failureThreshold=6))),
    Case(
        LOADING,
        "less",
        DEPLOYMENT,
        loading(startupProbe=probe(failureThreshold=5, initialDelaySeconds=9)),
        (f"{SERVER}.startupProbe.failureThreshold",),
        says="found 59 s",
    ),
    Case(
        LOADING,
        "as Kubernetes does where nothing is said",
        DEPLOYMENT,
        loading(startupProbe=ALIVE),
        (f"{SERVER}.startupProbe.failureThreshold",),
        says="found 30 s",
    ),
    Case(
        LOADING,
        "no startup probe",
        DEPLOYMENT,
        loading(livenessProbe=ALIVE),
        (f"{SERVER}.startupProbe",),
    ),
    Case(LOADING, "patient liveness", DEPLOYMENT, loading(livenessProbe=probe(periodSeconds=20))),
    Case(LOADING, "nothing ends it", DEPLOYMENT, loading()),
    Case(LOADING, "no model", DEPLOYMENT, deployment(livenessProbe=ALIVE)),
    Case(
        LOADING,
        "tagged",
        DEPLOYMENT,
        {"metadata": TAGGED, **deployment(livenessProbe=ALIVE)},
        (f"{SERVER}.startupProbe",),
    ),
    Case(
        LOADING,
        "more is asked for",
        DEPLOYMENT,
        loading(startupProbe=probe(failureThreshold=6)),
        (f"{SERVER}.startupProbe.failureThreshold",),
        settings={"load_seconds": 61},
    ),
    Case(LOADING, "unknown", DEPLOYMENT, loading(startupProbe=probe(failureThreshold=UNKNOWN))),
    Case(LOADING, "unknown probe", DEPLOYMENT, loading(startupProbe=UNKNOWN_OBJECT)),
    Case(
        LOADING,
        "a predictor",
        KSERVE,
        predictor(model={"livenessProbe": ALIVE}),
        ("spec.predictor.model.startupProbe",),
    ),
    Case(
        LOADING,
        "Knative",
        KNATIVE,
        loading(livenessProbe=ALIVE),
        (f"{SERVER}.startupProbe",),
    ),
    Case(LOADING, "Cloud Run's own", CLOUD_RUN, cloud_run()),
    Case(LOADING, "Cloud Run asks later", CLOUD_RUN, cloud_run(livenessProbe={"httpGet": {}})),
    Case(
        LOADING,
        "Cloud Run",
        CLOUD_RUN,
        cloud_run(startupProbe={"httpGet": {"path": "/"}, "periodSeconds": 5}),
        ("template.containers[0].startupProbe.failureThreshold",),
        says="found 15 s",
    ),
    Case(LOADING, "Azure ML's own", AZURE_ML, azure()),
    Case(
        LOADING,
        "Azure ML",
        AZURE_ML,
        azure(initialDelay="PT30S", failureThreshold=2),
        ("onlineDeploymentProperties.livenessProbe.failureThreshold",),
        says="found 50 s",
    ),
    Case(LOADING, "Azure ML, unknown", AZURE_ML, azure(period=UNKNOWN, failureThreshold=1)),
)
