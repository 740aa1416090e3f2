"""Findings with what they are about: the model, who owns it, and where it is written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from delivery import project
from facts import tags
from policies import Finding, Resource
from policies.configuration import EXEMPTIONS
from policies.properties import MalformedError
from policies.rule import Severity
from policies.view import views
from stacks.settings.files import stack_file
from stacks.settings.load import Settings
from stacks.settings.problems import Place
from stacks.settings.yaml_source import KeyPath

__all__ = ["Verdict", "verdicts", "worst_first"]

_RANKS: Final = {severity: rank for rank, severity in enumerate(reversed(Severity))}
_POOLS: Final[KeyPath] = ("config", "model-serving:platform", "gpu_node_pools")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding. `model` and `owner` are empty where it is about none, or nobody says."""

    environment: str
    model: str
    owner: str
    place: Place
    finding: Finding

    @property
    def lists_exemption(self) -> bool:
        """Whether it only says that an exemption is in force."""
        return self.finding.rule == EXEMPTIONS


def worst_first(given: Iterable[Verdict]) -> list[Verdict]:
    """What stops comes first, then by severity; the same order in every run."""
    return sorted(given, key=_rank)


def _rank(verdict: Verdict) -> tuple[bool, int, str, str, str, str]:
    finding = verdict.finding
    return (
        not finding.blocks,
        _RANKS[finding.severity],
        verdict.model,
        finding.rule,
        finding.urn,
        finding.path,
    )


def verdicts(
    settings: Settings, resources: Sequence[Resource], findings: Iterable[Finding]
) -> list[Verdict]:
    """Each finding with what the settings say of its resource."""
    about = _About(settings, resources)
    return worst_first(
        Verdict(
            settings.environment,
            model := about.model(finding.urn),
            about.owner(finding.urn, model),
            about.place(finding, model),
            finding,
        )
        for finding in findings
    )


class _About:
    """Which model's a resource is: by the component above it, or by the tags of what is in that."""

    def __init__(self, settings: Settings, resources: Sequence[Resource]) -> None:
        self._settings = settings
        self._parents = {one.urn: one.parent for one in resources}
        self._names = {one.urn: one.name for one in resources}
        tops = {one.urn: self._top(one.urn) for one in resources}
        models: dict[str, set[str]] = {}
        owners: dict[str, set[str]] = {}
        for one in resources:
            said = _tags(one)
            for found, key in ((models, tags.MODEL), (owners, tags.OWNER)):
                if value := said.get(key):
                    found.setdefault(tops[one.urn], set()).add(value)
        self._models = {top: _only(found) for top, found in models.items()}
        self._owners = {top: _only(found) for top, found in owners.items()}

    def _top(self, urn: str) -> str:
        """The highest component under the stack."""
        while (above := self._parents.get(urn, "")) in self._parents and self._parents[above]:
            urn = above
        return urn

    def model(self, urn: str) -> str:
        """The model's name; empty for what is of the platform."""
        top = self._top(urn)
        name = self._names.get(top, "")
        if name in self._settings.models:
            return name
        said = self._models.get(top, "")
        return said if said in self._settings.models else ""

    def owner(self, urn: str, model: str) -> str:
        """Who is asked about it."""
        if model:
            return self._settings.models[model].owner
        return self._owners.get(self._top(urn), "")

    def place(self, finding: Finding, model: str) -> Place:
        """The setting of the property's name where there is one, else what the resource is of."""
        source = self._settings.sources[stack_file(self._settings.environment)]
        if not finding.urn:
            return Place(project.guardrails_file(self._settings.environment).as_posix())
        if model:
            path = _setting(finding.path, self._settings.origins[model])
            return self._settings.place(model, path)
        pool = (*_POOLS, self._names.get(self._top(finding.urn), ""))
        return source.place(pool if source.has(pool) else _POOLS[:1])


def _setting(path: str, known: Mapping[KeyPath, object]) -> KeyPath:
    """The setting that has the same name as the property: `instance_type` of `…instanceType`."""
    for word in reversed(re.findall(r"[A-Za-z]+", path)):
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower()
        found = sorted((one for one in known if one and one[-1] == snake), key=len)
        if found:
            return found[0]
    return ("target",)


def _tags(resource: Resource) -> Mapping[str, str]:
    try:
        seen = views(resource)
    except MalformedError:
        # Its rules have said so.
        seen = []
    return seen[0].tags if seen else {}


def _only(found: set[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""
