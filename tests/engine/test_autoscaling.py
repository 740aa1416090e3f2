"""Pools at zero are found by what was emitted, and tried in order while machines are short."""

import json
import re
from typing import Any

import pytest

from .conftest import Sandbox

pytestmark = pytest.mark.engine

_DEPLOYMENT = """
def deployment(name, selector, resource="nvidia.com/gpu"):
    container = {
        "name": "server",
        "image": "registry.example.com/server@sha256:" + "1" * 64,
        "resources": {"limits": {resource: "1"}, "requests": {"cpu": "2", "memory": "8Gi"}},
    }
    pod = {
        "nodeSelector": selector,
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "containers": [container],
    }
    labels = {"app": name}
    k8s.apps.v1.Deployment(
        name,
        metadata={"name": name, "annotations": {"pulumi.com/skipAwait": "true"}},
        spec={
            "selector": {"match_labels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    )
"""
EKS = f"""
import pulumi
import pulumi_kubernetes as k8s
from components.aws.eks_gpu_node_pool import EksGpuNodePool
from components.kubernetes.gpu_node_fallback import GpuNodeFallback
{_DEPLOYMENT}
common = {{"cluster_name": "serving-dev", "max_nodes": 2, "subnet_ids": [
    "subnet-0dev00000000000a1", "subnet-0dev00000000000a2"]}}
pools = {{
    "l4-spot": {{"accelerator": "nvidia-l4", "capacity": "spot", "pool_group": "l4"}},
    "l4": {{"accelerator": "nvidia-l4", "pool_group": "l4"}},
    "l40s": {{"accelerator": "nvidia-l40s", "pool_group": "l4"}},
    "slices": {{"accelerator": "nvidia-l4", "time_slices": 4}},
}}
made = {{name: EksGpuNodePool(name, {{**common, **args}}) for name, args in pools.items()}}
group = ["l4-spot", "l4", "l40s"]
GpuNodeFallback("order", {{
    "cluster": "eks",
    "groups": [{{"group": "l4", "pools": group}}],
    "pool_names": {{name: made[name].pool_name for name in group}},
}})
deployment("grouped", {{"model-serving/pool-group": "l4"}})
deployment("sliced", {{"model-serving/node-pool": "slices"}}, "nvidia.com/gpu.shared")
deployment("elsewhere", {{"model-serving/node-pool": "h100"}})
"""


