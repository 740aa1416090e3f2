"""Cases of rules about requests and answers that are kept."""

from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.resources import DEPLOYMENT, ENDPOINT, KSERVE, POD, pod, predictor
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case, secret

VERTEX = "gcp:vertex/aiEndpoint:AiEndpoint"
MONITORING = "serving:index:VertexMonitoringJob"
BASELINE = {"baselineUri": "bq://example-models.training.fraud"}
CLOUD_RUN = "gcp:cloudrunv2/service:Service"
AZURE_ML = "azure-native:machinelearningservices:OnlineDeployment"
AZURE_APP = "azure-native:web:WebApp"
UNSAID = "security/payloads-unacknowledged"
SENSITIVE = "security/payloads-too-sensitive"
KMS = "security/capture-kms"

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"
AWS_TAG = "model-serving:payloads"
VARIABLE = {"name": "MODEL_SERVING_REQUEST_LOG_PAYLOADS", "value": "true"}
LOGGER = {"logger": {"mode": "all", "url": "http://collector.shop"}}
CAPTURE = {"enableCapture": True, "destinationS3Uri": "s3://captured/fraud"}
COLLECTIONS = "properties.dataCollector.collections"


def tagged(properties: dict[str, Any], **tags: object) -> dict[str, Any]:
    """With AWS's or Azure's tags; `data` is the class."""
    spelt = {"kept": {AWS_TAG: "kept"}, "data": {"model-serving:data-classification": None}}
    found: dict[str, Any] = {}
    for key, value in tags.items():
        found |= dict.fromkeys(spelt[key], value)
    return {**properties, "tags": found}


def captured(**more: object) -> dict[str, Any]:
    return {"dataCaptureConfig": {**CAPTURE, **more}}


def function(value: object = "true") -> dict[str, Any]:
    return {"environment": {"variables": {VARIABLE["name"]: value}}}


def collected(mode: str = "Enabled", key: str = "properties") -> dict[str, Any]:
    return {key: {"dataCollector": {"collections": {"request": {"dataCollectionMode": mode}}}}}


def labelled(properties: dict[str, Any], value: str = "kept") -> dict[str, Any]:
    return {**properties, "metadata": {"labels": {"model-serving/payloads": value}}}


def deployment(**container: object) -> dict[str, Any]:
    return {"spec": {"template": pod(**container)}}


