"""What kube-score and checkov say of manifests, in one form."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.kinds.modules import versions
from tests.judges.scanners import tools

__all__ = [
    "GATED",
    "Exemption",
    "Finding",
    "by_checkov",
    "by_kube_score",
    "exemptions",
    "severities",
    "told_by_checkov",
]

Group = Mapping[str, Sequence[Mapping[str, Any]]]
# Severities that fail the gate. kube-score has two; checkov's own are `low`, `medium` and `high`.
GATED = frozenset(("critical", "high", "medium"))
_CRITICAL, _FINE = 1, 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a scanner holds against an object.

    `source` is the group that it is in, such as `ModelServer MINIMAL`, or `dev`.
    """

    scanner: str
    id: str
    severity: str
    kind: str
    source: str
    object: str
    text: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """Findings that are meant to be: by scanner, id and kind of object, never by its name.

    `asked`: only where arguments ask for it; defaults and examples must not have it.
    """

    scanner: str
    id: str
    kind: str
    reason: str
    asked: bool = False

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is one of those."""
        wanted = (self.scanner, self.id, self.kind)
        _, _, variant = finding.source.partition(" ")
        usual = variant in {"", "MINIMAL"}
        return (finding.scanner, finding.id, finding.kind) == wanted and not (self.asked and usual)


@functools.cache
def exemptions() -> tuple[Exemption, ...]:
    """All of exceptions.json."""
    text = (tools.FOLDER / "exceptions.json").read_text(encoding="utf-8")
    return tuple(Exemption(**entry) for entry in json.loads(text))


def by_kube_score(program: Path, groups: Group) -> tuple[list[Finding], int]:
    """Findings, and how many checks were made; each group is judged as one cluster."""
    found: list[Finding] = []
    count = 0
    for source, objects in groups.items():
        answer = tools.answer(
            program,
            *("score", "--output-format", "json", "--all-default-optional"),
            # Nobody may excuse an object in its own annotations.
            *("--disable-ignore-checks-annotations", "--disable-optional-checks-annotations"),
            *("--kubernetes-version", f"v{'.'.join(versions()['kubernetes'].split('.')[:2])}"),
            "-",
            given=yaml.safe_dump_all(objects, sort_keys=False),
        )
        for judged in answer or ():  # Nothing for no object of a kind that it knows.
            for check in judged["checks"]:
                if not check["skipped"]:
                    count += 1
                    found += _scored(source, judged, check)
    return found, count


def _scored(source: str, judged: Mapping[str, Any], check: Mapping[str, Any]) -> Iterator[Finding]:
    if check["grade"] >= _FINE:
        return
    severity = "critical" if check["grade"] == _CRITICAL else "warning"
    for comment in check["comments"] or [{"path": "", "summary": check["check"]["name"]}]:
        place = f" ({comment['path']})" if comment["path"] else ""
        yield Finding(
            "kube-score",
            check["check"]["id"],
            severity,
            judged["type_meta"]["kind"],
            source,
            judged["object_meta"]["name"],
            f"{comment['summary']}{place}",
        )


def by_checkov(program: Path, groups: Group, folder: Path) -> tuple[list[Finding], int]:
    """Findings, and how many checks were made; all groups at once, as starting takes long."""
    found, passed = told_by_checkov(program, groups, folder)
    return found, len(found) + len(passed)


def told_by_checkov(
    program: Path, groups: Group, folder: Path
) -> tuple[list[Finding], list[Finding]]:
    """What it finds, and what it would have found and did not."""
    sources: dict[str, str] = {}
    for number, (source, objects) in enumerate(groups.items()):
        file = folder / f"{number}.yaml"
        file.write_text(yaml.safe_dump_all(objects, sort_keys=False), encoding="utf-8")
        sources[file.name] = source
    told = tools.answer(
        program,
        *("--directory", str(folder), "--framework", "kubernetes"),
        *("--skip-download", "--compact", "--output", "json"),
    )
    if "summary" not in told:
        return [], []  # No object of a kind that it knows.
    results = told["results"]
    # An object that excuses itself by an annotation counts as a finding.
    wrong = [*results["failed_checks"], *results["skipped_checks"]]
    found, passed = (
        [_checked(sources[Path(each["file_path"]).name], each) for each in checks]
        for checks in (wrong, results["passed_checks"])
    )
    return found, passed


def _checked(source: str, check: Mapping[str, Any]) -> Finding:
    kind, _, name = check["resource"].partition(".")
    return Finding(
        "checkov",
        check["check_id"],
        severities().get(check["check_id"], "high"),
        kind,
        source,
        name,
        check["check_name"],
    )


@functools.cache
def severities() -> Mapping[str, str]:
    """Those that checkov's vendor publishes, as its build has none; what is not there is high."""
    text = (tools.FOLDER / "checkov" / "severities.json").read_text(encoding="utf-8")
    table: Mapping[str, Iterable[str]] = json.loads(text)["severities"]
    return {name: severity for severity, names in table.items() for name in names}
