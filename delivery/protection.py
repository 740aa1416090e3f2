"""What an update would take away from a protected environment, and how it may be let go.

The engine refuses to delete or replace what is registered with `protect`, but one resource at a
time: when it comes to the endpoint, alarms, roles and policies of the model may be gone. So what
settings and state tell is refused before anything begins; what only the engine finds out, as a
replacement, is told in our words. See docs/adr/0053-protected-environments.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.json_values import mapping
from delivery.running.event_log import Protected
from delivery.state import COMPONENT, from_state
from delivery.urn import type_of
from stacks.settings.batch import Batch
from stacks.settings.environment import Layer
from stacks.settings.files import stack_file
from stacks.settings.load import Settings
from stacks.settings.models import MODEL_CLASSES
from stacks.settings.protection import allowed_deletions, is_protected
from stacks.targets import NAMESPACE_TYPE, TARGETS, namespaces

__all__ = [
    "Lost",
    "protected_resources",
    "refuse",
    "taken_away",
    "told",
    "told_by_engine",
    "turned",
]

_EXAMPLE_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Lost:
    """A model, pool or namespace that would be taken away, or a part of it."""

    name: str
    says: str
    """What would become of what, and why."""
    allowed: bool = False
    """The environment's file lets it go, and the last update did not take its protection off."""
    replaced: bool = False


def taken_away(
    settings: Settings,
    resources: Sequence[Mapping[str, Any]],
    only: str | None = None,
    today: date | None = None,
) -> list[Lost]:
    """Deployed models that the settings have no more, of a protected environment."""
    if not is_protected(settings.environment, settings.site):
        return []
    free = allowed_deletions(settings.site, today or datetime.now(UTC).date())
    asked = {} if settings.site.layer is Layer.PLATFORM else settings.models
    held = {owner for owner, _ in protected_resources(resources)}
    found: list[Lost] = []
    for each in from_state([dict(one) for one in resources]):
        if only is not None and each.model != only:
            continue
        was = str(each.status.get("target", "?"))
        model = asked.get(each.model)
        if model is not None and TARGETS[model.target].token == type_of(each.urn):
            continue
        if each.model not in held and (each.model in free or _is_batch(was)):
            continue
        why = (
            "its file is gone, or the environment leaves it out"
            if model is None
            else f"target: {was} → {model.target}"
        )
        at = f", live at {each.url}" if each.url else ""
        says = f"{each.model} ({was}{at}) would be deleted: {why}"
        found.append(Lost(each.model, says, allowed=each.model in free))
    # With its last model a namespace goes, and with it all that is in it.
    kept = set(namespaces(settings)) if asked else set[str]()
    for owner, urn in protected_resources(resources) if only is None else ():
        if f"::{NAMESPACE_TYPE}$" in urn and owner not in kept:
            says = f"{owner} (namespace) would be deleted: no model is in it any more"
            found.append(Lost(owner, says, allowed=owner in free))
    return found


def told_by_engine(
    protected: Iterable[Protected],
    resources: Sequence[Mapping[str, Any]],
    settings: Settings | None = None,
    today: date | None = None,
) -> list[Lost]:
    """What the engine refused, by whose it is."""
    owners = _Owners(resources)
    free, all_free = {}, False
    if settings is not None:
        free = allowed_deletions(settings.site, today or datetime.now(UTC).date())
        all_free = not is_protected(settings.environment, settings.site)
    found: list[Lost] = []
    for each in protected:
        name = owners(each.urn) or each.urn.rpartition("::")[2]
        verb = "replaced" if each.replaced else "deleted"
        part = f"{each.urn.rpartition('::')[2]} ({type_of(each.urn)})"
        says = f"{name}: {part} would be {verb}"
        found.append(Lost(name, says, allowed=all_free or name in free, replaced=each.replaced))
    return found


def protected_resources(resources: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What the engine refuses to delete: whose it is, and its URN."""
    owners = _Owners(resources)
    return [
        (owners(urn) or urn.rpartition("::")[2], urn)
        for each in resources
        if each.get("protect") and (urn := str(each["urn"]))
    ]


def turned(steps: Sequence[Mapping[str, Any]], *, on: bool) -> list[str]:
    """Whose resources a preview's steps begin to protect, or protect no more, each once.

    The engine calls that no change: its steps are `same`.
    """
    owners = _Owners([mapping(step.get("newState")) for step in steps])
    found = [
        urn
        for step in steps
        if (old := mapping(step.get("oldState"))) and (new := mapping(step.get("newState")))
        and bool(new.get("protect")) is on and bool(old.get("protect")) is not on
        and (urn := str(step["urn"]))
    ]  # fmt: skip
    return list(dict.fromkeys(owners(urn) or urn.rpartition("::")[2] for urn in found))


def refuse(environment: str, lost: Sequence[Lost]) -> None:
    """Stop where something would be taken away.

    Raises:
        Failure: naming each, and the way out.
    """
    if lost:
        raise Failure(told(environment, lost), Exit.POLICY)


def told(environment: str, lost: Sequence[Lost], today: date | None = None) -> str:
    """What would be taken away, and how it may be let go."""
    lines = [f"{environment} is protected, and this would take away what serves:"]
    lines += [f"  {each.says}" for each in lost]
    # What is declared and still protected needs an update first, not another line.
    lacking = list(dict.fromkeys(each.name for each in lost if not each.allowed))
    deleted = [each for each in lost if not each.replaced]
    file = stack_file(environment)
    if lacking:
        last = (today or datetime.now(UTC).date()) + timedelta(days=_EXAMPLE_DAYS)
        lines.append(
            f"  fix: keep it, or let {file} say first, below model-serving:allow_deletion:"
        )
        lines += [
            f'    - {{name: {name}, reason: "<fill in: why>", owner: "<fill in: who>", '
            f"expires: {last.isoformat()}}}"
            for name in lacking
        ]
    if deleted:
        lines.append(
            f"  {'then' if lacking else 'fix:'} run `serving up --env {environment}` with all else "
            "as it was, which takes the protection off; the update after it may delete"
        )
    else:
        lines.append("  the same update may then replace it")
    lines.append("  see docs/environments.md#protection")
    return "\n".join(lines)


def _is_batch(target: str) -> bool:
    known = MODEL_CLASSES.get(target)
    return known is not None and issubclass(known, Batch)


class _Owners:
    """The name of the outermost component of ours above a resource, or of itself."""

    def __init__(self, resources: Sequence[Mapping[str, Any]]) -> None:
        self._parents = {
            str(each["urn"]): str(each.get("parent", "")) for each in resources if each.get("urn")
        }

    def __call__(self, urn: str) -> str:
        found = ""
        while urn:
            if type_of(urn).startswith(COMPONENT):
                found = urn.rpartition("::")[2]
            urn = self._parents.get(urn, "")
        return found
