"""Cases of rules about objectives of errors: who watches them, and alerts by burn rate."""

from typing import Any

from policies import Resource
from tests.policies.cases.azure_ml_safety import ENDPOINT as AZURE_ENDPOINT
from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.latency import ALARM, ENDPOINT, RUN, alarm
from tests.policies.cases.table import UNKNOWN, Case, resource

COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
GOAL = "gcp:monitoring/slo:Slo"
PROMETHEUS = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
METRIC_ALERT = "azure-native:monitor:MetricAlert"
QUERY_ALERT = "azure-native:monitor:ScheduledQueryRule"
MISSING = "slo/error-alarm-missing"
UNREACHABLE = "slo/burn-rate-unreachable"
WINDOWS = "slo/burn-rate-windows"

TAGS = {"model-serving:slo-error-rate-percent": "1"}
DECLARED = {"tags": TAGS}
OF_A_MODEL = {"tags": TAGS | {"model-serving:model": "fraud"}}
LABELS = {"labels": {"model-serving-slo-error-rate-percent": "0-5"}}
NAMED = {"name": "fraud-dev"} | DECLARED


def failing(
    threshold: object = 1,
    expression: str = "100 * m0 / m1",
    *,
    periods: int = 5,
    period: int = 60,
    **more: object,
) -> dict[str, Any]:
    """A CloudWatch alarm on failed invocations by all of them, in percent."""
    metrics = [
        {
            "id": f"m{index}",
            "metric": alarm("AWS/SageMaker", name, {"EndpointName": "fraud-dev"})
            | {"stat": "Sum", "period": period},
        }
        for index, name in enumerate(("Invocation5XXErrors", "Invocations"))
    ]
    return {
        "metricQueries": [{"id": "slo", "expression": expression}, *metrics],
        "threshold": threshold,
        "evaluationPeriods": periods,
        "comparisonOperator": "GreaterThanThreshold",
        **more,
    }


def ratio(threshold: object, of: str = "run.googleapis.com/request_count") -> dict[str, Any]:
    """A condition of Google Cloud on 5xx by all requests."""
    said = 'metric.type = "{}" AND resource.label.service_name = "fraud-dev"'
    failed = said.format("run.googleapis.com/request_count")
    condition = {
        "filter": failed + ' AND metric.label.response_code_class = "5xx"',
        "denominatorFilter": said.format(of),
        "comparison": "COMPARISON_GT",
        "thresholdValue": threshold,
    }
    return {"conditions": [{"conditionThreshold": condition}]}


def burning(*windows: tuple[str, object], slo: str = "objective", **more: object) -> dict[str, Any]:
    """A policy of Google Cloud on burn rates."""
    conditions = [
        {
            "conditionThreshold": {
                "filter": f'select_slo_burn_rate("{slo}", "{window}")',
                "comparison": "COMPARISON_GT",
                "thresholdValue": factor,
            }
        }
        for window, factor in windows
    ]
    return {"combiner": "AND", "conditions": conditions, **more}


def goal(share: object, days: int = 30) -> Resource:
    return resource("goal", GOAL, {"sloId": "errors", "goal": share, "rollingPeriodDays": days})


def rules(expression: object) -> dict[str, Any]:
    return {"spec": {"groups": [{"rules": [{"alert": "Burns", "expr": expression}]}]}}


def recorded(window: str, threshold: str) -> str:
    return f'slo:sli_error:ratio_rate{window}{{model="fraud"}} > {threshold}'


def both(long: str, short: str, threshold: str) -> str:
    return f"({recorded(long, threshold)} and {recorded(short, threshold)})"


def named(name: str, alarms: dict[str, Any]) -> Resource:
    return resource(name, ALARM, alarms | {"name": name})


LOGGED = {"conditions": [{"conditionMatchedLog": {"filter": 'severity = "ERROR" AND "5xx"'}}]}
OF_GOAL = {"conditions": ("goal",)}
PAIR = (("3600s", 14.4), ("300s", 14.4))
EXPR = "spec.groups[0].rules[0].expr"
FIRST_VALUE = "conditions[0].conditionThreshold.thresholdValue"
SECOND_VALUE = "conditions[1].conditionThreshold.thresholdValue"
LATENCY = alarm("AWS/SageMaker", "ModelLatency", {"EndpointName": "fraud-dev"})

