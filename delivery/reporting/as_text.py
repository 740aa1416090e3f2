"""The report in a terminal: 80 columns, symbols beside words, nothing told by colour alone."""

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from delivery.reporting.grouped import by_rule, by_setting
from delivery.reporting.report import (
    CheckState,
    EnvironmentReport,
    Finding,
    Loss,
    ModelChange,
    Report,
    Verdict,
)
from delivery.reporting.sentence import count
from delivery.reporting.words import (
    OPERATIONS,
    SIGNS,
    STATES,
    arrow,
    clean,
    clipped,
    cost_words,
    names,
    step_words,
    unknown_costs,
)
from delivery.table import colour, columns

__all__ = ["text"]

_WIDTH: Final = 80
# What a screen or two hold; the files have everything.
_MOST_MODELS: Final = 20
_MOST_LINES: Final = 12
_COLOURS: Final = {
    Verdict.READY: "32",
    Verdict.NO_CHANGES: "32",
    Verdict.BLOCKED: "31",
    Verdict.REFUSED: "31",
    Verdict.FAILED: "31",
}


def text(report: Report, *, plain: bool, where: Path | None = None) -> str:
    """All environments, the verdicts of all of them first."""
    paint = _Paint(on=colour(sys.stdout, plain=plain))
    room = min(columns(sys.stdout) or _WIDTH, 120)
    lines = [paint(clean(e.sentence), _COLOURS[e.verdict]) for e in report.environments]
    for one in report.environments:
        if len(report.environments) > 1 and (one.models or one.problems or one.findings):
            lines += ["", paint(f"── {one.environment} ──", "1")]
        lines += _environment(one, paint, room)
    if where is not None:
        lines += ["", f"Everything: {where}/report.md, for machines report.json"]
    return "\n".join(lines)


class _Paint:
    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, said: str, code: str) -> str:
        return f"\x1b[{code}m{said}\x1b[0m" if self._on else said


def _environment(one: EnvironmentReport, paint: _Paint, room: int) -> Iterator[str]:
    for problem in one.problems:
        yield ""
        # Place, value, what is allowed and the fix have lines of their own.
        yield from (clean(line) if line.strip() == line else f"  {clean(line)}"
                    for line in problem.splitlines())  # fmt: skip
    yield from _losses(one.losses, paint, room)
    yield from _findings(one.blocking, paint, room)
    for model in one.models[:_MOST_MODELS]:
        yield ""
        yield from _model(model, paint, room)
    if more := one.models[_MOST_MODELS:]:
        yield ""
        yield from _wrapped(
            f"and {count(len(more), 'model')} more: "
            f"{', '.join(SIGNS[each.operation] + each.name for each in more)}",
            room,
            "",
            most=4,
        )
    yield from _findings(one.advice, paint, room)
    yield from _warnings(one, room)
    if one.verdict in {Verdict.REFUSED, Verdict.FAILED}:
        return
    yield ""
    yield from _sums(one)
    yield from _differences(one, room)
    yield from _checklist(one, paint, room)
    yield from _resources(one, room)


def _losses(losses: Sequence[Loss], paint: _Paint, room: int) -> Iterator[str]:
    if not losses:
        return
    yield ""
    yield paint("! Live traffic is at stake", "31")
    for loss in losses[:_MOST_LINES]:
        sign = "- deletes" if loss.operation == "delete" else "+- replaces"
        yield from _wrapped(f"{sign} {loss.resource} ({loss.type}), of {loss.model}", room, "  ")
        if loss.reason:
            yield from _wrapped(f"why: {loss.reason}", room, "      ")
        yield from _wrapped(loss.says, room, "      ")
        if loss.url:
            yield f"      address: {clean(loss.url)}"
        if loss.callers:
            yield from _wrapped(f"callers: {'; '.join(loss.callers)}", room, "      ", most=3)
    yield from _more(len(losses) - _MOST_LINES, "  ")


def _findings(findings: Sequence[Finding], paint: _Paint, room: int) -> Iterator[str]:
    groups = by_rule(findings)
    if not groups:
        return
    yield ""
    for group in groups:
        sign, word, code = ("✗", "stops", "31") if group.blocks else ("!", "advice", "33")
        head = f"{group.severity}  {group.rule}: {group.title}"
        first, *rest = _wrapped(head, room - len(word) - 4, "") or [""]
        yield f"{paint(f'{sign} {word}', code)}  {first}"
        yield from (f"    {line}" for line in rest)
        for place in group.places[: 3 if group.blocks else 1]:
            yield from _wrapped(place, room, "    ")
        yield from _more(len(group.places) - (3 if group.blocks else 1), "    ")
        if group.fix:
            yield from _wrapped(f"fix: {group.fix}", room, "    ")


