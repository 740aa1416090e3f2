"""What Google Cloud's IAM resources grant, and to whom: members, bindings, whole policies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeGuard, cast

from policies.properties import MalformedError, Property
from policies.view import View

__all__ = ["Grant", "grants", "iam_types", "public_grants"]

# https://cloud.google.com/iam/docs/principals-overview
_EVERYBODY: Final = ("allUsers", "allAuthenticatedUsers")


@dataclass(frozen=True, slots=True)
class Grant:
    """One role for one member. `place` is where the member is said; of a policy, the policy."""

    place: Property
    role_place: Property
    member: str
    role: str

    @property
    def everybody(self) -> bool:
        """Whether the member is anybody on the internet, with or without a Google account."""
        return self.member in _EVERYBODY

    @property
    def shown(self) -> str:
        """For messages."""
        role = "[secret]" if self.role_place.secret else self.role or "a role"
        return f"{role} for {self.member}"


def iam_types(module: str, of: str) -> tuple[str, ...]:
    """Type tokens of the three ways to grant roles on something: `iam_types("cloudrun", "iam")`."""
    kinds = ("Member", "Binding", "Policy")
    return tuple(f"gcp:{module}/{of}{kind}:{of[0].upper()}{of[1:]}{kind}" for kind in kinds)


def grants(view: View) -> Iterator[Grant]:
    """All that a resource of IAM grants; a role or a member that is unknown is an empty text."""
    if view.token.endswith("Policy"):
        yield from _of_policy(view.get("policyData"))
        return
    role = view.get("role")
    named = role.text() or ""
    members = (
        view.get("members").items() if view.token.endswith("Binding") else [view.get("member")]
    )
    for place in members:
        yield Grant(place, role, place.text() or "", named)


def _of_policy(place: Property) -> Iterator[Grant]:
    """The grants of a policy, which is JSON in a text."""
    text = place.text()
    if text is None:
        return
    try:
        policy = json.loads(text)
    except ValueError:
        raise MalformedError(place.path, "a text that is not JSON", "a policy") from None
    bindings: object = policy.get("bindings") if _is_map(policy) else None
    for binding in cast("list[object]", bindings) if isinstance(bindings, list) else []:
        if not _is_map(binding):
            raise MalformedError(place.path, "a binding that is no object", "a policy")
        members = binding.get("members")
        for member in cast("list[object]", members) if isinstance(members, list) else []:
            yield Grant(place, place, str(member), str(binding.get("role", "")))


def _is_map(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def public_grants(view: View) -> Iterator[Grant]:
    """Those to everybody."""
    yield from (grant for grant in grants(view) if grant.everybody)
