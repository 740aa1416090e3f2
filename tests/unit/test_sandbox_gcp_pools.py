"""What GKE refuses of node pools, in the sandbox: both sides of each rule."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_gcp import CLUSTER, PLACE, POOL, PROJECT, cluster
from tests.unit.sandbox_life import Stack


@pytest.fixture
def gcp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack("gcp", tmp_path / "store.sqlite", {"project": PROJECT, "region": PLACE})


_NONE = {"consumeReservationType": "NO_RESERVATION"}
_FLEX = {
    "nodeConfig": {"flexStart": True, "reservationAffinity": _NONE},
    "autoscaling": {"totalMinNodeCount": 0, "totalMaxNodeCount": 2},
}
_COMPACT = {"placementPolicy": {"type": "COMPACT"}}
_GPU = "nodeConfig.guestAccelerators[0]"


def _gpu(machine: str = "a2-highgpu-1g", **more: object) -> dict[str, Any]:
    gpu = {"type": "nvidia-tesla-a100", "count": 1, **more}
    return {"nodeConfig": {"machineType": machine, "guestAccelerators": [gpu]}}


def _turns(clients: int) -> dict[str, Any]:
    strategy = {"gpuSharingStrategy": "TIME_SHARING", "maxSharedClientsPerGpu": clients}
    return _gpu(gpuSharingConfig=strategy)


def _node(**more: object) -> dict[str, Any]:
    return {"nodeConfig": more}


_CACHE = {"secondaryBootDisks": [{"diskImage": "i", "mode": "CONTAINER_IMAGE_CACHE"}]}
_AFFINITY = "nodeConfig.reservationAffinity"


@pytest.mark.parametrize(
    ("good", "bad", "path"),
    [
        (
            {"autoscaling": {"totalMinNodeCount": 0, "totalMaxNodeCount": 1}},
            {"autoscaling": {"minNodeCount": 0, "totalMaxNodeCount": 1}},
            "autoscaling.minNodeCount",
        ),
        (
            _node(spot=True, reservationAffinity=_NONE),
            _node(spot=True, reservationAffinity={"consumeReservationType": "ANY_RESERVATION"}),
            f"{_AFFINITY}.consumeReservationType",
        ),
        (
            _node(
                reservationAffinity={
                    "consumeReservationType": "SPECIFIC_RESERVATION",
                    "key": "compute.googleapis.com/reservation-name",
                    "values": ["l4s"],
                }
            ),
            _node(reservationAffinity={"consumeReservationType": "SPECIFIC_RESERVATION"}),
            f"{_AFFINITY}.key",
        ),
        (_FLEX, _FLEX | {"initialNodeCount": 1}, "initialNodeCount"),
        (_FLEX, _FLEX | {"autoscaling": None}, "autoscaling"),
        (_FLEX, _FLEX | _node(flexStart=True), f"{_AFFINITY}.consumeReservationType"),
        (_FLEX, _FLEX | _node(flexStart=True, spot=True), "nodeConfig.spot"),
        (
            _FLEX | _node(flexStart=True, reservationAffinity=_NONE, maxRunDuration="604800s"),
            _FLEX | _node(flexStart=True, reservationAffinity=_NONE, maxRunDuration="604801s"),
            "nodeConfig.maxRunDuration",
        ),
        (
            _gpu(gpuPartitionSize="1g.5gb"),
            _gpu(gpuPartitionSize="1g.7gb"),
            f"{_GPU}.gpuPartitionSize",
        ),
        (
            _gpu("g2-standard-4", type="nvidia-l4"),
            _gpu("g2-standard-4", type="nvidia-l4", gpuPartitionSize="1g.5gb"),
            f"{_GPU}.gpuPartitionSize",
        ),
        (_turns(48), _turns(49), f"{_GPU}.gpuSharingConfig.maxSharedClientsPerGpu"),
        (_turns(2), _turns(1), f"{_GPU}.gpuSharingConfig.maxSharedClientsPerGpu"),
        (_gpu("a2-highgpu-1g"), _gpu("a2-highgpu-2g"), f"{_GPU}.count"),
        (
            _node(machineType="a3-highgpu-8g", diskType="pd-ssd"),
            _node(machineType="g4-standard-48", diskType="pd-ssd"),
            "nodeConfig.diskType",
        ),
        (
            _node(labels={"team": "a", "kubernetes.io/arch": "arm64"}),
            _node(labels={"node-role.kubernetes.io/gpu": "a"}),
            'nodeConfig.labels["node-role.kubernetes.io/gpu"]',
        ),
        (
            _node(**_CACHE, gcfsConfig={"enabled": True}),
            _node(**_CACHE),
            "nodeConfig.gcfsConfig.enabled",
        ),
        (
            {"upgradeSettings": {"maxSurge": 0, "maxUnavailable": 1}},
            {"upgradeSettings": {"maxSurge": 0, "maxUnavailable": 0}},
            "upgradeSettings.maxSurge",
        ),
        (
            {"upgradeSettings": {"maxSurge": 10, "maxUnavailable": 10}},
            {"upgradeSettings": {"maxSurge": 10, "maxUnavailable": 11}},
            "upgradeSettings.maxSurge",
        ),
        (
            _COMPACT | {"nodeLocations": ["europe-west1-b"]},
            _COMPACT | {"nodeLocations": ["europe-west1-b", "europe-west1-c"]},
            "nodeLocations",
        ),
        (
            _COMPACT | {"upgradeSettings": {"strategy": "SURGE"}},
            _COMPACT | {"upgradeSettings": {"strategy": "BLUE_GREEN"}},
            "upgradeSettings.strategy",
        ),
        (
            _COMPACT | _node(machineType="a2-highgpu-1g"),
            _COMPACT | _node(machineType="n1-standard-4"),
            "placementPolicy.type",
        ),
        (
            _COMPACT,
            _COMPACT | {"queuedProvisioning": {"enabled": True}},
            "placementPolicy.type",
        ),
    ],
)
def test_both_sides(gcp: Stack, good: dict[str, Any], bad: dict[str, Any], path: str) -> None:
    def paths(inputs: dict[str, Any]) -> list[str]:
        return [problem.path for problem in gcp.problems(POOL, {"cluster": "c", **inputs})]

    assert path not in paths(good)
    assert path in paths(bad)


def test_a_private_endpoint_says_who_is_let_in(gcp: Stack) -> None:
    private = {"initialNodeCount": 1, "privateClusterConfig": {"enablePrivateEndpoint": True}}
    path = "masterAuthorizedNetworksConfig"
    assert path in [problem.path for problem in gcp.problems(CLUSTER, private)]
    assert path not in [problem.path for problem in gcp.problems(CLUSTER, private | {path: {}})]


_NETWORKS = {"additionalNodeNetworkConfigs": [{"network": "n", "subnetwork": "s"}]}


@pytest.mark.parametrize(
    ("of_cluster", "inputs", "message"),
    [
        (
            {"initialNodeCount": 1},
            {"nodeLocations": ["europe-west4-a"]},
            "use zones of the cluster",
        ),
        ({"initialNodeCount": 1}, {"networkConfig": _NETWORKS}, "enableMultiNetworking"),
        ({"initialNodeCount": None, "enableAutopilot": True}, {}, "is of Autopilot"),
    ],
)
def test_what_a_cluster_does_not_take(
    gcp: Stack, of_cluster: dict[str, Any], inputs: dict[str, Any], message: str
) -> None:
    cluster(gcp, **{key: value for key, value in of_cluster.items() if value is not None})
    with pytest.raises(RefusedError, match=message):
        gcp.create(POOL, "p", cluster="serving", location=PLACE, **inputs)


def test_what_a_cluster_takes(gcp: Stack) -> None:
    cluster(gcp, enableMultiNetworking=True)
    further = {"nodeLocations": ["europe-west1-b"], "networkConfig": _NETWORKS}
    made = gcp.create(POOL, "p", cluster="serving", location=PLACE, **further)
    assert made.outputs["location"] == PLACE
