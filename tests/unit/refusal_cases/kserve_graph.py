"""What a graph on KServe cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import GRAPH, changed

_CANDIDATE = {"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}
_SPLITTER = {
    "router": "splitter",
    "steps": [{"service": "churn", "weight": 90}, {"service": "churn-next", "weight": 10}],
}

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "kserve/zero-in-standard-mode",
        changed(GRAPH, min_replicas=0, deployment_mode="standard"),
        changed(GRAPH, min_replicas=0),
    ),
    (
        "kserve_graph/standard-mode",
        changed(GRAPH, timeout_seconds=30, deployment_mode="standard"),
        changed(GRAPH, write_timeout_seconds=30, deployment_mode="standard"),
    ),
    (
        "kserve_graph/standard-mode",
        changed(GRAPH, scale_metric="rps", deployment_mode="standard"),
        changed(GRAPH, scale_metric="cpu", scale_target=100, deployment_mode="standard"),
    ),
    (
        "kserve_graph/standard-mode",
        changed(GRAPH, scale_target=101, deployment_mode="standard"),
        changed(GRAPH, scale_target=101),
    ),
    (
        "kserve/callers-in-knative-mode",
        changed(GRAPH, callers=[{"namespace": "web"}]),
        changed(GRAPH, callers=[{"namespace": "web"}], deployment_mode="standard"),
    ),
    (
        "kserve_graph/accelerator",
        changed(GRAPH, resources={"accelerator": "nvidia-l4"}),
        changed(GRAPH, resources={"cpu": 2, "memory_mib": 512}),
    ),
    (
        "kserve_graph/candidate",
        changed(GRAPH, candidate=_CANDIDATE),
        changed(GRAPH, nodes__root=_SPLITTER),
    ),
]
