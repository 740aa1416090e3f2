import re
from typing import Any

import pulumi
import pytest
import yaml

from components.kubernetes.gpu_node_fallback import GpuNodeFallback
from facts.pools.groups import joining, selector
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "cluster": "eks",
    "groups": [{"group": "l4", "pools": ["l4-spot", "l4", "a10g"]}],
}
FULL: dict[str, Any] = MINIMAL | {
    "groups": [*MINIMAL["groups"], {"group": "h100", "pools": ["h100-reserved", "h100"]}],
    "pool_names": {"h100": "h100-1a2b3c4"},
    "further_patterns": [{"pattern": "^eks-system-", "priority": 1}],
}
GKE: dict[str, Any] = {
    "cluster": "gke",
    "groups": MINIMAL["groups"],
    "when_none_fits": "any_machine",
    "move_back": True,
}
MANIFESTS = {"AKS": {"cluster": "aks", "groups": MINIMAL["groups"]}, "GKE": GKE}
# EKS names a group after the node group, AKS a scale set after the pool.
ASG = "eks-{}-0c8a1b2c-3d4e-5f60-7182-93a4b5c6d7e8"
VMSS = "aks-{}-12345678-vmss"


def orders(args: dict[str, Any]) -> dict[int, list[str]]:
    found = record(GpuNodeFallback, "order", args).inputs["order-priorities"]
    assert found["metadata"]["name"] == "cluster-autoscaler-priority-expander"
    assert found["metadata"]["namespace"] == "kube-system"
    return yaml.safe_load(found["data"]["priorities"])


def priority(order: dict[int, list[str]], name: str) -> int:
    """As the expander finds it: the highest number with a pattern that finds the name."""
    return max(
        (n for n, patterns in order.items() if any(re.search(p, name) for p in patterns)),
        default=0,
    )


def test_the_first_pool_has_the_highest_number() -> None:
    order = orders(FULL)
    found = [priority(order, ASG.format(pool)) for pool in ("l4-spot", "l4", "a10g")]
    assert found == [30, 20, 10]
    # With the digits that Pulumi adds, and of a pool whose name begins alike.
    assert priority(order, ASG.format("l4-0a1b2c3")) == 20
    assert priority(order, ASG.format("l4-other")) == 0
    assert priority(order, ASG.format("h100-reserved")) == 20
    assert priority(order, ASG.format("h100-1a2b3c4")) == 10
    assert priority(order, ASG.format("system-1")) == 1


def test_aks() -> None:
    order = orders({**MINIMAL, "cluster": "aks"})
    found = [priority(order, VMSS.format(pool)) for pool in ("l4-spot", "l4", "a10g", "l")]
    assert found == [30, 20, 10, 0]


def test_a_name_may_be_an_output() -> None:
    name = pulumi.Output.from_input("l4spot1")
    assert priority(
        orders({**MINIMAL, "cluster": "aks", "pool_names": {"l4-spot": name}}),
        VMSS.format("l4spot1"),
    )


def test_a_pattern_with_a_quote() -> None:
    args = {**MINIMAL, "further_patterns": [{"pattern": "it's: #x", "priority": 70}]}
    assert orders(args)[70] == ["it's: #x"]


@pytest.mark.parametrize(
    ("args", "when_none", "moves"),
    [
        ({"cluster": "gke", "groups": MINIMAL["groups"]}, "DoNotScaleUp", False),
        (GKE, "ScaleUpAnyway", True),
    ],
)
def test_gke(args: dict[str, Any], when_none: str, moves: object) -> None:
    recorded = record(GpuNodeFallback, "order", args)
    made = recorded.inputs["order-l4"]
    assert (made["apiVersion"], made["kind"]) == ("cloud.google.com/v1", "ComputeClass")
    assert made["metadata"]["name"] == "l4"
    assert "namespace" not in made["metadata"]
    assert made["spec"] == {
        "priorities": [{"nodepools": ["l4-spot"]}, {"nodepools": ["l4"]}, {"nodepools": ["a10g"]}],
        "whenUnsatisfiable": when_none,
        "activeMigration": {"optimizeRulePriority": moves},
        "nodePoolAutoCreation": {"enabled": False},
    }
    assert "order-priorities" not in recorded.types
    assert recorded.outputs["node_selectors"] == {"l4": "cloud.google.com/compute-class=l4"}


def test_how_pods_choose_a_group_and_pools_join_it() -> None:
    outputs = record(GpuNodeFallback, "order", FULL).outputs
    assert outputs["node_selectors"]["h100"] == "model-serving/pool-group=h100"
    for cluster in ("eks", "gke", "aks"):
        labels, taints = joining(cluster, "l4")
        assert selector(cluster, "l4").items() <= labels.items()
        assert bool(taints) == (cluster == "gke")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"cluster": None}, "cluster: got None; use one of aks, eks, gke"),
    ({"cluster": "k3s"}, "cluster: got 'k3s'; use one of aks, eks, gke"),
    ({"groups": []}, "groups: got []; use at least one group"),
    ({"groups": [{"group": "A", "pools": ["p"]}]}, "groups[0].group: got 'A'; use lower-case"),
    ({"groups": [{"group": "a", "pools": []}]}, "groups[0].pools: got []; use 1 to 50"),
    ({"groups": [{"group": "a", "pools": ["p.*"]}]}, "groups[0].pools: got 'p.*'; use names"),
    ({"groups": [{"group": "a", "pools": ["p", "p"]}]}, "a pool of no other place: a has it"),
    (
        {"groups": [{"group": "a", "pools": ["p"]}, {"group": "a", "pools": ["q"]}]},
        "groups[1].group: got 'a'; use a name that no other group has",
    ),
    ({"groups": [{"group": "a", "pool": ["p"]}]}, "did you mean pools?"),
    ({"pool_names": {"l5": "x"}}, "pool_names: got 'l5'; use pools of the groups: a10g, l4"),
    ({"pool_names": {"l4": ""}}, "pool_names.l4: got ''"),
    ({"further_patterns": [{"pattern": "(", "priority": 1}]}, "a regular expression"),
    ({"further_patterns": [{"pattern": "a"}]}, "further_patterns[0].priority: got None"),
    ({"further_patterns": [{"pattern": "a", "priority": 0}]}, "use a whole number from 1"),
    ({"move_back": True}, "move_back: got 'a value'; use nothing on eks"),
    (
        {"cluster": "gke", "further_patterns": [{"pattern": "a", "priority": 1}]},
        "further_patterns: got 'a list'; use nothing on GKE",
    ),
]


@pytest.mark.parametrize(("change", "expected"), REFUSED)
def test_refusals(change: dict[str, Any], expected: str) -> None:
    args = {key: value for key, value in {**MINIMAL, **change}.items() if value is not None}
    with pytest.raises(pulumi.RunError, match=re.escape(expected)):
        record(GpuNodeFallback, "order", args)
