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
    def message(self) -> str:
        """Everything but the rule and the resource, which the engine prints in front."""
        lines = [self.title]
        if self.expected:
            where = f"{self.path}: " if self.path else ""
            lines.append(f"{where}found {self.found}; expected {self.expected}")
        if self.exempt:
            lines.append(f"exempt {self.exempt}")
        if self.remedied:
            lines.append(f"set to {self.remedied} by this guardrail")
        if self.fix:
            lines.append(f"fix: {self.fix}")
        return "\n".join((*lines, f"docs: {self.docs}"))
