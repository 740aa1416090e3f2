"""One objective on every target: what follows from it, and what is said of one that cannot hold."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from delivery.target_examples import EXAMPLES, SHARED, SITE, with_image
from facts import tags
from policies.view import views
from stacks import targets
from stacks.settings.batch import Batch
from stacks.settings.models import MODEL_CLASSES
from stacks.settings.slo_scaling import Follows, follows
from tests.contract.component_table import COMPONENTS, least
from tests.contract.test_component_guardrails import resources
from tests.unit.azure_functions_spaces import make_packages
from tests.unit.component_mocks import record
from tests.unit.settings_project import Project, project

ANSWERING: Final = sorted(
    target for target, kind in MODEL_CLASSES.items() if not issubclass(kind, Batch)
)


# Components that answer requests, by whether they have an objective.
SERVING: Final = sorted(
    name
    for name, kind in COMPONENTS.items()
    if "latency_p95_ms" in vars(sys.modules[kind.__module__])[f"{name}Args"].__annotations__
)


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(**SITE)
    for name, content in SHARED.items():
        made.model(name, content)
    return made


def _file(target: str, slo: Mapping[str, Any], **more: object) -> dict[str, Any]:
    return {**EXAMPLES[target], "slo": dict(slo), **more}


@dataclass(frozen=True)
class Followed:
    """What a target's own objects say of 4 requests in flight at 200 ms, 70 % of them."""

    asked: Mapping[str, Any]
    value: float
    kind: str
    """Token of the resource, or the end of its name."""
    path: tuple[str | int, ...]
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of the file."""


# 60 000 ms / 200 ms x 4 x 70 % = 840 requests per replica and minute.
_PER_MINUTE: Final = 840
_ROOM: Final = {"max_replicas": 4}
_KEDA: Final = {
    **_ROOM,
    "autoscaler": "keda",
    "prometheus_url": "http://prometheus.monitoring:9090",
}
_TRACKING: Final = "aws:appautoscaling/policy:Policy"
_TRACKED: Final = ("targetTrackingScalingPolicyConfiguration", "targetValue")
_KNATIVE: Final = ("spec", "predictor")
FOLLOWED: Final = {
    "sagemaker": Followed(_ROOM, _PER_MINUTE, _TRACKING, _TRACKED),
    "sagemaker, concurrency": Followed(
        {**_ROOM, "scaling": {"metric": "concurrency"}}, 2.8, _TRACKING, _TRACKED
    ),
    "sagemaker_component": Followed(_ROOM, _PER_MINUTE, _TRACKING, _TRACKED),
    "vertex": Followed(
        _ROOM,
        _PER_MINUTE,
        "serving:index:VertexDeployedModel",
        ("autoscalingMetricSpecs", 0, "target"),
    ),
    "azure_ml": Followed(
        {**_ROOM, "max_concurrent_requests": 4},
        _PER_MINUTE,
        "azure-native:monitor:AutoscaleSetting",
        ("profiles", 0, "rules", 0, "metricTrigger", "threshold"),
    ),
    "cloud_run": Followed(
        {},
        4,
        "gcp:cloudrunv2/service:Service",
        ("template", "maxInstanceRequestConcurrency"),
    ),
    "cloud_run, how full": Followed(
        {},
        0.7,
        "gcp:cloudrunv2/service:Service",
        ("template", "scaling", "concurrencyUtilization"),
    ),
    "azure_functions": Followed(
        {},
        4,
        "azure-native:web:WebApp",
        (
            *("functionAppConfig", "scaleAndConcurrency", "triggers", "http"),
            "perInstanceConcurrency",
        ),
    ),
    "kserve": Followed(
        {}, 4, "kubernetes:serving.kserve.io/v1beta1:InferenceService", (*_KNATIVE, "scaleTarget")
    ),
    "kserve, how full": Followed(
        {},
        70,
        "kubernetes:serving.kserve.io/v1beta1:InferenceService",
        (*_KNATIVE, "annotations", "autoscaling.knative.dev/target-utilization-percentage"),
    ),
    "kserve_llm": Followed(
        _KEDA,
        2.8,
        "kubernetes:keda.sh/v1alpha1:ScaledObject",
        ("spec", "triggers", 0, "metadata", "threshold"),
    ),
    "kubernetes": Followed(
        _ROOM,
        14,
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        ("spec", "metrics", 1, "pods", "target", "averageValue"),
    ),
}
_IN_AN_IMAGE: Final = with_image(EXAMPLES["cloud_run"])["model"]
_SLO: Final = {"latency_p95_ms": 200, "capacity": {"concurrency": 4}}


@pytest.mark.parametrize("case", FOLLOWED)
def test_autoscaling_follows_from_the_objective(case: str, site: Project) -> None:
    """Down to the vendor's own resource, and where the file says it, not at all."""
    target, asked = case.partition(",")[0], FOLLOWED[case]
    if target == "cloud_run":
        asked_of = {**asked.asked, "model": _IN_AN_IMAGE}
    else:
        asked_of = dict(asked.asked)
        make_packages(site)
    site.model("prices", _file(target, _SLO, **asked_of))
    loaded = site.load()
    found = follows(loaded.models["prices"])
    assert isinstance(found, Follows)
    recorded = record(
        targets.TARGETS[target].component(),
        "prices",
        targets.arguments(site.root, loaded, "prices"),
    )
    (value, *_) = [
        _at(recorded.inputs[name], asked.path)
        for name, kind in recorded.types.items()
        if kind == asked.kind
    ]
    assert float(value) == pytest.approx(asked.value)


