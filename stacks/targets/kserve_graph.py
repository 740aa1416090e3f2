"""Settings of a graph of models as arguments of InferenceGraph."""

from pathlib import Path
from typing import Any

from stacks.settings.kserve_graph import GraphStep, KServeGraph
from stacks.settings.load import Settings
from stacks.targets.network_access import network_access
from stacks.targets.translation import as_kind, every, given


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    graph = as_kind(KServeGraph, settings.models[name])
    cluster = settings.site.targets.kubernetes
    return {
        **every(settings, name),
        "namespace": graph.namespace,
        "nodes": [
            {"name": node, "router": one.router, "steps": [_step(s) for s in one.steps]}
            for node, one in graph.nodes.items()
        ],
        "cpu": graph.resources.cpu,
        "memory_mib": graph.resources.memory_mib,
        "scale_metric": graph.scale_metric,
        "scale_target": graph.scale_target,
        "timeout_seconds": graph.timeout_seconds,
        "read_timeout_seconds": graph.read_timeout_seconds,
        "write_timeout_seconds": graph.write_timeout_seconds,
        "idle_timeout_seconds": graph.idle_timeout_seconds,
        "step_timeout_seconds": graph.step_timeout_seconds,
        "node_selector": dict(graph.node_selector) or None,
        "spread_over_nodes": graph.spread_over_nodes,
        "deployment_mode": graph.deployment_mode,
        "kserve_version": cluster.kserve_version if cluster else None,
        **network_access(settings, name),
        "ready_timeout_seconds": graph.ready_timeout_seconds,
    }


def _step(step: GraphStep) -> dict[str, Any]:
    """A model of ours is an InferenceService of its name."""
    values = step.model_dump(exclude={"model"})
    return given({**values, "service": step.model or step.service})
