"""The verdict on an environment, and the one sentence that says it."""

from collections.abc import Collection, Sequence

from delivery.reporting.report import Counts, Finding, Loss, ModelChange, Verdict
from delivery.reporting.words import names

__all__ = ["count", "sentence", "verdict"]

_MOST_NAMES = 3


def verdict(
    models: Sequence[ModelChange],
    counts: Counts,
    findings: Sequence[Finding],
    *,
    held: Collection[str] = (),
    protection: int = 0,
) -> Verdict:
    """What comes of an update, where the preview was made.

    `held` is what may not be lost, `protection` of how much the protection changes.
    """
    if held or any(each.blocks for each in findings):
        return Verdict.BLOCKED
    return Verdict.READY if models or counts.changes or protection else Verdict.NO_CHANGES


def sentence(
    environment: str,
    verdict: Verdict,
    models: Sequence[ModelChange],
    *,
    counts: Counts,
    findings: Sequence[Finding],
    losses: Sequence[Loss],
    held: Collection[str] = (),
    protection: Sequence[str] = (),
) -> str:
    """Such as: prod: blocked: 2 guardrail findings stop the update; 1 model changes (fraud)."""
    blocking = sum(each.blocks for each in findings)
    changes = _models(models)
    if not models:
        changes = (
            f"no model changes, {count(counts.changes, 'resource')} of the platform "
            f"{'does' if counts.changes == 1 else 'do'}"
            if counts.changes
            else "nothing changes"
        )
    if protection:
        changes += f"; protection changes ({names(sorted(protection), _MOST_NAMES)})"
    if losses:
        lost = list(dict.fromkeys(each.model for each in losses))
        changes += f"; live traffic is at stake ({names(lost, _MOST_NAMES)})"
    if verdict is Verdict.BLOCKED:
        stops = [f"{names(sorted(held), _MOST_NAMES)} may not be taken away"] if held else []
        if blocking:
            stop = "stops" if blocking == 1 else "stop"
            stops.append(f"{count(blocking, 'guardrail finding')} {stop} the update")
        return f"{environment}: blocked: {'; '.join([*stops, changes])}."
    advice = len(findings) - blocking
    said = f"; {advice} findings are advice" if advice > 1 else "; 1 finding is advice"
    return f"{environment}: {changes}{said if advice else ''}."


def _models(models: Sequence[ModelChange]) -> str:
    verb = "changes" if len(models) == 1 else "change"
    shown = names([each.name for each in models], _MOST_NAMES)
    return f"{count(len(models), 'model')} {verb} ({shown})"


def count(number: int, word: str) -> str:
    """`1 model`, `2 models`."""
    return f"{number} {word}{'s' * (number != 1)}"
