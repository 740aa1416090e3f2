"""Networks that reach a cluster's API: over the internet, or inside."""

import ipaddress
from collections.abc import Sequence
from typing import Final

__all__ = ["by_reach", "is_private", "is_service_network"]

_PRIVATE_IPV4: Final = tuple(
    ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
# Of carriers, and of VPCs that have run out of the others.
_SHARED_IPV4: Final = ipaddress.IPv4Network("100.64.0.0/10")
_PRIVATE_IPV6: Final = ipaddress.IPv6Network("fc00::/7")


def is_service_network(text: str) -> bool:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html."""
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        return False
    private = any(network.subnet_of(each) for each in _PRIVATE_IPV4)
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
        (private if is_private(network) else public).append(text)
    return public, private


def is_private(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Whether nobody has it on the internet."""
    if isinstance(network, ipaddress.IPv6Network):
        return network.subnet_of(_PRIVATE_IPV6)
    return any(network.subnet_of(each) for each in (*_PRIVATE_IPV4, _SHARED_IPV4))
