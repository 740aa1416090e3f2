"""Cases of the family `latency`."""

from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION, KSERVE, predictor, tagged
from tests.policies.cases.table import UNKNOWN, Case, resource

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
HTTP = "aws:apigatewayv2/integration:Integration"
REST = "aws:apigateway/integration:Integration"
MISSING = "latency/alarm-missing"
THRESHOLD = "latency/alarm-threshold"
STATISTIC = "latency/alarm-statistic"
SILENT = "latency/alarm-never-fires"
GATEWAY = "latency/gateway-gives-up-first"
COLD = "latency/cold-start"

GRAPH = "kubernetes:serving.kserve.io/v1alpha1:InferenceGraph"
RUN = "gcp:cloudrunv2/service:Service"
HOSTED = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
AZURE = "azure-native:machinelearningservices:OnlineDeployment"
GOOGLE = "model-serving-slo-latency-p95-ms"

SLO = tagged(slo_latency_p95_ms="100")
LABELLED = {"metadata": {"labels": {"model-serving/slo-latency-p95-ms": "100"}}}
SLOW = {"metadata": {"labels": {"model-serving/slo-latency-p95-ms": "10000"}}}
ONLY_SLO = {"tags": {"model-serving:slo-latency-p95-ms": "100"}}


def alarm(namespace: str, metric: str, dimensions: object, **more: object) -> dict[str, Any]:
    return {"namespace": namespace, "metricName": metric, "dimensions": dimensions, **more}


def slo_of(milliseconds: str) -> dict[str, Any]:
    return {"tags": {"model-serving:slo-latency-p95-ms": milliseconds}}


def query(stat: str, *metrics: str, expression: str = "", **more: object) -> dict[str, Any]:
    queries: list[dict[str, Any]] = [
        {
            "id": f"m{index}",
            "metric": {
                "namespace": "AWS/SageMaker",
                "metricName": metric,
                "stat": stat,
                "period": 60,
                "dimensions": {"EndpointName": "fraud-dev"},
            },
        }
        for index, metric in enumerate(metrics)
    ]
    judged = [{"id": "slo", "expression": expression}] if expression else []
    return {"metricQueries": judged + queries, **more}


SAGEMAKER = alarm("AWS/SageMaker", "ModelLatency", {"EndpointName": "fraud-dev"})
ERRORS = alarm("AWS/SageMaker", "Invocation5XXErrors", {"EndpointName": "fraud-dev"})
DURATION = alarm("AWS/Lambda", "Duration", {"FunctionName": "iris"})
NAMED = {"name": "fraud-dev"} | ONLY_SLO
INTEGRATION = {"integrationUri": UNKNOWN, "timeoutMilliseconds": 10_000}
OF_SUBJECT = {"integrationUri": ("subject",)}

