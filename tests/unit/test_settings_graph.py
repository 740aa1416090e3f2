"""Graphs of models in the settings: one clear error for each mistake, at its line."""

from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.kserve.graph_nodes import GraphStep as ComponentStep
from components.kubernetes.kserve.inference_graph import InferenceGraph, InferenceGraphArgs
from delivery.explain import values
from stacks.settings.kserve_graph import GraphStep, KServeGraph
from stacks.targets import arguments
from tests.unit.component_mocks import record
from tests.unit.settings_project import (
    GRAPH,
    KSERVE,
    MODEL_SERVER,
    TARGETS,
    Project,
    changed,
    project,
)

HEAD = "target: kserve_graph\nowner: team-risk\nnodes:\n"
MODEL = "  root: {steps: [{model: churn}]}\n"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("churn", KSERVE)
    return made


def _step(step: str, router: str = "sequence") -> str:
    return f"  root:\n    router: {router}\n    steps:\n      - {{model: churn}}\n      - {step}\n"


def _splitter(first: str, second: str) -> str:
    steps = f"      - {{model: churn, {first}}}\n      - {{service: next, {second}}}\n"
    return f"  root:\n    router: splitter\n    steps:\n{steps}"


@pytest.mark.parametrize(
    ("nodes", "code", "line", "said"),
    [
        (MODEL.replace("root", "start"), "MS0335", 3, "use a node named root"),
        (_step("{node: late}"), "MS0335", 8, "nodes.root.steps[1].node: got late"),
        (_step("{node: root}"), "MS0335", 8, "got root → root"),
        (MODEL + "  spare: {steps: [{model: churn}]}\n", "MS0335", 5, "nodes.spare: got spare"),
        ("  root: {steps: []}\n", "MS0104", 4, "a list with at least one item"),
        (
            _splitter("weight: 90", "weight: 20"),
            "MS0336",
            7,
            "nodes.root.steps: got weights of 110 in sum",
        ),
        (
            _splitter("weight: 100", "name: late"),
            "MS0336",
            8,
            "nodes.root.steps[1].weight: missing",
        ),
        (_step("{model: churn, url: 'https://x/y'}"), "MS0335", 8, "got model and url"),
        (_step("{name: nothing}"), "MS0335", 8, "use exactly one of node, model, service, url"),
        (_step("{model: churn, weight: 5}"), "MS0338", 8, "steps[1].weight: got 5"),
        (
            _step("{service: x, condition: a}", "switch"),
            "MS0338",
            7,
            "nodes.root.steps[0].condition: missing",
        ),
        (_step("{model: chrun}"), "MS0339", 8, "did you mean: churn?"),
        (_step("{model: churn, data: $response.x}"), "MS0105", 8, "one of $request, $response"),
        (_step("{model: churn, dependency: firm}"), "MS0105", 8, "one of soft, hard"),
        (_step("{url: churn/predict}"), "MS0106", 8, "a URL that begins with http"),
        (_step("{url: 'http://features.shop/x'}"), "MS0389", 8, "add `egress: [namespace:port]`"),
        (_step("{modle: churn}"), "MS0101", 8, "did you mean: model?"),
        ("  Root: {steps: [{model: churn}]}\n", "MS0106", 4, "a DNS label"),
        (MODEL + "min_replicas: 5\nmax_replicas: 2\n", "MS0201", 5, "above max_replicas 2"),
        (MODEL + "step_timeout_seconds: 61\n", "MS0104", 5, "at most write_timeout_seconds (60)"),
        (MODEL + "scale_metric: cpu\n", "MS0105", 5, "one of concurrency, rps"),
    ],
)
def test_each_mistake_is_one_error_at_its_line(
    site: Project, nodes: str, code: str, line: int, said: str
) -> None:
    site.model("risk", HEAD + nodes)
    problems = [p for p in site.problems() if p.code == code]
    assert len(problems) == 1, [p.lines() for p in site.problems()]
    assert (problems[0].place.file, problems[0].place.line) == ("stacks/models/risk.yaml", line)
    assert said in "\n".join(problems[0].lines())


def test_a_right_graph_has_no_problem(site: Project) -> None:
    site.model("risk", HEAD + MODEL)
    assert site.problems() == []
    graph = site.load().models["risk"]
    assert isinstance(graph, KServeGraph)
    assert (graph.min_replicas, graph.models()) == (1, ["churn"])


def test_a_misspelt_target_is_the_only_error(site: Project) -> None:
    site.model("risk", (HEAD + MODEL).replace("kserve_graph", "kserve_grahp"))
    (problem,) = site.problems()
    assert (problem.code, problem.nearest) == ("MS0105", "kserve_graph")


