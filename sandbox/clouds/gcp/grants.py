"""Grants of roles: what they are on, to whom, and their ids."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call
from sandbox.clouds.gcp.places import filled, place
from sandbox.clouds.gcp.references import account_problem, projects
from sandbox.values import at, listed

__all__ = ["id_of", "problems"]

_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"


def id_of(call: Call, words: Mapping[str, str]) -> str:
    """`<resource>/<role>/<member>`, as far as the type has them, with a condition's title."""
    inputs = call.inputs
    parts = [_on(call, words) or _named(call, words), inputs.get("role"), inputs.get("member")]
    title = at(inputs, "condition", "title")
    return "/".join(str(part) for part in (*parts, title) if part)


def _named(call: Call, words: Mapping[str, str]) -> str:
    """What a grant is on where no form of its id is known: all that its inputs say of that."""
    own = {"role", "member", "members", "policyData", "condition"}
    names = call.declared.inputs if call.declared is not None else {}
    return "/".join(words[name] for name in names if name not in own and words.get(name))


def problems(call: Call, words: Mapping[str, str]) -> list[Problem]:
    """What a grant is on, to whom and what role, where those must exist."""
    found = _target(call, words)
    if member := call.inputs.get("member"):
        found += _member(call, "member", member)
    for index, each in enumerate(listed(call.inputs.get("members"))):
        found += _member(call, f"members[{index}]", each)
    return found + _role(call)


def _on(call: Call, words: Mapping[str, str]) -> str:
    """The id of what the grant is on; inputs may be names or whole ids."""
    template = place(call.token).grants_on
    names = re.findall(r"\{(\w+)\}", template)
    whole = next((words[n] for n in names[-1:] if "projects/" in words.get(n, "")), "")
    if whole:
        return whole[whole.index("projects/") :]
    return filled(template, words)


def _target(call: Call, words: Mapping[str, str]) -> list[Problem]:
    wanted = _on(call, words)
    known = projects(call)
    bucket = wanted.removeprefix("b/") if wanted.startswith("b/") else ""
    own = wanted.startswith("projects/") and wanted.split("/")[1] in known
    if not bucket and (not own or wanted.count("/") < 3):  # noqa: PLR2004 - no project itself
        return []
    resource_id = bucket or wanted
    rows = call.store.below("gcp", resource_id)
    if any(row.id == resource_id and row.token != call.token for row in rows):
        return []
    name = re.findall(r"\{(\w+)\}", place(call.token).grants_on)[-1]
    start = resource_id[: resource_id.rfind("/") + 1]
    ids = [row.id for row in call.store.below("gcp", start)] if start else []
    if bucket:
        ids = [row.id for row in call.store.list("gcp", "gcp:storage/bucket:Bucket")]
    meant = nearest(
        resource_id, [each for each in ids if each.count("/") == wanted.count("/") or bucket]
    )
    hint = f"; did you mean {meant}?" if meant else ""
    if re.match(r"projects/[^/]+/serviceAccounts/", wanted):
        return account_problem(call, name, resource_id)
    return [Problem(name, f"{resource_id} does not exist{hint}")]


def _member(call: Call, path: str, member: Any) -> list[Problem]:  # noqa: ANN401
    if isinstance(member, str) and member.startswith("serviceAccount:"):
        return account_problem(call, path, member)
    return []


def _role(call: Call) -> list[Problem]:
    role: Any = call.inputs.get("role")
    match = re.match(r"projects/([^/]+)/roles/", role) if isinstance(role, str) else None
    known = projects(call)
    if match is None or match[1] not in known or call.store.get("gcp", _ROLE, str(role)):
        return []
    meant = nearest(str(role), [row.id for row in call.store.list("gcp", _ROLE)])
    hint = f"; did you mean {meant}?" if meant else ""
    return [Problem("role", f"role {role} does not exist{hint}")]
