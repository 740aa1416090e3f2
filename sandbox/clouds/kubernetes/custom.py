"""Which types are custom resources, and what is wrong with one whatever its kind."""

from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.wire import UNKNOWN

__all__ = ["is_custom", "problems"]


# The groups of Kubernetes itself under its domain; others there, as gateway.networking.k8s.io, are
# of projects that define custom resources.
_OWN = frozenset(
    f"{name}.k8s.io"
    for name in (
        *("admission", "admissionregistration", "apiextensions", "apiregistration"),
        *("auditregistration", "authentication", "authorization", "certificates", "coordination"),
        *("discovery", "events", "flowcontrol.apiserver", "imagepolicy", "internal.apiserver"),
        *("meta", "networking", "node", "rbac.authorization", "resource", "scheduling"),
        *("settings", "storage", "storagemigration"),
    )
)


def is_custom(token: str) -> bool:
    """Whether a type is of a group that Kubernetes itself does not have: its domain has a dot."""
    group = token.split(":")[1].partition("/")[0]
    return "." in group and group not in _OWN


def problems(call: Call) -> list[Problem]:
    """Whether a custom resource is of the kind that its type says."""
    group_version = call.token.split(":")[1]
    kind = call.token.rpartition(":")[2]
    found: list[Problem] = []
    for name, wanted in (("apiVersion", group_version), ("kind", kind)):
        given = call.inputs.get(name)
        if given is not UNKNOWN and given != wanted:
            found.append(Problem(name, f'got {given!r}; use "{wanted}"'))
    return found