CASES = (
    Case(UNSAID, "captured and said", ENDPOINT, tagged(captured(), kept="kept")),
    Case(UNSAID, "captured", ENDPOINT, captured(), ("dataCaptureConfig",)),
    Case(UNSAID, "another value", ENDPOINT, tagged(captured(), kept="no"), ("dataCaptureConfig",)),
    Case(UNSAID, "nothing captured", ENDPOINT, {}),
    Case(UNSAID, "capture switched off", ENDPOINT, captured(enableCapture=False)),
    Case(UNSAID, "unknown switch of capture", ENDPOINT, captured(enableCapture=UNKNOWN)),
    Case(UNSAID, "capture to come", ENDPOINT, {"dataCaptureConfig": UNKNOWN_OBJECT}),
    Case(UNSAID, "unknown tags", ENDPOINT, {**captured(), "tags": UNKNOWN_OBJECT}),
    Case(UNSAID, "unknown tag", ENDPOINT, tagged(captured(), kept=UNKNOWN)),
    Case(UNSAID, "said in secret", ENDPOINT, tagged(captured(), kept=secret("kept"))),
    Case(
        UNSAID,
        "BigQuery",
        VERTEX,
        {"predictRequestResponseLoggingConfig": {"enabled": True}},
        ("predictRequestResponseLoggingConfig",),
    ),
    Case(UNSAID, "looked at for drift", MONITORING, BASELINE, ("baselineUri",)),
    Case(
        UNSAID,
        "looked at for drift, said",
        MONITORING,
        {**BASELINE, "labels": {"model-serving-payloads": "kept"}},
    ),
    Case(
        UNSAID,
        "BigQuery, said",
        VERTEX,
        {
            "predictRequestResponseLoggingConfig": {"enabled": True},
            "labels": {"model-serving-payloads": "kept"},
        },
    ),
    Case(
        UNSAID, "BigQuery off", VERTEX, {"predictRequestResponseLoggingConfig": {"enabled": False}}
    ),
    Case(
        UNSAID, "collected", AZURE_ML, collected(), (f"{COLLECTIONS}.request.dataCollectionMode",)
    ),
    Case(
        UNSAID,
        "collected, by the older provider",
        AZURE_ML,
        collected(key="onlineDeploymentProperties"),
        ("onlineDeploymentProperties.dataCollector.collections.request.dataCollectionMode",),
    ),
    Case(UNSAID, "collected and said", AZURE_ML, tagged(collected(), kept="kept")),
    Case(UNSAID, "collection off", AZURE_ML, collected("Disabled")),
    Case(UNSAID, "KServe's logger", KSERVE, predictor(**LOGGER), ("spec.predictor.logger",)),
    Case(UNSAID, "KServe's logger, said", KSERVE, labelled(predictor(**LOGGER))),
    Case(UNSAID, "KServe without", KSERVE, predictor(model={})),
    Case(
        UNSAID,
        "of a transformer",
        KSERVE,
        {"spec": {"predictor": {}, "transformer": LOGGER}},
        ("spec.transformer.logger",),
    ),
    Case(
        UNSAID,
        "a function's log",
        FUNCTION,
        function(),
        (f"environment.variables.{VARIABLE['name']}",),
    ),
    Case(UNSAID, "a function's log, said", FUNCTION, tagged(function(), kept="kept")),
    Case(UNSAID, "a function's log without", FUNCTION, function("false")),
    Case(UNSAID, "a function's log to come", FUNCTION, function(UNKNOWN)),
    Case(UNSAID, "a pod's log", POD, pod(env=[VARIABLE]), ("spec.containers[0].env[0].value",)),
    Case(
        UNSAID,
        "prompts in vLLM's log",
        DEPLOYMENT,
        deployment(args=["--model=/model", "--enable-log-requests"]),
        ("spec.template.spec.containers[0].args[1]",),
    ),
    Case(
        UNSAID,
        "tensors in Triton's traces",
        DEPLOYMENT,
        deployment(args=["--trace-config=level=TENSORS"]),
        ("spec.template.spec.containers[0].args[0]",),
    ),
    Case(UNSAID, "times in them", DEPLOYMENT, deployment(args=["--trace-config=level=TIMESTAMPS"])),
    Case(UNSAID, "a pod's log, said", DEPLOYMENT, labelled(deployment(env=[VARIABLE]))),
    Case(
        UNSAID,
        "a service's log",
        CLOUD_RUN,
        {"template": {"containers": [{"envs": [VARIABLE]}]}},
        ("template.containers[0].envs[0].value",),
    ),
    Case(
        UNSAID,
        "an app's log",
        AZURE_APP,
        {"siteConfig": {"appSettings": [VARIABLE]}},
        ("siteConfig.appSettings[0].value",),
    ),
    Case(
        SENSITIVE,
        "restricted",
        ENDPOINT,
        tagged(captured(), data="restricted", kept="kept"),
        ("dataCaptureConfig",),
        says="restricted",
    ),
    Case(SENSITIVE, "confidential", ENDPOINT, tagged(captured(), data="confidential")),
    Case(
        SENSITIVE,
        "confidential where only public is allowed",
        ENDPOINT,
        tagged(captured(), data="confidential"),
        ("dataCaptureConfig",),
        settings={"classifications": ["public"]},
    ),
    Case(SENSITIVE, "no class", ENDPOINT, captured()),
    Case(
        SENSITIVE,
        "no class counts as internal",
        ENDPOINT,
        captured(),
        ("dataCaptureConfig",),
        settings={"classifications": ["public"]},
    ),
    Case(SENSITIVE, "unknown class", ENDPOINT, tagged(captured(), data=UNKNOWN)),
    Case(SENSITIVE, "restricted, nothing kept", ENDPOINT, tagged({}, data="restricted")),
    Case(
        SENSITIVE,
        "restricted in a pod's log",
        POD,
        {
            **pod(env=[VARIABLE]),
            "metadata": {"labels": {"model-serving/data-classification": "restricted"}},
        },
        ("spec.containers[0].env[0].value",),
    ),
    Case(KMS, "own key", ENDPOINT, captured(kmsKeyId=KEY)),
    Case(KMS, "no key", ENDPOINT, captured(), ("dataCaptureConfig.kmsKeyId",)),
    Case(KMS, "unknown key", ENDPOINT, captured(kmsKeyId=UNKNOWN)),
    Case(KMS, "nothing captured", ENDPOINT, {}),
    Case(KMS, "switched off", ENDPOINT, captured(enableCapture=False)),
)
