"""Networks that reach a cluster's API: over the internet, or inside."""

import ipaddress
from collections.abc import Sequence
from typing import Final

from facts.addresses import is_private

__all__ = ["by_reach", "is_service_network"]

# EKS takes these for services, of all private ones.
_OF_SERVICES: Final = tuple(
    ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def is_service_network(text: str) -> bool:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html."""
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        return False
    private = any(network.subnet_of(each) for each in _OF_SERVICES)
    return private and 12 <= network.prefixlen <= 24  # noqa: PLR2004 - the page's bounds


def by_reach(networks: Sequence[str]) -> tuple[list[str], list[str]]:
    """Networks of the internet, and private ones; what is none has been noted."""
    public: list[str] = []
    private: list[str] = []
    for text in networks:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            continue
        (private if is_private(str(network)) else public).append(text)
    return public, private
