"""Rules over what every deployment on Kubernetes says: labels, callers, what one replica gets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from facts.resource_bounds import BOUNDS
from facts.tags import KUBERNETES_KEY_PATTERN
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.environment import Environment
from stacks.settings.models import AnySettings
from stacks.settings.network_access import NetworkAccess
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["on_kubernetes"]


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: AnySettings
    where: PlaceOf
    site: Environment | None


_Rule: TypeAlias = Callable[[_Asked], Iterator[Problem]]


def on_kubernetes(settings: AnySettings, where: PlaceOf, site: Environment | None) -> list[Problem]:
    """Problems of one file's settings; none of what runs elsewhere."""
    return apply(_RULES, _Asked(settings, where, site))


def _labels(asked: _Asked) -> Iterator[Problem]:
    """Tags are labels there, whose keys hold less than those of the clouds' tags."""
    if "kubernetes" not in getattr(asked.settings, "needs", ()):
        # Where no target is known, no label is either.
        return
    for key in asked.settings.tags:
        if not KUBERNETES_KEY_PATTERN.fullmatch(key):
            path: KeyPath = ("tags", key)
            yield Problem(
                asked.where(path, key=True),
                "MS0106",
                dotted(path),
                f"got {shown(key)}, which is a label on Kubernetes",
                allowed="letters, digits and . _ -, an end of a letter or digit, and one `/` after "
                "a domain",
                fix="write it so, such as example.com/cost-centre",
            )


def _account_without_mesh(asked: _Asked) -> Iterator[Problem]:
    """Pods of one namespace look alike to a NetworkPolicy."""
    settings = asked.settings
    cluster = asked.site.targets.kubernetes if asked.site else None
    if not isinstance(settings, NetworkAccess) or cluster is None or cluster.mesh != "none":
        return
    for index, caller in enumerate(settings.callers):
        if caller.service_account is not None:
            path: KeyPath = ("callers", index, "service_account")
            got = caller.service_account
            yield refuse("any/caller-account-without-mesh", path, got, asked)


def _within_bounds(asked: _Asked) -> Iterator[Problem]:
    bounds, given = BOUNDS.get(asked.settings.target), getattr(asked.settings, "resources", None)
    if bounds is None or given is None:
        return
    within: dict[str, tuple[float, float]] = {"cpu": bounds.cpu, "memory_mib": bounds.memory_mib}
    if bounds.accelerators:
        within["accelerator_count"] = (1, bounds.accelerators)
    for key, (low, high) in within.items():
        value, path = getattr(given, key), ("resources", key)
        if value is not None and not low <= value <= high:
            yield Problem(
                asked.where(path),
                "MS0104",
                dotted(path),
                f"got {value:.10g} on {asked.settings.target}",
                allowed=f"{low:.10g} to {high:.10g}",
                fix=f"write {low if value < low else high:.10g}, or leave it out",
            )


_RULES: Final[tuple[_Rule, ...]] = (_labels, _account_without_mesh, _within_bounds)
