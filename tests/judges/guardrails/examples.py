"""Guardrails on what vendors show: `… tests.judges guardrails`.

All rules judge the examples of the SDKs' documentation, KServe's and Kubernetes' manifests and the
requests in Azure's clients. No rule may fail on any, or fail to read it; and a rule that finds a
fault in some is listed in `examples.json`, with the reason why it is one. Examples show how a thing
is made, not how it is kept safe: few name a key, an owner or a limit.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from policies import Finding, Resource, evaluate
from policies.pack import RULES
from sandbox.wire import Unknown
from tests.judges.corpora.model import Example
from tests.judges.panel import PANEL
from tests.policies.cases.table import UNKNOWN

__all__ = ["Judged", "failures", "figures", "judged"]

_LIST: Final = Path(__file__).with_name("examples.json")
_FAILED: Final = "a failure of the rule itself"
_LEAST: Final = 3000


@dataclass
class Judged:
    """What the rules say of all examples."""

    examples: int = 0
    resources: int = 0
    findings: Counter[str] = field(default_factory=Counter[str])
    failed: set[str] = field(default_factory=set[str])
    lines: list[str] = field(default_factory=list[str])

    def add(self, example: Example, findings: list[Finding]) -> None:
        """Findings on one example."""
        self.examples += 1
        self.resources += len(example.resources)
        for one in findings:
            self.findings[one.rule] += 1
            line = f"{one.rule}: {example.name}: {one.resource}: {one.path}: {one.found}"
            self.lines.append(line)
            if _FAILED in one.found:
                self.failed.add(line)


def judged() -> Judged:
    """Every example of every provider, each a stack of its own."""
    found = Judged()
    for panel in PANEL.values():
        for example in panel.corpus().examples:
            found.add(example, evaluate(list(_resources(example)), {}))
    return found


def figures(found: Judged) -> dict[str, Any]:
    """What is committed."""
    listed = _listed()
    silent = {rule.id for rule in RULES} - set(found.findings)
    return {
        "examples": found.examples,
        "resources": found.resources,
        "findings": found.findings.total(),
        "by rule": dict(sorted(found.findings.items())),
        "failed": sorted(found.failed),
        "not listed": sorted(set(found.findings) - set(listed)),
        "listed in vain": sorted(set(listed) & silent),
    }


def failures(told: Mapping[str, Any]) -> Iterator[str]:
    """Every gate that the figures do not meet."""
    for line in told["failed"]:
        yield f"guardrails: {line}"
    for rule in told["not listed"]:
        yield f"guardrails: {rule} finds faults in vendors' examples; {_LIST.name} has no reason"
    for rule in told["listed in vain"]:
        yield f"guardrails: {rule} finds nothing in vendors' examples; {_LIST.name} has an entry"
    if told["resources"] < _LEAST:
        yield f"guardrails: {told['resources']} resources of examples; at least {_LEAST}"


def _listed() -> Mapping[str, str]:
    return json.loads(_LIST.read_text(encoding="utf-8"))


def _resources(example: Example) -> Iterator[Resource]:
    for number, one in enumerate(example.resources):
        properties = cast("dict[str, Any]", _wire(one.inputs))
        name = f"{one.name}-{number}"
        urn = f"urn:pulumi:dev::examples::{one.token}::{name}"
        yield Resource(type=one.token, urn=urn, name=name, properties=properties)


def _wire(value: object) -> object:
    """As the engine sends it: what is not known has its marker."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, list):
        return [_wire(one) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _wire(one) for key, one in cast("dict[str, object]", value).items()}
    return value
