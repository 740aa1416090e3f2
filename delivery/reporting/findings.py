"""What guardrails found in the engine's run, with model, owner and place; and its warnings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from delivery.checking.verdicts import verdicts
from delivery.json_values import mapping
from delivery.reporting import report
from delivery.reporting.whose import Whose
from policies import Finding, Resource
from policies.configuration import EXEMPTIONS
from policies.rule import Level, Severity
from stacks.settings.load import Settings

__all__ = ["exemptions", "findings", "warnings"]

_DIFFERENCE: Final = re.compile(r"(?P<path>[^\s:]+): found ", re.DOTALL)
# The engine tells so of each stand-in of the sandbox.
_NOISE: Final = ("from $PATH", "using pulumi-")


def findings(
    settings: Settings,
    steps: Sequence[Mapping[str, Any]],
    events: Iterable[Mapping[str, Any]],
) -> list[report.Finding]:
    """Each once, what stops the update first."""
    told = [(_finding(each), _parts(each)) for each in _policy_events(events)]
    told = [(one, parts) for one, parts in told if one.rule != EXEMPTIONS]
    parts_of = {id(one): parts for one, parts in told}
    made: list[report.Finding] = []
    for verdict in verdicts(settings, _resources(steps), [one for one, _ in told]):
        finding = verdict.finding
        title, details, fix, docs = parts_of[id(finding)]
        one = report.Finding(
            rule=finding.rule,
            blocks=finding.blocks,
            severity=finding.severity.value,
            model=verdict.model or None,
            owner=verdict.owner or None,
            title=title,
            details=details,
            fix=fix,
            docs=docs,
            resource=finding.resource,
            urn=finding.urn,
            file=verdict.place.file or None,
            line=verdict.place.line or None,
        )
        if one not in made:
            made.append(one)
    return made


def exemptions(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Those in force: rule, resource, last day, who granted it and why."""
    found: list[str] = []
    for each in _policy_events(events):
        if each.get("policyName") == EXEMPTIONS:
            title, details, _, _ = _parts(each)
            said = " ".join(line.removeprefix("exempt ") for line in details)
            found.append(f"{title}: {said}" if said else title)
    return list(dict.fromkeys(found))


def warnings(events: Iterable[Mapping[str, Any]], whose: Whose) -> list[report.Warned]:
    """What the program and the engine warn of."""
    found: list[report.Warned] = []
    for event in events:
        told = mapping(event.get("diagnosticEvent"))
        says = str(told.get("message", "")).strip()
        if told.get("severity") != "warning" or all(word in says for word in _NOISE):
            continue
        urn = str(told.get("urn") or "")
        found.append(report.Warned(model=whose(urn) if urn else None, says=says))
    return list(dict.fromkeys(found))


def _policy_events(events: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (mapping(e["policyEvent"]) for e in events if "policyEvent" in e)


def _finding(event: Mapping[str, Any]) -> Finding:
    urn = str(event.get("resourceUrn") or "")
    found = _DIFFERENCE.search("\n".join(_parts(event)[1]))
    level, severity = event.get("enforcementLevel"), event.get("severity")
    return Finding(
        rule=str(event.get("policyName")),
        title="",
        severity=Severity(severity) if severity in set(Severity) else Severity.MEDIUM,
        level=Level.MANDATORY if level == "mandatory" else Level.ADVISORY,
        # Of the stack, where the finding is about none of its resources.
        urn="" if "::pulumi:pulumi:Stack::" in urn else urn,
        resource=urn.rpartition("::")[2],
        path=found["path"] if found else "",
        found="",
        expected="",
        fix="",
        docs="",
    )


def _parts(event: Mapping[str, Any]) -> tuple[str, list[str], str, str]:
    """Title, details, fix and docs of a message; of another pack's all is title and details."""
    title, *rest = str(event.get("message", "")).strip().splitlines() or [""]
    details: list[str] = []
    fix = docs = ""
    for line in rest:
        if line.startswith("fix: "):
            fix = line.removeprefix("fix: ")
        elif line.startswith("docs: "):
            docs = line.removeprefix("docs: ")
        elif line.strip():
            details.append(line.strip())
    return title, details, fix, docs


def _resources(steps: Sequence[Mapping[str, Any]]) -> list[Resource]:
    made: dict[str, Resource] = {}
    for step in steps:
        state = mapping(step.get("newState")) or mapping(step.get("oldState"))
        urn = str(step.get("urn"))
        made[urn] = Resource(
            type=str(state.get("type", "")),
            urn=urn,
            name=urn.rpartition("::")[2],
            properties=mapping(state.get("inputs")),
            parent=str(state.get("parent") or ""),
        )
    return list(made.values())
