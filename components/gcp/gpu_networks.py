"""Networks between the GPUs of several machines: one for each interface of a machine.

https://cloud.google.com/kubernetes-engine/docs/how-to/gpu-bandwidth-gpudirect-tcpx
"""

import ipaddress
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from facts.addresses import is_private

__all__ = ["MOST_GPU_NETWORKS", "gpu_networks", "read_gpu_range"]

# TCPXO has eight.
MOST_GPU_NETWORKS: Final = 8
# What GPUDirect's packets fit into.
_MTU: Final = 8244
_DEFAULT_RANGE: Final = "192.168.0.0/16"
# A sixteenth for each interface, in which every node has one address.
_PARTS: Final = 4
_SMALLEST: Final = 22


def read_gpu_range(checks: Checks, key: str) -> ipaddress.IPv4Network:
    """The argument with the range of addresses of all of them."""
    text = checks.plain(key, _DEFAULT_RANGE)
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError:
        found = None
    if found is None or not is_private(text) or found.prefixlen > _SMALLEST:
        use = f"a private range of /{_SMALLEST} or larger, such as {_DEFAULT_RANGE}"
        checks.problem(key, text, use)
        return ipaddress.IPv4Network(_DEFAULT_RANGE)
    return found


def gpu_networks(
    name: str,
    *,
    count: int,
    addresses: ipaddress.IPv4Network,
    region: str,
    parent: pulumi.Resource,
) -> tuple[list[pulumi.Output[str]], list[pulumi.Output[str]]]:
    """Networks and their subnets, by id, in the order of a machine's interfaces.

    Nothing leads out of them, and nothing comes in but from the same interface of other machines.
    """
    child = pulumi.ResourceOptions(parent=parent)
    networks: list[pulumi.Output[str]] = []
    subnets: list[pulumi.Output[str]] = []
    parts = addresses.subnets(prefixlen_diff=_PARTS)
    for interface, part in zip(range(1, count + 1), parts, strict=False):
        role = f"{name}-gpu{interface}"
        network = gcp.compute.Network(
            f"{role}-network",
            auto_create_subnetworks=False,
            delete_default_routes_on_create=True,
            mtu=_MTU,
            opts=child,
        )
        subnet = gcp.compute.Subnetwork(
            f"{role}-subnet",
            network=network.id,
            region=region,
            ip_cidr_range=str(part),
            private_ip_google_access=True,
            log_config={
                "aggregation_interval": "INTERVAL_15_MIN",
                "flow_sampling": 0.1,
                "metadata": "INCLUDE_ALL_METADATA",
            },
            opts=child,
        )
        gcp.compute.Firewall(
            f"{role}-allow-interface",
            network=network.id,
            direction="INGRESS",
            source_ranges=[str(part)],
            allows=[{"protocol": "all"}],
            opts=child,
        )
        networks.append(network.id)
        subnets.append(subnet.id)
    return networks, subnets