def _model(model: ModelChange, paint: _Paint, room: int) -> Iterator[str]:
    about = ", ".join(
        clean(part)
        for part in (
            arrow(model.target, model.operation),
            model.owner or "no owner",
            model.operation.value,
        )
        if part
    )
    yield paint(f"{SIGNS[model.operation]} {clean(model.name)}", "1") + f"  ({about})"
    rows = [
        ("version", arrow(model.version, model.operation)),
        ("candidate", arrow(model.candidate, model.operation)),
        ("traffic", arrow(model.traffic, model.operation)),
        ("replicas", arrow(model.replicas, model.operation)),
        (f"cost {model.cost.currency}", _cost(model)),
        ("slo", arrow(model.slo, model.operation)),
    ]
    for head, said in rows:
        if said:
            yield from _wrapped(said, room, f"    {head:<9} ", rest=" " * 14)
    for number, step in enumerate(model.timeline):
        yield from _wrapped(
            step_words(step), room, f"    {'' if number else 'rollout':<9} ", rest=" " * 14
        )
    for reason in unknown_costs(model):
        yield from _wrapped(f"cost unknown: {reason}", room, "    ")
    shown = model.settings[:_MOST_LINES]
    for each in shown:
        yield from _wrapped(
            f"{each.setting}: {each.before} → {each.after}", room, "    ~ ", rest=" " * 8
        )
    yield from _more(len(model.settings) - len(shown), "    ")


def _cost(model: ModelChange) -> str:
    floor, ceiling = (
        cost_words(model.cost, kind, model.operation) for kind in ("floor", "ceiling")
    )
    if not floor and not ceiling:
        return ""
    return f"floor {floor or 'none'}, ceiling {ceiling or 'none'} a month"


def _warnings(one: EnvironmentReport, room: int) -> Iterator[str]:
    if not one.warnings:
        return
    yield ""
    for each in one.warnings[:_MOST_LINES]:
        whose = f"{each.model}: " if each.model else ""
        yield from _wrapped(f"{whose}{each.says}", room, "! warning  ", rest="    ")
    yield from _more(len(one.warnings) - _MOST_LINES, "")


def _sums(one: EnvironmentReport) -> Iterator[str]:
    if one.cost is not None:
        yield (
            f"Cost of {one.environment}, {one.cost.currency} a month: "
            f"floor {cost_words(one.cost, 'floor')}, ceiling {cost_words(one.cost, 'ceiling')}"
        )


def _differences(one: EnvironmentReport, room: int) -> Iterator[str]:
    if not one.compared_with:
        return
    groups = by_setting(one.differences)
    yield f"{one.compared_with} → {one.environment}: {count(len(groups), 'difference')}"
    for each in groups[:_MOST_LINES]:
        yield from _wrapped(
            f"{each.setting}: {each.before} → {each.after}  ({each.whose})",
            room,
            "    ",
            rest=" " * 8,
        )
    yield from _more(len(groups) - _MOST_LINES, "    ")


def _checklist(one: EnvironmentReport, paint: _Paint, room: int) -> Iterator[str]:
    if not one.checklist:
        return
    yield "Checklist"
    for each in one.checklist:
        sign, word = STATES[each.state]
        whose = f" ({names(each.models)})" if each.models else ""
        said = f": {clipped(each.says)}" if each.says else ""
        code = "31" if each.state is CheckState.MISSING else "0"
        first, *rest = _wrapped(f"{each.title}{said}{whose}", room - 15, "")
        yield f"  {paint(f'{sign} {word:<9}', code)}  {first}"
        yield from (f"{'':15}{line}" for line in rest)


def _resources(one: EnvironmentReport, room: int) -> Iterator[str]:
    c = one.counts
    yield (
        f"Resources: +{c.create} created, ~{c.update} updated, +-{c.replace} replaced, "
        f"-{c.delete} deleted, {c.same} unchanged"
    )
    shown = one.resources[:_MOST_LINES]
    for each in shown:
        paths = f": {'; '.join(each.paths)}" if each.paths else ""
        sign = OPERATIONS.get(each.operation, each.operation)
        yield from _wrapped(
            f"{sign:<2} {each.name} ({each.type}){clipped(paths)}", room, "  ", rest=" " * 9
        )
    yield from _more(len(one.resources) - len(shown), "  ")


def _more(number: int, indent: str) -> Iterable[str]:
    return [f"{indent}and {number} more"] if number > 0 else []


def _wrapped(
    said: str, room: int, first: str, *, rest: str | None = None, most: int | None = None
) -> list[str]:
    """Lines no wider than the room, but for words that are; nothing is cut but by `most`."""
    return textwrap.wrap(
        clean(said),
        room,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
        max_lines=most,
        placeholder=" …",
    )
