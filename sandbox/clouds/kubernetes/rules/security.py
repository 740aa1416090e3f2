"""Rules of the security contexts of pods and containers.

Source: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/ and
pkg/apis/core/validation/validation.go of the API server, 1.34: validatePodSpecSecurityContext,
ValidateSecurityContext, validateSeccompProfileField.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import listed, mapped

__all__ = ["container", "pod"]

Context = dict[str, Any]
_HIGHEST_ID = 2**31 - 1
_SECCOMP = ("RuntimeDefault", "Localhost", "Unconfined")


def pod(given: Context, at: str) -> Iterator[Problem]:
    """A pod's security context."""
    yield from _identity(given, at)
    changes, groups = ("OnRootMismatch", "Always"), ("Merge", "Strict")
    yield from words.among(given.get("fsGroupChangePolicy"), changes, f"{at}.fsGroupChangePolicy")
    policy = given.get("supplementalGroupsPolicy")
    yield from words.among(policy, groups, f"{at}.supplementalGroupsPolicy")
    for index, group in enumerate(listed(given.get("supplementalGroups"))):
        yield from words.within(group, 0, _HIGHEST_ID, f"{at}.supplementalGroups[{index}]")


def container(given: Context, at: str, *, users: bool) -> Iterator[Problem]:
    """A container's security context; `users`: its pod has users of its own (hostUsers: false)."""
    yield from _identity(given, at)
    mount = given.get("procMount")
    yield from words.among(mount, ("Default", "Unmasked"), f"{at}.procMount")
    if mount == "Unmasked" and not users:
        yield Problem(f"{at}.procMount", "Unmasked needs hostUsers: false of the pod")
    if given.get("allowPrivilegeEscalation") is False:
        added = listed(mapped(given.get("capabilities")).get("add"))
        for cause, why in (
            (given.get("privileged") is True, "privileged is true"),
            ("CAP_SYS_ADMIN" in added, "CAP_SYS_ADMIN is added"),
        ):
            if cause:
                yield Problem(f"{at}.allowPrivilegeEscalation", f"cannot be false where {why}")


def _identity(given: Context, at: str) -> Iterator[Problem]:
    for name in ("runAsUser", "runAsGroup", "fsGroup"):
        yield from words.within(given.get(name), 0, _HIGHEST_ID, f"{at}.{name}")
    seccomp = mapped(given.get("seccompProfile"))
    yield from words.among(seccomp.get("type"), _SECCOMP, f"{at}.seccompProfile.type")
    path = seccomp.get("localhostProfile")
    if seccomp.get("type") == "Localhost" and not path:
        yield Problem(f"{at}.seccompProfile.localhostProfile", "give it a file with type Localhost")
    if path and seccomp.get("type") in {"RuntimeDefault", "Unconfined"}:
        yield Problem(f"{at}.seccompProfile.localhostProfile", "only with type Localhost")