CASES = (
    Case(MISSING, "watched", ENDPOINT, NAMED, others=(named("a", failing()),)),
    Case(MISSING, "no alarm", ENDPOINT, NAMED, ("tags",), says="1 and no alarm on errors"),
    Case(MISSING, "latency only", ENDPOINT, NAMED, ("tags",), others=(named("a", LATENCY),)),
    Case(MISSING, "no objective", ENDPOINT, {"name": "fraud-dev"}),
    Case(
        MISSING,
        "another's alarm",
        ENDPOINT,
        {"name": "fraud"} | DECLARED,
        ("tags",),
        others=(named("a", failing()),),
    ),
    Case(
        MISSING,
        "an alert that names nothing is not of what is called so",
        ENDPOINT,
        {"name": "nothing"} | DECLARED,
        ("tags",),
        others=(resource("a", POLICY, LOGGED),),
    ),
    Case(
        MISSING,
        "by the model's tag",
        FUNCTION,
        OF_A_MODEL,
        others=(named("a", alarm("AWS/ApiGateway", "5xx", {"ApiId": "x"}) | OF_A_MODEL),),
    ),
    Case(
        MISSING,
        "by what it is made from",
        FUNCTION,
        DECLARED,
        others=(resource("a", ALARM, failing(), of={"metricQueries": ("subject",)}),),
    ),
    Case(
        MISSING,
        "an unknown dimension counts",
        ENDPOINT,
        NAMED,
        others=(
            named("a", alarm("AWS/SageMaker", "Invocation5XXErrors", {"EndpointName": UNKNOWN})),
        ),
    ),
    Case(
        MISSING,
        "waits for more",
        ENDPOINT,
        NAMED,
        ("tags",),
        others=(named("a", failing(1.1)),),
        says="only a, which waits for more",
    ),
    Case(
        MISSING,
        "waits for more, with another",
        ENDPOINT,
        NAMED,
        others=(
            named("a", failing(14.4)),
            resource("both", COMPOSITE, {"alarmRule": 'ALARM("a") AND ALARM("b")'}),
        ),
    ),
    Case(
        MISSING,
        "waits for more, with what is unknown",
        ENDPOINT,
        NAMED,
        others=(
            named("a", failing(14.4)),
            resource("both", COMPOSITE, {"alarmRule": UNKNOWN}),
        ),
    ),
    Case(
        MISSING,
        "Cloud Run, watched",
        RUN,
        {"name": "fraud-dev"} | LABELS,
        others=(resource("a", POLICY, ratio(0.005)),),
    ),
    Case(MISSING, "Cloud Run, no alarm", RUN, LABELS, ("labels",)),
    Case(
        MISSING,
        "Azure ML, watched",
        AZURE_ENDPOINT,
        DECLARED,
        others=(
            resource(
                "a",
                METRIC_ALERT,
                {
                    "criteria": {
                        "allOf": [
                            {
                                "metricName": "RequestsPerMinute",
                                "dimensions": [{"name": "statusCode", "values": ["500"]}],
                            }
                        ]
                    }
                },
                of={"scopes": ("subject",)},
            ),
        ),
    ),
    Case(
        MISSING,
        "Azure ML, watched by a query",
        AZURE_ENDPOINT,
        OF_A_MODEL,
        others=(
            resource(
                "a",
                QUERY_ALERT,
                OF_A_MODEL
                | {"criteria": {"allOf": [{"query": "requests | where success == false"}]}},
            ),
        ),
    ),
    Case(
        MISSING,
        "Azure ML, CPU only",
        AZURE_ENDPOINT,
        OF_A_MODEL,
        ("tags",),
        others=(
            resource(
                "a",
                METRIC_ALERT,
                OF_A_MODEL | {"criteria": {"allOf": [{"metricName": "CpuUtilizationPercentage"}]}},
            ),
        ),
    ),
    Case(UNREACHABLE, "a share in percent", ALARM, failing(99.9)),
    Case(UNREACHABLE, "all of them", ALARM, failing(100), ("threshold",), says="100 % of requests"),
    Case(
        UNREACHABLE,
        "all of them are enough",
        ALARM,
        failing(100, comparisonOperator="GreaterThanOrEqualToThreshold"),
    ),
    Case(UNREACHABLE, "a share", ALARM, failing(0.05, "m0 / m1")),
    Case(UNREACHABLE, "percent against a share", ALARM, failing(1, "m0 / m1"), ("threshold",)),
    Case(UNREACHABLE, "a number", ALARM, failing(1000, "m0")),
    Case(UNREACHABLE, "absent", ALARM, {}),
    Case(UNREACHABLE, "unknown", ALARM, failing(UNKNOWN)),
    Case(UNREACHABLE, "Google's share", POLICY, ratio(0.05)),
    Case(UNREACHABLE, "Google's share in percent", POLICY, ratio(1), (FIRST_VALUE,)),
    Case(UNREACHABLE, "Google's, one metric by another", POLICY, ratio(1, of="run/instances")),
    Case(
        UNREACHABLE,
        "Google's, within reach",
        POLICY,
        burning(*PAIR),
        others=(goal(0.99),),
        of=OF_GOAL,
    ),
    Case(
        UNREACHABLE,
        "Google's, out of reach",
        POLICY,
        burning(*PAIR),
        (FIRST_VALUE, SECOND_VALUE),
        others=(goal(0.9),),
        of=OF_GOAL,
        says="144 % of requests",
    ),
    Case(
        UNREACHABLE,
        "Google's, by name",
        POLICY,
        burning(("3600s", 14.4), slo="projects/1/services/a/serviceLevelObjectives/errors"),
        (FIRST_VALUE,),
        others=(goal(0.9),),
    ),
    Case(UNREACHABLE, "Google's, of an objective elsewhere", POLICY, burning(*PAIR)),
    Case(UNREACHABLE, "Prometheus", PROMETHEUS, rules(both("1h", "5m", "(14.4 * 0.01)"))),
    Case(
        UNREACHABLE,
        "Prometheus, out of reach",
        PROMETHEUS,
        rules(both("1h", "5m", "(14.4 * 0.07)")),
        (EXPR,),
        says="100.8 % of requests",
    ),
    Case(
        UNREACHABLE,
        "Prometheus, the share left",
        PROMETHEUS,
        rules(both("1h", "5m", "(14.4 * (1-0.9))")),
        (EXPR,),
    ),
    Case(UNREACHABLE, "Prometheus unknown", PROMETHEUS, rules(UNKNOWN)),
    Case(WINDOWS, "the workbook's", POLICY, burning(*PAIR)),
    Case(WINDOWS, "absent", POLICY, {}),
    Case(WINDOWS, "unknown", POLICY, burning(("3600s", UNKNOWN), ("300s", UNKNOWN))),
    Case(
        WINDOWS,
        "one window",
        POLICY,
        burning(("3600s", 14.4)),
        (FIRST_VALUE,),
        says="found one window of 1 h; expected one of 5 min beside it",
    ),
    Case(WINDOWS, "either", POLICY, burning(*PAIR) | {"combiner": "OR"}, ("combiner",)),
    Case(WINDOWS, "half of it", POLICY, burning(("3600s", 14.4), ("600s", 14.4))),
    Case(
        WINDOWS, "less than half", POLICY, burning(("3600s", 14.4), ("660s", 14.4)), (FIRST_VALUE,)
    ),
    Case(
        WINDOWS,
        "asked for",
        POLICY,
        burning(("3600s", 14.4), ("1200s", 14.4)),
        (),
        {"window_ratio": 3},
    ),
    Case(
        WINDOWS,
        "two thresholds",
        POLICY,
        burning(("3600s", 14.4), ("300s", 6)),
        (SECOND_VALUE,),
    ),
    Case(
        WINDOWS,
        "slower than the budget",
        POLICY,
        burning(("86400s", 0.5), ("7200s", 0.5)),
        (FIRST_VALUE,),
    ),
    Case(
        WINDOWS,
        "all of the budget",
        POLICY,
        burning(("86400s", 7), ("7200s", 7)),
        (FIRST_VALUE,),
        others=(goal(0.99, days=7),),
        of=OF_GOAL,
        says="7 over 24 h: 100% of it",
    ),
    Case(
        WINDOWS,
        "Prometheus, two pairs",
        PROMETHEUS,
        rules(f"{both('1h', '5m', '0.144')} or {both('6h', '30m', '0.06')}"),
    ),
    Case(
        WINDOWS,
        "Prometheus, one window",
        PROMETHEUS,
        rules(recorded("1h", "(14.4 * 0.01)")),
        (EXPR,),
    ),
    Case(WINDOWS, "Prometheus, no burn rate", PROMETHEUS, rules(recorded("5m", "0.01"))),
    Case(
        WINDOWS,
        "CloudWatch's pair",
        COMPOSITE,
        {"alarmRule": '(ALARM("long") AND ALARM("short"))'},
        others=(
            named("long", failing(14.4, periods=1, period=3600)),
            named("short", failing(14.4, periods=1, period=300)),
        ),
    ),
    Case(
        WINDOWS,
        "CloudWatch's windows that are alike",
        COMPOSITE,
        {"alarmRule": 'ALARM("long") AND ALARM("short")'},
        ("alarmRule",),
        others=(
            named("long", failing(14.4, periods=1, period=3600)),
            named("short", failing(14.4, periods=1, period=1800)),
        ),
        says="found windows of 1 h and 30 min",
    ),
    Case(
        WINDOWS,
        "CloudWatch's, of several periods",
        COMPOSITE,
        {"alarmRule": 'ALARM("long") AND ALARM("short")'},
        others=(
            named("long", failing(14.4, periods=2, period=1800)),
            named("short", failing(14.4, periods=1, period=300)),
        ),
    ),
    Case(
        WINDOWS,
        "all of it, in days",
        POLICY,
        burning(("1d", 30), ("2h", 30)),
        (FIRST_VALUE,),
        says="30 over 24 h: 100% of it",
    ),
    Case(WINDOWS, "a twentieth apart", POLICY, burning(("3600s", 20), ("300s", 19))),
    Case(WINDOWS, "seconds", POLICY, burning(("900s", 14.4), ("30s", 14.4))),
    Case(
        WINDOWS,
        "one short window",
        POLICY,
        burning(("300s", 14.4)),
        (FIRST_VALUE,),
        says="expected one of 1 min beside it",
    ),
    Case(WINDOWS, "CloudWatch's, unknown", COMPOSITE, {"alarmRule": UNKNOWN}),
)