KARPENTER = f"""
import pulumi_kubernetes as k8s
from components.aws.karpenter_gpu_node_pool import KarpenterGpuNodePool
{_DEPLOYMENT}
common = {{"cluster_name": "serving-dev", "max_nodes": 2, "pool_group": "l4", "subnet_ids": [
    "subnet-0dev00000000000a1", "subnet-0dev00000000000a2"]}}
spot = {{"accelerator": "nvidia-l4", "capacity": "spot", "weight": 20}}
KarpenterGpuNodePool("l4-spot", {{**common, **spot}})
KarpenterGpuNodePool("l40s", {{**common, "accelerator": "nvidia-l40s", "weight": 10}})
deployment("grouped", {{"model-serving/pool-group": "l4"}})
deployment("kind", {{"nvidia.com/gpu.product": "NVIDIA-L40S"}})
"""
GKE = f"""
import pulumi_gcp as gcp, pulumi_kubernetes as k8s
from components.gcp.gke_gpu_node_pool import GkeGpuNodePool
from components.kubernetes.gpu_node_fallback import GpuNodeFallback
{_DEPLOYMENT}
cluster = gcp.container.Cluster("c", location="europe-west4", initial_node_count=1)
common = {{"cluster_name": cluster.name, "project": "example-models", "location": "europe-west4",
    "zones": ["europe-west4-a"], "accelerator": "nvidia-l4", "max_nodes": 2}}
pools = {{
    "l4-spot": {{"capacity": "spot", "compute_class": "l4"}},
    "l4": {{"compute_class": "l4"}},
    "slices": {{"time_slices": 4}},
}}
made = {{name: GkeGpuNodePool(name, {{**common, **args}}) for name, args in pools.items()}}
group = ["l4-spot", "l4"]
GpuNodeFallback("order", {{
    "cluster": "gke",
    "groups": [{{"group": "l4", "pools": group}}],
    "pool_names": {{name: made[name].pool_name for name in group}},
}})
deployment("grouped", {{"cloud.google.com/compute-class": "l4"}})
deployment("sliced", {{"model-serving/node-pool": "slices"}})
deployment("elsewhere", {{"cloud.google.com/compute-class": "h100"}})
"""
AKS = f"""
import pulumi_azure_native as azure, pulumi_kubernetes as k8s
from components.azure.aks_gpu_node_pool import AksGpuNodePool
from components.kubernetes.gpu_node_fallback import GpuNodeFallback
{_DEPLOYMENT}
cluster = azure.containerservice.ManagedCluster(
    "c", resource_group_name="models", dns_prefix="c", identity={{"type": "SystemAssigned"}},
    auto_scaler_profile={{"expander": "priority"}},
    agent_pool_profiles=[
        {{"name": "system", "mode": "System", "count": 1, "vm_size": "Standard_D4ds_v5"}}])
common = {{"cluster_name": cluster.name, "resource_group": "models", "max_nodes": 2,
    "pool_group": "a100"}}
pools = {{
    "a100": {{"accelerator": "nvidia-a100-80gb", "zones": ["1"]}},
    "t4": {{"accelerator": "nvidia-t4"}},
}}
made = {{name: AksGpuNodePool(name, {{**common, **args}}) for name, args in pools.items()}}
group = ["a100", "t4"]
GpuNodeFallback("order", {{
    "cluster": "aks",
    "groups": [{{"group": "a100", "pools": group}}],
    "pool_names": {{name: made[name].pool_name for name in group}},
}})
deployment("grouped", {{"model-serving/pool-group": "a100"}})
deployment("kind", {{"nvidia.com/gpu.product": "Tesla-T4"}})
"""


class Nodes:
    """What `sandbox/cloud nodes` says."""

    def __init__(self, sandbox: Sandbox, text: str, config: dict[str, str]) -> None:
        self.sandbox = sandbox
        given = {"kubernetes:context": "serving-dev", **config}
        folder = sandbox.project(text, given, name="pools")
        sandbox.new_stack(folder)
        go = ("up", "--yes", "--skip-preview", "--stack", "dev")
        sandbox.pulumi(*go, cwd=folder)

    def short(self, machine: str, zone: str, *more: str) -> None:
        self.sandbox.run("sandbox/cloud", "capacity", "set", machine, zone, "0", *more)

    def of(self, workload: str) -> dict[str, Any]:
        asked = ("nodes", "--json", "--context", "serving-dev")
        told = self.sandbox.run("sandbox/cloud", *asked).stdout
        (found,) = [each for each in json.loads(told) if each["workload"].endswith(f"/{workload}")]
        return found

    def tried(self, workload: str) -> list[str]:
        return [_name(each) for each in self.of(workload)["pools"] if each["try"]]

    def chosen(self, workload: str) -> str:
        return next((_name(p) for p in self.of(workload)["pools"] if p["reason"] == "chosen"), "")

    def reason(self, workload: str, pool: str) -> str:
        found = [each["reason"] for each in self.of(workload)["pools"] if _name(each) == pool]
        assert len(found) == 1
        return found[0]


def _name(pool: dict[str, Any]) -> str:
    """Without what Pulumi and the components add."""
    return re.sub(r"-nodes-[0-9a-f]{7}$|(?<=^a100)[0-9a-f]+$|(?<=^t4)[0-9a-f]+$", "", pool["pool"])


