"""Mutants of the rules: whether the tables of cases notice a changed rule.

`python -m tests.judges mutation`: cosmic-ray changes one place at a time, in a module of rules or
in what rules read with; a process forked for each mutant loads the changed module in place of the
real one and puts the cases through what `tests/policies/test_cases.py` does, until one fails. The
frame (configuration, exemptions, remedies, the engine's protocol, what is generated and published)
has tests of its own and is not changed here.
"""

import importlib.abc
import importlib.util
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal

import policies
from tests.judges.scanners import tools

__all__ = ["Mutant", "failures", "figures", "judged", "survives"]

_PLACE: Final = Path(__file__).parent
_POLICIES: Final = Path(policies.__file__).parent
_FRAME: Final = frozenset(
    (
        *("__init__", "__main__", "configuration", "docs", "evaluation", "exemption_rules"),
        *("exemptions", "findings", "publish", "remedies", "rule", "server"),
    )
)
SEED: Final = 20261126
COUNT: Final = 600
# Of CPU, since others may use the machine too: a changed loop may have no end.
_SECONDS: Final = 60
# Of all mutants. What survives is written out, for people to read: many change nothing that can be
# seen, such as the wording of what cannot be read.
_MOST: Final = 0.2

Outcome = Literal["killed", "survived", "endless"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One module with one place changed; `of`: how many places there are."""

    module: str
    line: int
    operator: str
    source: str
    of: int

    @property
    def name(self) -> str:
        """`policies.pods`."""
        return f"policies.{Path(self.module).stem}"


def judged(out: Path, *, count: int = COUNT) -> dict[str, Any]:
    """The figures; survivors are written to `mutants.txt` too."""
    made = list(_made(count))
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        outcomes = list(pool.map(survives, made))
    lines = sorted(
        f"{one.name}:{one.line}: {one.operator}"
        for one, outcome in zip(made, outcomes, strict=True)
        if outcome == "survived"
    )
    (out / "mutants.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return figures(made, outcomes)


def figures(made: Sequence[Mutant], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What is committed."""
    told = Counter(outcomes)
    return {
        "seed": SEED,
        "places": made[0].of if made else 0,
        "mutants": len(made),
        "killed": told["killed"] + told["endless"],
        "survived": told["survived"],
        "share": round(told["survived"] / len(made), 4) if made else 1.0,
    }


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Every gate that the figures do not meet."""
    if found["share"] > _MOST:
        yield f"mutation: {found['share']:.1%} of the mutants survive; at most {_MOST:.0%}"
    if found["mutants"] < COUNT:
        yield f"mutation: {found['mutants']} mutants; {COUNT} are wanted"


def survives(mutant: Mutant) -> Outcome:
    """Whether no case notices, told by a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=_judge, args=(mutant,))
    process.start()
    process.join()
    if process.exitcode == -signal.SIGXCPU:
        return "endless"
    return "survived" if process.exitcode == 0 else "killed"


def _made(count: int) -> Iterator[Mutant]:
    modules = [path for path in sorted(_POLICIES.glob("*.py")) if path.stem not in _FRAME]
    python = tools.environment(_PLACE, "cosmic-ray") / "bin" / "python"
    told = subprocess.run(
        [python, _PLACE / "maker.py", str(count), str(SEED), *modules],
        capture_output=True,
        text=True,
        check=True,
    )
    return (Mutant(**json.loads(line)) for line in told.stdout.splitlines())


def _judge(mutant: Mutant) -> None:
    """Ends with 0 when nothing notices; whatever goes wrong is noticed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS + 1))
    for name in list(sys.modules):
        if name.partition(".")[0] == "policies" or name.startswith("tests.policies"):
            del sys.modules[name]
    sys.meta_path.insert(0, _Changed(mutant))
    # Loaded here, with the changed module below them.
    from tests.policies import test_cases as tests  # noqa: PLC0415
    from tests.policies import test_quantities as quantities  # noqa: PLC0415

    cases = sorted(tests.CASES, key=lambda case: _distance(case.rule, mutant.name))
    parts: tuple[tuple[Callable[[Any], None], Iterable[Any]], ...] = (
        (tests.test_verdict, cases),
        (tests.test_exemption_makes_it_advisory, tests.FAILING),
        (tests.test_unknown_never_cries_wolf_and_never_hides, tests.PRESENT),
        (tests.test_secret_is_judged_and_never_printed, tests.PRESENT),
        (
            tests.test_malformed_is_a_clear_finding,
            [case for case in cases if not _distance(case.rule, mutant.name)],
        ),
    )
    for spelt in quantities.SPELT.items():
        quantities.test_each_suffix(*spelt)
    for test, given in parts:
        for case in given:
            test(case)
    os._exit(0)


def _distance(rule: str, module: str) -> bool:
    """Whether a rule is of another module: those of its own notice first."""
    pack = sys.modules["policies.pack"]
    return not any(one.id == rule and one.check.__module__ == module for one in pack.RULES)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed source for one module, and leaves all others."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The changed module's place."""
        del path, target
        if fullname != self._mutant.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._mutant.module, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed source."""
        exec(compile(self._mutant.source, self._mutant.module, "exec"), module.__dict__)  # noqa: S102 - that is what a mutant is.
