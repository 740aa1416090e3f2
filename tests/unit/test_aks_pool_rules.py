"""What AKS refuses of a pool, on both sides of each rule, and where the settings say so."""

from pathlib import Path
from typing import Any

import pytest

from facts.machines.azure import AZURE_GPU_SIZES
from facts.pools.aks_rules import AksAsk, aks_faults
from tests.unit.settings_project import AKS_TARGETS, project

T4, A100, H100 = "NC4as_T4_v3", "NC24ads_A100_v4", "ND96isr_H100_v5"
GROUP = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/capacityReservationGroups/mine"
)
RESERVED: dict[str, Any] = {"capacity": "reserved", "reservation": GROUP}
SPOT: dict[str, Any] = {"capacity": "spot"}


def ask(size: str = T4, **more: Any) -> AksAsk:  # noqa: ANN401 - any of its fields
    return AksAsk(machines=[AZURE_GPU_SIZES[f"Standard_{size}"]], **more)


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (ask(), []),
        (ask(node_repair=False), ["node_repair"]),
        (ask(image_streaming=True), ["image_streaming"]),
        (ask(disk_key=True), ["disk_key"]),
        (ask(H100, interconnect="infiniband", zones=["1"]), []),
        (ask(H100, interconnect="infiniband", zones=["1", "2"]), ["zones"]),
        (ask(zones=["1", "2"]), []),
        (ask(**SPOT, spot_max_price=0.12345), []),
        (ask(**SPOT, spot_max_price=0.123456), ["spot_max_price"]),
        (ask(**SPOT, spot_max_price=0), ["spot_max_price"]),
        (ask(spot_max_price=1), ["spot_max_price"]),
        (ask(max_surge="1"), []),
        (ask(max_surge="33%"), []),
        (ask(max_surge="a third"), ["max_surge"]),
        (ask(**SPOT, max_surge="1"), ["max_surge"]),
        (ask(**RESERVED), []),
        (ask(A100, **RESERVED), []),
        (ask(H100, **RESERVED), ["capacity"]),
        (ask("NC40ads_H100_v5", **RESERVED), ["capacity"]),
        (ask(**RESERVED | {"reservation": "mine"}), ["reservation"]),
        (ask(**RESERVED, compact=True), ["placement"]),
        (ask(compact=True), []),
        (ask(H100, mig_profile="1g.10gb"), []),
        (ask(H100, mig_profile="1g.10gb", driver="operator"), ["driver"]),
        (ask(secure_boot=True, os="azure_linux"), []),
        (ask(secure_boot=True, driver="operator"), []),
        (ask(secure_boot=True), ["secure_boot"]),
        (ask(secure_boot=True, os="azure_linux", fips=True), ["fips"]),
        (ask(local_ssd=True, disk_gib=176), []),
        (ask(local_ssd=True, disk_gib=177), ["disk_gib"]),
        (ask(disk_gib=177), []),
        (ask(local_ssd=True, scale_down="deallocate"), ["scale_down"]),
        (ask(scale_down="deallocate"), []),
        (ask(sysctls={"net.core.somaxconn": "8192"}), []),
        (ask(sysctls={"net.core.somaxconn": "many"}), ["sysctls"]),
        (ask(sysctls={"net.ipv4.ip_local_port_range": "32768 60999"}), []),
        (ask(sysctls={"net.ipv4.ip_local_port_range": "32768"}), ["sysctls"]),
        (ask(sysctls={"vm.swap": "1"}), ["sysctls"]),
    ],
)
def test_rules(asked: AksAsk, keys: list[str]) -> None:
    assert [key for key, _, _ in aks_faults(asked)] == keys


def test_the_settings_say_the_same_where_it_is_written(tmp_path: Path) -> None:
    site = project(tmp_path)
    site.environment(
        platform={
            "gpu_node_pools": {
                "p": {
                    "owner": "team-platform",
                    "accelerator": "nvidia-t4",
                    "node_repair": False,
                    "zones": ["4"],
                    "aks": {"secure_boot": True, "max_surge": "a third"},
                }
            }
        },
        targets=AKS_TARGETS,
    )
    found = {problem.key.rpartition(".p.")[2]: problem for problem in site.problems()}
    assert set(found) == {"node_repair", "zones[0]", "aks.secure_boot", "aks.max_surge"}
    assert found["aks.secure_boot"].place.line > 0
    assert "os azure_linux" in "\n".join(found["aks.secure_boot"].lines())
