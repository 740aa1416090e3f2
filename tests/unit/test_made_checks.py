"""What is made for an environment: names that its parts can have, zones that are there."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.settings_project import AKS_TARGETS, Project, project

AWS: dict[str, Any] = {"account_id": "123456789012", "region": "eu-west-1"}
OWNER = {"owner": "team-platform"}
NETWORK: dict[str, Any] = {**OWNER, "zones": ["eu-west-1a", "eu-west-1b"], "internet": True}
POOL: dict[str, Any] = {**OWNER, "accelerator": "nvidia-l4"}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _said(site: Project, targets: dict[str, Any], **platform: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    site.environment(targets={"kubernetes": {}, **targets}, platform=platform)
    return [(p.code, p.key.removeprefix("model-serving:")) for p in site.problems()]


def _eks(site: Project, name: str, **platform: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    made: dict[str, Any] = {"network": NETWORK, "cluster": OWNER, **platform}
    return _said(site, {"aws": AWS, "eks": {"cluster_name": name}}, **made)


@pytest.mark.parametrize(
    ("name", "add_ons", "fits"),
    [
        ("models", {}, True),
        ("c" * 32, {}, True),
        ("c" * 33, {}, False),
        ("c" * 29, {"cluster_autoscaler": True}, True),
        ("c" * 30, {"cluster_autoscaler": True}, False),
        ("c" * 30, {"cluster_autoscaler": False}, True),
        ("My_Models", {}, False),
        ("1models", {}, False),
        ("models-", {}, False),
    ],
)
def test_the_name_of_a_cluster(
    site: Project, name: str, add_ons: dict[str, Any], *, fits: bool
) -> None:
    """Its network and the roles of its autoscalers are named after it."""
    found = _eks(site, name, add_ons=add_ons)
    assert found == ([] if fits else [("MS0242", "targets.eks.cluster_name")])


def test_a_cluster_of_somebody_else_has_any_name(site: Project) -> None:
    eks = {"cluster_name": "My_Models", "subnet_ids": ["subnet-0a"]}
    targets = {"aws": AWS, "eks": eks, "kubernetes": {"context": "dev"}}
    assert _said(site, targets, gpu_node_pools={"p": POOL}) == []


def test_zones_of_a_network(site: Project) -> None:
    zones = ["eu-west-1a", "eu-west-2b"]
    found = _eks(site, "models", network={**NETWORK, "zones": zones})
    assert found == [("MS0242", "platform.network.zones[1]")]
    assert _said(site, AKS_TARGETS, network={**OWNER, "zones": ["1"]}) == []
    found = _said(site, AKS_TARGETS, network={**OWNER, "zones": ["westeurope-1"]})
    assert found == [("MS0242", "platform.network.zones[0]")]


def test_zones_of_a_pool_have_a_subnet(site: Project) -> None:
    pool: dict[str, Any] = {
        **POOL,
        "zones": ["eu-west-1b", "eu-west-1c"],
        "fallbacks": [
            {"name": "spot", "capacity": "spot"},
            {"name": "there", "capacity": "spot", "zones": ["eu-west-1d"]},
        ],
    }
    found = _eks(site, "models", gpu_node_pools={"p": pool}, add_ons={"cluster_autoscaler": True})
    where = "platform.gpu_node_pools.p"
    assert found == [
        ("MS0242", f"{where}.zones[1]"),
        ("MS0242", f"{where}.fallbacks[1].zones[0]"),
    ]


@pytest.mark.parametrize(("name", "fits"), [("4chat", False), ("chat4", True)])
def test_the_name_of_a_pool(site: Project, name: str, *, fits: bool) -> None:
    eks = {"cluster_name": "models", "subnet_ids": ["subnet-0a"]}
    targets = {"aws": AWS, "eks": eks, "kubernetes": {"context": "dev"}}
    pool = {**POOL, "fallbacks": [{"name": "1st", "capacity": "spot"}]}
    found = _said(site, targets, gpu_node_pools={name: pool})
    assert found == ([] if fits else [("MS0242", f"platform.gpu_node_pools.{name}")])
