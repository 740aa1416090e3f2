"""A finding: what people and the engine are told."""

from dataclasses import dataclass

from policies.rule import Level, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict on one place of one resource. `exempt`: the exemption that covers it.

    `remedied`: what the rule has set itself, so that nothing is left of the finding.
    """

    rule: str
    title: str
    severity: Severity
    level: Level
    urn: str
    resource: str
    path: str
    found: str
    expected: str
    fix: str
    docs: str
    exempt: str = ""
    remedied: str = ""

    @property
    def blocks(self) -> bool:
        """Whether it stops the update."""
        return self.level is Level.MANDATORY

    @property
    def difference(self) -> str:
        """`memory: found nothing; expected a limit`; empty where an exemption is listed."""
        where = f"{self.path}: " if self.path else ""
        return f"{where}found {self.found}; expected {self.expected}" if self.expected else ""

    @property
    def details(self) -> list[str]:
        """What was found and what became of it, a line for each."""
        return [
            *([self.difference] if self.difference else []),
            *([f"exempt {self.exempt}"] if self.exempt else []),
            *([f"set to {self.remedied} by this guardrail"] if self.remedied else []),
        ]

    @property
    def message(self) -> str:
        """Everything but the rule and the resource, which the engine prints in front."""
        fix = [f"fix: {self.fix}"] if self.fix else []
        return "\n".join((self.title, *self.details, *fix, f"docs: {self.docs}"))
