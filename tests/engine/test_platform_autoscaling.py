"""From the settings to the pool that grows: pools and their order, the autoscalers, their roles."""

import json
from typing import Any

import pytest

from tests.engine.test_platform import Estate
from tests.engine.test_platform import estate as estate  # noqa: PLC0414 - a fixture

pytestmark = pytest.mark.engine

_TARGETS = {
    "aws": {"account_id": "123456789012", "region": "eu-west-1"},
    "eks": {
        "cluster_name": "serving-dev",
        "subnet_ids": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"],
    },
    "kubernetes": {"context": "serving-dev"},
}
_POOLS = {
    "chat": {
        "owner": "team-platform",
        "accelerator": "nvidia-l4",
        "capacity": "spot",
        "max_nodes": 2,
        "fallbacks": [{"name": "on-demand", "capacity": "on_demand"}],
    },
    "karp": {
        "owner": "team-platform",
        "accelerator": "nvidia-l40s",
        "provisioner": "karpenter",
        "max_nodes": 2,
    },
}
_MODEL = {
    "target": "kubernetes",
    "owner": "team-search",
    "model": {
        "uri": "s3://example-models/ranking/1.2.0/",
        "version": "1.2.0",
        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranking@sha256:" + "1" * 64,
    },
    "resources": {"gpu_pool": "chat", "cpu": 1, "memory_mib": 4096},
    "max_replicas": 2,
}


def _grown(estate: Estate, scaler: str) -> dict[str, Any]:
    asked = ("nodes", "--json", "--context", "serving-dev")
    told = json.loads(estate.sandbox.run("sandbox/cloud", *asked).stdout)
    (found,) = [each for each in told if each["scaler"] == scaler]
    return found


def test_pools_at_zero_grow_in_their_order(estate: Estate) -> None:
    platform = {
        "gpu_node_pools": _POOLS,
        "add_ons": {"cluster_autoscaler": True, "karpenter": True},
    }
    config = {"model-serving:targets": _TARGETS, "model-serving:platform": platform}
    estate.write("Pulumi.dev.yaml", {"config": config})
    estate.write("stacks/models/ranking.yaml", _MODEL)
    estate.init("dev")
    made = estate.up("dev")
    # Whoever scales may do so before it starts.
    order = [name for _, name in made.order]
    for role in ("autoscaler", "karpenter"):
        association = f"serving-dev-{role}-association"
        chart = "cluster-autoscaler" if role == "autoscaler" else role
        assert order.index(association) < order.index(f"serving-dev-add-ons-{chart}")
    # Karpenter's kinds are there before objects of them.
    assert order.index("serving-dev-add-ons-karpenter-crd") < order.index("karp-pool")
    assert order.index("serving-dev-add-ons-karpenter") < order.index("ranking")
    assert estate.up("dev").order == []
    (chart,) = [
        each["inputs"]
        for each in estate.resources("dev")
        if each["type"].endswith(":Release") and each["inputs"]["name"] == "karpenter"
    ]
    assert chart["values"]["settings"]["interruptionQueue"].startswith(
        "serving-dev-karpenter-queue"
    )

    first = _grown(estate, "cluster-autoscaler")
    assert first["order"] == "by the priority expander"
    assert first["chosen"].startswith("chat-nodes-")
    spot = ("capacity", "set", "*", "*", "0", "--capacity", "spot")
    estate.sandbox.run("sandbox/cloud", *spot)
    then = _grown(estate, "cluster-autoscaler")
    assert then["chosen"].startswith("chat-on-demand-nodes-")
    assert "InsufficientInstanceCapacity" in then["pools"][0]["reason"]
    # Karpenter has no pool of that name.
    assert _grown(estate, "karpenter")["chosen"] is None
