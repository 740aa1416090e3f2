"""Guardrails beside checkov on the same resources: `… tests.judges guardrails`.

Judged are the cases of every rule that names a check of checkov's asking for the same: both must
find a fault, or neither. Where they differ, `disagreements.json` says why.
"""

import functools
import json
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

from policies.pack import RULES
from policies.properties import UNKNOWN_MARKERS
from tests.judges.scanners import tools
from tests.judges.scanners.clouds import verdicts
from tests.judges.scanners.findings import told_by_checkov
from tests.judges.scanners.plan import Made, NotConvertedError, planned
from tests.judges.scanners.template import resource
from tests.policies.cases import CASES
from tests.policies.cases.table import SIGNATURE, Case

__all__ = [
    "Compared",
    "Disagreement",
    "compared",
    "failures",
    "figures",
    "listed",
    "needless",
    "unlike",
]

_COUNTERPARTS: Final = {rule.id: rule.checkov for rule in RULES if rule.checkov}
_KUBERNETES: Final = "kubernetes:"
# A comparison of nothing agrees.
_LEAST: Final = 200


@dataclass(frozen=True, slots=True)
class Compared:
    """One check of checkov's beside a rule, on one case: whether each finds a fault.

    `check` is empty where the rule finds one and none of its checks does.
    """

    rule: str
    case: str
    check: str
    ours: bool
    theirs: bool

    @property
    def alone(self) -> Literal["ours", "theirs", "both"]:
        """Who finds a fault that the other does not."""
        if self.ours == self.theirs:
            return "both"
        return "ours" if self.ours else "theirs"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Verdicts that are meant to differ: of a rule, in cases of these names.

    `checks`: those that alone find a fault; none where the rule alone does.
    """

    rule: str
    cases: Sequence[str]
    reason: str
    checks: Sequence[str] = ()

    def covers(self, one: Compared) -> bool:
        """Whether it is one of those."""
        if (self.rule, one.alone) != (one.rule, "theirs" if self.checks else "ours"):
            return False
        return one.case in self.cases and (one.check in self.checks or not self.checks)


@functools.cache
def listed() -> tuple[Disagreement, ...]:
    """All of disagreements.json."""
    text = Path(__file__).with_name("disagreements.json").read_text(encoding="utf-8")
    return tuple(Disagreement(**entry) for entry in json.loads(text))


def compared() -> tuple[tuple[Compared, ...], Mapping[str, str]]:
    """Every verdict beside checkov's, and the cases that cannot be told in its words, with why."""
    told, left = _told()
    found: list[Compared] = []
    for case in _cases():
        verdicts_ = {
            check: told[case.id, check]
            for check in _COUNTERPARTS[case.rule]
            if (case.id, check) in told
        }
        found += _beside(case, verdicts_)
    return tuple(found), left


def _beside(case: Case, verdicts_: Mapping[str, bool]) -> Iterator[Compared]:
    """A rule may be several of checkov's: one of them is to find the fault, none where is none."""
    if case.faults and verdicts_ and not any(verdicts_.values()):
        yield Compared(case.rule, case.name, "", ours=True, theirs=False)
        return
    for check, theirs in verdicts_.items():
        if theirs or not case.faults:
            yield Compared(case.rule, case.name, check, bool(case.faults), theirs)


def figures(found: Sequence[Compared], left: Mapping[str, str]) -> dict[str, Any]:
    """What is committed."""
    ways = Counter(one.alone for one in found)
    return {
        "version": tools.version("checkov"),
        "rules": len({one.rule for one in found}),
        "checks": len({one.check for one in found} - {""}),
        "cases": len({(one.rule, one.case) for one in found}),
        "verdicts": len(found),
        "alike": ways["both"],
        "ours alone": ways["ours"],
        "checkov's alone": ways["theirs"],
        "not in its words": len(left),
        "not listed": sorted(
            unlike(one) for one in found if one.alone != "both" and not _covered(one)
        ),
        "listed in vain": needless(found),
    }


def needless(found: Sequence[Compared]) -> list[str]:
    """Entries, or checks and cases in them, that nothing needs."""
    vain: list[str] = []
    for entry in listed():
        covered = [one for one in found if entry.covers(one)]
        parts = {
            *(set(entry.checks) - {one.check for one in covered}),
            *(set(entry.cases) - {one.case for one in covered}),
        }
        vain += [f"{entry.rule} {part}" for part in sorted(parts)]
    return vain


def failures(told: Mapping[str, Any]) -> Iterator[str]:
    """Every gate that the figures do not meet."""
    for line in told["not listed"]:
        yield f"guardrails: {line}"
    for entry in told["listed in vain"]:
        yield f"guardrails: the entry {entry} is not needed"
    if told["verdicts"] < _LEAST:
        yield f"guardrails: {told['verdicts']} verdicts were compared; at least {_LEAST}"


def unlike(one: Compared) -> str:
    """What differs, for people; nothing where both say the same."""
    if one.alone == "both":
        return ""
    whose = "the rule" if one.ours else one.check
    return f"{one.rule}: {one.case}: {whose} alone finds a fault"


def _covered(one: Compared) -> bool:
    return any(entry.covers(one) for entry in listed())


def _cases() -> Iterator[Case]:
    return (case for case in CASES if case.rule in _COUNTERPARTS)


def _told() -> tuple[dict[tuple[str, str], bool], dict[str, str]]:
    """By case and check whether checkov finds a fault; and the cases that it cannot be asked."""
    clouds: dict[str, list[Made]] = {}
    clusters: dict[str, list[Mapping[str, Any]]] = {}
    left: dict[str, str] = {}
    for case in _cases():
        try:
            if case.type.startswith(_KUBERNETES):
                clusters[case.id] = [_manifest(case)]
            else:
                clouds[case.id] = [_made(case)]
        except NotConvertedError as error:
            left[case.id] = str(error)
    found: dict[tuple[str, str], bool] = defaultdict(bool)
    program = tools.checkov()
    with tempfile.TemporaryDirectory() as folder:
        for one in verdicts(program, clouds, Path(folder)):
            found[one.source, one.id] |= not one.passed
    with tempfile.TemporaryDirectory() as folder:
        wrong, right = told_by_checkov(program, clusters, Path(folder))
        for one in right:
            found[one.source, one.id] |= False
        for one in wrong:
            found[one.source, one.id] = True
    return found, left


def _made(case: Case) -> Made:
    made = Made(re.sub(r"[^\w-]", "-", case.id), case.type, _plain(case.properties))
    # What has no name in Terraform or ARM is said here, not in the middle of all cases.
    if case.type.startswith("azure-native:"):
        resource(made)
    else:
        planned(made)
    return made


def _manifest(case: Case) -> Mapping[str, Any]:
    _, group, kind = case.type.split(":")
    properties = _plain(case.properties)
    return {
        "apiVersion": group.removeprefix("core/"),
        "kind": kind,
        **properties,
        "metadata": {"name": "subject", "namespace": "models", **properties.get("metadata", {})},
    }


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Without the wire's secrets; what is unknown cannot be told.

    Raises:
        NotConvertedError: something is unknown.
    """
    return cast("dict[str, Any]", _each(value))


def _each(value: object) -> object:
    if isinstance(value, list):
        return [_each(one) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        document = cast("dict[str, object]", value)
        if SIGNATURE in document:
            return _each(document.get("value"))
        return {key: _each(one) for key, one in document.items()}
    if isinstance(value, str) and value in UNKNOWN_MARKERS:
        raise NotConvertedError("something in it is unknown")
    return value
