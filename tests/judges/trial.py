"""Judges one provider's stand-in by its Check and its Diff, in this process."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.check import Problem
from tests.judges import facts, groups, limits, replacing, shape
from tests.judges.corpora.model import Corpus, Example, Resource
from tests.judges.exceptions import Exemption, exemptions
from tests.judges.mutant import BrokenCheckError, Mutant, caught, near, problems
from tests.judges.panel import PANEL
from tests.judges.walk import plain
from tests.unit.sandbox_life import Stack

__all__ = ["SEED", "Missed", "Tally", "Trial"]

SEED = 1


@dataclass
class Tally:
    """How many there were and how many were judged right, by kind."""

    made: Counter[str] = field(default_factory=Counter[str])
    right: Counter[str] = field(default_factory=Counter[str])

    def add(self, kind: str, *, right: bool) -> None:
        """Count one."""
        self.made[kind] += 1
        self.right[kind] += right

    @property
    def share(self) -> float:
        """Of those that are right, over all kinds."""
        return self.right.total() / self.made.total() if self.made else 0.0


@dataclass(frozen=True, slots=True)
class Missed:
    """What the sandbox judged wrong: `cause` groups those that one change mends."""

    kind: str
    cause: str
    token: str
    path: str
    detail: str


class Trial:
    """One provider's examples, mutants and changes, and what came of them."""

    def __init__(self, provider: str, folder: Path, corpus: Corpus | None = None) -> None:
        """Take the provider's corpus, or a part of it."""
        self.provider = provider
        self.panel = PANEL[provider]
        self.corpus = corpus or self.panel.corpus()
        self.stack = Stack(provider, folder / f"{provider}.sqlite", dict(self.panel.settings))
        self.knowledge = self.panel.knowledge(self.stack.life.cloud.library)
        self.missed: list[Missed] = []
        self.by_type: dict[str, list[Resource]] = {}
        # Nothing can be learnt of a mutant of what is refused anyway.
        self._before: dict[int, list[Problem]] = {}
        for example in self.corpus.examples:
            for resource in example.resources:
                self.by_type.setdefault(resource.token, []).append(resource)

    def examples(self) -> dict[str, Any]:
        """Every example by Check; what is refused and not listed is a false refusal."""
        listed = [entry for entry in exemptions() if entry.provider == self.provider]
        used: set[Exemption] = set()
        refused: set[str] = set()
        exempt: set[str] = set()
        shallow = 0
        for example in self.corpus.examples:
            for resource in example.resources:
                shallow += self.stack.life.cloud.depth(resource.token).shape_only
                for problem in self._refusals(resource):
                    found = _listed(listed, example, resource, problem)
                    if found:
                        used.add(found)
                        exempt.add(example.name)
                    else:
                        refused.add(example.name)
                        detail = f"{example.name}: {problem.reason}"
                        self._miss("refused", "false refusal", resource.token, problem.path, detail)
        count = len(self.corpus.examples)
        resources = sum(len(example.resources) for example in self.corpus.examples)
        return {
            "source": self.corpus.source,
            "examples": count,
            "left out": len(self.corpus.left_out),
            "types": len(self.by_type),
            "resources": resources,
            "accepted as declared": shallow,
            "refused": len(refused),
            "exceptions": len(exempt),
            "exceptions that are none": sorted(
                f"{entry.example} {entry.path}" for entry in listed if entry not in used
            ),
        }

    def shape(self) -> Tally:
        """Mistakes of shape."""
        chance, tally = random.Random(SEED), Tally()  # noqa: S311 - no secret
        seen: set[tuple[str, str, str]] = set()
        for token, resources in self.by_type.items():
            required = self.knowledge.required(token, resources)
            for resource in resources:
                for mutant in shape.mutants(self.knowledge, resource, required, chance):
                    key = (mutant.kind, resource.token, mutant.path)
                    if key not in seen:
                        seen.add(key)
                        self._judge(mutant, tally, "the sandbox says nothing")
        return tally

    def limits(self) -> Tally:
        """Mistakes against the limits that the truth table tells of."""
        chance, tally = random.Random(SEED), Tally()  # noqa: S311 - no secret
        for token, resources in sorted(self.by_type.items()):
            for pair in limits.pairs(self.knowledge, token, resources, chance):
                self._judge(pair.mutant, tally, self._cause(token, pair.mutant.path))
                if pair.allowed is not None:
                    self._allowed(pair.mutant, pair.allowed)
        return tally

    def replacements(self) -> Tally:
        """Which changes need a new resource."""
        tally = Tally()
        table = facts.replacements(self.panel.truth)
        known = facts.constraints(self.panel.truth)
        here = {token: paths for token, paths in table.items() if token in self.by_type}
        for decision in replacing.decisions(self.stack, self.by_type, here, known):
            tally.add(decision.wanted, right=decision.right)
            if not decision.right:
                cause = f"planned {decision.planned}, not {decision.wanted}"
                self._miss("replace", cause, decision.token, decision.path, decision.source)
        return tally

    def providers_table(self) -> dict[str, Tally]:
        """Decisions against the Terraform provider's own schema, that the rules come from too."""
        table = facts.constraints(self.panel.truth)
        told = {token: entry.get("paths", {}) for token, entry in table.items()}
        changes, types = Tally(), set[str]()
        for decision in replacing.decisions(self.stack, self.by_type, told, table):
            types.add(decision.token)
            changes.add(decision.wanted, right=decision.right)
            if not decision.right:
                cause = f"planned {decision.planned}, not {decision.wanted}"
                self._miss("table", cause, decision.token, decision.path, decision.source)
        verdicts = Tally()
        for verdict in groups.verdicts(self.stack, self.by_type, table):
            right = verdict.refused == verdict.must
            verdicts.add("refuse" if verdict.must else "take", right=right)
            if not right:
                path = ", ".join(verdict.group)
                self._miss("groups", verdict.mistake, verdict.token, path, "")
        return {"changes": changes, "groups": verdicts}

    def _judge(self, mutant: Mutant, tally: Tally, cause: str) -> None:
        before = self._refusals(mutant.resource)
        try:
            right = caught(self.stack, mutant, before)
        except BrokenCheckError as error:
            right, cause = False, f"the Check ends with {error}"
        tally.add(mutant.kind, right=right)
        if not right:
            self._miss(mutant.kind, cause, mutant.resource.token, mutant.path, mutant.mistake)

    def _allowed(self, mutant: Mutant, allowed: Mapping[str, Any]) -> None:
        for problem in self._problems(mutant.resource, allowed):
            if near(plain(problem.path), mutant.path) and problem not in self._refusals(
                mutant.resource
            ):
                detail = f"{problem.reason} | {mutant.mistake}"
                self._miss(
                    "stricter",
                    "stricter than the table",
                    mutant.resource.token,
                    mutant.path,
                    detail,
                )

    def _refusals(self, resource: Resource) -> list[Problem]:
        found = self._before.get(id(resource))
        if found is None:
            found = self._problems(resource, resource.inputs)
            self._before[id(resource)] = found
        return found

    def _problems(self, resource: Resource, inputs: Mapping[str, Any]) -> list[Problem]:
        try:
            return problems(self.stack, resource, inputs)
        except BrokenCheckError as error:
            return [Problem("", f"the Check ends with {error}")]

    def _cause(self, token: str, path: str) -> str:
        """Why a limit is not kept, as far as the sandbox's own tables tell."""
        known = self.stack.life.cloud.limits.of(token)
        if known is None:
            return "no model of the vendor is read for the type"
        by_path = {name.replace(".[]", ""): limit for name, limit in known.paths.items()}
        if path not in by_path:
            return "the model is read, but says nothing of the property"
        return "the property is limited, but takes this"

    def _miss(self, kind: str, cause: str, token: str, path: str, detail: str) -> None:
        self.missed.append(Missed(kind, cause, token, path, detail))


def _listed(
    listed: list[Exemption], example: Example, resource: Resource, problem: Problem
) -> Exemption | None:
    found = (example.name, resource.token, plain(problem.path))
    return next((e for e in listed if (e.example, e.token, e.path) == found), None)
