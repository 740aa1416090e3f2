"""Security: each model has a role of its own."""

from collections import defaultdict
from typing import Final

from facts import tags
from policies.properties import Fault
from policies.resource_types import FUNCTION, MODEL, ROLE
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, stack_rule
from policies.view import Stack, View

_KEYS: Final = {FUNCTION: "role", MODEL: "executionRoleArn"}


@stack_rule(
    "security/role-shared",
    severity=Severity.HIGH,
    types=(FUNCTION, MODEL),
    fix="Give each model a role that may read its own artifacts, and nothing of the others.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def role_shared(stack: Stack, _settings: NoSettings) -> Faults:
    """Two models have one role, so that each may read what is the other's.

    Versions of one model are told by their tag. Only what carries such a tag is judged: without it
    nobody can tell a second model from a second version.
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    users: dict[str, list[tuple[View, str]]] = defaultdict(list)
    roles = {view.urn for view in stack.of(ROLE)}
    for view in stack.of(FUNCTION, MODEL):
        model = view.tags.get(tags.MODEL)
        for role in _roles(view, roles):
            if model is not None:
                users[role].append((view, model))
    for several in users.values():
        models = {model for _, model in several}
        if len(models) > 1:
            # One finding a role, at the first that has it. A tag may be a secret: none is printed.
            view = several[0][0]
            place = view.get(_KEYS[view.token])
            path = "" if place.unknown else place.path
            found = f"one role for {len(models)} models"
            yield Fault(path, found, "a role for each", view.urn)


def _roles(view: View, roles: set[str]) -> list[str]:
    """The role by its ARN; while that is unknown, by the resource that it is computed from."""
    key = _KEYS[view.token]
    place = view.get(key)
    if isinstance(place.raw, str):
        return [place.raw]
    made_from = set(view.resource.property_dependencies.get(key, ())) & roles
    return sorted(made_from) if place.unknown else []


RULES = (role_shared,)