def test_eks(sandbox: Sandbox) -> None:
    nodes = Nodes(sandbox, EKS, {"aws:region": "eu-west-1"})
    assert nodes.of("grouped")["order"] == "by the priority expander"
    # Each is at zero, and found by its tags alone.
    assert nodes.tried("grouped") == ["l4-spot", "l4", "l40s"]
    assert nodes.chosen("grouped") == "l4-spot"
    assert nodes.reason("grouped", "slices").startswith("label model-serving/pool-group=l4 missing")
    assert nodes.tried("sliced") == ["slices"]
    assert nodes.chosen("elsewhere") == ""

    # The next one in order, told why.
    nodes.short("*", "*", "--capacity", "spot")
    assert "InsufficientInstanceCapacity: g6" in nodes.reason("grouped", "l4-spot")
    assert nodes.chosen("grouped") == "l4"
    nodes.short("g6.*", "eu-west-1a")
    assert nodes.chosen("grouped") == "l4"
    nodes.short("g6.*", "eu-west-1b")
    assert nodes.chosen("grouped") == "l40s"
    nodes.short("g6e.*", "*")
    assert nodes.chosen("grouped") == ""

    sandbox.run("sandbox/cloud", "capacity", "rm")
    printed = sandbox.run("sandbox/cloud", "nodes").stdout
    assert "Deployment default/grouped in serving-dev (nvidia.com/gpu: 1): l4-spot-" in printed
    assert "elsewhere in serving-dev (nvidia.com/gpu: 1): none; the pod stays pending" in printed


def test_karpenter(sandbox: Sandbox) -> None:
    nodes = Nodes(sandbox, KARPENTER, {"aws:region": "eu-west-1"})
    assert nodes.of("grouped")["order"] == "by the weights of the NodePools"
    # A pool of spot machines takes them on demand before the next pool is tried.
    kinds = [(each["pool"], each["capacity"]) for each in nodes.of("grouped")["pools"]]
    assert kinds == [("l4-spot", "spot"), ("l4-spot", "on_demand"), ("l40s", "on_demand")]
    assert nodes.chosen("kind") == "l40s"
    nodes.short("g*6.*", "*", "--capacity", "spot")
    spot, on_demand, _ = nodes.of("grouped")["pools"]
    assert spot["reason"].startswith("InsufficientInstanceCapacity: ")
    assert on_demand["reason"] == "chosen"
    nodes.short("g*6.*", "*")
    assert nodes.chosen("grouped") == "l40s"
    nodes.short("*", "*")
    assert nodes.chosen("grouped") == ""


def test_gke(sandbox: Sandbox) -> None:
    nodes = Nodes(sandbox, GKE, {"gcp:project": "example-models", "gcp:region": "europe-west4"})
    assert nodes.of("grouped")["order"] == "by the ComputeClass l4"
    assert nodes.tried("grouped") == ["l4-spot", "l4"]
    assert nodes.chosen("sliced") == "slices"
    assert nodes.chosen("elsewhere") == ""
    nodes.short("g2-*", "europe-west4-a", "--capacity", "spot")
    assert "ZONE_RESOURCE_POOL_EXHAUSTED: g2-" in nodes.reason("grouped", "l4-spot")
    assert nodes.chosen("grouped") == "l4"
    nodes.short("g2-*", "europe-west4-a")
    assert nodes.chosen("grouped") == ""


def test_aks(sandbox: Sandbox) -> None:
    subscription = "00000000-0000-0000-0000-000000000001"
    nodes = Nodes(sandbox, AKS, {"azure-native:subscriptionId": subscription})
    assert nodes.of("grouped")["order"] == "by the priority expander"
    assert nodes.tried("grouped") == ["a100", "t4"]
    assert nodes.chosen("kind") == "t4"
    nodes.short("Standard_N*A100*", "westeurope-1")
    assert "AllocationFailed" in nodes.reason("grouped", "a100")
    assert nodes.chosen("grouped") == "t4"
