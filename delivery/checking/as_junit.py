"""`serving check --format junit`: a suite for each environment, a case for each rule and model.

In the order and with the attributes that Ant's task writes, which every reader knows. What only
advises is in the suite's output: a case has passed or failed.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from delivery.checking.result import Environment, Result
from delivery.checking.verdicts import Verdict
from policies.rule import Rule

__all__ = ["text"]

_PLATFORM: Final = "platform"
_SETTINGS: Final = "settings"


def text(result: Result) -> str:
    """The document."""
    top = ET.Element("testsuites")
    for number, one in enumerate(result.environments):
        _suite(top, number, one, result.rules)
    ET.indent(top)
    return ET.tostring(top, encoding="unicode", xml_declaration=True)


def _suite(top: ET.Element, number: int, one: Environment, rules: Sequence[Rule]) -> None:
    suite = ET.SubElement(top, "testsuite")
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="environment", value=one.name)
    cases = list(_cases(one, rules))
    failures = 0
    for model, name, failure in cases:
        case = ET.SubElement(
            suite, "testcase", name=name, classname=f"{one.name}.{model}", time="0"
        )
        if failure:
            failures += 1
            first = failure.splitlines()[0]
            ET.SubElement(case, "failure", message=_clean(first), type=name).text = _clean(failure)
    advice = [_said(each) for each in one.verdicts if not each.finding.blocks]
    ET.SubElement(suite, "system-out").text = _clean("\n\n".join(advice))
    ET.SubElement(suite, "system-err").text = _clean("\n".join(one.warnings))
    suite.attrib.update(
        name=one.name,
        package="guardrails",
        id=str(number),
        tests=str(len(cases)),
        failures=str(failures),
        errors="0",
        time="0",
        hostname="localhost",
        timestamp=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
    )


def _cases(one: Environment, rules: Sequence[Rule]) -> Iterator[tuple[str, str, str]]:
    """Model, rule, and what failed or nothing."""
    problems = "\n".join(line for problem in one.problems for line in problem.lines())
    yield _SETTINGS, _SETTINGS, problems
    if one.judged is None:
        return
    failed: dict[tuple[str, str], list[str]] = {}
    for each in one.verdicts:
        if each.finding.blocks:
            key = (each.model or _PLATFORM, each.finding.rule)
            failed.setdefault(key, []).append(_said(each))
    for model in (*one.models, _PLATFORM):
        for rule in rules:
            yield model, rule.id, "\n\n".join(failed.get((model, rule.id), ()))


def _said(verdict: Verdict) -> str:
    finding = verdict.finding
    about = f"{verdict.place}: {finding.resource or 'the stack'}"
    return f"{finding.rule}: {finding.message}\n{about}\nowner: {verdict.owner or 'nobody'}"


def _clean(said: str) -> str:
    """Without the signs that XML cannot hold."""
    return "".join(
        c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in said
    )
