"""Grants of roles: what they are on, to whom, and their ids."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call
from sandbox.clouds.gcp.places import filled, is_form, place
from sandbox.clouds.gcp.references import account_problem, missing_bucket, projects
from sandbox.clouds.gcp.run import FUNCTION
from sandbox.values import at, listed

__all__ = ["doubts", "id_of", "problems"]

_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"


def id_of(call: Call, words: Mapping[str, str]) -> str:
    """`<resource>/<role>/<member>`, as far as the type has them, and the whole condition.

    A grant whose condition changed is another one, which can be there beside the old one.
    """
    inputs = call.inputs
    parts = [_on(call, words) or _named(call, words), inputs.get("role"), inputs.get("member")]
    words_of = ("title", "description", "expression")
    condition = [at(inputs, "condition", word) for word in words_of]
    return "/".join(str(part) for part in (*parts, *condition) if part)


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


def doubts(call: Call, words: Mapping[str, str]) -> list[Problem]:
    """A bucket that is granted on and is not here, though it may be elsewhere."""
    wanted = _on(call, words)
    if not wanted.startswith("b/"):
        return []
    return missing_bucket(call, _name(call), wanted.removeprefix("b/"))


def _name(call: Call) -> str:
    """The input that names what is granted on."""
    return re.findall(r"\{(\w+)\}", place(call.token).grants_on)[-1]


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
    if re.match(r"projects/[^/]+/serviceAccounts/", wanted):
        return account_problem(call, _name(call), wanted)
    # What no type has an id of, as a page of IAP or a table, cannot be known to be absent.
    if not is_form(wanted) or wanted.split("/")[1] not in projects(call):
        return []
    rows = call.store.below("gcp", wanted)
    if any(row.id == wanted and row.token != call.token for row in rows):
        return []
    if wanted in _services_of_functions(call):
        return []
    start = wanted[: wanted.rfind("/") + 1]
    ids = [row.id for row in call.store.below("gcp", start)]
    meant = nearest(wanted, [each for each in ids if each.count("/") == wanted.count("/")])
    hint = f"; did you mean {meant}?" if meant else ""
    return [Problem(_name(call), f"{wanted} does not exist{hint}")]


def _services_of_functions(call: Call) -> list[Any]:
    """The services of Cloud Run that functions run as."""
    rows = call.store.list("gcp", FUNCTION)
    return [at(row.outputs, "serviceConfig", "service") for row in rows]


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
