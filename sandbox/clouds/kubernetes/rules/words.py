"""Words and numbers that the API server checks in many places, and how rules report them.

What is not known yet, or mistyped, is not judged here: the check of the shape says the latter.
Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and .../labels/
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any, cast

from sandbox.check import Problem, not_in, shown
from sandbox.values import listed

__all__ = [
    "address",
    "among",
    "at_least",
    "boundary",
    "each",
    "is_object",
    "is_zero",
    "label_key",
    "label_value",
    "network",
    "number",
    "port",
    "port_name",
    "service_name",
    "share",
    "subdomain",
    "unique",
    "within",
]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_PORT = re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_PERCENT = re.compile(r"(\d+)%")
LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
_PORT_LENGTH = 15
_PORTS = 65535


def each(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:  # noqa: ANN401
    """The objects of a list, with their positions."""
    for index, item in enumerate(listed(value)):
        if isinstance(item, dict):
            yield index, cast("dict[str, Any]", item)


def unique(value: Any, at: str, what: str) -> Iterator[Problem]:  # noqa: ANN401
    """Items of a list whose names differ, where they have any."""
    seen: set[str] = set()
    for index, item in each(value):
        name = item.get("name")
        if isinstance(name, str) and name:
            if name in seen:
                yield Problem(f"{at}[{index}].name", f'duplicate value: another {what} is "{name}"')
            seen.add(name)


def is_object(value: object) -> bool:
    """Whether it is an object, whatever is in it."""
    return isinstance(value, dict)


def number(value: Any) -> bool:  # noqa: ANN401
    """Whether it is a number that is known."""
    return isinstance(value, int | float) and not isinstance(value, bool)


# ---- names ----


def boundary(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """A DNS label, as a namespace or a container is named."""
    if isinstance(value, str) and (len(value) > LABEL_LENGTH or not _LABEL.fullmatch(value)):
        yield Problem(
            at,
            f"got {shown(value)}; use at most {LABEL_LENGTH} lower-case letters, digits and"
            ' "-", with a letter or digit at both ends',
        )


def subdomain(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """A DNS subdomain, as most objects are named."""
    fits = isinstance(value, str) and _SUBDOMAIN.fullmatch(value)
    if isinstance(value, str) and (len(value) > SUBDOMAIN_LENGTH or not fits):
        yield Problem(
            at,
            f'got "{value}"; use lower-case letters, digits, "-" and ".", with a letter or'
            f" digit at both ends, at most {SUBDOMAIN_LENGTH} characters",
        )


def service_name(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """A DNS label that begins with a letter, as a Service is named."""
    if isinstance(value, str) and (len(value) > LABEL_LENGTH or not _SERVICE.fullmatch(value)):
        yield Problem(
            at,
            f"got {shown(value)}; use at most {LABEL_LENGTH} lower-case letters, digits and"
            ' "-", beginning with a letter',
        )


def port_name(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """The name of a port."""
    if isinstance(value, str) and (len(value) > _PORT_LENGTH or not _PORT.fullmatch(value)):
        yield Problem(
            at,
            f"got {shown(value)}; use at most {_PORT_LENGTH} lower-case letters, digits and"
            ' single "-", with a letter among them',
        )


def label_key(key: str, at: str) -> Iterator[Problem]:
    """The key of a label or an annotation: `name` or `prefix/name`."""
    prefix, slash, name = key.rpartition("/")
    bad_prefix = slash and (len(prefix) > SUBDOMAIN_LENGTH or not _SUBDOMAIN.fullmatch(prefix))
    if bad_prefix or len(name) > LABEL_LENGTH or not _QUALIFIED.fullmatch(name):
        yield Problem(
            at,
            f"the key {shown(key)} must be a name of at most {LABEL_LENGTH} letters, digits,"
            ' "-", "_" and ".", with a letter or digit at both ends, and may have a DNS'
            ' subdomain and "/" before it',
        )


def label_value(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """The value of a label; it may be empty."""
    if isinstance(value, str) and (
        len(value) > LABEL_LENGTH or (value and not _QUALIFIED.fullmatch(value))
    ):
        yield Problem(
            at,
            f'got {shown(value)}; use at most {LABEL_LENGTH} letters, digits, "-", "_" and ".",'
            " with a letter or digit at both ends",
        )


# ---- values ----


def among(value: Any, allowed: tuple[str, ...], at: str) -> Iterator[Problem]:  # noqa: ANN401
    """One of some words."""
    if isinstance(value, str) and value not in allowed:
        yield Problem(at, not_in(value, allowed))


def at_least(value: Any, low: int, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """A number that is not below another one."""
    if number(value) and value < low:
        yield Problem(at, f"got {value}; use at least {low}")


def within(value: Any, low: int, high: int, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """A number between two others."""
    if number(value) and not low <= value <= high:
        yield Problem(at, f"got {value}; use a number from {low} to {high}")


def port(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """The number or the name of a port."""
    if isinstance(value, str):
        yield from port_name(value, at)
    else:
        yield from within(value, 1, _PORTS, at)


def share(value: Any, at: str, *, full: bool = False) -> Iterator[Problem]:  # noqa: ANN401
    """A number of pods, or a percentage of them; with `full`, of at most 100 %."""
    if isinstance(value, str):
        match = _PERCENT.fullmatch(value)
        if match is None:
            yield Problem(at, f"got {shown(value)}; use a whole number or a percentage as 25%")
        elif full and int(match[1]) > 100:  # noqa: PLR2004 - per cent
            yield Problem(at, f"got {shown(value)}; use at most 100%")
    else:
        yield from at_least(value, 0, at)


def is_zero(value: Any) -> bool:  # noqa: ANN401
    """Whether a number of pods, or a percentage, is known and none."""
    return value is not False and value in (0, "0%")


def network(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """An address range."""
    if isinstance(value, str):
        try:
            ipaddress.ip_interface(value if "/" in value else "")
        except ValueError:
            yield Problem(at, f"got {shown(value)}; use an address range such as 10.0.0.0/16")


def address(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """An IP address."""
    if isinstance(value, str):
        try:
            ipaddress.ip_address(value)
        except ValueError:
            yield Problem(at, f"got {shown(value)}; use an IP address such as 10.0.0.1")
