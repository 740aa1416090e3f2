"""`serving check --format json`."""

import json
from typing import Any, Final

from delivery.checking.result import Environment, Result
from delivery.checking.verdicts import Verdict

__all__ = ["text"]

SCHEMA_VERSION: Final = 1


def text(result: Result) -> str:
    """One object; findings are there where guardrails were judged."""
    return json.dumps(
        {
            "schema_version": SCHEMA_VERSION,
            "ok": not result.problems and not result.blocking,
            "environments": [_environment(one) for one in result.environments],
        },
        indent=2,
        ensure_ascii=False,
    )


def _environment(one: Environment) -> dict[str, Any]:
    made: dict[str, Any] = {
        "environment": one.name,
        "ok": not one.problems and not one.blocking,
        "models": list(one.models),
        "problems": [problem.as_json() for problem in one.problems],
    }
    if one.judged is not None:
        made["resources"] = one.judged
        made["findings"] = [_finding(each) for each in one.verdicts if not each.lists_exemption]
        made["exemptions"] = [_exemption(each) for each in one.verdicts if each.lists_exemption]
        made["warnings"] = list(one.warnings)
    return made


def _finding(verdict: Verdict) -> dict[str, Any]:
    finding = verdict.finding
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "severity": finding.severity.value,
        "title": finding.title,
        "model": verdict.model or None,
        "owner": verdict.owner or None,
        "file": verdict.place.file,
        "line": verdict.place.line,
        "column": verdict.place.column,
        "resource": finding.resource,
        "urn": finding.urn,
        "path": finding.path,
        "found": finding.found,
        "expected": finding.expected,
        "fix": finding.fix,
        "docs": finding.docs,
        "exempt": finding.exempt or None,
        "remedied": finding.remedied or None,
    }


def _exemption(verdict: Verdict) -> dict[str, Any]:
    return {"title": verdict.finding.title, "exempt": verdict.finding.exempt}