@pytest.mark.parametrize(
    ("name", "other", "said"),
    [
        ("ranker", MODEL_SERVER, "whose target is kubernetes: the router calls InferenceServices"),
        ("ranker", changed(KSERVE, namespace="search"), "which is in the namespace search"),
        ("ranker", GRAPH, "whose target is kserve_graph"),
        (
            "ranker",
            changed(KSERVE, deployment_mode="standard", callers=[{"namespace": "web"}]),
            "whose callers are named, and the graph's router is none of them",
        ),
    ],
)
def test_a_step_calls_what_the_router_can(
    site: Project, name: str, other: dict[str, Any], said: str
) -> None:
    site.model(name, other)
    site.model("risk", HEAD + MODEL.replace("churn", name))
    (problem,) = site.problems()
    assert problem.code == "MS0339"
    assert said in problem.message


def test_another_teams_model_is_named_as_a_service(site: Project) -> None:
    site.model("risk", HEAD + MODEL)
    site.environment(team="team-risk")
    (problem,) = site.problems()
    assert (problem.code, problem.fix) == (
        "MS0339",
        "write `service: churn`: another team's stack makes it",
    )
    site.model("risk", HEAD + MODEL.replace("model", "service"))
    assert site.problems() == []


def test_a_list_of_the_environment_is_judged_at_its_own_line(site: Project) -> None:
    site.model("risk", HEAD + MODEL)
    nodes = {"root": {"steps": [{"model": "churn"}, {"model": "chrun"}]}}
    site.environment(models={"risk": {"nodes": nodes}})
    (problem,) = site.problems()
    assert problem.place.file == "Pulumi.dev.yaml"
    line = (site.root / "Pulumi.dev.yaml").read_text().splitlines()[problem.place.line - 1]
    assert "chrun" in line


def test_an_older_kserve_lacks_the_routers_timeouts(site: Project) -> None:
    mapped = MODEL.replace("churn}", "churn, map_predictions_to_instances: true}")
    site.model("risk", HEAD + mapped + "idle_timeout_seconds: 9\n")
    assert site.problems() == []
    cluster = {**TARGETS["kubernetes"], "kserve_version": "0.15.2"}
    site.environment(targets={"kubernetes": cluster})
    assert [(p.code, p.place.line) for p in site.problems()] == [("MS0382", 4), ("MS0382", 5)]
    assert all(p.source.startswith("https://") for p in site.problems())


def test_the_graphs_that_call_a_model_are_updated_with_it(site: Project) -> None:
    """Else the engine, which knows that they depend on it, would take them for deleted."""
    site.model("risk", HEAD + MODEL)
    site.model("other", GRAPH)
    site.model("broken", "[")
    assert site.load(only="churn").models.keys() == {"churn", "risk"}
    # The other files are not read for a graph of its own.
    assert site.load(only="risk").models.keys() == {"risk"}


def test_explain_shows_each_step(site: Project) -> None:
    site.model("risk", HEAD + MODEL)
    rows = {key: (value, place) for key, value, _, place in values(site.load(), "risk")}
    assert rows["nodes.root.steps[0].model"] == ("churn", "stacks/models/risk.yaml:4:26")
    assert not any(key.endswith("].weight") for key in rows)


def test_settings_become_arguments(site: Project) -> None:
    full = changed(
        GRAPH,
        resources={"cpu": 1, "memory_mib": 512},
        node_selector={"kubernetes.io/arch": "arm64"},
        scale_metric="cpu",
        scale_target=50,
        read_timeout_seconds=5,
        write_timeout_seconds=30,
        idle_timeout_seconds=60,
        step_timeout_seconds=10,
        spread_over_nodes=True,
        deployment_mode="standard",
        callers=[{"namespace": "web"}],
        service_account_name="router",
        ready_timeout_seconds=90,
        description="x",
        nodes={
            "root": {"router": "splitter", "steps": [{"model": "churn", "weight": 100}]},
        },
    )
    site.model("risk", full)
    given = arguments(site.root, site.load(), "risk")
    # What the environment says of its network comes beside; the rest is as the file has it.
    site_says = {"storage_cidrs", "mesh", "ingress_namespace", "metrics_namespace"}
    words = InferenceGraphArgs.__annotations__.keys() - site_says - {"timeout_seconds"}
    assert given.keys() - site_says == words
    assert given["nodes"] == [
        {"name": "root", "router": "splitter", "steps": [{"service": "churn", "weight": 100}]}
    ]
    assert record(InferenceGraph, "risk", given).types["risk-inference-graph"]


def test_a_step_says_what_the_components_step_says() -> None:
    """The same words, and `model` beside them."""
    assert GraphStep.model_fields.keys() == {*ComponentStep.__annotations__, "model"}
