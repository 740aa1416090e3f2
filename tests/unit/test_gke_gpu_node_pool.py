from contextlib import nullcontext
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.checks import Checks
from components.gcp.gke_gpu_node_pool import GkeGpuNodePool
from components.gcp.own_key import check_key
from facts.machines.choose import find, regions_of
from facts.pools.offers import Need, Offer, misfit
from facts.pools.sharing import mig_profiles
from tests.unit.component_mocks import Recorded, record
from tests.unit.sandbox_life import Stack

MINIMAL: dict[str, Any] = {
    "cluster_name": "serving-dev",
    "project": "example-models",
    "location": "europe-west4",
    "accelerator": "nvidia-l4",
}
_KEY = "projects/example-models/locations/europe-west4/keyRings/a/cryptoKeys/b"
_H100 = {"accelerator": "nvidia-h100", "accelerator_count": 8, "zones": ["europe-west4-b"]}
_H200 = {
    "location": "europe-west1",
    "accelerator": "nvidia-h200",
    "zones": ["europe-west1-b"],
    "capacity": "spot",
}
_FLEX = {"capacity": "flex_start"}


def _made(**changes: object) -> Recorded:
    return record(GkeGpuNodePool, "l4", MINIMAL | changes)


def _pool(**changes: object) -> dict[str, Any]:
    return _made(**changes).inputs["l4-nodes"]


def _node(**changes: object) -> dict[str, Any]:
    return _pool(**changes)["nodeConfig"]


