"""`serving check --format sarif`: SARIF 2.1.0, a run for each environment.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html,
and what GitHub reads of it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from delivery.checking.docs_address import help_address
from delivery.checking.result import Environment, Result
from delivery.checking.verdicts import Verdict
from policies.identity import NAME, VERSION
from policies.rule import Level, Rule, Severity
from stacks.settings.problems import Place, Problem

__all__ = ["text"]

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT: Final = "%SRCROOT%"
# GitHub's words for scores: over 9.0 critical, 7.0 high, 4.0 medium, below that low.
_SCORES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}
_FINGERPRINT: Final = "guardrail/v1"
# `[text](address)` in a message is a link (§3.11.6), and whoever wrote a setting may not choose
# where people are led to: a mark that no eye sees stands in between.
_LINK: Final = re.compile(r"\](?=\()")


def text(result: Result) -> str:
    """The log."""
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [_run(one, result.rules) for one in result.environments],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _run(one: Environment, rules: Sequence[Rule]) -> dict[str, Any]:
    codes = sorted({problem.code for problem in one.problems})
    described = [*map(_rule, rules), *({"id": code} for code in codes)]
    places = {rule["id"]: at for at, rule in enumerate(described)}
    results = [
        *(_finding(each, places) for each in one.verdicts if not each.lists_exemption),
        *(_problem(each, places) for each in one.problems),
    ]
    return {
        "tool": {"driver": {"name": NAME, "version": VERSION, "rules": described}},
        "automationDetails": {"id": f"{NAME}/{one.name}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                # Of settings that are wrong nothing is judged.
                "executionSuccessful": not one.problems,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": _plain(said)}} for said in one.warnings
                ],
            }
        ],
        "results": results,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    address = help_address(rule)
    said = f"{rule.reason}\n\nFix: {rule.fix}".strip()
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": (rule.reason or rule.title).replace("\n", " ")},
        "help": {"text": said, "markdown": said},
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"level": _level(rule.level, rule.severity)},
        "properties": {
            "tags": [rule.family, *rule.checkov],
            "security-severity": _SCORES[rule.severity],
        },
    }


def _level(level: Level, severity: Severity) -> str:
    if level is Level.MANDATORY:
        return "error"
    return "note" if severity is Severity.LOW else "warning"


def _finding(verdict: Verdict, places: Mapping[str, int]) -> dict[str, Any]:
    finding = verdict.finding
    what = f"{finding.resource}: " if finding.resource else ""
    done = f"Set to {finding.remedied} by this guardrail" if finding.remedied else ""
    said = f"{what}{finding.title} {finding.difference}. {done or f'Fix: {finding.fix}'}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": _level(finding.level, finding.severity),
        "message": {"text": _plain(said)},
        "locations": [
            {
                **_physical(verdict.place),
                **(
                    {"logicalLocations": [{"fullyQualifiedName": finding.urn, "kind": "resource"}]}
                    if finding.urn
                    else {}
                ),
            }
        ],
        "partialFingerprints": {
            _FINGERPRINT: _fingerprint(finding.rule, finding.urn, finding.path)
        },
        **(
            {"suppressions": [{"kind": "external", "justification": _plain(finding.exempt)}]}
            if finding.exempt and not finding.blocks
            else {}
        ),
        "properties": {
            "environment": verdict.environment,
            "model": verdict.model,
            "owner": verdict.owner,
            "path": finding.path,
        },
    }


def _problem(problem: Problem, places: Mapping[str, int]) -> dict[str, Any]:
    return {
        "ruleId": problem.code,
        "ruleIndex": places[problem.code],
        "level": "error",
        "message": {"text": _plain("\n".join(problem.lines()))},
        "locations": [_physical(problem.place)],
        "partialFingerprints": {
            _FINGERPRINT: _fingerprint(problem.code, problem.place.file, problem.key)
        },
    }


def _plain(said: str) -> str:
    return _LINK.sub("]\u200b", said)


def _physical(place: Place) -> dict[str, Any]:
    region = {"startLine": max(place.line, 1)}
    if place.column:
        region["startColumn"] = place.column
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.file), "uriBaseId": _ROOT},
            "region": region,
        }
    }


def _fingerprint(*parts: str) -> str:
    """The same for the same fault of the same resource, wherever it is written."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
