"""Findings by rule and differences by setting: what is the same of many models is said once."""

from collections.abc import Sequence
from dataclasses import dataclass

from delivery.reporting.report import Difference, Finding
from delivery.reporting.words import names

__all__ = ["ByRule", "BySetting", "by_rule", "by_setting"]


@dataclass(frozen=True, slots=True)
class ByRule:
    """All findings of one rule that stop, or all that advise."""

    rule: str
    blocks: bool
    severity: str
    title: str
    fix: str
    docs: str
    models: tuple[str, ...]
    places: tuple[str, ...]
    """`stacks/models/fraud.yaml:3 fraud-endpoint: kmsKeyArn: found nothing; expected …`."""


def by_rule(findings: Sequence[Finding]) -> list[ByRule]:
    """In the order of the worst of each."""
    groups: dict[tuple[str, bool], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.rule, each.blocks), []).append(each)
    return [
        ByRule(
            rule=rule,
            blocks=blocks,
            severity=group[0].severity,
            title=group[0].title,
            fix=group[0].fix,
            docs=group[0].docs,
            models=tuple(dict.fromkeys(each.model or "platform" for each in group)),
            places=tuple(_place(each) for each in group),
        )
        for (rule, blocks), group in groups.items()
    ]


def _place(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line} " if finding.file and finding.line else ""
    details = "; ".join(finding.details)
    what = finding.resource or "the stack"
    return f"{place}{what}: {details}" if details else f"{place}{what}"


@dataclass(frozen=True, slots=True)
class BySetting:
    """A setting with the same two values of one model or of many."""

    setting: str
    before: str
    after: str
    models: tuple[str, ...]

    @property
    def whose(self) -> str:
        """The first names, and how many more."""
        return names(self.models)


def by_setting(differences: Sequence[Difference]) -> list[BySetting]:
    """What most models share comes first."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for each in differences:
        groups.setdefault((each.setting, each.before, each.after), []).append(each.model)
    made = [BySetting(*key, tuple(models)) for key, models in groups.items()]
    return sorted(made, key=lambda each: -len(each.models))
