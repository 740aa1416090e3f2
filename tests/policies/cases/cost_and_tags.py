"""Cases of the families `tags` and `cost`."""

from typing import Any

from tests.policies.cases.resources import (
    ENDPOINT,
    KSERVE,
    LANGUAGE,
    NODES,
    SELDON,
    TRAINED,
    pool,
    predictor,
)
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case, secret

FUNCTION = "aws:lambda/function:Function"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
TARGET = "aws:appautoscaling/target:Target"
_WARM_DIMENSION = "sagemaker:variant:DesiredProvisionedConcurrency"
PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
MISSING = "tags/missing"
MALFORMED = "tags/malformed"
RETENTION = "cost/log-retention"
IDLE_POOL = "cost/idle-accelerator-pool"
IDLE = "cost/idle-accelerators"
WARM = "cost/provisioned-concurrency-over-cap"

VALUES = {"owner": "team", "environment": "dev", "model": "fraud", "model-version": "1.4.0"}
TAGS = {f"model-serving:{key}": value for key, value in VALUES.items()}
LABELS = {f"model-serving/{key}": value for key, value in VALUES.items()}
OWNER = "model-serving:owner"
BUDGET_TAG = "tags.model-serving:monthly-budget"
NO_VERSION = {"tags": {key: value for key, value in TAGS.items() if "version" not in key}}


def tagged(**tags: object) -> dict[str, Any]:
    return {"tags": TAGS | {f"model-serving:{k.replace('_', '-')}": v for k, v in tags.items()}}


UNVERSIONED: dict[str, Any] = {
    "metadata": {"labels": {k: v for k, v in LABELS.items() if "version" not in k}}
}


def serverless(**config: int) -> dict[str, Any]:
    return {"productionVariants": [{"serverlessConfig": {"maxConcurrency": 20, **config}}]}


def endpoint(instances: object, scaling: dict[str, Any] | None = None) -> dict[str, Any]:
    """Of four accelerators each."""
    variant = {"instanceType": "ml.g5.12xlarge", "initialInstanceCount": instances}
    return {
        "productionVariants": [variant | ({"managedInstanceScaling": scaling} if scaling else {})]
    }


def managed(least: object, status: str = "ENABLED") -> dict[str, Any]:
    return {"status": status, "minInstanceCount": least, "maxInstanceCount": 4}


ASYNC: dict[str, Any] = {"asyncInferenceConfig": {"outputConfig": {"s3OutputPath": "s3://b/out/"}}}


def gpu_model(gpus: int, **part: object) -> dict[str, Any]:
    return predictor(model={"resources": {"limits": {"nvidia.com/gpu": gpus}}}, **part)


