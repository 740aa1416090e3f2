"""What AKS refuses of clusters and agent pools by several properties at once."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Stack
from tests.unit.test_sandbox_azure import CLUSTER, NATIVE, NETWORK, POOL, ROOT

LOCK = f"{NATIVE}:authorization:ManagementLockByScope"
SCALED = {"enableAutoScaling": True, "minCount": 0, "maxCount": 3}
CUT = "Standard_ND96isr_H100_v5"
SPOT = {"scaleSetPriority": "Spot"}
SPOT_LABEL = "kubernetes.azure.com/scalesetpriority"


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack(NATIVE, tmp_path / "store.sqlite")


def _paths(azure: Stack, token: str, inputs: dict[str, Any]) -> list[str]:
    return [problem.path for problem in azure.problems(token, inputs)]


@pytest.mark.parametrize(
    ("pool", "paths"),
    [
        (SCALED, []),
        ({"minCount": 1}, ["minCount"]),
        ({"enableAutoScaling": True, "minCount": 1}, ["maxCount"]),
        ({**SCALED, "minCount": 4}, ["minCount"]),
        ({**SCALED, "mode": "System"}, ["minCount"]),
        ({"mode": "System", "count": 0}, ["count"]),
        ({"mode": "User", "count": 0}, []),
        ({**SPOT, "scaleSetEvictionPolicy": "Delete", "spotMaxPrice": -1}, []),
        ({"scaleSetEvictionPolicy": "Delete"}, ["scaleSetEvictionPolicy"]),
        ({"spotMaxPrice": -1}, []),
        ({"spotMaxPrice": 1.5}, ["spotMaxPrice"]),
        ({**SPOT, "mode": "System"}, ["scaleSetPriority"]),
        ({**SPOT, "upgradeSettings": {"maxSurge": "1"}}, ["upgradeSettings.maxSurge"]),
        ({**SPOT, "nodeLabels": {SPOT_LABEL: "spot"}}, []),
        ({"nodeLabels": {SPOT_LABEL: "spot"}}, [f'nodeLabels["{SPOT_LABEL}"]']),
        ({"nodeLabels": {"team/a": "b"}}, []),
        ({"availabilityZones": ["1", "3"]}, []),
        ({"availabilityZones": ["1", "4"]}, ["availabilityZones[1]"]),
        ({"vmSize": CUT, "gpuInstanceProfile": "MIG1g"}, []),
        ({"vmSize": "Standard_ND96asr_v4", "gpuInstanceProfile": "MIG7g"}, []),
        (
            {"vmSize": "Standard_NC4as_T4_v3", "gpuInstanceProfile": "MIG1g"},
            ["gpuInstanceProfile"],
        ),
        ({"vmSize": "Standard_D4s_v5", "gpuProfile": {"driver": "None"}}, ["gpuProfile"]),
        (
            {"vmSize": CUT, "securityProfile": {"enableSecureBoot": True}},
            ["securityProfile.enableSecureBoot"],
        ),
        ({"vmSize": CUT, "osSKU": "AzureLinux", "securityProfile": {"enableSecureBoot": True}}, []),
        (
            {
                "vmSize": CUT,
                "gpuProfile": {"driver": "None"},
                "securityProfile": {"enableSecureBoot": True},
            },
            [],
        ),
        ({"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}}, []),
        ({"upgradeSettings": {"maxSurge": "0%"}}, ["upgradeSettings.maxSurge"]),
        (
            {"mode": "System", "upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}},
            ["upgradeSettings.maxUnavailable"],
        ),
    ],
)
def test_pools(azure: Stack, pool: dict[str, Any], paths: list[str]) -> None:
    names = {"resourceGroupName": "models", "resourceName": "serving", "agentPoolName": "gpu"}
    assert _paths(azure, POOL, {**names, **pool}) == paths
    # The same of a pool that a cluster declares of itself; its one pool has to be of the system.
    inside = {"resourceGroupName": "models", "agentPoolProfiles": [{"name": "gpu", **pool}]}
    found = [path for path in _paths(azure, CLUSTER, inside) if path != "agentPoolProfiles"]
    assert found == [f"agentPoolProfiles[0].{path}" for path in paths]


ISOLATED = {
    "networkProfile": {"outboundType": "none"},
    "bootstrapProfile": {"artifactSource": "Cache"},
    "apiServerAccessProfile": {"enablePrivateCluster": True},
}
KMS = {
    "identity": {"type": "UserAssigned"},
    "apiServerAccessProfile": {"enableVnetIntegration": True},
    "securityProfile": {
        "azureKeyVaultKms": {
            "enabled": True,
            "keyVaultNetworkAccess": "Private",
            "keyVaultResourceId": "/subscriptions/s/v",
        }
    },
}
_KMS_PATH = "securityProfile.azureKeyVaultKms"


@pytest.mark.parametrize(
    ("cluster", "paths"),
    [
        (ISOLATED, []),
        ({**ISOLATED, "bootstrapProfile": {}}, ["networkProfile.outboundType"]),
        ({**ISOLATED, "apiServerAccessProfile": {}}, ["networkProfile.outboundType"]),
        (
            {**ISOLATED, "autoUpgradeProfile": {"nodeOSUpgradeChannel": "SecurityPatch"}},
            ["autoUpgradeProfile.nodeOSUpgradeChannel"],
        ),
        ({"autoUpgradeProfile": {"nodeOSUpgradeChannel": "SecurityPatch"}}, []),
        (
            {
                "apiServerAccessProfile": {
                    "enablePrivateCluster": True,
                    "authorizedIPRanges": ["203.0.113.0/24"],
                }
            },
            ["apiServerAccessProfile.authorizedIPRanges"],
        ),
        ({"disableLocalAccounts": True}, ["disableLocalAccounts"]),
        ({"disableLocalAccounts": True, "aadProfile": {"managed": True}}, []),
        (KMS, []),
        ({**KMS, "apiServerAccessProfile": {}}, [f"{_KMS_PATH}.keyVaultNetworkAccess"]),
        ({**KMS, "identity": {"type": "SystemAssigned"}}, [_KMS_PATH]),
        ({"agentPoolProfiles": [{"name": "a", "mode": "User"}]}, ["agentPoolProfiles"]),
        ({"agentPoolProfiles": [{"name": "a"}]}, []),
    ],
)
def test_clusters(azure: Stack, cluster: dict[str, Any], paths: list[str]) -> None:
    assert _paths(azure, CLUSTER, {"resourceGroupName": "models", **cluster}) == paths


def _network(azure: Stack, name: str) -> str:
    made = azure.create(
        NETWORK,
        name,
        resourceGroupName="models",
        virtualNetworkName=name,
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        subnets=[{"name": "nodes", "addressPrefix": "10.0.1.0/24"}],
    )
    return f"{made.id}/subnets/nodes"


def _pool(azure: Stack, name: str, **inputs: object) -> Any:  # noqa: ANN401 - what is made
    return azure.create(
        POOL,
        name,
        resourceGroupName="models",
        resourceName="serving",
        agentPoolName=name,
        **inputs,
    )


def test_pools_are_in_the_network_of_their_cluster(azure: Stack) -> None:
    ours, other = _network(azure, "ours"), _network(azure, "other")
    azure.create(
        CLUSTER,
        "c",
        resourceGroupName="models",
        resourceName="serving",
        agentPoolProfiles=[{"name": "system", "mode": "System", "vnetSubnetID": ours}],
    )
    with pytest.raises(RefusedError, match="vnetSubnetID: missing"):
        _pool(azure, "gpu")
    with pytest.raises(RefusedError, match="vnetSubnetID: got one of another network"):
        _pool(azure, "gpu", vnetSubnetID=other)
    assert _pool(azure, "gpu", vnetSubnetID=ours).id


def test_groups_that_a_pool_names_exist(azure: Stack) -> None:
    azure.create(CLUSTER, "c", resourceGroupName="models", resourceName="serving")
    group = "Microsoft.Compute/proximityPlacementGroups"
    near = f"{ROOT}/models/providers/{group}/near"
    with pytest.raises(RefusedError, match="proximityPlacementGroupID: ResourceNotFound"):
        _pool(azure, "gpu", proximityPlacementGroupID=near)
    with pytest.raises(RefusedError, match=f"capacityReservationGroupID: got an id of a {group}"):
        _pool(azure, "gpu", capacityReservationGroupID=near)
    azure.create(
        f"{NATIVE}:compute:ProximityPlacementGroup",
        "near",
        resourceGroupName="models",
        proximityPlacementGroupName="near",
    )
    assert _pool(azure, "gpu", proximityPlacementGroupID=near).id


def test_bounds_hold_the_first_nodes_and_no_later_ones(azure: Stack) -> None:
    azure.create(CLUSTER, "c", resourceGroupName="models", resourceName="serving")
    with pytest.raises(RefusedError, match="count: InvalidParameter"):
        _pool(azure, "gpu", **SCALED)
    with pytest.raises(RefusedError, match=r"count: got 4; use minCount to maxCount \(0 to 3\)"):
        _pool(azure, "gpu", **SCALED, count=4)
    made = _pool(azure, "gpu", **SCALED, count=0)
    assert azure.update(made, minCount=2).id


def test_aks_adds_to_spot_pools(azure: Stack) -> None:
    azure.create(CLUSTER, "c", resourceGroupName="models", resourceName="serving")
    spot = _pool(azure, "spot", scaleSetPriority="Spot", nodeTaints=["gpu=a:NoSchedule"])
    taint = f"{SPOT_LABEL}=spot:NoSchedule"
    assert spot.outputs["nodeTaints"] == ["gpu=a:NoSchedule", taint]
    assert spot.outputs["nodeLabels"] == {SPOT_LABEL: "spot"}
    said = _pool(azure, "said", scaleSetPriority="Spot", nodeTaints=[taint])
    assert said.outputs["nodeTaints"] == [taint]
    usual = _pool(azure, "usual", count=1)
    assert "nodeTaints" not in usual.outputs
    assert usual.outputs["currentOrchestratorVersion"]


def test_versions_go_up_and_nodes_follow(azure: Stack) -> None:
    cluster = azure.create(
        CLUSTER,
        "c",
        resourceGroupName="models",
        resourceName="serving",
        kubernetesVersion="1.33",
    )
    with pytest.raises(RefusedError, match=r"orchestratorVersion: got 1.34; the control plane"):
        _pool(azure, "gpu", count=1, orchestratorVersion="1.34")
    assert _pool(azure, "gpu", count=1, orchestratorVersion="1.33.5").id
    with pytest.raises(RefusedError, match=r"kubernetesVersion: got 1.32"):
        azure.update(cluster, kubernetesVersion="1.32")
    assert azure.update(cluster, kubernetesVersion="1.34").id


def test_one_system_pool_stays(azure: Stack) -> None:
    azure.create(CLUSTER, "c", resourceGroupName="models", resourceName="serving")
    first = _pool(azure, "one", mode="System", count=1)
    second = _pool(azure, "two", mode="System", count=1)
    azure.delete(first)
    with pytest.raises(RefusedError, match="at least one system agent pool"):
        azure.delete(second)


def test_pools_that_a_cluster_declares_stay_as_they_are(azure: Stack) -> None:
    pool = {"name": "system", "mode": "System", "vmSize": "Standard_D4ds_v5", "count": 2}
    made = azure.create(
        CLUSTER, "c", resourceGroupName="models", resourceName="serving", agentPoolProfiles=[pool]
    )
    with pytest.raises(RefusedError, match=r"agentPoolProfiles\[0\].vmSize: PropertyChange"):
        azure.update(made, agentPoolProfiles=[{**pool, "vmSize": "Standard_D8ds_v5"}])
    with pytest.raises(RefusedError, match=r"agentPoolProfiles\[1\]: A new agent pool was intro"):
        azure.update(made, agentPoolProfiles=[pool, {"name": "more", "mode": "User"}])
    assert azure.update(made, agentPoolProfiles=[{**pool, "count": 3}]).id


def test_what_is_locked_stays_and_so_does_what_is_in_it(azure: Stack) -> None:
    cluster = azure.create(CLUSTER, "c", resourceGroupName="models", resourceName="serving")
    pool = _pool(azure, "gpu")
    lock = azure.create(LOCK, "l", lockName="l", scope=cluster.id, level="CanNotDelete")
    for made in (cluster, pool):
        with pytest.raises(RefusedError, match="ScopeLocked"):
            azure.delete(made)
    azure.delete(lock)
    azure.delete(pool)
    azure.delete(cluster)
