"""InferenceGraph through the real engine: which resources change at each step of its life."""

from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine


def _nodes(old: int) -> list[dict[str, Any]]:
    new = 100 - old
    return [
        {
            "name": "root",
            "steps": [
                {"url": "http://features.shop.svc.cluster.local/enrich"},
                {"node": "share", "data": "$response", "dependency": "hard"},
            ],
        },
        {
            "name": "share",
            "router": "splitter",
            "steps": [
                {"url": "https://a.example.com/v1", "weight": old},
                {"url": "https://b.example.com/v1", "weight": new},
            ],
        },
    ]


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.kserve.inference_graph",
        "InferenceGraph",
        "risk",
        {
            "environment": "dev",
            "owner": "team-growth",
            "namespace": "default",
            "kserve_version": "0.20.0",
            "nodes": _nodes(100),
            "egress": ["shop:8080"],
        },
    )
    graph, spec = "risk-inference-graph", "spec.nodes.share.steps"
    assert project.preview().names("create") >= {"risk", graph}
    created = project.up()
    assert created.names("create") >= {"risk", graph}
    assert project.outputs()["url"].startswith("http://risk.")
    assert project.up().steps == {}

    # A share that is moved touches the two weights and nothing else.
    moved = project.up(nodes=_nodes(90))
    assert moved.steps == {graph: ["update"]}
    assert moved.properties[graph] == {f"{spec}[0].weight", f"{spec}[1].weight"}
    assert project.resource(graph)["inputs"]["spec"]["nodes"]["share"]["steps"][1]["weight"] == 10
    back = project.up(nodes=_nodes(100))
    assert back.properties[graph] == moved.properties[graph]
    assert project.up(max_replicas=4).properties[graph] == {"spec.maxReplicas"}

    # A service that nobody serves: KServe makes no router, and says so.
    missing = [{"name": "root", "steps": [{"service": "nobody"}]}]
    late = project.up(fails=True, nodes=missing, ready_timeout_seconds=30)
    assert "Failed to find graph service nobody" in late.output
    project.up(nodes=_nodes(100), ready_timeout_seconds=None)

    refused = project.preview(fails=True, nodes=_nodes(100)[:1])
    assert "nodes[root].steps[1].node: got 'share'; use one of root" in refused.output
    assert project.refresh().names("update") == set()

    # KServe would leave the other mode's objects behind.
    other = project.up(nodes=_nodes(100), deployment_mode="standard", scale_target=80)
    assert [step for step, name in other.order if name == graph][:2] == [
        "delete-replaced",
        "replace",
    ]
    assert project.destroy().names("delete") >= {"risk", graph}