CASES = (
    Case(MALFORMED, "a budget", FUNCTION, tagged(monthly_budget="1200.5")),
    Case(MALFORMED, "a budget of nothing", FUNCTION, tagged(monthly_budget="0"), (BUDGET_TAG,)),
    Case(MALFORMED, "a budget in words", FUNCTION, tagged(monthly_budget="much"), (BUDGET_TAG,)),
    Case(MALFORMED, "a last day", FUNCTION, tagged(deprecation_date="2027-03-01")),
    Case(
        MALFORMED,
        "a last day that is none",
        FUNCTION,
        tagged(deprecation_date="2027-02-30"),
        ("tags.model-serving:deprecation-date",),
    ),
    Case(MISSING, "all", FUNCTION, {"tags": TAGS}),
    Case(MISSING, "from the provider's defaults", FUNCTION, {"tagsAll": TAGS}),
    Case(MISSING, "labels", KSERVE, {"metadata": {"labels": LABELS}}),
    Case(MISSING, "labels and annotations", KSERVE, {"metadata": {"annotations": LABELS}}),
    Case(MISSING, "a language model", LANGUAGE, {"metadata": {"labels": LABELS}}),
    Case(
        MISSING,
        "a language model without",
        LANGUAGE,
        {"metadata": {"labels": {}}},
        ("metadata.labels",),
    ),
    Case(MISSING, "a model of Seldon", SELDON, UNVERSIONED, ("metadata.labels",)),
    Case(MISSING, "a trained model", TRAINED, {"metadata": {"labels": LABELS}}),
    Case(MISSING, "a trained model without a version", TRAINED, UNVERSIONED, ("metadata.labels",)),
    Case(
        MISSING,
        "a server of several models",
        KSERVE,
        UNVERSIONED | predictor(model={"args": ["--model-control-mode=explicit"]}),
    ),
    Case(
        MISSING,
        "a server of one model, by its address",
        KSERVE,
        UNVERSIONED | predictor(model={"storageUri": "s3://b/1.0/"}),
        ("metadata.labels",),
    ),
    Case(
        MISSING,
        "a server of one model, by an argument",
        KSERVE,
        UNVERSIONED | predictor(model={"args": ["--model_id=bert"]}),
        ("metadata.labels",),
    ),
    Case(
        MISSING,
        "an image of one's own",
        KSERVE,
        UNVERSIONED | predictor(containers=[{"name": "kserve-container"}]),
        ("metadata.labels",),
    ),
    Case(MISSING, "absent", FUNCTION, {}, ("tags",), says="model-serving:owner"),
    Case(
        MISSING,
        "no owner",
        FUNCTION,
        {"tags": {k: v for k, v in TAGS.items() if k != OWNER}},
        ("tags",),
        says="expected a value for model-serving:owner\n",
    ),
    Case(MISSING, "empty owner", FUNCTION, tagged(owner=" "), ("tags",)),
    Case(
        MISSING,
        "labels of another vocabulary",
        KSERVE,
        {"metadata": {"labels": {"owner": "team"}}},
        ("metadata.labels",),
        says="model-serving/owner",
    ),
    Case(MISSING, "no version", FUNCTION, NO_VERSION, ("tags",)),
    Case(MISSING, "an endpoint holds several versions", ENDPOINT, NO_VERSION),
    Case(MISSING, "unknown tags", FUNCTION, {"tags": UNKNOWN_OBJECT}),
    Case(MISSING, "an unknown tag", FUNCTION, tagged(owner=UNKNOWN)),
    Case(MISSING, "a secret tag", FUNCTION, tagged(owner=secret("team"))),
    Case(
        MISSING,
        "a pool has no model",
        NODES,
        {"tags": {OWNER: "a", "model-serving:environment": "b"}},
    ),
    Case(
        MISSING,
        "fewer as configured",
        FUNCTION,
        {"tags": {OWNER: "team"}},
        (),
        {"model": ["owner"]},
    ),
    Case(MALFORMED, "well-formed", FUNCTION, tagged(slo_latency_p95_ms="100")),
    Case(MALFORMED, "absent", FUNCTION, {}),
    Case(
        MALFORMED,
        "classification",
        FUNCTION,
        tagged(data_classification="secret"),
        ("tags.model-serving:data-classification",),
        says="one of public, internal, confidential, restricted",
    ),
    Case(
        MALFORMED,
        "objective with a unit",
        FUNCTION,
        tagged(slo_latency_p95_ms="100ms"),
        ("tags.model-serving:slo-latency-p95-ms",),
    ),
    Case(
        MALFORMED,
        "no errors at all",
        FUNCTION,
        tagged(slo_error_rate_percent="0"),
        ("tags.model-serving:slo-error-rate-percent",),
    ),
    Case(
        MALFORMED,
        "only errors",
        FUNCTION,
        tagged(slo_error_rate_percent="100"),
        ("tags.model-serving:slo-error-rate-percent",),
    ),
    Case(MALFORMED, "a window", FUNCTION, tagged(slo_window_days="7")),
    Case(
        MALFORMED,
        "no window",
        FUNCTION,
        tagged(slo_window_days="0"),
        ("tags.model-serving:slo-window-days",),
    ),
    Case(
        MALFORMED,
        "labels of Google hold no point",
        "gcp:cloudrunv2/service:Service",
        {"labels": {"model-serving-slo-error-rate-percent": "0-5"}},
    ),
    Case(
        MALFORMED,
        "a label that is no number",
        "gcp:cloudrunv2/service:Service",
        {"labels": {"model-serving-slo-error-rate-percent": "half"}},
        ("labels.model-serving-slo-error-rate-percent",),
    ),
    Case(MALFORMED, "unknown", FUNCTION, tagged(data_classification=UNKNOWN)),
    Case(RETENTION, "a month", LOGS, {"retentionInDays": 30}),
    Case(RETENTION, "at the cap", LOGS, {"retentionInDays": 400}),
    Case(RETENTION, "over the cap", LOGS, {"retentionInDays": 545}, ("retentionInDays",)),
    Case(RETENTION, "zero is for ever", LOGS, {"retentionInDays": 0}, ("retentionInDays",)),
    Case(RETENTION, "absent is for ever", LOGS, {}, ("retentionInDays",)),
    Case(RETENTION, "unknown", LOGS, {"retentionInDays": UNKNOWN}),
    Case(RETENTION, "delivery class", LOGS, {"logGroupClass": "DELIVERY"}),
    Case(IDLE_POOL, "scales to nothing", NODES, pool(["g6.xlarge"], minSize=0)),
    Case(IDLE_POOL, "at the cap", NODES, pool(["g6.xlarge"], minSize=2)),
    Case(IDLE_POOL, "over", NODES, pool(["g6.xlarge"], minSize=3), ("scalingConfig.minSize",)),
    Case(
        IDLE_POOL,
        "as in dev",
        NODES,
        pool(["g6.xlarge"], minSize=1),
        ("scalingConfig.minSize",),
        {"max_min_nodes": 0},
    ),
    Case(IDLE_POOL, "no accelerators", NODES, pool(["m7i.large"], minSize=3)),
    Case(IDLE_POOL, "absent", NODES, pool(["g6.xlarge"])),
    Case(IDLE_POOL, "unknown", NODES, pool(["g6.xlarge"], minSize=UNKNOWN)),
    Case(IDLE, "at the cap", KSERVE, gpu_model(4, minReplicas=2)),
    Case(
        IDLE,
        "over",
        KSERVE,
        gpu_model(4, minReplicas=3),
        ("spec.predictor.minReplicas",),
        says="which makes 12 accelerators",
    ),
    Case(IDLE, "absent is one replica", KSERVE, gpu_model(9), ("spec.predictor.minReplicas",)),
    Case(IDLE, "to zero", KSERVE, gpu_model(9, minReplicas=0)),
    Case(IDLE, "unknown", KSERVE, gpu_model(9, minReplicas=UNKNOWN)),
    Case(
        IDLE,
        "endpoint",
        ENDPOINT,
        endpoint(3),
        ("productionVariants[0].initialInstanceCount",),
    ),
    Case(IDLE, "managed scaling to none", ENDPOINT, endpoint(3, managed(0))),
    Case(
        IDLE,
        "managed scaling to more",
        ENDPOINT,
        endpoint(1, managed(3)),
        ("productionVariants[0].managedInstanceScaling.minInstanceCount",),
        says="which makes 12 accelerators",
    ),
    Case(IDLE, "managed scaling off", ENDPOINT, endpoint(1, managed(3, "DISABLED"))),
    Case(IDLE, "managed scaling unknown", ENDPOINT, endpoint(3, managed(UNKNOWN))),
    Case(IDLE, "endpoint unknown", ENDPOINT, endpoint(UNKNOWN)),
    Case(
        IDLE,
        "asynchronous, begins with one",
        ENDPOINT,
        endpoint(1) | ASYNC,
        settings={"max_idle_accelerators": 0},
    ),
    Case(
        IDLE,
        "asynchronous, more than one",
        ENDPOINT,
        endpoint(3) | ASYNC,
        ("productionVariants[0].initialInstanceCount",),
    ),
    Case(
        IDLE,
        "endpoint without accelerators",
        ENDPOINT,
        {"productionVariants": [{"instanceType": "ml.m5.large", "initialInstanceCount": 30}]},
    ),
    Case(WARM, "at the cap", PROVISIONED, {"provisionedConcurrentExecutions": 10}),
    Case(
        WARM,
        "over",
        PROVISIONED,
        {"provisionedConcurrentExecutions": 11},
        ("provisionedConcurrentExecutions",),
    ),
    Case(WARM, "absent", PROVISIONED, {}),
    Case(WARM, "unknown", PROVISIONED, {"provisionedConcurrentExecutions": UNKNOWN}),
    Case(WARM, "a serverless endpoint at the cap", ENDPOINT, serverless(provisionedConcurrency=10)),
    Case(
        WARM,
        "a serverless endpoint over",
        ENDPOINT,
        serverless(provisionedConcurrency=11),
        ("productionVariants[0].serverlessConfig.provisionedConcurrency",),
    ),
    Case(WARM, "a serverless endpoint without", ENDPOINT, serverless()),
    Case(WARM, "instances keep none warm", ENDPOINT, {"productionVariants": [{}]}),
    Case(
        WARM,
        "scaled, over",
        TARGET,
        {"minCapacity": 11, "scalableDimension": _WARM_DIMENSION},
        ("minCapacity",),
    ),
    Case(
        WARM,
        "a scaled function, over",
        TARGET,
        {"minCapacity": 11, "scalableDimension": "lambda:function:ProvisionedConcurrency"},
        ("minCapacity",),
    ),
    Case(
        WARM,
        "instances are no environments",
        TARGET,
        {"minCapacity": 11, "scalableDimension": "sagemaker:variant:DesiredInstanceCount"},
    ),
)
