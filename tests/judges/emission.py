"""What scanners of others say of the manifests that the project emits: `… tests.judges manifests`.

Judged is every Kubernetes component, by its defaults and by all other sets of arguments that its
unit test offers, and the example models of each environment.
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.contract.emitted import ENVIRONMENTS, KUBERNETES, Object, examples, of
from tests.judges.scanners import tools
from tests.judges.scanners.findings import (
    GATED,
    Finding,
    by_checkov,
    by_kube_score,
    exemptions,
)

__all__ = ["SCANNERS", "digest", "failures", "grave", "groups", "judged"]

SCANNERS = ("kube-score", "checkov")
# A scanner that looks at nothing finds nothing.
_LEAST_CHECKS = 25


def groups() -> dict[str, list[Object]]:
    """Objects that belong together: of a component by a set of arguments, of an environment."""
    found: dict[str, list[Object]] = {}
    for name in KUBERNETES:
        for each in of(name):
            found.setdefault(f"{name} {each.variant}", []).append(each.object)
    for environment in ENVIRONMENTS:
        found[environment] = [each.object for each in examples(environment)]
    return found


def judged(out: Path) -> dict[str, Any]:
    """The figures; what is told and not gated is written to `manifests.txt` too."""
    given = groups()
    kinds = Counter(each["kind"] for objects in given.values() for each in objects)
    found: dict[str, Any] = {
        "digest": digest(given),
        "objects": kinds.total(),
        "kinds": dict(sorted(kinds.items())),
    }
    every: list[Finding] = []
    with tempfile.TemporaryDirectory() as folder:
        answers = {
            "kube-score": by_kube_score(tools.kube_score(), given),
            "checkov": by_checkov(tools.checkov(), given, Path(folder)),
        }
    for scanner, (findings, checks) in answers.items():
        every += findings
        severities = Counter(each.severity for each in findings)
        found[scanner] = {
            "version": tools.version(scanner),
            "checks": checks,
            "findings": dict(sorted(severities.items())),
            "listed": sum(_listed(each) for each in findings),
            "not listed": sorted({_line(each) for each in grave(findings)}),
        }
    found["listed in vain"] = [
        f"{one.scanner} {one.id} {one.kind}"
        for one in exemptions()
        if not any(one.covers(each) for each in every)
    ]
    lines = sorted(f"{_line(each)}{'; listed' if _listed(each) else ''}" for each in every)
    (out / "manifests.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return found


def grave(findings: list[Finding]) -> list[Finding]:
    """Findings that fail the gate: severe, and not listed with a reason."""
    return [each for each in findings if each.severity in GATED and not _listed(each)]


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Every gate that the figures do not meet."""
    for scanner in SCANNERS:
        one = found[scanner]
        for line in one["not listed"]:
            yield f"manifests: {line}"
        if one["checks"] < _LEAST_CHECKS:
            yield f"manifests: {scanner} made {one['checks']} checks; at least {_LEAST_CHECKS}"
    for entry in found["listed in vain"]:
        yield f"manifests: the entry {entry} is not needed"


def digest(given: Mapping[str, list[Object]]) -> str:
    """Of the objects, and of how they are judged."""
    total = hashlib.sha256(json.dumps(given, sort_keys=True).encode())
    for path in sorted(tools.FOLDER.rglob("*.*")):
        if path.suffix in {".py", ".json", ".mod", ".toml"}:
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def _listed(finding: Finding) -> bool:
    return any(one.covers(finding) for one in exemptions())


def _line(each: Finding) -> str:
    return f"{each.scanner} {each.severity} {each.id}: {each.source} {each.kind}: {each.text}"