def test_defaults_are_small_private_and_hardened() -> None:
    recorded = _made()
    pool = recorded.inputs["l4-nodes"]
    assert (pool["cluster"], pool["location"]) == ("serving-dev", "europe-west4")
    assert pool["initialNodeCount"] == 0
    assert pool["autoscaling"] == {
        "totalMinNodeCount": 0,
        "totalMaxNodeCount": 1,
        "locationPolicy": "BALANCED",
    }
    assert pool["networkConfig"] == {"enablePrivateNodes": True}
    assert pool["management"] == {"autoRepair": True, "autoUpgrade": True}
    assert pool["upgradeSettings"] == {"strategy": "SURGE", "maxSurge": 0, "maxUnavailable": 1}
    assert pool["nodeDrainConfigs"] == [{"respectPdbDuringNodePoolDeletion": True}]
    assert [
        key for key in ("placementPolicy", "queuedProvisioning", "version") if key in pool
    ] == []
    node = pool["nodeConfig"]
    assert node["machineType"] == "g2-standard-4"
    assert node["guestAccelerators"] == [
        {
            "type": "nvidia-l4",
            "count": 1,
            "gpuDriverInstallationConfig": {"gpuDriverVersion": "DEFAULT"},
        }
    ]
    assert (node["diskType"], node["diskSizeGb"], node["imageType"]) == (
        "pd-balanced",
        100,
        "COS_CONTAINERD",
    )
    assert node["shieldedInstanceConfig"] == {
        "enableSecureBoot": True,
        "enableIntegrityMonitoring": True,
    }
    assert node["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
    assert node["metadata"] == {"disable-legacy-endpoints": "true"}
    assert node["gvnic"] == {"enabled": True}
    assert node["gcfsConfig"] == {"enabled": False}
    assert node["spot"] is False
    absent = (
        "reservationAffinity",
        "ephemeralStorageLocalSsdConfig",
        "bootDiskKmsKey",
        "flexStart",
    )
    assert [key for key in absent if key in node] == []
    assert node["serviceAccount"] == "node@example-models.iam.gserviceaccount.com"
    roles = {each["role"] for each in recorded.of("gcp:projects/iAMMember:IAMMember").values()}
    assert roles == {
        "roles/container.defaultNodeServiceAccount",
        "roles/artifactregistry.reader",
    }


def test_labels_and_taints_are_those_of_every_cloud() -> None:
    node = _node(
        labels={"team": "a"}, taints=["nvidia.com/gpu=present:NoSchedule", "a=b:NoExecute"]
    )
    assert node["labels"] == {
        "team": "a",
        "model-serving/node-pool": "l4",
        "model-serving/pool-group": "l4",
        "nvidia.com/gpu.product": "NVIDIA-L4",
    }
    assert node["taints"] == [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"},
        {"key": "a", "value": "b", "effect": "NO_EXECUTE"},
    ]


def test_what_is_given_is_used() -> None:
    recorded = _made(
        environment="dev",
        service_account="nodes@example-models.iam.gserviceaccount.com",
        disk_key=_KEY,
        disk_gib=300,
        disk_type="pd-ssd",
        zones=["europe-west4-a", "europe-west4-c"],
        min_nodes=2,
        max_nodes=6,
        desired_nodes=4,
        max_pods_per_node=32,
        kubernetes_version="1.34",
        numa_aligned=True,
        sysctls={"net.core.somaxconn": "4096"},
        hugepages_2mib=512,
        periodic_maintenance=True,
        image_streaming=True,
        image_cache_disks=["projects/example-models/global/images/vllm"],
        data_disks=["global/images/weights"],
        local_ssd=True,
        node_repair=False,
        placement="spread",
        tags={"owner": "team-platform"},
    )
    # No account of its own, so nothing is granted.
    assert set(recorded.types) == {"l4", "l4-nodes"}
    pool = recorded.inputs["l4-nodes"]
    assert pool["nodeLocations"] == ["europe-west4-a", "europe-west4-c"]
    assert pool["autoscaling"]["totalMinNodeCount"] == 2
    assert pool["autoscaling"]["totalMaxNodeCount"] == 6
    assert pool["initialNodeCount"] == 2
    assert pool["maxPodsPerNode"] == 32
    assert pool["version"] == "1.34"
    assert pool["management"]["autoRepair"] is False
    node = pool["nodeConfig"]
    assert node["bootDiskKmsKey"] == _KEY
    assert (node["diskType"], node["diskSizeGb"]) == ("pd-ssd", 300)
    assert node["secondaryBootDisks"] == [
        {
            "diskImage": "projects/example-models/global/images/vllm",
            "mode": "CONTAINER_IMAGE_CACHE",
        },
        {"diskImage": "global/images/weights"},
    ]
    assert node["gcfsConfig"] == {"enabled": True}
    assert node["ephemeralStorageLocalSsdConfig"] == {"localSsdCount": 1}
    assert node["kubeletConfig"] == {
        "insecureKubeletReadonlyPortEnabled": "FALSE",
        "cpuManagerPolicy": "static",
        "memoryManager": {"policy": "Static"},
        "topologyManager": {"policy": "restricted"},
    }
    assert node["linuxNodeConfig"] == {
        "sysctls": {"net.core.somaxconn": "4096"},
        "hugepagesConfig": {"hugepageSize2m": 512},
    }
    assert node["hostMaintenancePolicy"] == {"maintenanceInterval": "PERIODIC"}
    assert node["resourceLabels"] == {
        "model-serving-owner": "team-platform",
        "model-serving-environment": "dev",
    }


def test_a_key_is_held_against_a_region_that_is_known() -> None:
    """A location may be an output of the cluster, which is there later."""
    for region, refused in (("", False), ("europe-west4", False), ("europe-west1", True)):
        checks = Checks("GkeGpuNodePool", "l4", {"disk_key": _KEY}, ("disk_key",))
        check_key(checks, "disk_key", _KEY, region)
        with pytest.raises(pulumi.RunError) if refused else nullcontext():
            checks.raise_problems()


@pytest.mark.parametrize(
    ("location", "zones", "most", "desired", "each"),
    [
        # Three zones, of which a cluster that is regional usually has nodes in all.
        ("europe-west4", [], 6, 4, 2),
        ("europe-west4", [], 5, 4, 1),
        ("europe-west4", [], 1, 1, 0),
        ("europe-west4-a", [], 1, 1, 1),
        ("europe-west4", ["europe-west4-a"], 3, 3, 3),
        ("europe-west4", ["europe-west4-a", "europe-west4-b"], 4, 3, 2),
        ("europe-west4", ["europe-west4-a", "europe-west4-b"], 3, 3, 1),
    ],
)
def test_it_begins_in_each_zone_and_never_above_the_most(
    location: str, zones: list[str], most: int, desired: int, each: int
) -> None:
    pool = _pool(location=location, zones=zones, max_nodes=most, desired_nodes=desired)
    assert pool["initialNodeCount"] == each


def test_parts_and_turns_are_gkes_own() -> None:
    changes = {**_H100, "accelerator_count": 8, "mig_profile": "1g.10gb", "time_slices": 4}
    recorded = _made(**changes)
    (gpu,) = recorded.inputs["l4-nodes"]["nodeConfig"]["guestAccelerators"]
    assert gpu["gpuPartitionSize"] == "1g.10gb"
    assert gpu["gpuSharingConfig"] == {
        "gpuSharingStrategy": "TIME_SHARING",
        "maxSharedClientsPerGpu": 4,
    }
    assert recorded.outputs["gpu_resource"] == "nvidia.com/gpu"
    selector = recorded.outputs["node_selector"]
    assert selector["cloud.google.com/gke-gpu-partition-size"] == "1g.10gb"
    assert selector["cloud.google.com/gke-max-shared-clients-per-gpu"] == "4"
    offer = Offer.of_output(recorded.outputs["offer"])
    assert offer.gpus_per_node == 8 * 7 * 4


@pytest.mark.parametrize(
    ("changes", "affinity", "policy"),
    [
        ({"capacity": "spot"}, {"consumeReservationType": "NO_RESERVATION"}, "ANY"),
        (
            {"capacity": "reserved", "reservation": "l4s"},
            {
                "consumeReservationType": "SPECIFIC_RESERVATION",
                "key": "compute.googleapis.com/reservation-name",
                "values": ["l4s"],
            },
            "ANY",
        ),
        (
            {"capacity": "reserved", "reservation": "projects/hub/reservations/l4s"},
            {
                "consumeReservationType": "SPECIFIC_RESERVATION",
                "key": "compute.googleapis.com/reservation-name",
                "values": ["projects/hub/reservations/l4s"],
            },
            "ANY",
        ),
        (_FLEX, {"consumeReservationType": "NO_RESERVATION"}, "ANY"),
    ],
)
def test_capacity(changes: dict[str, Any], affinity: dict[str, Any], policy: str) -> None:
    pool = _pool(**changes)
    assert pool["nodeConfig"]["reservationAffinity"] == affinity
    assert pool["autoscaling"]["locationPolicy"] == policy
    assert pool["nodeConfig"]["spot"] is (changes["capacity"] == "spot")


def test_flex_start_begins_with_nothing_and_repairs_nothing() -> None:
    recorded = _made(capacity="flex_start", queued=True, max_run_seconds=3600, max_nodes=4)
    pool = recorded.inputs["l4-nodes"]
    node = pool["nodeConfig"]
    assert (node["flexStart"], node["maxRunDuration"]) == (True, "3600s")
    assert pool["queuedProvisioning"] == {"enabled": True}
    assert pool["management"]["autoRepair"] is False
    assert pool["initialNodeCount"] == 0
    assert node["labels"]["cloud.google.com/gke-queued"] == "true"
    # GKE taints such nodes itself.
    assert "cloud.google.com/gke-queued" not in {taint["key"] for taint in node["taints"]}
    assert "cloud.google.com/gke-queued=true:NoSchedule" in recorded.outputs["taints"]
    assert _node(**_FLEX)["maxRunDuration"] == "604800s"
    assert recorded.outputs["autopilot_selector"] == {
        "cloud.google.com/gke-accelerator": "nvidia-l4",
        "cloud.google.com/gke-accelerator-count": "1",
        "cloud.google.com/gke-flex-start": "true",
    }


def test_the_operator_needs_ubuntu_and_the_device_plugin_off() -> None:
    node = _node(driver="operator")
    (gpu,) = node["guestAccelerators"]
    assert gpu["gpuDriverInstallationConfig"] == {"gpuDriverVersion": "INSTALLATION_DISABLED"}
    assert node["labels"]["gke-no-default-nvidia-gpu-device-plugin"] == "true"
    assert node["imageType"] == "UBUNTU_CONTAINERD"
    assert node["shieldedInstanceConfig"] == {
        "enableSecureBoot": False,
        "enableIntegrityMonitoring": True,
    }


def test_gpudirect_has_its_networks() -> None:
    names = [f"net-{n}" for n in range(4)]
    changes = {"gpu_networks": names, "gpu_subnetworks": [f"sub-{n}" for n in range(4)]}
    pool = _pool(**_H100, interconnect="gpudirect_tcpx", **changes)
    assert pool["networkConfig"]["additionalNodeNetworkConfigs"] == [
        {"network": f"net-{n}", "subnetwork": f"sub-{n}"} for n in range(4)
    ]
    # SSDs that come with the machine, which GKE uses in any case.
    assert pool["nodeConfig"]["ephemeralStorageLocalSsdConfig"] == {"localSsdCount": 16}


@pytest.mark.parametrize("policy", [None, "racks"])
def test_next_to_each_other(policy: str | None) -> None:
    pool = _pool(**_H100, placement="compact", placement_policy=policy)
    own = {"policyName": policy} if policy else {}
    assert pool["placementPolicy"] == {"type": "COMPACT", **own}


@pytest.mark.parametrize(
    ("changes", "strategy"),
    [
        (_H100 | {"interconnect": "gpudirect_tcpx"}, None),
        (_H200 | {"interconnect": "gpudirect_rdma"}, "RDMA"),
    ],
)
def test_gke_makes_the_networks_where_none_are_given(
    changes: dict[str, Any], strategy: str | None
) -> None:
    pool = _pool(**changes)
    assert pool["networkConfig"] == {
        "enablePrivateNodes": True,
        "acceleratorNetworkProfile": "auto",
    }
    node = pool["nodeConfig"]
    assert node["labels"]["cloud.google.com/gke-networking-dra-driver"] == "true"
    assert node.get("gpudirectStrategy") == strategy


def test_what_boots_from_nothing_else() -> None:
    assert _node(**_H200)["diskType"] == "hyperdisk-balanced"


def test_a_compute_class_has_its_pool_for_itself() -> None:
    recorded = _made(pool_group="small", compute_class="small")
    node = recorded.inputs["l4-nodes"]["nodeConfig"]
    assert node["labels"]["cloud.google.com/compute-class"] == "small"
    assert node["taints"][-1] == {
        "key": "cloud.google.com/compute-class",
        "value": "small",
        "effect": "NO_SCHEDULE",
    }
    # Pods choose the class, whose order GKE keeps; by its name a model tolerates the taint.
    assert recorded.outputs["node_selector"] == {"cloud.google.com/compute-class": "small"}
    offer = Offer.of_output(recorded.outputs["offer"])
    assert misfit(offer, Need(gpus=1, group="small")) == ""


@pytest.mark.parametrize(
    ("upgrade", "settings"),
    [
        ("extra_node", {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0}),
        (
            "blue_green",
            {
                "strategy": "BLUE_GREEN",
                "blueGreenSettings": {"standardRolloutPolicy": {"batchNodeCount": 1}},
            },
        ),
    ],
)
def test_upgrades(upgrade: str, settings: dict[str, Any]) -> None:
    assert _pool(upgrade=upgrade)["upgradeSettings"] == settings


@pytest.mark.parametrize(("length", "fits"), [(26, True), (27, False)])
def test_the_name_leaves_room_for_what_pulumi_adds(length: int, *, fits: bool) -> None:
    if fits:
        recorded = record(GkeGpuNodePool, "p" * length, MINIMAL)
        assert len(recorded.inputs[f"{'p' * length}-node"]["accountId"]) <= 30
        return
    with pytest.raises(pulumi.RunError, match="at most 26 signs"):
        record(GkeGpuNodePool, "p" * length, MINIMAL)


def test_names_that_begin_alike_have_accounts_of_their_own() -> None:
    long = "growth-team-embeddings-a"
    ids = {
        record(GkeGpuNodePool, name, MINIMAL).inputs[f"{name}-node"]["accountId"]
        for name in (long, f"{long}b", "l4")
    }
    assert len(ids) == 3
    assert {each for each in ids if len(each) > 30 or not each[0].isalpha()} == set()


_NETWORKS = {"gpu_networks": ["a"] * 4, "gpu_subnetworks": ["b"] * 4}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"accelerator": "nvidia-l5"}, "accelerator: got 'nvidia-l5'; use one of"),
        ({"accelerator": "nvidia-a10g"}, "accelerator: got 'nvidia-a10g'; use what this cloud has"),
        ({"accelerator_count": 3}, "accelerator_count: got 3; use as many as a machine has"),
        ({"instance_types": ["g2-standard-4", "g2-standard-8"]}, "use one type: a pool of GKE"),
        ({"min_nodes": 3, "max_nodes": 2}, "min_nodes: got 3; use at most max_nodes (2)"),
        ({"desired_nodes": 2}, "desired_nodes: got 2"),
        ({"zones": ["europe-west1-b"]}, "zones: got 'europe-west1-b'; use zones of europe-west4"),
        ({"location": "europe"}, "location: got 'europe'; use the cluster's region or zone"),
        ({"location": "europe-north1"}, "use what europe-north1 has; g2-standard-4 is in asia-"),
        ({"capacity": "spot", "reservation": "l4s"}, "use it with capacity reserved, not spot"),
        ({"capacity": "capacity_block"}, "capacity: got 'capacity_block'"),
        ({"capacity": "reserved", "reservation": "L4s"}, "reservation: got 'L4s'"),
        (_FLEX | {"min_nodes": 1, "desired_nodes": 1}, "min_nodes: got 1; use 0 with flex_start"),
        (_FLEX | {"desired_nodes": 1}, "desired_nodes: got 1; use 0 with flex_start"),
        (_FLEX | {"reservation": "l4s"}, "use it with capacity reserved, not flex_start"),
        (_FLEX | {"upgrade": "blue_green"}, "use another one with flex_start"),
        (
            _FLEX | {"placement": "compact", "zones": ["europe-west4-a"]},
            "use spread with flex_start, but for A3 Ultra",
        ),
        ({"queued": True}, "queued: got True; use it with capacity flex_start"),
        ({"max_run_seconds": 3600}, "max_run_seconds: got 3600; use it with capacity flex_start"),
        (_FLEX | {"max_run_seconds": 604_801}, "whole number from 600 to 604800"),
        ({"mig_profile": "1g.5gb"}, "mig_profile: got '1g.5gb'; use none: nvidia-l4 is not cut"),
        (_H100 | {"mig_profile": "1g.5gb"}, "mig_profile: got '1g.5gb'; use 1g.10gb"),
        (_H100 | {"mig_profile": "4g.40gb"}, "mig_profile: got '4g.40gb'"),
        ({"driver": "operator", "time_slices": 2}, "driver: got 'operator'; use cloud"),
        ({"time_slices": 49}, "time_slices: got 49; use a whole number from 2 to 48"),
        ({"interconnect": "gpudirect_tcpx", **_NETWORKS}, "gpudirect_tcpx on g2-standard-4"),
        ({"interconnect": "efa"}, "interconnect: got 'efa'; use one of none, gpudirect_tcpx"),
        (
            _H100 | {"interconnect": "gpudirect_tcpx", "gpu_networks": ["a"]},
            "gpu_networks: got 1; use 4 on a3-highgpu-8g, or none: GKE makes them",
        ),
        (_NETWORKS, "gpu_networks: got 4; use them with interconnect"),
        (
            _H100 | _NETWORKS | {"interconnect": "gpudirect_tcpx", "gpu_subnetworks": ["b"]},
            "gpu_subnetworks: got 1; use as many as gpu_networks: 4",
        ),
        ({"placement": "compact"}, "placement: got 'compact'; use it with one zone"),
        (
            {"placement": "compact", "zones": ["europe-west4-a"], "accelerator": "nvidia-t4"},
            "use spread: n1-standard-4 cannot be placed so",
        ),
        (
            {"placement": "compact", "zones": ["europe-west4-a"], "upgrade": "blue_green"},
            "use another one with placement compact",
        ),
        ({"placement_policy": "racks"}, "placement_policy: got 'given'; use it with placement"),
        ({"hugepages_2mib": 0}, "hugepages_2mib: got 0"),
        ({"disk_type": "hyperdisk-balanced"}, "use what g2-standard-4 boots from: pd-balanced"),
        (
            {"accelerator": "nvidia-rtx-pro-6000", "disk_type": "pd-ssd"},
            "use what g4-standard-48 boots from: hyperdisk-balanced",
        ),
        ({"image_cache_disks": ["global/images/a"]}, "image_streaming: got False; use true"),
        ({"data_disks": ["weights"]}, "data_disks: got 'weights'; use a disk image"),
        ({"labels": {"cloud.google.com/gke-spot": "true"}}, "labels: got 'cloud.google.com/gke-"),
        ({"labels": {"kubernetes.io/role": "gpu"}}, "labels: got 'kubernetes.io/role'"),
        ({"taints": ["x"]}, "taints: got 'x'; use key=value:Effect"),
        ({"upgrade": "surge"}, "upgrade: got 'surge'"),
        ({"disk_key": _KEY.replace("west4", "west1")}, "use a key of europe-west4"),
        ({"kubernetes_version": "34"}, "kubernetes_version: got '34'"),
        ({"service_account": "nodes"}, "service_account: got 'nodes'"),
        ({"max_pods_per_node": 7}, "max_pods_per_node: got 7"),
        ({"image_repositories": ["serving"]}, "image_repositories: got 'serving'"),
        ({"cluster_name": ""}, "cluster_name: got ''"),
        ({"max_node": 1}, "max_node: no such argument; did you mean max_nodes?"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)


