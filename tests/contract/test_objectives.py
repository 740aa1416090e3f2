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
from stacks.settings.slo_notes import notes
from stacks.settings.slo_scaling import Follows, follows
from tests.contract.component_table import COMPONENTS, least
from tests.contract.objective_mistakes import ANSWERING, KEDA, MISTAKES, ROOM, Mistake
from tests.contract.test_component_guardrails import resources
from tests.unit.azure_functions_spaces import make_packages
from tests.unit.component_mocks import record
from tests.unit.settings_project import Project, project

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
_TRACKING: Final = "aws:appautoscaling/policy:Policy"
_TRACKED: Final = ("targetTrackingScalingPolicyConfiguration", "targetValue")
_KNATIVE: Final = ("spec", "predictor")
FOLLOWED: Final = {
    "sagemaker": Followed(ROOM, _PER_MINUTE, _TRACKING, _TRACKED),
    "sagemaker, concurrency": Followed(
        {**ROOM, "scaling": {"metric": "concurrency"}}, 2.8, _TRACKING, _TRACKED
    ),
    "sagemaker_component": Followed(ROOM, _PER_MINUTE, _TRACKING, _TRACKED),
    "vertex": Followed(
        ROOM,
        _PER_MINUTE,
        "serving:index:VertexDeployedModel",
        ("autoscalingMetricSpecs", 0, "target"),
    ),
    "azure_ml": Followed(
        {**ROOM, "max_concurrent_requests": 4},
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
        KEDA,
        2.8,
        "kubernetes:keda.sh/v1alpha1:ScaledObject",
        ("spec", "triggers", 0, "metadata", "threshold"),
    ),
    "kubernetes": Followed(
        ROOM,
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


# Whose burn rates page, by what the environment says of it.
_WATCHED: Final[Mapping[str, Mapping[str, Any]]] = {
    "aws": {},
    "gcp": {},
    "azure": {"log_workspace_id": _LOGS},
    "kubernetes": {
        "runbook_url": "https://wiki.corp/runbooks/{alert}",
        "grafana_url": "https://grafana.corp",
    },
}


@pytest.mark.parametrize("target", ["sagemaker", "cloud_run", "azure_functions", "kubernetes"])
def test_one_failure_that_would_wake_somebody_is_told(target: str, site: Project) -> None:
    """One of seven in an hour is more than 14.4 %: 166.7 a day. It is a warning, no refusal."""
    said: dict[float, list[str]] = {}
    for requests in (166, 167):
        site.model("prices", _file(target, {"requests_per_day": requests}))
        site.environment(**SITE)
        loaded = site.load()
        # Nobody is woken where nothing is made of budgets.
        assert notes(loaded.models["prices"], loaded.site) == []
        watched = {
            cloud: {**block, "monitoring": dict(_WATCHED[cloud])} if cloud in _WATCHED else block
            for cloud, block in SITE["targets"].items()
        }
        site.environment(targets=watched)
        loaded = site.load()
        said[requests] = notes(loaded.models["prices"], loaded.site)
    (warning,) = said[166]
    assert said[167] == []
    assert "166 requests a day are 6.92 in 1 h" in warning
    assert "more than 14.4 %, and pages. From 167 a day on it does not" in warning
