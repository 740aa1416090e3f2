"""Formats of strings that the API server checks, and quantities.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/
custom-resource-definitions/#validation; formats that are not listed there are not checked.
"""

import base64
import binascii
import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["FORMATS", "duration_seconds", "quantity"]

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_UUID = re.compile(r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_HOSTNAME = re.compile(r"(?i)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?")
_DURATION = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE]?)")
_SUFFIXES = {
    **{s: Decimal(1024) ** n for n, s in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)},
    **{s: Decimal(1000) ** n for n, s in enumerate(("n", "u", "m", "", "k", "M"), start=-3)},
    **{s: Decimal(1000) ** n for n, s in enumerate(("G", "T", "P", "E"), start=3)},
}


def quantity(value: Any) -> Decimal | None:  # noqa: ANN401 - a property value
    """The number that a quantity such as `500m` or `1Gi` stands for; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Decimal(str(value))
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    number, suffix = match.groups()
    try:
        if suffix[:1] in ("e", "E") and len(suffix) > 1 and suffix[1] != "i":
            return Decimal(number + suffix)
        return Decimal(number) * _SUFFIXES[suffix]
    except InvalidOperation:
        return None


def duration_seconds(text: str) -> float | None:
    """The seconds of a duration as Go writes it, `1h30m`; None if it is none."""
    if text in {"0", "+0", "-0"}:
        return 0.0
    position, total = 0, 0.0
    while position < len(text):
        match = _DURATION.match(text, position)
        if match is None or (position and match[0][0] in "+-"):
            return None
        total += float(match[1]) * _SECONDS[match[3]]
        position = match.end()
    return (-total if text[0] == "-" else total) if text else None


def _is_date_time(text: str) -> bool:
    if not _DATE_TIME.fullmatch(text):
        return False
    try:
        dt.datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return False
    return True


def _address(read: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return fits


# By format: the test, and what is wanted.
FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "date-time": (_is_date_time, "a time such as 2026-01-31T12:00:00Z"),
    "date": (_is_date, "a date such as 2026-01-31"),
    "duration": (lambda text: duration_seconds(text) is not None, "a duration such as 1h30m"),
    "byte": (_is_base64, "base64"),
    "ipv4": (_address(ipaddress.IPv4Address), "an IPv4 address"),
    "ipv6": (_address(ipaddress.IPv6Address), "an IPv6 address"),
    "cidr": (_address(ipaddress.ip_interface), "an address range such as 10.0.0.0/16"),
    "uuid": (lambda text: _UUID.fullmatch(text) is not None, "a UUID"),
    "hostname": (lambda text: _HOSTNAME.fullmatch(text) is not None, "a host name"),
}
