"""The report for a pull request: the verdict first, details folded, never over a comment's size.

Within a section each line is whole by itself, so that lines can go and nothing is left open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from delivery.reporting.grouped import ByRule, by_rule, by_setting
from delivery.reporting.markdown_text import code, prose
from delivery.reporting.report import (
    CheckState,
    EnvironmentReport,
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
    cost_words,
    step_words,
    unknown_costs,
)

__all__ = ["LIMIT", "markdown"]

LIMIT: Final = 65_536
"""Characters of a comment: GitHub answers `body is too long (maximum is 65536 characters)`."""
VISIBLE_LINES: Final = 40
"""Lines that are not folded, of one environment or of two together."""
_FIXED_LINES: Final = 15
"""Of each environment: sentence, heads, checklist, and what folds say."""
_ROOM: Final = 3_000
"""Characters kept free for a marker and a line on top."""
_ICONS: Final = {
    Verdict.READY: "🟢",
    Verdict.NO_CHANGES: "⚪",
    Verdict.BLOCKED: "🔴",
    Verdict.REFUSED: "🔴",
    Verdict.FAILED: "🔴",
}
_CHECKS: Final = {
    CheckState.OK: "✅",
    CheckState.MISSING: "❌",
    CheckState.UNKNOWN: "❔",
    CheckState.NOT_ASKED: "➖",
}
_OF_A_NUMBER: Final = re.compile(r" (?=%)| (?=[0-9.]+ %)|(?<=[0-9]) (?=→)|(?<=→) (?=[0-9])")
_UNBROKEN_RANGE: Final = str.maketrans({"-": "\u2011"})
_MORE: Final = "<code>report.md</code>, the artifact of this run"


class _Detail(IntEnum):
    """How much is said of what is never left out; less where it would be too long."""

    FULL = 0
    BRIEF = 1
    """Findings without whose they are."""
    NAMES = 2
    """Names of guardrails and of the checklist's items alone."""
    VERDICTS = 3
    """Of so many environments that there is room for a sentence of each."""


@dataclass(frozen=True, slots=True)
class _Section:
    """Lines, each whole by itself. `kept`: they never go."""

    lines: tuple[str, ...]
    kept: bool = False
    title: str = ""
    """Where it is folded: what the fold says."""
    head: tuple[str, ...] = ()
    """Of a table."""
    left_out: int = 0

    def text(self) -> str:
        """As it stands in the comment."""
        lines = [*self.head, *self.lines]
        if self.left_out:
            lines += ["", f"{self.left_out} more in {_MORE}."]
        body = "\n".join(lines)
        if not self.title:
            return body
        return f"<details><summary>{self.title}</summary>\n\n{body}\n\n</details>"


def markdown(report: Report, *, limit: int | None = LIMIT) -> str:
    """The report in at most so many characters; with None, all of it."""
    sections = _sections(report, _Detail.FULL)
    if limit is not None:
        for detail in _Detail:
            sections = _fitted(_sections(report, detail), limit - _ROOM)
            if _size(sections) <= limit - _ROOM:
                break
    return "\n\n".join(text for each in sections if (text := each.text())) + "\n"


def _sections(report: Report, detail: "_Detail") -> list[_Section]:
    many = len(report.environments)
    sections: list[_Section] = []
    for number, one in enumerate(report.environments):
        if number:
            sections.append(_Section(("---",), kept=True))
        sections += _environment(one, many, detail)
    return sections


def _size(sections: Sequence[_Section]) -> int:
    return sum(len(each.text()) + 2 for each in sections)


def _fitted(sections: list[_Section], room: int) -> list[_Section]:
    """The largest details go first, by halves, and say how many lines went."""
    made = list(sections)
    sizes = [len(each.text()) + 2 for each in made]
    while sum(sizes) > room:
        cuttable = [at for at, each in enumerate(made) if not each.kept and each.lines]
        if not cuttable:
            break
        at = max(cuttable, key=sizes.__getitem__)
        one = made[at]
        kept = len(one.lines) // 2
        left_out = one.left_out + len(one.lines) - kept
        made[at] = replace(one, lines=one.lines[:kept], left_out=left_out)
        sizes[at] = len(made[at].text()) + 2
    return made


