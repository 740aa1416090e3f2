"""Platforms through the real engine: one description on three clouds, and teams on a platform."""

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from sandbox.seed import AZURE_SUBSCRIPTION
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_LINKED = ("components", "facts", "provider", "policies", "sandbox", ".venv")
_DOCUMENTED = re.compile(r"```yaml\n# (\S+)\n(.*?)```", re.DOTALL)
_DIGEST = "sha256:" + "1" * 64
_MODEL = {
    "target": "kubernetes",
    "owner": "team-search",
    "model": {
        "uri": "s3://example-models/ranking/1.2.0/",
        "version": "1.2.0",
        "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranking@{_DIGEST}",
    },
    "resources": {"gpu_pool": "chat", "cpu": 2, "memory_mib": 4096},
    "max_replicas": 2,
}
# Eight H100 in a machine: what all three clouds sell.
_POOL: dict[str, Any] = {
    "owner": "team-platform",
    "accelerator": "nvidia-h100",
    "accelerator_count": 8,
    "max_nodes": 1,
}
_AWS = {
    "aws": {"account_id": "123456789012", "region": "eu-west-1"},
    "eks": {"cluster_name": "gpus"},
    "kubernetes": {},
}
_GOOGLE = {
    "gcp": {"project": "example-models"},
    "gke": {"cluster_name": "gpus", "location": "europe-west4"},
    "kubernetes": {},
}
_AZURE = {
    "azure": {
        "subscription_id": AZURE_SUBSCRIPTION,
        "resource_group": "models",
        "location": "westeurope",
    },
    "aks": {"cluster_name": "gpus"},
    "kubernetes": {},
}
_ADMINISTRATOR = "11111111-1111-1111-1111-111111111111"
CLOUDS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "eks": (
        _AWS,
        {"zones": ["eu-west-1a", "eu-west-1b"]},
        {"deletion_protection": False},
        "aws:eks/nodeGroup:NodeGroup",
    ),
    "gke": (_GOOGLE, {}, {"deletion_protection": False}, "gcp:container/nodePool:NodePool"),
    "aks": (
        _AZURE,
        {},
        {"administrators": [_ADMINISTRATOR]},
        "azure-native:containerservice:AgentPool",
    ),
}