CASES = (
    Case(
        MISSING,
        "an objective below nothing",
        ENDPOINT,
        {"tags": {"model-serving:slo-latency-p95-ms": "-1"}},
    ),
    Case(MISSING, "watched", ENDPOINT, NAMED, others=(resource("a", ALARM, SAGEMAKER),)),
    Case(
        MISSING,
        "watched by a query",
        ENDPOINT,
        NAMED,
        others=(resource("a", ALARM, query("p95", "ModelLatency")),),
    ),
    Case(
        MISSING,
        "watched by a share",
        ENDPOINT,
        NAMED,
        others=(resource("a", ALARM, query("PR(:100000)", "ModelLatency")),),
    ),
    Case(MISSING, "no alarm", ENDPOINT, NAMED, ("tags",)),
    Case(
        MISSING, "errors only", ENDPOINT, NAMED, ("tags",), others=(resource("a", ALARM, ERRORS),)
    ),
    Case(
        MISSING,
        "another's alarm",
        ENDPOINT,
        {"name": "churn-dev"} | ONLY_SLO,
        ("tags",),
        others=(resource("a", ALARM, SAGEMAKER),),
    ),
    Case(MISSING, "no objective", ENDPOINT, {"name": "fraud-dev"}),
    Case(
        MISSING,
        "by the model's tag, through an API",
        FUNCTION,
        SLO,
        others=(resource("a", ALARM, alarm("AWS/ApiGateway", "Latency", {"ApiId": "x"}) | SLO),),
    ),
    Case(
        MISSING,
        "an unknown dimension counts",
        ENDPOINT,
        NAMED,
        others=(
            resource("a", ALARM, alarm("AWS/SageMaker", "ModelLatency", {"EndpointName": UNKNOWN})),
        ),
    ),
    Case(
        THRESHOLD,
        "how many requests there were",
        ALARM,
        DURATION | {"statistic": "SampleCount", "threshold": 1_000_000} | SLO,
    ),
    Case(THRESHOLD, "microseconds", ALARM, SAGEMAKER | {"threshold": 100_000} | SLO),
    Case(
        THRESHOLD,
        "milliseconds for microseconds",
        ALARM,
        SAGEMAKER | {"threshold": 100} | SLO,
        ("threshold",),
        says="found 100 µs = 0.1 ms; expected at most the objective, 100 ms = 100000 µs",
    ),
    Case(THRESHOLD, "milliseconds", ALARM, DURATION | {"threshold": 100} | SLO),
    Case(
        THRESHOLD,
        "microseconds for milliseconds",
        ALARM,
        DURATION | {"threshold": 100_000} | SLO,
        ("threshold",),
    ),
    Case(THRESHOLD, "just above", ALARM, DURATION | {"threshold": 100.1} | SLO, ("threshold",)),
    Case(THRESHOLD, "stricter", ALARM, DURATION | {"threshold": 1} | SLO),
    Case(THRESHOLD, "no objective", ALARM, SAGEMAKER | {"threshold": 1000}),
    # An asynchronous endpoint may work for an hour on a request.
    Case(THRESHOLD, "no objective, an hour", ALARM, SAGEMAKER | {"threshold": 3_600_000_000}),
    Case(
        THRESHOLD,
        "no objective, more than an hour",
        ALARM,
        SAGEMAKER | {"threshold": 3_600_001_000},
        ("threshold",),
    ),
    Case(THRESHOLD, "no objective, ms", ALARM, SAGEMAKER | {"threshold": 999}, ("threshold",)),
    Case(
        THRESHOLD,
        "no objective, too long",
        ALARM,
        alarm("AWS/ApiGateway", "Latency", {}) | {"threshold": 30_001},
        ("threshold",),
    ),
    Case(
        THRESHOLD,
        "sum of two",
        ALARM,
        query("p95", "ModelLatency", "OverheadLatency", expression="m0 + m1", threshold=100) | SLO,
        ("threshold",),
    ),
    Case(
        THRESHOLD,
        "a ratio has another unit",
        ALARM,
        query("p95", "ModelLatency", "OverheadLatency", expression="m0 / m1", threshold=2) | SLO,
    ),
    Case(
        THRESHOLD,
        "share up to the objective",
        ALARM,
        query("PR(:100000)", "ModelLatency", expression="100 - m0", threshold=72) | SLO,
    ),
    Case(
        THRESHOLD,
        "share up to a bound that is just above it",
        ALARM,
        query("PR(:100001)", "ModelLatency", expression="100 - m0", threshold=72) | SLO,
        ("metricQueries[1].metric.stat",),
    ),
    Case(
        THRESHOLD,
        "share up to milliseconds for microseconds",
        ALARM,
        query("PR(:100)", "ModelLatency", expression="100 - m0", threshold=72) | SLO,
        ("metricQueries[1].metric.stat",),
        says="found PR(:100) µs = 0.1 ms; expected at most the objective, 100 ms = 100000 µs",
    ),
    Case(THRESHOLD, "errors", ALARM, ERRORS | {"threshold": 1} | SLO),
    Case(THRESHOLD, "absent", ALARM, SAGEMAKER | SLO),
    Case(THRESHOLD, "unknown", ALARM, SAGEMAKER | {"threshold": UNKNOWN} | SLO),
    Case(STATISTIC, "p95", ALARM, SAGEMAKER | {"extendedStatistic": "p95"} | SLO),
    Case(
        STATISTIC,
        "share up to a bound",
        ALARM,
        query("PR(:100000)", "ModelLatency", expression="100 - m0") | SLO,
    ),
    Case(STATISTIC, "p99.9", ALARM, SAGEMAKER | {"extendedStatistic": "p99.9"} | SLO),
    Case(STATISTIC, "maximum", ALARM, SAGEMAKER | {"statistic": "Maximum"} | SLO),
    Case(STATISTIC, "average", ALARM, SAGEMAKER | {"statistic": "Average"} | SLO, ("statistic",)),
    Case(
        STATISTIC,
        "p90",
        ALARM,
        SAGEMAKER | {"extendedStatistic": "p90"} | SLO,
        ("extendedStatistic",),
    ),
    Case(
        STATISTIC,
        "average of a query",
        ALARM,
        query("Average", "ModelLatency") | SLO,
        ("metricQueries[0].metric.stat",),
    ),
    Case(
        STATISTIC,
        "trimmed mean",
        ALARM,
        query("tm99", "ModelLatency") | SLO,
        ("metricQueries[0].metric.stat",),
    ),
    Case(STATISTIC, "no objective", ALARM, SAGEMAKER | {"statistic": "Average"}),
    Case(STATISTIC, "sum of errors", ALARM, ERRORS | {"statistic": "Sum"} | SLO),
    Case(STATISTIC, "absent", ALARM, SAGEMAKER | SLO),
    Case(STATISTIC, "unknown", ALARM, SAGEMAKER | {"extendedStatistic": UNKNOWN} | SLO),
    Case(SILENT, "five minutes", ALARM, {"period": 60, "evaluationPeriods": 5}),
    Case(SILENT, "one day", ALARM, {"period": 60, "evaluationPeriods": 1440}),
    Case(SILENT, "over a day", ALARM, {"period": 60, "evaluationPeriods": 1441}, ("period",)),
    Case(SILENT, "a week of hours", ALARM, {"period": 3600, "evaluationPeriods": 168}),
    Case(SILENT, "over a week", ALARM, {"period": 3600, "evaluationPeriods": 169}, ("period",)),
    Case(
        SILENT,
        "more datapoints than periods",
        ALARM,
        {"evaluationPeriods": 3, "datapointsToAlarm": 4},
        ("datapointsToAlarm",),
    ),
    Case(
        SILENT,
        "over a day in a query",
        ALARM,
        query("p95", "ModelLatency", evaluationPeriods=1441),
        ("metricQueries[0].metric.period",),
    ),
    Case(SILENT, "switched off", ALARM, {"actionsEnabled": False}, ("actionsEnabled",)),
    Case(SILENT, "absent", ALARM, {}),
    Case(SILENT, "unknown", ALARM, {"period": UNKNOWN, "evaluationPeriods": 5000}),
    Case(
        GATEWAY,
        "function first",
        FUNCTION,
        {"timeout": 10},
        others=(resource("i", HTTP, INTEGRATION, of=OF_SUBJECT),),
    ),
    Case(
        GATEWAY,
        "gateway first",
        FUNCTION,
        {"timeout": 11},
        ("timeout",),
        others=(resource("i", HTTP, INTEGRATION, of=OF_SUBJECT),),
        says="found 11 s; expected at most 10 s, the timeout of i",
    ),
    Case(
        GATEWAY,
        "through an alias",
        FUNCTION,
        {"timeout": 31},
        ("timeout",),
        others=(
            resource("alias", "aws:lambda/alias:Alias", {}, of={"functionName": ("subject",)}),
            resource("i", HTTP, {}, of={"integrationUri": ("alias",)}),
        ),
    ),
    Case(
        GATEWAY,
        "REST default",
        FUNCTION,
        {"timeout": 30},
        ("timeout",),
        others=(resource("i", REST, {}, of={"uri": ("subject",)}),),
    ),
    Case(
        GATEWAY,
        "a function behind the function",
        FUNCTION,
        {"timeout": 60},
        others=(
            resource("front", FUNCTION, {"timeout": 5}, of={"environment": ("subject",)}),
            resource("i", HTTP, INTEGRATION, of={"integrationUri": ("front",)}),
        ),
    ),
    Case(
        GATEWAY,
        "another function",
        FUNCTION,
        {"timeout": 60},
        others=(resource("i", HTTP, INTEGRATION),),
    ),
    Case(
        GATEWAY,
        "absent is 3 s",
        FUNCTION,
        {},
        others=(resource("i", HTTP, INTEGRATION, of=OF_SUBJECT),),
    ),
    Case(
        GATEWAY,
        "unknown",
        FUNCTION,
        {"timeout": UNKNOWN},
        others=(resource("i", HTTP, INTEGRATION, of=OF_SUBJECT),),
    ),
    Case(COLD, "one stays", KSERVE, LABELLED | predictor(minReplicas=1)),
    Case(
        COLD,
        "to zero",
        KSERVE,
        LABELLED | predictor(minReplicas=0),
        ("spec.predictor.minReplicas",),
    ),
    Case(COLD, "to zero, patient", KSERVE, SLOW | predictor(minReplicas=0)),
    Case(COLD, "to zero, no objective", KSERVE, predictor(minReplicas=0)),
    Case(COLD, "absent is one", KSERVE, LABELLED | predictor(model={})),
    Case(COLD, "unknown", KSERVE, LABELLED | predictor(minReplicas=UNKNOWN)),
    Case(
        COLD, "fast start", KSERVE, LABELLED | predictor(minReplicas=0), (), {"cold_start_ms": 100}
    ),
)
