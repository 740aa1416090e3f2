"""Names, labels and annotations of any object.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.check import Problem, not_in
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import mapped
from sandbox.wire import UNKNOWN

__all__ = ["labels", "problems"]

_ANNOTATIONS_SIZE = 256 * 1024
_SECURITY = "pod-security.kubernetes.io/"
_LEVELS = ("privileged", "baseline", "restricted")
_MODES = tuple(f"{_SECURITY}{mode}" for mode in ("enforce", "audit", "warn"))
_VERSION = re.compile(r"latest|v1\.\d+")
# A CronJob's jobs get 11 characters more.
_CRON_JOB_LENGTH = 52
_Check = Callable[[Any, str], Iterator[Problem]]
_NAMES: dict[tuple[str, str], _Check] = {
    ("", "Namespace"): words.boundary,
    ("", "Service"): words.service_name,
    # The name is the value of a label of its pods.
    ("batch", "Job"): words.boundary,
}


def problems(group: str, kind: str, metadata: Any) -> Iterator[Problem]:  # noqa: ANN401
    """What is wrong with the metadata of an object."""
    given = mapped(metadata)
    name = given.get("name")
    if group == "rbac.authorization.k8s.io":
        yield from _segment(name)
    else:
        yield from _NAMES.get((group, kind), words.subdomain)(name, "metadata.name")
    if kind == "CronJob" and isinstance(name, str) and len(name) > _CRON_JOB_LENGTH:
        yield Problem(
            "metadata.name", f"got {len(name)} characters; use at most {_CRON_JOB_LENGTH}"
        )
    yield from words.boundary(given.get("namespace"), "metadata.namespace")
    yield from labels(given.get("labels"), "metadata.labels")
    yield from _annotations(given.get("annotations"))
    if kind == "Namespace" and group == "":
        yield from _security(mapped(given.get("labels")))


def labels(value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """What is wrong with labels."""
    for key, item in mapped(value).items():
        where = f'{at}["{key}"]'
        yield from words.label_key(key, where)
        if item is not UNKNOWN and not isinstance(item, str):
            yield Problem(where, f"got {item!r}; use a string")
        yield from words.label_value(item, where)


def _annotations(value: Any) -> Iterator[Problem]:  # noqa: ANN401
    size = 0
    for key, item in mapped(value).items():
        where = f'metadata.annotations["{key}"]'
        # Upper-case letters are taken before the slash of an annotation.
        yield from words.label_key(key.lower(), where)
        if item is not UNKNOWN and not isinstance(item, str):
            yield Problem(where, f"got {item!r}; use a string")
        size += len(key) + (len(item) if isinstance(item, str) else 0)
    if size > _ANNOTATIONS_SIZE:
        yield Problem("metadata.annotations", f"got {size} bytes; use at most {_ANNOTATIONS_SIZE}")


def _segment(name: Any) -> Iterator[Problem]:  # noqa: ANN401
    """Names of roles may have colons, but must be a part of a path."""
    if isinstance(name, str) and (name in {".", ".."} or "/" in name or "%" in name):
        yield Problem("metadata.name", f'got "{name}"; use a name without "/" and "%"')


def _security(given: dict[str, Any]) -> Iterator[Problem]:
    """https://kubernetes.io/docs/concepts/security/pod-security-admission/."""
    for mode in _MODES:
        where = f'metadata.labels["{mode}"]'
        yield from words.among(given.get(mode), _LEVELS, where)
        version = given.get(f"{mode}-version")
        if isinstance(version, str) and not _VERSION.fullmatch(version):
            where = f'metadata.labels["{mode}-version"]'
            yield Problem(where, f'got "{version}"; use latest or a version as v1.34')
    for key in given:
        if key.startswith(_SECURITY) and key.removesuffix("-version") not in _MODES:
            yield Problem(f'metadata.labels["{key}"]', not_in(key, _MODES))
