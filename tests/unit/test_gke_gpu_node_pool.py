from typing import Any

import pulumi
import pytest

from components.gcp.gke_gpu_node_pool import GkeGpuNodePool
from facts.pools.offers import Need, Offer, misfit
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "cluster_name": "serving-dev",
    "project": "example-models",
    "location": "europe-west4",
    "accelerator": "nvidia-l4",
}
KEY = "projects/example-models/locations/europe-west4/keyRings/a/cryptoKeys/b"
H100 = {"accelerator": "nvidia-h100", "accelerator_count": 8, "zones": ["europe-west4-b"]}
_H200 = {
    "location": "europe-west1",
    "accelerator": "nvidia-h200",
    "zones": ["europe-west1-b"],
    "capacity": "spot",
}
FLEX = {"capacity": "flex_start"}


def made(**changes: object) -> Recorded:
    return record(GkeGpuNodePool, "l4", MINIMAL | changes)


def _pool(**changes: object) -> dict[str, Any]:
    return made(**changes).inputs["l4-nodes"]


def _node(**changes: object) -> dict[str, Any]:
    return _pool(**changes)["nodeConfig"]


def test_defaults_are_small_private_and_hardened() -> None:
    recorded = made()
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
    recorded = made(
        environment="dev",
        service_account="nodes@example-models.iam.gserviceaccount.com",
        disk_key=KEY,
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
    assert node["bootDiskKmsKey"] == KEY
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
    changes = {**H100, "accelerator_count": 8, "mig_profile": "1g.10gb", "time_slices": 4}
    recorded = made(**changes)
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
        (FLEX, {"consumeReservationType": "NO_RESERVATION"}, "ANY"),
    ],
)
def test_capacity(changes: dict[str, Any], affinity: dict[str, Any], policy: str) -> None:
    pool = _pool(**changes)
    assert pool["nodeConfig"]["reservationAffinity"] == affinity
    assert pool["autoscaling"]["locationPolicy"] == policy
    assert pool["nodeConfig"]["spot"] is (changes["capacity"] == "spot")


def test_flex_start_begins_with_nothing_and_repairs_nothing() -> None:
    recorded = made(capacity="flex_start", queued=True, max_run_seconds=3600, max_nodes=4)
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
    assert _node(**FLEX)["maxRunDuration"] == "604800s"
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
    pool = _pool(**H100, interconnect="gpudirect_tcpx", **changes)
    assert pool["networkConfig"]["additionalNodeNetworkConfigs"] == [
        {"network": f"net-{n}", "subnetwork": f"sub-{n}"} for n in range(4)
    ]
    # SSDs that come with the machine, which GKE uses in any case.
    assert pool["nodeConfig"]["ephemeralStorageLocalSsdConfig"] == {"localSsdCount": 16}


@pytest.mark.parametrize("policy", [None, "racks"])
def test_next_to_each_other(policy: str | None) -> None:
    pool = _pool(**H100, placement="compact", placement_policy=policy)
    own = {"policyName": policy} if policy else {}
    assert pool["placementPolicy"] == {"type": "COMPACT", **own}


@pytest.mark.parametrize(
    ("changes", "strategy"),
    [
        (H100 | {"interconnect": "gpudirect_tcpx"}, None),
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
    recorded = made(pool_group="small", compute_class="small")
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
