"""Facts of the report in words that every shape of it uses."""

import unicodedata
from collections.abc import Sequence
from typing import Final

from delivery.reporting.report import Amount, CheckState, Cost, ModelChange, Operation, Pair, Step

__all__ = [
    "OPERATIONS",
    "SIGNS",
    "STATES",
    "arrow",
    "clean",
    "clipped",
    "cost_words",
    "duration",
    "names",
    "step_words",
    "unknown_costs",
]

SIGNS: Final = {
    Operation.ADDED: "+",
    Operation.CHANGED: "~",
    Operation.REMOVED: "-",
    Operation.MOVED: "+-",
}
OPERATIONS: Final = {"create": "+", "update": "~", "delete": "-", "replace": "+-", "import": "="}
STATES: Final = {
    CheckState.OK: ("✓", "ok"),
    CheckState.MISSING: ("✗", "missing"),
    CheckState.UNKNOWN: ("?", "unknown"),
    CheckState.NOT_ASKED: ("·", "not asked"),
}
_LONGEST = 200


def clean(text: str) -> str:
    """One line without control characters, marks of direction and the like.

    What names and messages hold may not move a terminal's cursor, nor break a line of a report.
    """
    kept = (
        " " if c.isspace() or unicodedata.category(c) in {"Zl", "Zp"} else c
        for c in text
        if c.isspace() or not unicodedata.category(c).startswith("C")
    )
    return " ".join("".join(kept).split())


def clipped(text: str, longest: int = _LONGEST) -> str:
    """The same, with an ellipsis where it is longer."""
    text = clean(text)
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def names(of: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more."""
    more = len(of) - most
    shown = ", ".join(of[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def arrow(pair: Pair, operation: Operation | None = None) -> str:
    """`1.4.0 → 1.5.0`; the fact alone where it stays, or the model comes; empty without one."""
    if not pair.changes or operation is Operation.ADDED:
        return pair.after or ""
    return f"{pair.before or 'none'} → {pair.after or 'none'}"


def cost_words(cost: Cost | None, kind: str, operation: Operation | None = None) -> str:
    """`584.00 → 671.60` of the floor or the ceiling; `unknown` is never a number."""
    if cost is None:
        return ""
    before: Amount | None = getattr(cost, f"{kind}_before")
    after: Amount | None = getattr(cost, f"{kind}_after")
    pair = Pair(before=_money(before), after=_money(after))
    # Two unknowns are not known to be the same.
    if pair.before == pair.after == "unknown":
        return "unknown"
    return arrow(pair, operation)


def _money(amount: Amount | None) -> str | None:
    if amount is None:
        return None
    if amount.monthly is not None:
        return f"{amount.monthly:,.2f}"
    return f"{amount.known_part:,.2f} + unknown" if amount.known_part else "unknown"


def unknown_costs(model: ModelChange) -> list[str]:
    """Why costs of a model are not known, each reason once."""
    found = (
        reason
        for amount in (
            model.cost.floor_before,
            model.cost.floor_after,
            model.cost.ceiling_before,
            model.cost.ceiling_after,
        )
        if amount
        for reason in amount.unknown
    )
    return list(dict.fromkeys(found))


def step_words(step: Step) -> str:
    """`after 5 min: 100 % of the requests go to 1.5.0`."""
    if not step.at_seconds:
        return step.says
    return f"after {duration(step.at_seconds)}: {step.says}"


def duration(seconds: int) -> str:
    """`90 s`, `5 min`, `1 h 30 min`."""
    if seconds < 120 or seconds % 60:  # noqa: PLR2004
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join(
        f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number
    )
