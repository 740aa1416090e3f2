"""Named forms of texts that a provider's validators ask for, where a pattern does not say them.

Each is refused only where Go's function of the same job refuses too.
"""

import binascii
import json
import re
from collections.abc import Callable, Mapping

__all__ = ["FORMATS", "WORDS", "fits"]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html, as the provider reads it.
_PARTITION = re.compile(r"aws(-[a-z]+)*")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")
_ACCOUNT = re.compile(
    r"aws|aws-managed|third-party|aws-marketplace|partner-managed|[0-9]{12}|cw.{10}"
)
_SECTIONS = 6


def fits(name: str, text: str) -> bool:
    """Whether a text has the form of that name."""
    return FORMATS[name](text)


def _is_arn(text: str) -> bool:
    if not text:
        return True
    sections = text.split(":", _SECTIONS - 1)
    if len(sections) < _SECTIONS or sections[0] != "arn":
        return False
    _, partition, _, region, account, resource = sections
    return bool(
        _PARTITION.fullmatch(partition)
        and (not region or _REGION.fullmatch(region))
        and (not account or _ACCOUNT.fullmatch(account))
        and resource
    )


def _is_like_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= _SECTIONS - 1


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _is_policy(text: str) -> bool:
    return text.strip().startswith("{") and _is_json(text.strip())


def _is_base64(text: str) -> bool:
    try:
        binascii.a2b_base64(re.sub(r"[\r\n]", "", text), strict_mode=True)
    except ValueError:
        return False
    return True


def _is_ip(text: str) -> bool:
    import ipaddress  # noqa: PLC0415 - few types need it

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_ipv4(text: str) -> bool:
    # An IPv4 address may be written as one of IPv6.
    return _is_ip(text) and (":" not in text or "." in text or "ffff" in text.lower())


def _is_ipv6(text: str) -> bool:
    return _is_ip(text) and ":" in text


def _is_cidr(text: str) -> bool:
    address, slash, bits = text.partition("/")
    if not slash or not _is_ip(address) or not re.fullmatch("[0-9]{1,3}", bits):
        return False
    return int(bits) <= (128 if ":" in address else 32)


def _is_network(text: str) -> bool:
    """A block whose address has nothing beyond the prefix."""
    import ipaddress  # noqa: PLC0415 - few types need it

    if not _is_cidr(text):
        return False
    address, _, bits = text.partition("/")
    if "%" in address or (":" in address and "." in address):
        return True
    try:
        ipaddress.ip_network((address, int(bits)))
    except ValueError:
        return False
    return True


def _is_network4(text: str) -> bool:
    return _is_network(text) and _is_ipv4(text.partition("/")[0])


def _is_network6(text: str) -> bool:
    return _is_network(text) and ":" in text


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "arn": _is_arn,
    "like_arn": _is_like_arn,
    "json": _is_json,
    "policy": _is_policy,
    "base64": _is_base64,
    "ip": _is_ip,
    "ipv4": _is_ipv4,
    "ipv6": _is_ipv6,
    "cidr": _is_cidr,
    "network": _is_network,
    "network4": _is_network4,
    "network6": _is_network6,
}
# What is said of each: "use …".
_ARN = "an ARN (arn:partition:service:region:account:resource)"
WORDS: Mapping[str, str] = {
    "arn": _ARN,
    "like_arn": _ARN,
    "json": "a JSON document",
    "policy": "a policy document, a JSON object",
    "base64": "text in base64",
    "ip": "an IP address",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "cidr": "a block of addresses as 10.0.0.0/16",
    "network": "a block of addresses whose address has nothing beyond the prefix, as 10.0.0.0/16",
    "network4": "a block of IPv4 addresses whose address has nothing beyond the prefix, as"
    " 10.0.0.0/16",
    "network6": "a block of IPv6 addresses whose address has nothing beyond the prefix, as"
    " 2001:db8::/56",
}
