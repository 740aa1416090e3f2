"""What GKE refuses of a pool, on both sides of each rule, and where the settings say so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facts.machines.choose import find
from facts.pools.gke_rules import GkeAsk, boot_disks, gke_faults, makes_networks
from tests.unit.settings_project import GKE_TARGETS, project

_TYPES = {machine.name: machine for machine in find("gcp")}
L4, T4, H100, H200 = "g2-standard-4", "n1-standard-4", "a3-highgpu-8g", "a3-ultragpu-8g"
FLEX: dict[str, Any] = {"capacity": "flex_start"}
COMPACT: dict[str, Any] = {"compact": True}
TCPX: dict[str, Any] = {"interconnect": "gpudirect_tcpx"}
RDMA: dict[str, Any] = {"interconnect": "gpudirect_rdma"}
IMAGE = "projects/example-models/global/images/a"


def ask(machine: str = L4, **more: Any) -> GkeAsk:  # noqa: ANN401 - any of its fields
    return GkeAsk(machines=[_TYPES[machine]], **more)


def networks(count: int, subnets: int | None = None) -> dict[str, Any]:
    return {"gpu_networks": count, "gpu_subnetworks": count if subnets is None else subnets}


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (ask(), []),
        (ask(reservation="l4s"), []),
        (ask(reservation="projects/hub/reservations/l4s"), []),
        (ask(reservation="L4s"), ["reservation"]),
        (ask(driver="operator"), []),
        (ask(driver="operator", time_slices=2), ["driver"]),
        (ask(H100, driver="operator", mig_profile="1g.10gb"), ["driver"]),
        (ask(**COMPACT), []),
        (ask(T4, **COMPACT), ["placement"]),
        (ask(T4), []),
        (ask(**COMPACT, upgrade="blue_green"), ["upgrade"]),
        (ask(upgrade="blue_green"), []),
        (ask(**COMPACT, placement_policy=True), []),
        (ask(placement_policy=True), ["placement_policy"]),
        (ask(disk_type="pd-ssd"), []),
        (ask(disk_type="hyperdisk-balanced"), ["disk_type"]),
        (ask(H200, disk_type="hyperdisk-balanced"), []),
        (ask(H200, disk_type="pd-ssd"), ["disk_type"]),
        (ask(local_ssd=True), []),
        (ask(image_cache_disks=[IMAGE], image_streaming=True), []),
        (ask(image_cache_disks=[IMAGE]), ["image_streaming"]),
        (ask(data_disks=["global/images/a"]), []),
        (ask(data_disks=["weights"]), ["data_disks"]),
        (ask(**networks(1)), ["gpu_networks"]),
        (ask(H100, **TCPX), []),
        (ask(H100, **TCPX, **networks(4)), []),
        (ask(H100, **TCPX, **networks(5)), ["gpu_networks"]),
        (ask(H100, **TCPX, **networks(4, 3)), ["gpu_subnetworks"]),
        # One more, for the host.
        (ask(H200, **RDMA, **networks(9)), []),
        (ask(H200, **RDMA, **networks(8)), ["gpu_networks"]),
        (ask(**FLEX, queued=True, max_run_seconds=3600), []),
        (ask(queued=True, max_run_seconds=3600), ["queued", "max_run_seconds"]),
        (ask(**FLEX, desired_nodes=0), []),
        (ask(**FLEX, desired_nodes=1), ["desired_nodes"]),
        (ask(**FLEX, upgrade="blue_green"), ["upgrade"]),
        (ask(**FLEX, **COMPACT), ["placement"]),
        (ask(H200, **FLEX, **COMPACT), []),
        (ask(H200, **FLEX, **COMPACT, queued=True), ["placement"]),
        (GkeAsk(**COMPACT, **FLEX, **TCPX), []),
    ],
)
def test_rules(asked: GkeAsk, keys: list[str]) -> None:
    assert [key for key, _, _ in gke_faults(asked)] == keys


def test_a_machine_without_disks_of_its_own() -> None:
    bare = replace(_TYPES[L4], local_ssd_disks=0)
    assert [key for key, _, _ in gke_faults(GkeAsk(machines=[bare], local_ssd=True))] == [
        "local_ssd"
    ]
    assert list(gke_faults(GkeAsk(machines=[bare]))) == []


@pytest.mark.parametrize("machine", sorted(_TYPES))
def test_each_machine_boots_from_something(machine: str) -> None:
    assert boot_disks(_TYPES[machine])


def test_gke_makes_networks_where_none_are_given() -> None:
    assert makes_networks(ask(H100, **TCPX))
    assert not makes_networks(ask(H100, **TCPX, **networks(4)))
    assert not makes_networks(ask(H100))
    assert not makes_networks(ask(L4, **TCPX))


def test_the_settings_say_the_same_where_it_is_written(tmp_path: Path) -> None:
    site = project(tmp_path)
    pool = {
        "owner": "team-platform",
        "accelerator": "nvidia-l4",
        "driver": "operator",
        "time_slices": 2,
        "gke": {"queued": True, "data_disks": [IMAGE, "weights"]},
    }
    site.environment(platform={"gpu_node_pools": {"p": pool}}, targets=GKE_TARGETS)
    found = {problem.key.rpartition(".p.")[2]: problem for problem in site.problems()}
    assert set(found) == {"driver", "gke.queued", "gke.data_disks"}
    assert found["gke.queued"].place.line > 0
    assert "it with capacity flex_start" in "\n".join(found["gke.queued"].lines())
