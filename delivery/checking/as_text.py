"""`serving check` for people: by model and owner, worst first, nothing told by colour alone."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from delivery.checking.result import Environment, Result
from delivery.table import colour, one_line
from stacks.settings.problems import report

if TYPE_CHECKING:
    from delivery.checking.verdicts import Verdict

__all__ = ["text"]

_STOPS: Final = ("✗", "stops", "31")
_ADVICE: Final = ("!", "advice", "33")
_PLATFORM: Final = "platform"


def text(result: Result, *, plain: bool) -> str:
    """Problems of the settings once; then each environment with what guardrails found in it."""
    paint = _Paint(on=colour(sys.stdout, plain=plain))
    lines: list[str] = []
    if problems := result.problems:
        lines.append(report(problems))
    for one in result.environments:
        if lines and lines[-1].startswith(" "):
            # Below what was found in the one before.
            lines.append("")
        if not one.problems:
            lines += _environment(one, len(result.rules), paint)
        elif result.rules:
            lines.append(f"{one.name}: guardrails not judged until its settings are right")
    return "\n".join(lines)


class _Paint:
    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, said: str, code: str) -> str:
        return f"\x1b[{code}m{said}\x1b[0m" if self._on else said


def _environment(one: Environment, rules: int, paint: _Paint) -> Iterator[str]:
    models = f"{one.name}: {_count(len(one.models), 'model')}"
    if one.judged is None:
        yield f"ok  {models}"
        return
    found = [each for each in one.verdicts if not each.lists_exemption]
    judged = f"{_count(one.judged, 'resource')}, {_count(rules, 'rule')}"
    if not found:
        yield f"ok  {models}, {judged}"
    else:
        stops = one.blocking
        yield paint(
            f"{models}, {judged}: {_count(stops, 'finding')} stop{'s' * (stops == 1)} the update, "
            f"{len(found) - stops} advice",
            "1",
        )
        for (model, owner), group in _by(found, _whose).items():
            yield ""
            yield paint(one_line(f"{model} ({owner or 'no owner'})"), "1")
            for each in _by(group, _rule).values():
                yield from _told(each, paint)
    for each in one.verdicts:
        if each.lists_exemption:
            yield f"  exempt: {one_line(f'{each.finding.title}: {each.finding.exempt}')}"
    for warning in one.warnings:
        yield f"  warning: {one_line(warning)}"


def _whose(verdict: "Verdict") -> tuple[str, str]:
    return verdict.model or _PLATFORM, verdict.owner


def _rule(verdict: "Verdict") -> tuple[str, str]:
    return verdict.finding.rule, verdict.finding.level


def _by(
    found: "Iterable[Verdict]", key: "Callable[[Verdict], tuple[str, str]]"
) -> "dict[tuple[str, str], list[Verdict]]":
    """Groups in the order of their worst finding."""
    made: dict[tuple[str, str], list[Verdict]] = {}
    for one in found:
        made.setdefault(key(one), []).append(one)
    return made


def _told(found: "list[Verdict]", paint: _Paint) -> Iterator[str]:
    """One rule's findings on one model: the fix is said once."""
    first = found[0].finding
    symbol, word, code = _STOPS if first.blocks else _ADVICE
    title = one_line(first.title)
    yield f"  {paint(f'{symbol} {word}', code)}  {first.severity}  {first.rule}: {title}"
    for one in found:
        yield from _place(one)
    if first.fix:
        yield f"      fix: {one_line(first.fix)}"
    yield f"      docs: {first.docs}"


def _place(verdict: "Verdict") -> Iterator[str]:
    finding = verdict.finding
    yield one_line(f"    {verdict.place}: {finding.resource or 'the stack'}")
    for detail in finding.details:
        yield f"      {one_line(detail)}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
