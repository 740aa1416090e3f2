"""What a pool of GKE refuses; and what it does not, the sandbox's GKE takes."""

from contextlib import nullcontext
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.checks import Checks
from components.gcp.own_key import check_key
from facts.machines.choose import find, regions_of
from facts.pools.sharing import mig_profiles
from tests.unit.sandbox_life import Stack
from tests.unit.test_gke_gpu_node_pool import FLEX, H100, KEY, made

_NETWORKS = {"gpu_networks": ["a"] * 4, "gpu_subnetworks": ["b"] * 4}


def test_a_key_is_held_against_a_region_that_is_known() -> None:
    """A location may be an output of the cluster, which is there later."""
    for region, refused in (("", False), ("europe-west4", False), ("europe-west1", True)):
        checks = Checks("GkeGpuNodePool", "l4", {"disk_key": KEY}, ("disk_key",))
        check_key(checks, "disk_key", KEY, region)
        with pytest.raises(pulumi.RunError) if refused else nullcontext():
            checks.raise_problems()


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
        (FLEX | {"min_nodes": 1, "desired_nodes": 1}, "min_nodes: got 1; use 0 with flex_start"),
        (FLEX | {"desired_nodes": 1}, "desired_nodes: got 1; use 0 with flex_start"),
        (FLEX | {"reservation": "l4s"}, "use it with capacity reserved, not flex_start"),
        (FLEX | {"upgrade": "blue_green"}, "use another one with flex_start"),
        (
            FLEX | {"placement": "compact", "zones": ["europe-west4-a"]},
            "use spread with flex_start, but for A3 Ultra",
        ),
        ({"queued": True}, "queued: got True; use it with capacity flex_start"),
        ({"max_run_seconds": 3600}, "max_run_seconds: got 3600; use it with capacity flex_start"),
        (FLEX | {"max_run_seconds": 604_801}, "whole number from 600 to 604800"),
        ({"mig_profile": "1g.5gb"}, "mig_profile: got '1g.5gb'; use none: nvidia-l4 is not cut"),
        (H100 | {"mig_profile": "1g.5gb"}, "mig_profile: got '1g.5gb'; use 1g.10gb"),
        (H100 | {"mig_profile": "4g.40gb"}, "mig_profile: got '4g.40gb'"),
        ({"driver": "operator", "time_slices": 2}, "driver: got 'operator'; use cloud"),
        ({"time_slices": 49}, "time_slices: got 49; use a whole number from 2 to 48"),
        ({"interconnect": "gpudirect_tcpx", **_NETWORKS}, "gpudirect_tcpx on g2-standard-4"),
        ({"interconnect": "efa"}, "interconnect: got 'efa'; use one of none, gpudirect_tcpx"),
        (
            H100 | {"interconnect": "gpudirect_tcpx", "gpu_networks": ["a"]},
            "gpu_networks: got 1; use 4 on a3-highgpu-8g, or none: GKE makes them",
        ),
        (_NETWORKS, "gpu_networks: got 4; use them with interconnect"),
        (
            H100 | _NETWORKS | {"interconnect": "gpudirect_tcpx", "gpu_subnetworks": ["b"]},
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
        ({"disk_key": KEY.replace("west4", "west1")}, "use a key of europe-west4"),
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
        made(**change)
    assert problem in str(caught.value)


def test_all_problems_come_at_once() -> None:
    with pytest.raises(pulumi.RunError, match="has 5 problems"):
        made(location="x", disk_gib=1, upgrade="surge", capacity="free", taints=["x"])


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
        pool = made(**asked).inputs["l4-nodes"]
    except pulumi.RunError:
        return
    assert cloud.problems("gcp:container/nodePool:NodePool", pool) == []
    zones = len(asked["zones"]) or 3
    assert pool["initialNodeCount"] * zones <= asked["max_nodes"]