def test_all_problems_come_at_once() -> None:
    with pytest.raises(pulumi.RunError, match="has 5 problems"):
        _made(location="x", disk_gib=1, upgrade="surge", capacity="free", taints=["x"])


_MACHINES = sorted(find("gcp"), key=lambda machine: machine.name)


@st.composite
def _asked(draw: st.DrawFn) -> dict[str, Any]:
    """A pool of any machine, in a region that has it; some of its words contradict each other."""
    machine = draw(st.sampled_from(_MACHINES))
    region = min(regions_of(machine) or {"us-central1"})
    capacity = draw(st.sampled_from(machine.only_as or ("on_demand", "spot", "flex_start")))
    flex, streaming = capacity == "flex_start", draw(st.booleans())
    least = 0 if flex else draw(st.integers(0, 2))
    profile = draw(st.sampled_from([None, *mig_profiles("gke", machine.accelerator)]))
    slices = draw(st.sampled_from([None, 2, 48]))
    return {
        "location": region,
        "accelerator": machine.accelerator,
        "accelerator_count": machine.accelerator_count,
        "instance_types": [machine.name],
        "zones": draw(st.sampled_from([[], [f"{region}-a"], [f"{region}-a", f"{region}-b"]])),
        "capacity": capacity,
        "reservation": "gpus" if capacity == "reserved" else None,
        "min_nodes": least,
        "max_nodes": draw(st.integers(2, 4)),
        "desired_nodes": least,
        "placement": draw(st.sampled_from(["spread", "spread", "compact"])),
        "upgrade": draw(st.sampled_from(["drain_first", "extra_node", "blue_green"])),
        "driver": "cloud" if profile or slices else draw(st.sampled_from(["cloud", "operator"])),
        "interconnect": draw(st.sampled_from(["none", machine.fabric.interconnect])),
        "mig_profile": profile,
        "time_slices": slices,
        "queued": flex and draw(st.booleans()),
        "local_ssd": draw(st.booleans()) and machine.local_ssd_disks > 0,
        "image_streaming": streaming,
        "image_cache_disks": ["global/images/vllm"] if streaming and draw(st.booleans()) else [],
    }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    path = tmp_path_factory.mktemp("cloud") / "store.sqlite"
    return Stack("gcp", path, {"project": "example-models"})


@settings(deadline=None)
@given(asked=_asked())
def test_what_is_not_refused_here_is_taken_by_the_cloud(
    cloud: Stack, asked: dict[str, Any]
) -> None:
    try:
        pool = _pool(**asked)
    except pulumi.RunError:
        return
    assert cloud.problems("gcp:container/nodePool:NodePool", pool) == []
    zones = len(asked["zones"]) or 3
    assert pool["initialNodeCount"] * zones <= asked["max_nodes"]
