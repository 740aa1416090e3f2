"""What the gate of a rollout asks of each version: one shape, and answers that mean the same."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from components.gcp.cloud_run.cloud_run_endpoint import CloudRunEndpoint
from components.kubernetes.monitoring.model_monitoring import ModelMonitoring
from tests.contract.component_table import COMPONENTS, least
from tests.unit import (
    azure_functions_cases,
    azure_monitored,
    cloud_run_cases,
    promtool,
    test_azure_ml_endpoint,
    test_lambda_endpoint,
    test_sagemaker_async_endpoint,
    test_sagemaker_endpoint,
    test_vertex_endpoint,
)
from tests.unit.aws_monitored import KINDS
from tests.unit.azure_monitored import requests, row
from tests.unit.cloudwatch_oracle import Metrics, math_value
from tests.unit.component_mocks import record
from tests.unit.kql_oracle import Table, value

# The arguments that give a component a candidate beside the least.
_CANDIDATES: Final[dict[str, dict[str, Any]]] = {
    "AzureFunctionsEndpoint": {
        **azure_functions_cases.PREMIUM,
        **azure_functions_cases.CANDIDATE,
        "candidate_code_path": azure_functions_cases.package("second"),
    },
    "AzureMlEndpoint": test_azure_ml_endpoint.CANDIDATE,
    "CloudRunEndpoint": cloud_run_cases.CANDIDATE,
    "LambdaEndpoint": test_lambda_endpoint.CANDIDATE,
    "ModelMonitoring": {"model_version": "1.4.0", "candidate_version": "1.5.0+b"},
    "SageMakerAsyncEndpoint": test_sagemaker_async_endpoint.CANDIDATE,
    "SageMakerEndpoint": test_sagemaker_endpoint.CANDIDATE,
    "VertexEndpoint": test_vertex_endpoint.CANDIDATE,
}
_KEYS: Final = {"objective", "role", "version", "language", "at", "query", "limit"}
# Components with an objective that somebody else watches, by what they say themselves.
_WATCHED_BY_MONITORING: Final = {
    *("InferenceGraph", "InferenceService", "LLMInferenceService", "ModelServer"),
    *("SeldonModel", "SharedModelServer", "TrainedModel"),
}
# What tells versions apart there is an id of the vendor's, of which mocks have one for both.
_TOLD_BY_THE_VENDOR: Final = {"CloudRunEndpoint", "LambdaEndpoint", "VertexEndpoint"}
_SERVING: Final = sorted(
    name
    for name, kind in COMPONENTS.items()
    if "latency_p95_ms" in vars(sys.modules[kind.__module__])[f"{name}Args"].__annotations__
)


def _asked(name: str, **more: object) -> list[dict[str, str]]:
    made = record(COMPONENTS[name], "fraud", {**least(name), **more})
    return made.outputs["gate_queries"]


@pytest.mark.parametrize("name", [name for name in _SERVING if name not in _WATCHED_BY_MONITORING])
def test_each_version_has_one_question_of_each_objective(name: str) -> None:
    """In the same words on every target."""
    for more, roles in (({}, ["stable"]), (_CANDIDATES.get(name), ["stable", "candidate"])):
        if more is None:
            continue
        found = _asked(name, **more)
        assert [set(each) for each in found] == [_KEYS] * len(found)
        # No metric of Azure ML tells which share of the requests failed; its log is asked for.
        words = ["latency"] if name == "AzureMlEndpoint" else ["errors", "latency"]
        asked = [(each["role"], each["objective"]) for each in found]
        assert sorted(asked) == sorted((role, word) for role in roles for word in words)
        assert all(each["at"] and each["query"] and float(each["limit"]) > 0 for each in found)
        if name not in _TOLD_BY_THE_VENDOR:
            assert len({each["query"] for each in found}) == len(found)
        candidate = {each["version"] for each in found if each["role"] == "candidate"}
        assert candidate == ({more["candidate_version"]} if "candidate" in roles else set())


# Namespace and metrics of errors, of requests and of latency, in units of a ms.
_METRICS: Final = {
    "lambda": ("AWS/Lambda", "Errors", "Invocations", "Duration", 1),
    "async": ("AWS/SageMaker", "InvocationFailures", "InvocationsProcessed", "ModelLatency", 1000),
}
_ENDPOINT: Final = ("AWS/SageMaker", "Invocation5XXErrors", "Invocations", "ModelLatency", 1000)
_BUDGETS: Final = {"errors": 0.01, "latency": 0.05}


def _answer(query: str, metrics: Metrics) -> float | None:
    """What GetMetricData gives of the first five minutes."""
    known: dict[str, float | None] = {}
    asked = json.loads(query)
    for each in asked:
        if "MetricStat" in each:
            stat, metric = each["MetricStat"], each["MetricStat"]["Metric"]
            known[each["Id"]] = metrics.statistic(
                {
                    "namespace": metric["Namespace"],
                    "metricName": metric["MetricName"],
                    "dimensions": {one["Name"]: one["Value"] for one in metric["Dimensions"]},
                    "stat": stat["Stat"],
                },
                5,
                stat["Period"] // 60,
            )
    # FILL fills where a metric has some data points; where none has any, there is nothing.
    if all(value is None for value in known.values()):
        return None
    (shown,) = (each for each in asked if each["ReturnData"])
    return math_value(shown["Expression"], known)


def _requests(kind: str, query: str, share: float, bound_ms: float) -> Metrics:
    """100 requests a minute of just the version that is asked for, of which a share is bad."""
    namespace, failed, requests, latency, per_ms = _METRICS.get(kind, _ENDPOINT)
    (dimensions,) = {
        json.dumps(each["MetricStat"]["Metric"]["Dimensions"])
        for each in json.loads(query)
        if "MetricStat" in each
    }
    of = {each["Name"]: each["Value"] for each in json.loads(dimensions)}
    found = Metrics(5)
    bad, good = np.full(5, 100 * share), np.full(5, 100 * (1 - share))
    for name, point, count in (
        (failed, 1, bad),
        (failed, 0, good),
        (requests, 1, good + bad),
        # The bound itself is within the objective.
        (latency, bound_ms * per_ms, good),
        (latency, bound_ms * per_ms + 1, bad),
    ):
        found.add(namespace, name, of, point, count)
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_cloudwatch_answers_in_budgets(kind: str) -> None:
    """As the oracle of its metric math reckons; botocore takes the question as it is."""
    component, arguments = KINDS[kind]
    bound = 60_000.0 if kind == "async" else 100.0
    for asked in record(component, "fraud", arguments).outputs["gate_queries"]:
        query, budget = asked["query"], _BUDGETS[asked["objective"]]
        for spent in (0.0, 0.5, 1.0, 3.0):
            metrics = _requests(kind, query, spent * budget, bound)
            assert _answer(query, metrics) == pytest.approx(spent, abs=1e-9)
        assert _answer(query, Metrics(5)) is None


def test_where_all_of_a_queue_fail_a_gate_is_told() -> None:
    """What failed is none of what was processed, of which there is none then."""
    component, arguments = KINDS["async"]
    (asked,) = (
        each
        for each in record(component, "fraud", arguments).outputs["gate_queries"]
        if each["objective"] == "errors"
    )
    dimensions = {"EndpointName": "fraud-dev-async", "VariantName": "stable"}
    metrics = Metrics(5)
    metrics.add("AWS/SageMaker", "InvocationFailures", dimensions, 1, np.full(5, 10.0))
    assert _answer(asked["query"], metrics) == pytest.approx(100)


def test_botocore_takes_the_questions() -> None:
    session = pytest.importorskip("botocore.session").get_session()
    validate = pytest.importorskip("botocore.validate").ParamValidator().validate
    shape = session.get_service_model("cloudwatch").operation_model("GetMetricData").input_shape
    for component, arguments in KINDS.values():
        for asked in record(component, "fraud", arguments).outputs["gate_queries"]:
            queries = json.loads(asked["query"])
            sent = {"MetricDataQueries": queries, "StartTime": 0, "EndTime": 300}
            report = validate(sent, shape)
            assert not report.has_errors(), report.generate_report()


def test_a_function_is_asked_by_what_ran() -> None:
    """While its alias shares requests out; the API in front of it knows of no versions."""
    found = _asked("LambdaEndpoint", **_CANDIDATES["LambdaEndpoint"])
    ran = {
        each["role"]: {
            one["Value"]
            for query in json.loads(each["query"])
            if "MetricStat" in query
            for one in query["MetricStat"]["Metric"]["Dimensions"]
            if one["Name"] == "ExecutedVersion"
        }
        for each in found
    }
    assert set(ran) == {"stable", "candidate"}
    assert all(len(versions) == 1 for versions in ran.values())
    assert "ExecutedVersion" not in _asked("LambdaEndpoint")[0]["query"]


def _of(found: list[dict[str, str]], objective: str, role: str = "stable") -> str:
    (query,) = (
        each["query"] for each in found if (each["objective"], each["role"]) == (objective, role)
    )
    return query


_RUN: Final = 'monitored_resource="cloud_run_revision",service_name="fraud-dev"'


def _google(tmp_path: Path, query: str, series: Mapping[str, str], *, misses: bool) -> None:
    """Whether the answer is over 1 after ten minutes, as Prometheus itself says."""
    group = {
        "name": "gate",
        "rules": [{"alert": "Missed", "expr": f"{query} > 1", "labels": {"slo": "gate"}}],
    }
    expected = {("Missed", "gate")} if misses else set[tuple[str, str]]()
    promtool.firing([group], series, {10: expected}, tmp_path)


@pytest.mark.parametrize(("failed", "misses"), [(None, False), (0, False), (10, False), (11, True)])
def test_prometheus_reckons_errors_as_google_is_asked(
    failed: int | None, *, misses: bool, tmp_path: Path
) -> None:
    """Of 1000 requests a minute 1 % may fail; without one that failed there is no such series."""
    found = record(CloudRunEndpoint, "fraud", cloud_run_cases.MINIMAL).outputs
    query = _of(found["gate_queries"], "errors")
    labels = _labels_of(query)
    name = "run_googleapis_com:request_count"
    series = {f'{name}{{{labels},response_code_class="2xx"}}': f"0+{1000 - (failed or 0)}x20"}
    if failed is not None:
        series[f'{name}{{{labels},response_code_class="5xx"}}'] = f"0+{failed}x20"
    _google(tmp_path, query, series, misses=misses)


@pytest.mark.parametrize(("slow", "misses"), [(40, False), (60, True)])
def test_prometheus_reckons_latency_as_google_is_asked(
    slow: int, *, misses: bool, tmp_path: Path
) -> None:
    """With a bucket that ends at the bound of 100 ms: 5 % of 1000 may be above it."""
    found = record(CloudRunEndpoint, "fraud", cloud_run_cases.MINIMAL).outputs
    query = _of(found["gate_queries"], "latency")
    labels = _labels_of(query)
    name = "run_googleapis_com:request_latencies_bucket"
    series = {
        f'{name}{{{labels},le="100"}}': f"0+{1000 - slow}x20",
        f'{name}{{{labels},le="200"}}': "0+1000x20",
        f'{name}{{{labels},le="+Inf"}}': "0+1000x20",
    }
    _google(tmp_path, query, series, misses=misses)


def _labels_of(query: str) -> str:
    """Those that every series of it has."""
    return query.partition("{")[2].partition("}")[0].replace(',response_code_class="5xx"', "")


def test_without_requests_google_has_no_answer(tmp_path: Path) -> None:
    found = record(CloudRunEndpoint, "fraud", cloud_run_cases.MINIMAL).outputs["gate_queries"]
    for objective in _BUDGETS:
        query = f"({_of(found, objective)}) >= 0"
        group = {"name": "gate", "rules": [{"alert": "Answered", "expr": query}]}
        promtool.firing([group], {"other": "1x20"}, {10: set()}, tmp_path)


@pytest.mark.parametrize("name", ["CloudRunEndpoint", "ModelMonitoring", "VertexEndpoint"])
def test_prometheus_takes_every_question(name: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"gate:{number}", "expr": each["query"]}
        for number, each in enumerate(_asked(name, **_CANDIDATES[name]))
    ]
    promtool.check([{"name": "gate", "rules": rules}], tmp_path)


def test_google_is_asked_of_the_version_alone() -> None:
    found = _asked("VertexEndpoint", **_CANDIDATES["VertexEndpoint"])
    assert _of(found, "errors").startswith(
        "(sum(rate(aiplatform_googleapis_com:prediction_online_response_count{"
        'monitored_resource="aiplatform.googleapis.com/Endpoint",endpoint_id="fraud-dev",'
        'deployed_model_id="'
    )
    assert 'latency_type="total"' in _of(found, "latency")
    peered = _asked("VertexEndpoint", endpoint_type="peered", network=test_vertex_endpoint.NETWORK)
    assert 'response_code=~"5.."' in _of(peered, "errors")
    assert "private_prediction_latencies" in _of(peered, "latency")


def test_a_version_is_asked_as_its_pods_are_labelled() -> None:
    found = _asked("ModelMonitoring", **_CANDIDATES["ModelMonitoring"])
    assert 'serving_version="1.4.0"' in _of(found, "errors")
    assert 'serving_version="1.5.0-b"' in _of(found, "errors", "candidate")
    rules = json.dumps(record(ModelMonitoring, "fraud", least("ModelMonitoring")).inputs)
    for each in _asked("ModelMonitoring"):
        assert each["version"] == ""
        assert json.dumps(each["query"].rpartition(" / ")[0])[1:-1] in rules


def _rows(kind: str, at: float, name: str, spent: float, budget: float) -> Table:
    """A thousand requests of a minute to one version, of which a share is bad."""
    column = "DeploymentName" if kind.startswith("ml") else "cloud_RoleName"
    found: list[Any] = []
    for is_bad, count in ((False, 1 - spent * budget), (True, spent * budget)):
        columns, _ = row(kind, at, bad=is_bad)
        found.append(({**columns, column: name}, 1000 * count))
    return requests(kind, found)


@pytest.mark.parametrize("kind", ["ml", "ml-candidate", "flex", "premium"])
def test_azure_answers_in_budgets(kind: str) -> None:
    """As the oracle of KQL reckons: of the version alone, over minutes whose rows are there."""
    component, arguments = azure_monitored.KINDS[kind]
    asked = record(component, "fraud", {**arguments, **azure_monitored.WATCHED}).outputs
    for each in asked["gate_queries"]:
        (name,) = re.findall(r'(?:DeploymentName|cloud_RoleName) =~ "([^"]+)"', each["query"])
        budget = _BUDGETS[each["objective"]]
        for spent in (0.0, 0.5, 1.0, 3.0):
            table = _rows(kind, 100 - 7, name, spent, budget)
            (answer,) = value(each["query"], table, 100)["value"]
            assert answer == pytest.approx(spent)
        # Of another version, too early, and not there yet.
        for at, other in ((93, "another"), (88, name), (98, name)):
            found = value(each["query"], _rows(kind, at, other, 3, budget), 100)
            assert len(found["value"]) == 0, (at, other)


def test_azure_ml_is_asked_where_its_log_is() -> None:
    found = _asked("AzureMlEndpoint", alarms="burn_rate", log_workspace_id=azure_monitored.LOGS)
    assert {each["at"] for each in found} == {azure_monitored.LOGS}
    assert {each["objective"] for each in found} == set(_BUDGETS)


def test_azure_is_asked_for_a_metric_without_logs() -> None:
    """The 95th percentile in ms, above the bound a miss."""
    (asked,) = _asked("AzureMlEndpoint", latency_p95_ms=120)
    assert (asked["language"], asked["limit"]) == ("azure_metrics", "120")
    query = json.loads(asked["query"])
    assert query["metricnames"] == "RequestLatency_P95"
    assert query["$filter"].startswith("deployment eq 'v1-4-0-")


def test_a_slot_is_asked_by_the_name_of_its_role() -> None:
    found = _asked("AzureFunctionsEndpoint", **_CANDIDATES["AzureFunctionsEndpoint"])
    stable, candidate = _of(found, "errors"), _of(found, "errors", "candidate")
    (name,) = {
        part.split('"')[1] for part in stable.split(" and ") if part.startswith("cloud_RoleName")
    }
    assert f'cloud_RoleName =~ "{name}-candidate"' in candidate
