"""The cluster, the network and the add-ons that an environment makes: what contradicts itself."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.gpu_pool_cases import POOL
from tests.unit.settings_project import (
    AKS_TARGETS,
    GKE_TARGETS,
    KSERVE_LLM,
    MODEL_SERVER,
    TARGETS,
    Project,
    project,
)

_OWNER = {"owner": "team-platform"}
_EKS = {**TARGETS, "eks": {"cluster_name": "c"}, "kubernetes": {}}
_GKE: dict[str, Any] = {**GKE_TARGETS, "kubernetes": {}}
_AKS: dict[str, Any] = {**AKS_TARGETS, "kubernetes": {}}
_AKS_CLUSTER = {**_OWNER, "administrators": ["11111111-1111-1111-1111-111111111111"]}
_NETWORK = {**_OWNER, "zones": ["eu-west-1a", "eu-west-1b"], "internet": True}
_WHOLE = {"network": _NETWORK, "cluster": _OWNER, "add_ons": {"cluster_autoscaler": True}}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def test_what_is_whole(site: Project) -> None:
    site.model("ranker", MODEL_SERVER)
    site.environment(targets=_EKS, platform={**_WHOLE, "gpu_node_pools": {"p": POOL}})
    assert site.problems() == []
    for targets, cluster in ((_GKE, _OWNER), (_AKS, _AKS_CLUSTER)):
        site.environment(targets=targets, platform={"network": _OWNER, "cluster": cluster})
        assert site.problems() == []


# (what is wrong, targets, platform, further keys, code, key, words of the report)
CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], str, str, str]] = [
    (
        "no cluster to make",
        {"kubernetes": {}},
        {"cluster": _OWNER},
        {},
        "MS0249",
        "platform.cluster",
        "none of eks, gke and aks",
    ),
    (
        "one of two",
        {**TARGETS, **GKE_TARGETS},
        {"add_ons": {"keda": True}},
        {},
        "MS0249",
        "platform.add_ons",
        "eks and gke",
    ),
    (
        "words of another cloud",
        _EKS,
        {**_WHOLE, "cluster": {**_OWNER, "gke": {"gateway_api": True}}},
        {},
        "MS0242",
        "platform.cluster.gke",
        "it is on eks",
    ),
    (
        "words of another cloud's network",
        _EKS,
        {**_WHOLE, "network": {**_NETWORK, "gke": {"google_apis": "private"}}},
        {},
        "MS0242",
        "platform.network.gke",
        "it is on eks",
    ),
    (
        "a cluster nowhere on AWS",
        _EKS,
        {"cluster": _OWNER},
        {},
        "MS0102",
        "targets.eks.subnet_ids",
        "the stack makes no network",
    ),
    (
        "a cluster nowhere on Azure",
        _AKS,
        {"cluster": _AKS_CLUSTER},
        {},
        "MS0102",
        "targets.aks.subnet_id",
        "the stack makes no network",
    ),
    (
        "one zone for EKS",
        _EKS,
        {**_WHOLE, "network": {**_NETWORK, "zones": ["eu-west-1a"]}},
        {},
        "MS0242",
        "platform.network.zones",
        "two at least",
    ),
    (
        "zones of a network that has none",
        _GKE,
        {"network": {**_OWNER, "zones": ["europe-west4-a"]}, "cluster": _OWNER},
        {},
        "MS0242",
        "platform.network.zones",
        "in all zones of its region",
    ),
    (
        "a cluster in a zone",
        {**_GKE, "gke": {"cluster_name": "c", "location": "europe-west4-a"}},
        {"network": _OWNER, "cluster": _OWNER},
        {},
        "MS0242",
        "targets.gke.location",
        "write europe-west4",
    ),
    (
        "a context that nobody gives",
        {**TARGETS, "kubernetes": {}},
        {},
        {},
        "MS0102",
        "targets.kubernetes.context",
        "makes no cluster",
    ),
    (
        "a context beside the cluster that is made",
        {**_EKS, "kubernetes": {"context": "serving-dev"}},
        _WHOLE,
        {},
        "MS0249",
        "targets.kubernetes.context",
        "reaches the cluster that it makes",
    ),
    (
        "add-ons without a cluster to reach",
        {key: value for key, value in TARGETS.items() if key != "kubernetes"},
        {"add_ons": {"keda": True}},
        {},
        "MS0208",
        "targets.kubernetes",
        "add_ons cannot go anywhere",
    ),
    (
        "a platform beside a platform",
        TARGETS,
        {},
        {"platform_stack": "acme/model-serving/platform"},
        "MS0249",
        "platform_stack",
        "makes its platform itself",
    ),
    (
        "a version of Kubernetes with its patch",
        _EKS,
        {**_WHOLE, "cluster": {**_OWNER, "kubernetes_version": "1.34.1"}},
        {},
        "MS0106",
        "platform.cluster.kubernetes_version",
        "a minor version in quotes",
    ),
    (
        "a disk that no node boots from",
        _EKS,
        {**_WHOLE, "gpu_node_pools": {"p": {**POOL, "disk_gib": 29}}},
        {},
        "MS0104",
        "platform.gpu_node_pools.p.disk_gib",
        "from 30 to 16384",
    ),
    (
        "charts without their images",
        _EKS,
        {**_WHOLE, "network": {**_NETWORK, "internet": False}},
        {},
        "MS0248",
        "platform.add_ons",
        "say `image_mirror: …`",
    ),
    (
        "nodes that nobody makes",
        _EKS,
        {
            "network": _NETWORK,
            "cluster": _OWNER,
            "add_ons": {"keda": True},
            "gpu_node_pools": {"p": POOL},
        },
        {},
        "MS0250",
        "platform.add_ons.cluster_autoscaler",
        "nothing else makes nodes for p",
    ),
    (
        "GPUs that nobody makes known",
        _AKS,
        {
            "network": _OWNER,
            "cluster": _AKS_CLUSTER,
            "gpu_node_pools": {"p": {**_OWNER, "accelerator": "nvidia-a100"}},
        },
        {},
        "MS0250",
        "platform.add_ons.gpu_software",
        "known to Kubernetes",
    ),
    (
        "no system nodes: GPU nodes are tainted, so nothing of the cluster's own has a place",
        _EKS,
        {**_WHOLE, "cluster": {**_OWNER, "system_nodes": 0}},
        {},
        "MS0104",
        "platform.cluster.system_nodes",
        "from 1 to 100",
    ),
]


@pytest.mark.parametrize(
    ("targets", "platform", "more", "code", "key", "said"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_mistakes(  # noqa: PLR0917 - a row of the table
    site: Project,
    targets: dict[str, Any],
    platform: dict[str, Any],
    more: dict[str, Any],
    code: str,
    key: str,
    said: str,
) -> None:
    site.environment(targets=targets, platform=platform, **more)
    site.has_one_problem(code, key, said)


def test_somebody_else_makes_nodes(site: Project) -> None:
    """Said outright, it is believed."""
    platform = {**_WHOLE, "add_ons": {"cluster_autoscaler": False, "keda": True}}
    site.environment(targets=_EKS, platform={**platform, "gpu_node_pools": {"p": POOL}})
    assert site.problems() == []


@pytest.mark.parametrize("target", [{"image_mirror": "mirror.corp/hub"}, {"internet": True}])
def test_charts_with_their_images(site: Project, target: dict[str, Any]) -> None:
    """From a mirror, or on a way that the network itself does not know of."""
    site.environment(
        targets={**_EKS, "kubernetes": target},
        platform={**_WHOLE, "network": {**_NETWORK, "internet": False}},
    )
    assert site.problems() == []


def test_models_in_a_network_without_internet(site: Project) -> None:
    site.model("assistant", KSERVE_LLM)
    for internet, keys in ((True, []), (False, ["model.uri"])):
        network = {**_NETWORK, "internet": internet}
        site.environment(targets=_EKS, platform={"network": network, "cluster": _OWNER})
        assert [problem.key for problem in site.problems()] == keys
