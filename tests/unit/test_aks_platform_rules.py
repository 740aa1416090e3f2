"""What Azure refuses of clusters and networks, on both sides of each rule, and where it is said."""

from pathlib import Path
from typing import Any

import pytest

from facts.aks_platform_rules import ClusterAsk, NetworkAsk, cluster_faults, network_faults
from tests.unit.settings_project import AKS_TARGETS, Project, project

PEOPLE = ["11111111-2222-3333-4444-555555555555"]
KEY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/keys/k"
OFFICE = ["203.0.113.0/24"]


def cluster(**more: Any) -> ClusterAsk:  # noqa: ANN401 - any of its fields
    known: dict[str, Any] = {"administrators": PEOPLE, **more}
    return ClusterAsk(**known)


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (cluster(), []),
        (cluster(administrators=[]), ["administrators"]),
        (cluster(administrators=["ops"]), ["administrators"]),
        (cluster(log_retention_days=30), []),
        (cluster(log_retention_days=29), ["log_retention_days"]),
        (cluster(log_retention_days=730), []),
        (cluster(log_retention_days=731), ["log_retention_days"]),
        (cluster(key=KEY), []),
        (cluster(key="https://v.vault.azure.net/keys/k"), ["key"]),
        (cluster(registry=True), []),
        (cluster(registry=True, outbound="nat_gateway"), ["registry_id"]),
        (cluster(authorized_networks=OFFICE), ["authorized_networks"]),
        (cluster(authorized_networks=OFFICE, in_network=True), []),
        (cluster(authorized_networks=OFFICE, outbound="load_balancer"), []),
        (cluster(zones=["3"]), []),
        (cluster(zones=["4"]), ["zones"]),
        (cluster(maintenance_start="23:59"), []),
        (cluster(maintenance_start="24:00"), ["maintenance_start"]),
        (cluster(pod_cidr="10.200.0.0/23"), []),
        (cluster(pod_cidr="10.200.0.0/24"), ["pod_cidr"]),
        (cluster(pod_cidr="8.8.0.0/16"), ["pod_cidr"]),
        (cluster(service_cidr="10.96.0.0/24"), []),
        (cluster(service_cidr="10.96.0.0/25"), ["service_cidr"]),
        (cluster(service_cidr="10.244.8.0/24"), ["service_cidr"]),
    ],
)
def test_clusters(asked: ClusterAsk, keys: list[str]) -> None:
    assert [key for key, _, _ in cluster_faults(asked)] == keys


STORED = {"artifacts": ["models"]}


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (NetworkAsk(given={}), []),
        (NetworkAsk(cidr="10.0.0.0/12", given={}), []),
        (NetworkAsk(cidr="10.0.0.0/11", given={}), ["cidr"]),
        (NetworkAsk(cidr="10.0.0.0/24", given={}), []),
        (NetworkAsk(cidr="10.0.0.0/25", given={}), ["cidr"]),
        (NetworkAsk(services=["api", "identity"], given={}), []),
        (NetworkAsk(services=["s3"], given={}), ["services"]),
        (NetworkAsk(services=["artifacts"], given=STORED), []),
        (NetworkAsk(services=["artifacts"], given={}), ["services"]),
        (NetworkAsk(services=["identity"], given=STORED), ["storage_accounts"]),
        (NetworkAsk(given=STORED), []),
        (NetworkAsk(given={"logs": ["a"]}), []),
        (NetworkAsk(given={"logs": ["a", "b"]}), ["monitor_scopes"]),
    ],
)
def test_networks(asked: NetworkAsk, keys: list[str]) -> None:
    assert [key for key, _, _ in network_faults(asked)] == keys


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _said(site: Project, **platform: Any) -> set[str]:  # noqa: ANN401 - settings
    site.environment(platform=platform, targets={**AKS_TARGETS, "kubernetes": {}})
    problems = site.problems()
    assert all(problem.place.line > 0 for problem in problems)
    return {problem.key.removeprefix("model-serving:platform.") for problem in problems}


OWNER = {"owner": "team-platform"}


def test_the_settings_say_it_where_it_is_written(site: Project) -> None:
    network = {**OWNER, "services": ["artifacts"]}
    wrong = {**OWNER, "administrators": ["ops"], "aks": {"zones": ["1", "4"]}}
    assert _said(site, network=network, cluster=wrong) == {
        "network.services[0]",
        "cluster.administrators[0]",
        "cluster.aks.zones[1]",
    }
    assert _said(site, network=OWNER, cluster=OWNER) == {"cluster.administrators"}


def test_what_the_components_take_passes(site: Project) -> None:
    network = {
        **OWNER,
        "services": ["artifacts", "identity"],
        "aks": {"storage_accounts": {"models": "/subscriptions/s/x"}},
    }
    right = {**OWNER, "administrators": PEOPLE, "authorized_networks": OFFICE, "key": KEY}
    assert _said(site, network=network, cluster=right) == set()
