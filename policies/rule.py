"""A guardrail: one decorated function, with everything that documentation and messages need."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from inspect import getdoc
from typing import Any, TypeVar

from policies import tokens
from policies.properties import Fault
from policies.remedies import Remedies
from policies.view import Stack, View


class Severity(StrEnum):
    """How bad a finding is; the level (advisory or mandatory) is the configuration's."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(StrEnum):
    """What a finding does. Remediate: sets what it can, and stops where something is left."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"


class Unknown(StrEnum):
    """What a rule does with a value that only the update will know."""

    LATER = "Passes in a preview; judged in the update, before the resource is touched."
    REST = "What is known is judged in a preview; the rest in the update."
    COUNTS = "Counts as a match in a preview; judged in the update, when it is known."


@dataclass(frozen=True)
class NoSettings:
    """A rule without settings."""


Faults = Iterable[Fault]
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Rule:
    """One guardrail. `check` gets a View and the settings, or a Stack and the settings."""

    id: str
    title: str
    reason: str
    severity: Severity
    types: tuple[str, ...]
    fix: str
    unknown: Unknown
    settings: type[Any]
    stack: bool
    check: Callable[[Any, Any], Faults]
    checkov: tuple[str, ...] = ()
    """Checks of checkov that ask for the same, or for a part of it."""
    level: Level = Level.MANDATORY
    """Where nothing is configured. Advisory: good teams may well decide otherwise."""
    remedies: Remedies = field(default_factory=dict[str, object], hash=False)
    """What it sets where it is asked to; by the name of the property at fault."""

    @property
    def family(self) -> str:
        """`security` of `security/endpoint-kms`."""
        return self.id.split("/")[0]

    @property
    def anchor(self) -> str:
        """The rule's place in the documentation."""
        return self.id.replace("/", "-")

    @property
    def docs(self) -> str:
        """The link in every finding."""
        return f"docs/guardrails.md#{self.anchor}"

    @property
    def tokens(self) -> frozenset[str]:
        """The folded types."""
        return frozenset(tokens.fold(one) for one in self.types)


def _make(
    check: Callable[[Any, Any], Faults],
    rule_id: str,
    *,
    stack: bool,
    **described: Any,  # noqa: ANN401 - the fields of Rule.
) -> Rule:
    title, _, reason = (getdoc(check) or "").partition("\n\n")
    return Rule(
        id=rule_id, title=title, reason=reason.strip(), stack=stack, check=check, **described
    )


def resource_rule(
    rule_id: str,
    *,
    severity: Severity,
    types: tuple[str, ...],
    fix: str,
    unknown: Unknown,
    settings: type[S],
    checkov: tuple[str, ...] = (),
    level: Level = Level.MANDATORY,
    remedies: Remedies | None = None,
) -> Callable[[Callable[[View, S], Faults]], Rule]:
    """A rule about one resource by itself. The docstring's first line is the rule's title."""

    def decorate(check: Callable[[View, S], Faults]) -> Rule:
        return _make(
            check,
            rule_id,
            stack=False,
            severity=severity,
            types=types,
            fix=fix,
            unknown=unknown,
            settings=settings,
            checkov=checkov,
            level=level,
            remedies=remedies or {},
        )

    return decorate


def stack_rule(
    rule_id: str,
    *,
    severity: Severity,
    types: tuple[str, ...],
    fix: str,
    unknown: Unknown,
    settings: type[S],
    checkov: tuple[str, ...] = (),
    level: Level = Level.MANDATORY,
) -> Callable[[Callable[[Stack, S], Faults]], Rule]:
    """A rule about several resources together; it runs when all of them are known."""

    def decorate(check: Callable[[Stack, S], Faults]) -> Rule:
        return _make(
            check,
            rule_id,
            stack=True,
            severity=severity,
            types=types,
            fix=fix,
            unknown=unknown,
            settings=settings,
            checkov=checkov,
            level=level,
        )

    return decorate