def _environment(one: EnvironmentReport, many: int, detail: _Detail) -> list[_Section]:
    most = max((VISIBLE_LINES // many - _FIXED_LINES) // 3, 1)
    made = [_Section((f"### {_icon(one)} {prose(one.sentence, 400)}",), kept=True)]
    if detail is _Detail.VERDICTS:
        made.append(_Section((f"The rest is in {_MORE}.",), kept=True))
        return made
    if one.problems:
        made.append(_problems(one))
    if one.losses:
        made.append(_losses(one.losses, most))
        made.append(_all_losses(one.losses[most:]))
    if one.models:
        shown = one.models[:most]
        made.append(_table(shown, one, kept=True))
        if more := one.models[len(shown) :]:
            made.append(replace(_table(more, one), title=f"{count(len(more), 'model')} more"))
    groups = by_rule(one.findings)
    stops = [each for each in groups if each.blocks]
    advice = [each for each in groups if not each.blocks]
    if stops:
        made.append(_rules(stops[:most], detail))
        if more := stops[most:]:
            title = f"{count(len(more), 'guardrail')} more that stop the update"
            made.append(replace(_rules(more, detail), title=title))
    if one.checklist:
        made += _checklist(one, detail)
    if advice:
        title = f"Advice of guardrails ({len(one.advice)})"
        made.append(replace(_rules(advice, detail), title=title))
    made += [
        _rollouts(one),
        _differences(one),
        _warnings(one),
        _costs(one),
        _places(one),
        _resources(one),
    ]
    return [each for each in made if each.lines or each.left_out]


def _icon(one: EnvironmentReport) -> str:
    """Nothing stops a deletion that callers notice, and it is not green either."""
    return "🟡" if one.losses and one.verdict is Verdict.READY else _ICONS[one.verdict]


def _problems(one: EnvironmentReport) -> _Section:
    return _Section(
        tuple(
            f"- {'<br>'.join(prose(line, 500) for line in problem.splitlines()[:20])}"
            for problem in one.problems[:30]
        ),
        left_out=max(len(one.problems) - 30, 0),
    )


def _loss(loss: Loss) -> str:
    verb = "deletes" if loss.operation == "delete" else "replaces"
    sign = OPERATIONS[loss.operation]
    about = (
        f"- <code>{sign}</code> **{verb}** {code(loss.resource, 60)} ({code(loss.type, 60)}) "
        f"of {code(loss.model, 60)}: {prose(loss.says)}"
    )
    parts = [about]
    if loss.reason:
        parts.append(f"Why: {code(loss.reason)}.")
    if loss.url:
        parts.append(f"Address: {code(loss.url)}.")
    if loss.callers:
        parts.append(f"Callers: {code('; '.join(loss.callers))}.")
    return " ".join(parts)


def _losses(losses: Sequence[Loss], most: int) -> _Section:
    lines = ["**⚠️ Live traffic is at stake**", "", *(_loss(each) for each in losses[:most])]
    return _Section(tuple(lines), kept=True)


def _all_losses(losses: Sequence[Loss]) -> _Section:
    title = f"{len(losses)} more with live traffic"
    return _Section(tuple(_loss(each) for each in losses), title=title)


def _table(
    models: Sequence[ModelChange], one: EnvironmentReport, *, kept: bool = False
) -> _Section:
    currency = prose(one.cost.currency if one.cost else "", 10)
    cost = f"{currency} a month:<br>floor, ceiling"
    head = (
        f"| model | version | traffic | replicas | {cost} | findings |",
        "|---|---|---|---|---|---|",
    )
    rows = tuple(_row(each, one) for each in models)
    return _Section(rows, kept=kept, head=head)


def _row(model: ModelChange, one: EnvironmentReport) -> str:
    found = [each for each in one.findings if each.model == model.name]
    stops = sum(each.blocks for each in found)
    cells = [
        f"<code>{SIGNS[model.operation]}</code>\u00a0{code(model.name, 60)}",
        _both(arrow(model.version, model.operation)),
        _both(arrow(model.traffic, model.operation)),
        _both(arrow(model.replicas, model.operation)).translate(_UNBROKEN_RANGE),
        "<br>".join(
            _held(prose(said, 60))
            for kind in ("floor", "ceiling")
            if (said := cost_words(model.cost, kind, model.operation))
        ),
        ", ".join(
            said
            for said, there in (
                (f"❌ {stops}", stops),
                (f"{len(found) - stops} advice", len(found) - stops),
            )
            if there
        )
        or "none",
    ]
    return f"| {' | '.join(cells)} |"


def _both(said: str) -> str:
    before, arrow_, after = (prose(said, 160) if said else "none").partition(" → ")
    return _held(f"{before}<br>→ {after}" if arrow_ else before)


def _held(text: str) -> str:
    """Without a break between a number and what it is of: cells are narrow."""
    return _OF_A_NUMBER.sub("\u00a0", text)


def _rules(groups: Sequence[ByRule], detail: _Detail) -> _Section:
    if detail is _Detail.NAMES:
        word = "❌ **stops**" if groups[0].blocks else "advice"
        return _Section((f"- {word} {', '.join(code(g.rule, 60) for g in groups)}",), kept=True)
    return _Section(tuple(_rule(each, detail) for each in groups), kept=True)


def _rule(group: ByRule, detail: _Detail) -> str:
    if detail is _Detail.BRIEF:
        word = "❌ **stops**" if group.blocks else "advice"
        fix = f" Fix: {prose(group.fix, 80)}" if group.fix else ""
        return f"- {word} {code(group.rule, 60)} ({len(group.places)} places).{fix}"
    word = "❌ **stops**" if group.blocks else "advice"
    names = ", ".join(code(name, 60) for name in group.models[:4])
    more = len(group.models) - 4
    names += f" and {more} more" if more > 0 else ""
    fix = f" Fix: {prose(group.fix, 200)}" if group.fix else ""
    return f"- {word} {code(group.rule, 60)} {prose(group.title, 160)} In {names}.{fix}"


def _checklist(one: EnvironmentReport, detail: _Detail) -> list[_Section]:
    lacking = [each for each in one.checklist if each.state is CheckState.MISSING]
    asked = [each for each in one.checklist if each.state is not CheckState.NOT_ASKED]
    done = [each for each in asked if each.state is CheckState.OK]
    missing = "; ".join(prose(each.title.lower(), 60) for each in lacking)
    line = f"**Checklist:** {len(done)} of {len(asked)}"
    line += f"; missing: {missing}" if missing else ""
    rows = tuple(
        f"- {_CHECKS[each.state]} {prose(each.title, 60)} ({STATES[each.state][1]})"
        + (f": {prose(each.says, 200)}" if each.says and detail is not _Detail.NAMES else "")
        + (f" ({_names(each.models)})" if each.models and detail is not _Detail.NAMES else "")
        for each in one.checklist
    )
    return [_Section((line,), kept=True), _Section(rows, kept=True, title="The whole checklist")]


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(code(name, 60) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown  # noqa: PLR2004


def _rollouts(one: EnvironmentReport) -> _Section:
    lines: list[str] = []
    for model in one.models:
        said = [prose(step_words(step)) for step in model.timeline]
        said += [
            f"{code(each.setting)} {code(each.before, 60)} → {code(each.after, 60)}"
            for each in model.settings
        ]
        if model.slo.changes or model.timeline:
            said += (
                [f"SLO {prose(arrow(model.slo, model.operation))}"]
                if arrow(model.slo, model.operation)
                else []
            )
        said += (
            [f"target {prose(arrow(model.target, model.operation))}"]
            if model.target.changes
            else []
        )
        if said:
            lines.append(f"- {code(model.name, 60)}: {'<br>'.join(said)}")
    return _Section(tuple(lines), title="Rollout and settings, by model")


def _differences(one: EnvironmentReport) -> _Section:
    if not one.compared_with:
        return _Section(())
    groups = by_setting(one.differences)
    here, there = code(one.environment, 60), code(one.compared_with, 60)
    return _Section(
        tuple(
            f"| {code(each.setting)} | {code(each.before, 80)} | {code(each.after, 80)} "
            f"| {prose(each.whose, 160)} |"
            for each in groups
        ),
        title=f"{there} → {here}: {count(len(groups), 'difference')}",
        head=(f"| setting | {there} | {here} | models |", "|---|---|---|---|"),
    )


def _warnings(one: EnvironmentReport) -> _Section:
    return _Section(
        tuple(
            f"- {code(each.model, 60) + ': ' if each.model else ''}{prose(each.says, 400)}"
            for each in one.warnings
        ),
        title=f"Warnings ({len(one.warnings)})",
    )


def _costs(one: EnvironmentReport) -> _Section:
    if one.cost is None:
        return _Section(())
    all_of_it = (
        f"- all of {code(one.environment, 60)}, {prose(one.cost.currency, 10)} a month: floor "
        f"{prose(cost_words(one.cost, 'floor'))}; ceiling {prose(cost_words(one.cost, 'ceiling'))}"
    )
    lines = [all_of_it]
    for model in one.models:
        lines += [
            f"- unknown: {code(model.name, 60)}: {prose(reason)}" for reason in unknown_costs(model)
        ]
    lines += [f"- {prose(note)}" for note in one.cost_notes]
    return _Section(tuple(lines), title="Cost")


def _places(one: EnvironmentReport) -> _Section:
    lines = [
        f"- {code(group.rule, 60)} {code(place, 400)}"
        for group in by_rule(one.findings)
        for place in group.places
    ]
    return _Section(tuple(lines), title=f"Each finding ({len(one.findings)})")


def _resources(one: EnvironmentReport) -> _Section:
    c = one.counts
    lines = [
        f"- <code>{OPERATIONS.get(each.operation, '?')}</code> {code(each.name, 80)} "
        f"({code(each.type, 80)})" + "".join(f"<br>{code(path, 200)}" for path in each.paths[:20])
        for each in one.resources
    ]
    title = (
        f"Resources: {c.create} created, {c.update} updated, {c.replace} replaced, "
        f"{c.delete} deleted, {c.same} unchanged"
    )
    return _Section(tuple(lines), title=title)
