"""What checkov says of resources of a cloud: a plan of Terraform, or a template of ARM's."""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sandbox.progress import SetupError
from tests.judges.scanners import azurerm, karpenter, tools
from tests.judges.scanners.plan import Made, plan, planned
from tests.judges.scanners.template import template

__all__ = ["Allowed", "Verdict", "exceptions", "verdicts"]

_FRAMEWORKS = ("terraform_plan", "arm")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check says of one resource.

    `source` is the group that it is in, such as `EksCluster MINIMAL`; `kind` is Terraform's or
    ARM's type.
    """

    id: str
    kind: str
    source: str
    name: str
    passed: bool
    text: str

    @property
    def component(self) -> str:
        """Whose resource it is."""
        return self.source.partition(" ")[0]

    @property
    def label(self) -> str:
        """By which set of arguments."""
        return self.source.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Findings that are meant to be: of one check, and of these components and types alone.

    `page` is the vendor's about it; `asked` are the sets of arguments that lead to it: with any
    other it is none of those.
    """

    id: str
    components: Sequence[str]
    kinds: Sequence[str]
    reason: str
    page: str
    asked: Sequence[str] = ()

    def covers(self, verdict: Verdict) -> bool:
        """Whether a finding is one of those."""
        return (
            verdict.id == self.id
            and verdict.component in self.components
            and verdict.kind in self.kinds
            and (not self.asked or verdict.label in self.asked)
        )


@functools.cache
def exceptions() -> tuple[Allowed, ...]:
    """All of exceptions_clouds.json."""
    text = (tools.FOLDER / "exceptions_clouds.json").read_text(encoding="utf-8")
    return tuple(Allowed(**entry) for entry in json.loads(text))


def verdicts(
    program: Path, groups: Mapping[str, Sequence[Made]], folder: Path
) -> tuple[Verdict, ...]:
    """What checkov finds right and wrong; all groups at once, as starting takes long.

    Raises:
        SetupError: it fails, or cannot read what it is given.
    """
    sources: dict[str, str] = {}
    for number, (source, made) in enumerate(groups.items()):
        for word, document in _documents(made):
            file = folder / f"{number}-{word}.json"
            file.write_text(json.dumps(document), encoding="utf-8")
            sources[file.name] = source
    told = tools.answer(
        program,
        *("--directory", str(folder), "--framework", *_FRAMEWORKS),
        *("--skip-download", "--compact", "--output", "json"),
    )
    # One framework's report alone is no list; none at all is a report without results.
    reports = cast("list[Any]", told if isinstance(told, list) else [told])
    found: list[Verdict] = []
    for report in reports:
        if report.get("summary", {}).get("parsing_errors"):
            raise SetupError(f"checkov cannot read {report['results']['parsing_errors']}")
        results = report.get("results", {})
        found += (_verdict(sources, each, passed=True) for each in results.get("passed_checks", ()))
        # Who excuses itself is not excused.
        for wrong in ("failed_checks", "skipped_checks"):
            found += (_verdict(sources, each, passed=False) for each in results.get(wrong, ()))
    return tuple(found)


def _documents(made: Sequence[Made]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    azure = [each for each in made if each.token.startswith("azure-native:")]
    bridged = [
        karpenter.launch_template(each) if each.token == karpenter.CLASS else each
        for each in made
        if each not in azure
    ]
    if bridged:
        yield "plan", plan(map(planned, bridged))
    if azure:
        yield "arm", template(azure)
    # checkov has more rules for AKS in Terraform's words than in ARM's.
    if aks := azurerm.resources(azure):
        yield "aks", plan(aks)


def _verdict(sources: Mapping[str, str], check: Mapping[str, Any], *, passed: bool) -> Verdict:
    # The type of ARM has a dot too; a name has none.
    kind, _, name = check["resource"].rpartition(".")
    return Verdict(
        check["check_id"],
        kind,
        sources[Path(check["file_path"]).name],
        name,
        passed,
        check["check_name"],
    )
