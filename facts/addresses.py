"""Hosts, URLs, addresses and places in a network, as settings and components write them."""

import ipaddress
import re
from typing import Final

__all__ = [
    "HOST_NAME",
    "SERVER_URL",
    "SITE_URL",
    "is_block",
    "is_place",
    "is_private",
    "is_server_url",
]

# A name with a dot, its last part of letters.
HOST_NAME: Final = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
# Of a server that is asked, such as a Prometheus: no query, nobody's name or password.
SERVER_URL: Final = r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s?#]*)?"
# Of a site that people open, and that paths are added to.
SITE_URL: Final = r"https?://[^\s{}]*[^\s{}/]"
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LARGEST_PORT: Final = 65_535
# RFC 1918, 6598 and 4193: no route of the internet leads there.
_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")


def is_server_url(text: str | None) -> bool:
    """Whether it is the address of a server, which can be asked or sent to."""
    return text is not None and re.fullmatch(SERVER_URL, text) is not None


def is_block(text: str) -> bool:
    """Whether a text is a block of addresses, such as 10.0.0.0/16."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return "/" in text


def is_private(text: str) -> bool:
    """Whether a block is of those that every network may use inside, such as 10.0.0.0/16."""
    if not is_block(text):
        return False
    block = ipaddress.ip_network(text)
    for each in map(ipaddress.ip_network, _PRIVATE):
        if isinstance(block, ipaddress.IPv4Network) and isinstance(each, ipaddress.IPv4Network):
            if block.subnet_of(each):
                return True
        elif isinstance(block, ipaddress.IPv6Network) and isinstance(each, ipaddress.IPv6Network):
            return block.subnet_of(each)
    return False


def is_place(text: str) -> bool:
    """Whether a text is `namespace:port` or `block:port`, such as 10.1.0.0/16:6379."""
    place, _, port = text.rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= _LARGEST_PORT:
        return False
    return is_block(place) or bool(_LABEL.fullmatch(place))
