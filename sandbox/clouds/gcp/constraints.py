"""What Google Cloud refuses of the inputs of many types alike: labels, and grants."""

import json
import re
from typing import Any

from sandbox.check import Problem, nearest, shown
from sandbox.clouds.base import Call
from sandbox.clouds.gcp.places import place
from sandbox.values import at, listed, mapped
from sandbox.wire import UNKNOWN

__all__ = ["grants", "is_grant", "labels"]

_LABELS = "https://cloud.google.com/resource-manager/docs/labels-overview#requirements"
_PRINCIPALS = "https://cloud.google.com/iam/docs/principal-identifiers"
_ROLES = "https://cloud.google.com/iam/docs/roles-overview"
_MOST_LABELS = 64
_LONGEST = 63
_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
_KINDS = (
    *("user", "serviceAccount", "group", "domain", "principal", "principalSet"),
    *("projectOwner", "projectEditor", "projectViewer", "principalHierarchy"),
)
_ROLE = re.compile(r"(projects/[^/]+/|organizations/[^/]+/)?roles/[\w.]+")
_GRANT = re.compile(r"i?(IAM|Iam)(Member|Binding|Policy)$")


def is_grant(token: str) -> bool:
    """Whether the type grants roles."""
    return _GRANT.search(token) is not None


def labels(call: Call) -> list[Problem]:
    """What is wrong with labels, of a type with `effectiveLabels`: those are Google Cloud's."""
    if call.declared is None or "effectiveLabels" not in call.declared.outputs:
        return []
    name = "labels" if "labels" in call.declared.inputs else "resourceLabels"
    given = mapped(call.inputs.get(name))
    found: list[Problem] = []
    if len(given) > _MOST_LABELS:
        found.append(Problem(name, f"got {len(given)}; use at most {_MOST_LABELS} ({_LABELS})"))
    for key, value in given.items():
        at = f'{name}["{key}"]'
        if not _is_label(key) or not key or not key[0].isalpha():
            reason = (
                f'got the key "{key}"; use up to {_LONGEST} lower-case letters, digits, _ and -,'
                f" beginning with a letter ({_LABELS})"
            )
            found.append(Problem(at, reason))
        if isinstance(value, str) and not _is_label(value):
            reason = (
                f"got {shown(value)}; use up to {_LONGEST} lower-case letters, digits, _ and -"
                f" ({_LABELS})"
            )
            found.append(Problem(at, reason))
    return found


def _is_label(text: str) -> bool:
    # Letters of other alphabets are allowed: those that have no upper case of their own.
    return len(text) <= _LONGEST and all(
        letter in "_-" or letter.isnumeric() or (letter.isalpha() and letter == letter.lower())
        for letter in text
    )


def grants(call: Call) -> list[Problem]:
    """What is wrong with who gets which role."""
    found = _nothing_named(call) + _member("member", call.inputs.get("member"))
    for index, member in enumerate(listed(call.inputs.get("members"))):
        found += _member(f"members[{index}]", member)
    role = call.inputs.get("role")
    if isinstance(role, str) and not _ROLE.fullmatch(role):
        reason = f'got "{role}"; use roles/<role>, or projects/<project>/roles/<role> ({_ROLES})'
        found.append(Problem("role", reason))
    return found + _policy(call.inputs.get("policyData"))


def _nothing_named(call: Call) -> list[Problem]:
    """What the grant is on must be named: an automatic name would be of nothing that is there."""
    names = re.findall(r"\{(\w+)\}", place(call.token).grants_on)
    name = names[-1] if names else ""
    if not name or name == "project" or call.inputs.get(name) is not None:
        return []
    return [Problem(name, "missing; name what the role is granted on")]


def _member(path: str, member: Any) -> list[Problem]:  # noqa: ANN401 - a property value
    if not isinstance(member, str) or member in _EVERYBODY:
        return []
    kind, colon, rest = member.partition(":")
    if not colon or not rest:
        meant = nearest(member, _EVERYBODY)
        hint = f' (did you mean "{meant}"?)' if meant else ""
        reason = (
            f'got "{member}"{hint}; use <kind>:<who>, as serviceAccount:<email> ({_PRINCIPALS})'
        )
        return [Problem(path, reason)]
    meant = nearest(kind, _KINDS)
    if kind in _KINDS or kind == "deleted" or meant is None:
        return []
    return [Problem(path, f'got "{member}"; did you mean "{meant}:{rest}"? ({_PRINCIPALS})')]


def _policy(document: Any) -> list[Problem]:  # noqa: ANN401 - a property value
    if document is None or document is UNKNOWN or not isinstance(document, str):
        return []
    try:
        policy: Any = json.loads(document)
    except ValueError as error:
        return [Problem("policyData", f"is no JSON: {error}")]
    if not mapped(policy):
        return [Problem("policyData", "is no JSON object with bindings")]
    return [
        problem
        for number, binding in enumerate(listed(at(policy, "bindings")))
        for index, member in enumerate(listed(mapped(binding).get("members")))
        for problem in _member(f"policyData.bindings[{number}].members[{index}]", member)
    ]