def _at(inputs: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - of any resource
    for part in path:
        inputs = inputs[part]
    return inputs


@pytest.mark.parametrize("target", ANSWERING)
def test_nothing_follows_unasked(target: str, site: Project) -> None:
    """An objective alone changes no number of replicas of what is there."""
    site.model("prices", _file(target, {"latency_p95_ms": 200}))
    assert follows(site.load().models["prices"]) is None


def test_every_target_follows_or_says_why_not() -> None:
    followed = {case.partition(",")[0] for case in FOLLOWED}
    refused = {case.target for case in MISTAKES if case.code == "MS0611"}
    assert followed | refused == set(ANSWERING)


@dataclass(frozen=True)
class Mistake:
    """What is asked of a target, and what is said of it."""

    target: str
    slo: Mapping[str, Any]
    code: str
    key: str
    says: tuple[str, ...]
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of the file."""
    within: Mapping[str, Any] | None = None
    """The objective that is right, a little inside of the bound."""


_CAPACITY: Final = {"capacity": {"concurrency": 4}}
_SIXTY: Final = ("60 s = 60000 ms", "less than 60000")
MISTAKES: Final = (
    # An objective of 100 %.
    *(
        Mistake(
            target,
            {"error_rate_percent": 0},
            "MS0104",
            "slo.error_rate_percent",
            ("got 0", "0 % of any number of requests is none"),
            within={"error_rate_percent": 0.001},
        )
        for target in ANSWERING
    ),
    # Fewer requests than a budget needs: 3 a day for 30 days at 1 % are 0.9 of one.
    *(
        Mistake(
            target,
            {"requests_per_day": 3},
            "MS0613",
            "slo.window_days",
            ("3 requests a day x 30 days x 1 %", "0.9 of a request", "34 or more", "1.12 or more"),
            within={"requests_per_day": 4},
        )
        for target in ANSWERING
    ),
    Mistake(
        "sagemaker",
        {"requests_per_day": 0.1, "error_rate_percent": 0.001},
        "MS0613",
        "slo.window_days",
        ("3e-05 of a request", "error_rate_percent of 33.4 or more"),
    ),
    # Longer than the way there waits.
    *(
        Mistake(
            target,
            {"latency_p95_ms": 60_000},
            "MS0614",
            "slo.latency_p95_ms",
            ("SageMaker gives a request up after", *_SIXTY),
            within={"latency_p95_ms": 59_999},
        )
        for target in (
            *("sagemaker", "sagemaker_serverless", "sagemaker_component"),
            "sagemaker_shared_endpoint",
        )
    ),
    Mistake(
        "vertex",
        {"latency_p95_ms": 60_000},
        "MS0614",
        "slo.latency_p95_ms",
        ("the shared public endpoint gives", *_SIXTY, "endpoint_type"),
        more={"endpoint_type": "public"},
        within={"latency_p95_ms": 59_999},
    ),
    Mistake(
        "azure_ml",
        {"latency_p95_ms": 5000},
        "MS0614",
        "slo.latency_p95_ms",
        ("after 5 s = 5000 ms", "or raise request_timeout_seconds"),
        within={"latency_p95_ms": 4999},
    ),
    Mistake(
        "azure_ml",
        {"latency_p95_ms": 20_000},
        "MS0614",
        "slo.latency_p95_ms",
        ("after 20 s",),
        more={"request_timeout_seconds": 20},
        within={"latency_p95_ms": 19_000},
    ),
    Mistake(
        "kserve_graph",
        {"latency_p95_ms": 60_000},
        "MS0614",
        "slo.latency_p95_ms",
        ("the graph's router gives", "or raise write_timeout_seconds"),
        within={"latency_p95_ms": 59_999},
    ),
    Mistake(
        "kserve_graph",
        {"latency_p95_ms": 2000},
        "MS0614",
        "slo.latency_p95_ms",
        ("Knative gives a request up after 2 s", "or raise timeout_seconds"),
        more={"timeout_seconds": 2},
        within={"latency_p95_ms": 1999},
    ),
    Mistake(
        "kubernetes",
        {"latency_p95_ms": 10_000},
        "MS0614",
        "slo.latency_p95_ms",
        ("the way in from outside gives a request up after 10 s",),
        more={
            "host": "prices.example.com",
            "tls_secret_name": "prices-tls",
            "request_timeout_seconds": 10,
        },
        within={"latency_p95_ms": 9999},
    ),
    Mistake(
        "lambda",
        {"latency_p95_ms": 10_000},
        "MS0505",
        "timeout_seconds",
        ("10",),
        within={"latency_p95_ms": 9999},
    ),
    Mistake(
        "cloud_run",
        {"latency_p95_ms": 10_000},
        "MS0214",
        "timeout_seconds",
        ("10",),
        within={"latency_p95_ms": 9999},
    ),
    Mistake(
        "azure_functions",
        {"latency_p95_ms": 30_000},
        "MS0214",
        "timeout_seconds",
        ("30",),
        within={"latency_p95_ms": 29_999},
    ),
    # What nothing there measures.
    *(
        Mistake(
            target,
            {"first_token_p95_ms": 500},
            "MS0600",
            "slo.first_token_p95_ms",
            ("nothing there tells it",),
        )
        for target in ANSWERING
        if target != "kserve_llm"
    ),
    # What no target of autoscaling follows from.
    *(
        Mistake(target, _CAPACITY, "MS0611", "slo.capacity", (why,))
        for target, why in {
            "kserve_graph": "the router waits",
            "kserve_shared_server": "share the replicas",
            "kserve_trained_model": "shared by others",
            "lambda": "one request at once",
            "sagemaker_async": "in which requests may wait",
            "sagemaker_serverless": "SageMaker starts what is needed",
            "sagemaker_shared_endpoint": "as the copies of its models need",
            "seldon": "servers that others scale",
        }.items()
    ),
    *(
        Mistake(
            target,
            _CAPACITY,
            "MS0611",
            "slo.capacity",
            ("nothing scales: there are always 2 replicas", "raise max_replicas"),
            more={"min_replicas": 2, "max_replicas": 2},
        )
        for target in ("sagemaker", "sagemaker_component", "vertex", "kserve", "kubernetes")
    ),
    *(
        Mistake(
            target,
            _CAPACITY,
            "MS0611",
            "slo.capacity",
            ("scaling.metric is cpu", "no arithmetic", "requests"),
            more={**_ROOM, "scaling": {"metric": "cpu"}},
        )
        for target in ("sagemaker", "vertex", "azure_ml")
    ),
    Mistake(
        "azure_ml",
        _CAPACITY,
        "MS0611",
        "slo.capacity.concurrency",
        ("an instance works on 1 at once", "at most max_concurrent_requests, 1"),
        more=_ROOM,
        within={"capacity": {"concurrency": 1}},
    ),
    Mistake(
        "azure_ml",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("whose target is the objective itself",),
        more={**_ROOM, "scaling": {"metric": "latency"}},
    ),
    Mistake(
        "sagemaker",
        {"latency_p95_ms": 100, "capacity": {"concurrency": 4, "mean_latency_ms": 101}},
        "MS0611",
        "slo.capacity.mean_latency_ms",
        ("got 101 ms", "at most 100"),
        more=_ROOM,
        within={"latency_p95_ms": 100, "capacity": {"concurrency": 4, "mean_latency_ms": 100}},
    ),
    Mistake(
        "sagemaker",
        {"latency_p95_ms": 1, "capacity": {"concurrency": 24}},
        "MS0611",
        "slo.capacity.concurrency",
        ("60000 ms / 1 ms x 24 x 70 % = 1.008e+06",),
        more=_ROOM,
        within={"latency_p95_ms": 1, "capacity": {"concurrency": 23}},
    ),
    Mistake(
        "cloud_run",
        {"capacity": {"concurrency": 4, "utilization_percent": 96}},
        "MS0611",
        "slo.capacity.utilization_percent",
        ("got 96", "10 to 95 %"),
        within={"capacity": {"concurrency": 4, "utilization_percent": 95}},
    ),
    Mistake(
        "azure_functions",
        {"capacity": {"concurrency": 4, "utilization_percent": 70}},
        "MS0611",
        "slo.capacity.utilization_percent",
        ("fills each instance before",),
        within={"capacity": {"concurrency": 4}},
    ),
    Mistake(
        "azure_functions",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("Elastic Premium", "plan flex"),
        more={"plan": "premium"},
    ),
    Mistake(
        "kserve",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("autoscaler is hpa", "deployment_mode knative"),
        more={**_ROOM, "deployment_mode": "standard"},
    ),
    Mistake(
        "kserve",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("Knative scales by cpu_target_percent",),
        more={**_ROOM, "cpu_target_percent": 80},
    ),
    Mistake(
        "kserve_llm",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("load_metric is queue_depth", "requests_in_flight"),
        more={**_KEDA, "load_metric": "queue_depth"},
    ),
    Mistake(
        "kubernetes",
        _CAPACITY,
        "MS0611",
        "slo.capacity",
        ("known to its author alone",),
        more={
            **_KEDA,
            "prometheus_query": "sum(rate(requests_total[1m]))",
            "prometheus_target": 5,
        },
    ),
    # The same thing said twice.
    *(
        Mistake(target, _CAPACITY, "MS0612", key, ("slo.capacity says it too",), more=more)
        for target, key, more in (
            ("sagemaker", "scaling.target", {**_ROOM, "scaling": {"target": 600}}),
            ("sagemaker_component", "scaling.target", {**_ROOM, "scaling": {"target": 600}}),
            (
                "vertex",
                "scaling.target",
                {**_ROOM, "scaling": {"metric": "requests", "target": 600}},
            ),
            (
                "azure_ml",
                "scaling.target",
                {**_ROOM, "scaling": {"metric": "requests", "target": 600}},
            ),
            ("cloud_run", "concurrency", {"concurrency": 8}),
            ("azure_functions", "concurrency", {"concurrency": 8}),
            ("kserve", "concurrency_target", {"concurrency_target": 8}),
            (
                "kserve_llm",
                "load_target",
                {**_KEDA, "load_target": 8, "load_metric": "queue_depth"},
            ),
            ("kubernetes", "requests_per_second_target", {"requests_per_second_target": 8}),
        )
    ),
)


@pytest.mark.parametrize(
    "case",
    MISTAKES,
    ids=[f"{number}-{each.target}-{each.code}" for number, each in enumerate(MISTAKES)],
)
def test_what_cannot_hold_is_said_with_place_value_and_arithmetic(
    case: Mistake, site: Project
) -> None:
    """One problem, and where there is a bound, none a little inside of it."""
    site.model("prices", _file(case.target, case.slo, **case.more))
    found = [each for each in site.problems() if each.code == case.code]
    assert [each.key for each in found] == [case.key], site.problems()
    (problem,) = found
    assert problem.place.file.endswith("prices.yaml")
    assert problem.place.line > 0
    told = f"{problem.message} {problem.allowed} {problem.fix}"
    assert not [words for words in case.says if words not in told], told
    assert problem.allowed or problem.fix
    if case.within is not None:
        site.model("prices", _file(case.target, case.within, **case.more))
        assert case.code not in {each.code for each in site.problems()}


# Component, further arguments, and the time in ms after which nobody waits any more.
CUT_OFF: Final[tuple[tuple[str, Mapping[str, Any], int, str], ...]] = (
    ("SageMakerEndpoint", {}, 60_000, "SageMaker gives a request up after 60 s"),
    ("SageMakerServerlessEndpoint", {}, 60_000, "SageMaker gives a request up after 60 s"),
    ("SageMakerInferenceComponent", {}, 60_000, "SageMaker gives a request up after 60 s"),
    ("SageMakerSharedEndpoint", {}, 60_000, "SageMaker gives a request up after 60 s"),
    ("VertexEndpoint", {"endpoint_type": "public"}, 60_000, "the shared public endpoint gives"),
    ("AzureMlEndpoint", {}, 5000, "Azure ML gives a request up after 5 s"),
    ("AzureMlEndpoint", {"request_timeout_seconds": 9}, 9000, "Azure ML gives a request up"),
    ("InferenceGraph", {}, 60_000, "the graph's router gives a request up after 60 s"),
    ("InferenceGraph", {"timeout_seconds": 2}, 2000, "Knative gives a request up after 2 s"),
    (
        "ModelServer",
        {
            "host": "prices.example.com",
            "tls_secret_name": "prices-tls",
            "request_timeout_seconds": 10,
            "predict_paths": ["/predict"],
        },
        10_000,
        "the way in from outside gives a request up after 10 s",
    ),
    (
        "ModelServer",
        {"strategy": "canary", "router": "istio", "mesh": "istio_sidecar"},
        45_000,
        "the route to its versions gives a request up after 45 s",
    ),
    ("LambdaEndpoint", {}, 10_000, "more than the objective"),
    ("CloudRunEndpoint", {}, 10_000, "more than latency_p95_ms"),
    ("AzureFunctionsEndpoint", {}, 30_000, "latency_p95_ms"),
)


@pytest.mark.parametrize(
    ("name", "more", "bound", "says"),
    CUT_OFF,
    ids=[f"{name}-{bound}" for name, _, bound, _ in CUT_OFF],
)
def test_a_component_by_itself_refuses_what_is_cut_off(
    name: str, more: Mapping[str, Any], bound: int, says: str
) -> None:
    """Who uses no settings is told too, on both sides of the bound."""
    least_of = {**least(name), **more}
    with pytest.raises(pulumi.RunError, match=re.escape(says)):
        record(COMPONENTS[name], "prices", {**least_of, "latency_p95_ms": bound})
    record(COMPONENTS[name], "prices", {**least_of, "latency_p95_ms": bound - 1})


@pytest.mark.parametrize("name", SERVING)
def test_a_component_by_itself_refuses_an_objective_without_a_budget(name: str) -> None:
    with pytest.raises(pulumi.RunError, match="0 % of any number of requests is none"):
        record(COMPONENTS[name], "prices", {**least(name), "error_rate_percent": 0})
    record(COMPONENTS[name], "prices", {**least(name), "error_rate_percent": 0.001})


# Google's labels hold no point.
_ODD: Final = {"latency_p95_ms": 99.5, "error_rate_percent": 0.25}


@pytest.mark.parametrize("name", SERVING)
def test_an_objective_is_written_where_guardrails_read_it(name: str) -> None:
    """In one spelling, on each object of a model that says whose it is, and on one at least."""
    recorded = record(COMPONENTS[name], "prices", {**least(name), **_ODD})
    found = {
        view.name: view.tags
        for resource in resources(recorded)
        for view in views(resource)
        if tags.MODEL in view.tags
    }
    assert found
    wrong = {
        each: read
        for each, read in found.items()
        if (read.get(tags.LATENCY_P95_MS), read.get(tags.ERROR_RATE_PERCENT)) != ("99.5", "0.25")
    }
    assert not wrong


# Components that watch over a window, and what shows it of them.
WATCHING: Final = sorted(
    name
    for name, kind in COMPONENTS.items()
    if "window_days" in vars(sys.modules[kind.__module__])[f"{name}Args"].__annotations__
)


@pytest.mark.parametrize("name", WATCHING)
def test_a_window_is_written_on_what_watches_where_it_is_not_the_usual(name: str) -> None:
    """30 days are what nothing says; another window changes nothing of what serves."""
    alarms = {"alarms": "burn_rate"} if name != "ModelMonitoring" else {}
    logs = {"log_workspace_id": _LOGS} if name == "AzureMlEndpoint" else {}

    def made(days: int) -> dict[str, dict[str, str]]:
        args = {**least(name), **alarms, **logs, "window_days": days}
        found = (
            view
            for resource in resources(record(COMPONENTS[name], "prices", args))
            for view in views(resource)
        )
        return {view.name: view.tags for view in found if tags.MODEL in view.tags}

    usual, shorter = made(30), made(7)
    assert not [each for each in usual.values() if tags.WINDOW_DAYS in each]
    assert {"7"} == {
        each[tags.WINDOW_DAYS] for each in shorter.values() if tags.WINDOW_DAYS in each
    }


_LOGS: Final = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models/providers"
    "/Microsoft.OperationalInsights/workspaces/logs"
)