@dataclass(frozen=True)
class Estate:
    """A project folder with stack files and models of its own."""

    sandbox: Sandbox
    root: Path

    def write(self, name: str, value: object) -> None:
        text = value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False)
        (self.root / name).write_text(text)

    def init(self, stack: str) -> None:
        self.sandbox.new_stack(self.root, stack)

    def resources(self, stack: str) -> list[dict[str, Any]]:
        return self.sandbox.state(self.root, stack=stack).get("resources", [])

    def serving(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.sandbox.serving(*arguments, cwd=self.root, check=check)

    def up(self, stack: str) -> "Steps":
        events = self.root / "events.jsonl"
        events.unlink(missing_ok=True)
        self.sandbox.pulumi(
            *("up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack),
            *("--event-log", str(events)),
            cwd=self.root,
            PULUMI_DEBUG_COMMANDS="true",
        )
        order: list[tuple[str, str]] = []
        for line in events.read_text().splitlines():
            metadata = json.loads(line).get("resourcePreEvent", {}).get("metadata")
            # A stack reference is read each time.
            if metadata and metadata["op"] not in {"same", "read"}:
                order.append((metadata["op"], metadata["urn"].rpartition("::")[2]))
        return Steps(order)


@dataclass(frozen=True)
class Steps:
    """Operation and name of each resource that an update touched, in their order."""

    order: list[tuple[str, str]]

    def names(self) -> set[str]:
        return {name for _, name in self.order}


@pytest.fixture
def estate(sandbox: Sandbox, tmp_path: Path) -> Estate:
    root = tmp_path / "project"
    shutil.copytree(
        ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__", "models")
    )
    (root / "stacks/models").mkdir()
    for name in _LINKED:
        (root / name).symlink_to(ROOT / name)
    for name in ("Pulumi.yaml", "pyproject.toml", "uv.lock"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    return Estate(sandbox, root)


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_the_same_pool_on_three_clouds(estate: Estate, cloud: str) -> None:
    """Made with network, cluster and a model on it, grown, labelled, replaced, taken away."""
    targets, network, cluster, token = CLOUDS[cloud]
    owner = {"owner": "team-platform"}

    def settings(**changes: Any) -> None:  # noqa: ANN401 - any setting
        platform = {
            "network": {**owner, **network, "internet": True},
            "cluster": {**owner, **cluster},
            "add_ons": {"keda": True, **({"cluster_autoscaler": True} if cloud == "eks" else {})},
            "gpu_node_pools": {"chat": {**_POOL, **changes}},
        }
        config = {"model-serving:targets": targets, "model-serving:platform": platform}
        estate.write("Pulumi.dev.yaml", {"config": config})

    def pool() -> dict[str, Any]:
        found = [r for r in estate.resources("dev") if r["type"] == token]
        (made,) = [r for r in found if "$model-serving" not in r["urn"] and _of(r, "chat")]
        return made

    estate.write("stacks/models/ranking.yaml", _MODEL)
    settings()
    estate.init("dev")
    # Before anything is there: the cluster's kubeconfig is not known yet.
    estate.sandbox.pulumi("preview", "--non-interactive", "--stack", "dev", cwd=estate.root)
    estate.up("dev")
    assert estate.up("dev").order == []
    pod = _pod(estate, "dev", "ranking")
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert pod["nodeSelector"] == {"model-serving/pool-group": "chat"}
    before = pool()

    settings(max_nodes=2)
    assert {name for name in estate.up("dev").names() if not name.startswith("chat")} <= {
        "model-serving-dev"
    }
    assert pool()["id"] == before["id"]

    settings(max_nodes=2, labels={"disk": "fast"})
    grown = estate.up("dev")
    assert ("update", "chat-nodes") in grown.order
    assert not [step for step in grown.order if "delete" in step[0]]
    assert pool()["id"] == before["id"]

    # Disks of spot machines are others: what a pool is bought as never changes in place.
    settings(max_nodes=2, labels={"disk": "fast"}, capacity="spot")
    replaced = estate.up("dev").order
    assert replaced.index(("create-replacement", "chat-nodes")) < replaced.index(
        ("delete-replaced", "chat-nodes")
    )
    assert pool()["id"] != before["id"]

    estate.sandbox.destroy(estate.root)
    assert estate.resources("dev") == []


def test_a_cluster_that_is_replaced_where_it_stands(estate: Estate) -> None:
    """The engine cannot delete what is in it, and the command that can is told, and goes on."""
    targets, network, cluster, token = CLOUDS["aks"]
    owner = {"owner": "team-platform"}
    platform = {
        "network": {**owner, **network, "internet": True},
        "cluster": {**owner, **cluster},
        "add_ons": {"keda": True},
        "gpu_node_pools": {"chat": _POOL},
    }
    config = {"model-serving:targets": targets, "model-serving:platform": platform}
    estate.write("Pulumi.dev.yaml", {"config": config})
    estate.write("stacks/models/ranking.yaml", _MODEL)
    estate.init("dev")
    estate.up("dev")
    # Another set of keys for its disks makes another cluster.
    encryption = "azure-native:compute:DiskEncryptionSet"
    (disks,) = [r["id"] for r in estate.resources("dev") if r["type"] == encryption]
    estate.sandbox.run(ROOT / "sandbox/cloud", "rm", disks)
    failed = estate.serving("up", "--yes", "--", "--refresh", check=False)
    assert failed.returncode == 1
    told = re.search(r"^  pulumi (destroy .*)$", failed.stderr, re.MULTILINE)
    assert told, failed.stdout + failed.stderr
    assert "pulumi:providers:kubernetes::" in told[1]
    assert "github.com/pulumi/pulumi/issues/14650" in failed.stderr
    assert "After that: serving up --env dev" in failed.stderr
    estate.sandbox.pulumi(*shlex.split(told[1]), "--yes", "--skip-preview", cwd=estate.root)
    left = {r["type"] for r in estate.resources("dev")}
    assert not any(kind.startswith("kubernetes:") for kind in left)
    assert token in left
    estate.serving("up", "--yes")
    assert estate.up("dev").order == []


def _of(resource: dict[str, Any], name: str) -> bool:
    return cast("str", resource["urn"]).rpartition("::")[2].startswith(f"{name}-")


def _pod(estate: Estate, stack: str, model: str) -> dict[str, Any]:
    (deployment,) = [
        resource
        for resource in estate.resources(stack)
        if resource["type"] == "kubernetes:apps/v1:Deployment" and _of(resource, model)
    ]
    return deployment["inputs"]["spec"]["template"]["spec"]


def _tried(estate: Estate) -> list[str]:
    """What an autoscaler says of the pools for the one workload, in the order in which it tries."""
    told = estate.sandbox.run(ROOT / "sandbox/cloud", "nodes", "--json").stdout
    (decision,) = json.loads(told)
    tried = sorted((pool for pool in decision["pools"] if pool["try"]), key=lambda p: p["try"])
    return [pool["reason"] for pool in tried]


def test_two_teams_on_a_platform(estate: Estate) -> None:
    """The example in docs/layers.md, as it stands there."""
    files = dict(_DOCUMENTED.findall((ROOT / "docs/layers.md").read_text()))
    assert len(files) == 5
    for name, text in files.items():
        estate.write(name, text)
    platform, growth, search = "platform-dev", "growth-dev", "search-dev"
    for stack in (platform, growth, search):
        estate.init(stack)

    # A team before its platform.
    early = estate.sandbox.up(estate.root, stack=growth, check=False)
    assert early.returncode != 0
    assert "deploy it first" in early.stdout + early.stderr
    assert "Traceback" not in early.stdout + early.stderr

    for stack in (platform, growth, search):
        estate.up(stack)
        assert estate.up(stack).order == []

    components = {
        stack: {
            r["urn"].rpartition("::")[2]
            for r in estate.resources(stack)
            if r["type"].startswith("model-serving:index:")
        }
        for stack in (platform, growth, search)
    }
    assert components[growth] == {"churn", "growth"}
    assert components[search] == {"ranking", "search"}
    assert components[platform] == {
        "models-dev",
        "models-dev-network",
        "models-dev-add-ons",
        "models-dev-fallback",
        "models-dev-autoscaler",
        "chat",
        "chat-on-demand",
    }
    assert _pod(estate, search, "ranking")["nodeSelector"] == {"model-serving/pool-group": "chat"}

    # At zero nodes, by what was emitted: spot is tried first, and passed over when there is none.
    assert _tried(estate) == ["chosen", "not needed"]
    short = ("capacity", "set", "g6.2xlarge", "*", "0", "--capacity", "spot")
    estate.sandbox.run(ROOT / "sandbox/cloud", *short)
    spot, on_demand = _tried(estate)
    assert "InsufficientInstanceCapacity" in spot
    assert on_demand == "chosen"

    # What is deployed counts: more than the pools have is said in the team's preview.
    model = yaml.safe_load(files["stacks/models/ranking.yaml"])
    model["resources"]["memory_mib"] = 65_536
    estate.write("stacks/models/ranking.yaml", model)
    asked = ("preview", "--non-interactive", "--stack", search)
    refused = estate.sandbox.pulumi(*asked, cwd=estate.root, check=False)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "MS0245 resources.gpu_pool" in said
    assert "which has 31203 MiB of memory on a node for pods" in said
