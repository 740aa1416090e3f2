"""Judges one provider's stand-in by its Check and its Diff, in this process."""

import random
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.check import Problem
from sandbox.limits import Limits
from sandbox.schema import UnknownTokenError
from tests.judges import facts, groups, limits, programs, replacing, shape
from tests.judges.corpora.model import Corpus, Example, Resource
from tests.judges.exceptions import Exemption, exemptions
from tests.judges.knowledge import Declared, Knowledge
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
    # Of those that are right, some that are worth a number of their own.
    apart: Counter[str] = field(default_factory=Counter[str])

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
        listed = exemptions(self.provider)
        used: set[Exemption] = set()
        refused: set[str] = set()
        doubtful: set[str] = set()
        wrong: set[str] = set()
        shallow = 0
        for example in self.corpus.examples:
            for resource in example.resources:
                shallow += self.stack.life.cloud.depth(resource.token).shape_only
                for problem in self._refusals(resource):
                    found = _listed(listed, example, resource, problem)
                    if found:
                        used.add(found)
                        (wrong if found.wrong else doubtful).add(example.name)
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
            "types with limits to break": sum(
                bool(self.knowledge.limits(token, found)) for token, found in self.by_type.items()
            ),
            "resources": resources,
            "accepted as declared": shallow,
            "refused": len(refused),
            "exceptions": len(doubtful),
            "share of exceptions": round(len(doubtful) / count, 4) if count else 0.0,
            "wrong examples": len(wrong - doubtful),
            "share of wrong examples": round(len(wrong - doubtful) / count, 4) if count else 0.0,
            "listed in vain": sorted(
                f"{entry.example} {entry.path}"
                for entry in listed
                if entry not in used and not entry.run
            ),
        }

    def shape(self) -> Tally:
        """Mistakes of shape."""
        chance, tally = random.Random(SEED), Tally()  # noqa: S311 - no secret
        seen: set[tuple[str, str, str]] = set()
        for token, resources in self.by_type.items():
            required = set(self.knowledge.required(token, resources)) - self._automatic(token)
            for resource in resources:
                for mutant in shape.mutants(self.knowledge, resource, required, chance):
                    key = (mutant.kind, resource.token, mutant.path)
                    before = self._refusals(resource)
                    wrong_before = any(plain(problem.path) == mutant.path for problem in before)
                    if key not in seen and not wrong_before:
                        seen.add(key)
                        self._judge(mutant, tally, "the sandbox says nothing", before)
        return tally

    def limits(self) -> Tally:
        """Mistakes against the truth table, by the vendors' models alone.

        The providers' validators, which the sandbox asks too, are where the table is from.
        """
        cloud = self.stack.life.cloud
        every = cloud.limits
        cloud.limits = Limits(cloud.provider, cloud.library.version, ("vendor",))
        try:
            return self.every_limit()
        finally:
            cloud.limits = every

    def third_limits(self) -> Tally | None:
        """Mistakes against a table that neither source is read from, by all that is asked.

        None where there is no such table.
        """
        table = self.panel.third
        if not table:
            return None
        return self.every_limit(Declared(self.stack.life.cloud.library, table))

    def every_limit(self, knowledge: Knowledge | None = None) -> Tally:
        """Mistakes against the limits that a table tells of, by all that the sandbox asks now."""
        chance, tally = random.Random(SEED), Tally()  # noqa: S311 - no secret
        known = knowledge or self.knowledge
        for token, resources in sorted(self.by_type.items()):
            for pair in limits.pairs(known, token, resources, chance):
                before = self._problems(pair.mutant.resource, pair.open)
                if pair.allowed is not None:
                    allowed = self._problems(pair.mutant.resource, pair.allowed)
                    self._allowed(pair.mutant, [p for p in allowed if p not in before])
                    before += allowed
                self._judge(pair.mutant, tally, self._cause(token, pair.mutant.path), before)
        return tally

    def replacements(self) -> Tally:
        """Which changes need a new resource."""
        tally = Tally()
        table = facts.replacements(self.panel.truth)
        known = facts.constraints(self.panel.truth)
        here = {token: paths for token, paths in table.items() if token in self.by_type}
        for decision in replacing.decisions(self.stack, self.by_type, here, known):
            tally.add(decision.wanted, right=decision.right)
            if decision.right and decision.planned == replacing.REFUSED:
                tally.apart[decision.planned] += 1
            if not decision.right:
                cause = f"planned {decision.planned}, not {decision.wanted}"
                told = known.get(decision.token, {}).get("paths", {}).get(decision.path, {})
                if told.get("replace") is (decision.planned == "replace"):
                    cause += ", as the provider's source says too"
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

    def programs(self, folder: Path) -> dict[str, Any]:
        """Whole examples through the real engine."""
        listed = {each.example: each.run for each in exemptions(self.provider)}
        vain: list[str] = []
        found: Counter[str] = Counter()
        for outcome in programs.judged(self.provider, self.corpus, folder):
            verdict = outcome.verdict
            if verdict == "refused" and outcome.example in listed:
                verdict = "listed"
            elif listed.get(outcome.example):
                vain.append(outcome.example)
            found[verdict] += 1
            if verdict == "refused":
                for text in dict.fromkeys(outcome.refused):
                    self._miss("program", "refused by the engine's run", outcome.example, "", text)
        return {"programs": found.total(), **found, "listed in vain": vain}

    def second_opinion(self) -> dict[str, int]:
        """How moto judges the same; see `second_opinion`."""
        from tests.judges.second_opinion import agreement  # noqa: PLC0415 - moto is slow to import

        def refuses(resource: Resource, inputs: Mapping[str, Any]) -> bool:
            return bool(self._problems(resource, inputs))

        return agreement(self.by_type, self.knowledge, refuses)

    def _automatic(self, token: str) -> set[str]:
        """What Pulumi names by itself: it may be left out, whatever the table says."""
        try:
            naming = self.stack.life.cloud.naming(token)
        except UnknownTokenError:
            return set()
        return set() if naming is None else {naming.property}

    def _judge(self, mutant: Mutant, tally: Tally, cause: str, before: Collection[Problem]) -> None:
        try:
            right = caught(self.stack, mutant, before)
        except BrokenCheckError as error:
            right, cause = False, f"the Check ends with {error}"
        tally.add(mutant.kind, right=right)
        if not right:
            self._miss(mutant.kind, cause, mutant.resource.token, mutant.path, mutant.mistake)

    def _allowed(self, mutant: Mutant, found: Collection[Problem]) -> None:
        """Note where the sandbox refuses what the table allows, for what it is."""
        if not found:
            return
        # What is said of any value is no matter of this one.
        always = self._problems(mutant.resource, mutant.inputs)
        for problem in found:
            if problem not in always and near(plain(problem.path), mutant.path):
                detail = f"{problem.reason} | {mutant.mistake}"
                token = mutant.resource.token
                self._miss("stricter", "stricter than the table", token, mutant.path, detail)

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
    listed: Collection[Exemption], example: Example, resource: Resource, problem: Problem
) -> Exemption | None:
    found = (example.name, resource.token, plain(problem.path))
    return next((e for e in listed if (e.example, e.token, e.path) == found), None)
