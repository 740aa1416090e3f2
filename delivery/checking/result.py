"""What a check of all environments found, for every format to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.settings.problems import Problem

if TYPE_CHECKING:
    from delivery.checking.verdicts import Verdict
    from policies.rule import Rule

__all__ = ["Environment", "Result"]


@dataclass(frozen=True)
class Environment:
    """One environment. `judged` is None where no guardrail looked at it."""

    name: str
    models: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    judged: int | None = None
    """How many resources."""
    verdicts: "tuple[Verdict, ...]" = ()
    warnings: tuple[str, ...] = ()

    @property
    def blocking(self) -> int:
        """How many findings would stop the update."""
        return sum(verdict.finding.blocks for verdict in self.verdicts)


@dataclass(frozen=True)
class Result:
    """All environments, and the rules that were asked."""

    environments: tuple[Environment, ...]
    rules: "Sequence[Rule]" = ()

    @property
    def problems(self) -> list[Problem]:
        """Each problem of the settings once, whichever environments it appears in."""
        found = dict.fromkeys(one for each in self.environments for one in each.problems)
        return sorted(found)

    @property
    def blocking(self) -> int:
        """How many findings would stop an update."""
        return sum(each.blocking for each in self.environments)
