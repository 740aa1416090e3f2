"""All rules over what the program registers, environment by environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery.checking.environment import configuration, recorded
from delivery.checking.result import Environment
from delivery.checking.verdicts import Verdict, verdicts
from delivery.exits import Exit
from delivery.failure import Failure
from policies import ConfigurationError, evaluate
from policies.configuration import from_json
from policies.pack import RULES
from policies.rule import Rule
from stacks.settings.load import Settings

__all__ = ["Judge"]


@dataclass(frozen=True)
class Judge:
    """Judges the environments of one project by its program."""

    folder: Path
    program: Path

    @property
    def rules(self) -> Sequence[Rule]:
        """All that there are."""
        return RULES

    def __call__(self, settings: Settings, only: str | None) -> Environment:
        """The environment with every finding; with `only`, those on one model.

        Raises:
            Failure: the guardrails' configuration is wrong, or the program failed.
        """
        name = settings.environment
        try:
            config = from_json(configuration(self.folder, name), RULES)
        except ConfigurationError as error:
            raise Failure(f"{name}: {error}", Exit.CONFIGURATION) from None
        recording = recorded(self.folder, self.program, settings, only)
        found = verdicts(settings, recording.resources, evaluate(recording.resources, config))
        return Environment(
            name,
            tuple(sorted(settings.models)),
            judged=len(recording.resources),
            verdicts=tuple(one for one in found if only is None or _is_of(one, only)),
            warnings=recording.warnings,
        )


def _is_of(verdict: Verdict, only: str) -> bool:
    """Of one model alone nobody knows whether an exemption is used: the rest is not registered."""
    return verdict.model == only or verdict.lists_exemption
