"""`serving destroy`: takes a whole environment away, after saying what is live in it."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from delivery import engine, project, protection, state
from delivery.asking import named
from delivery.costs.environment import environment_costs
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.recovery.recover import before_update
from delivery.reporting.changes import callers
from delivery.reporting.sentence import count
from delivery.reporting.sides import Side, deployed_models
from delivery.running import left, state_file
from delivery.running.hold import hold
from delivery.table import columns, show, table
from stacks.settings import stack_values
from stacks.settings.environment import Environment
from stacks.settings.files import stack_file
from stacks.settings.load import load
from stacks.settings.problems import Problem, SettingsError, report
from stacks.settings.protection import is_production, is_protected
from stacks.settings.yaml_source import read

__all__ = ["destroy"]

HEADS: Final = ("model", "target", "traffic", "callers", "a month", "url")
BELOW: Final = ("url", "callers")
_FILE: Final = "--config-file"
# With these not all of the environment goes, or other than what was shown.
_PARTS: Final = frozenset(
    {"--target", "-t", "--target-dependents", "--exclude", "--exclude-dependents"}
    | {"--exclude-protected", "--stack", "-s", "--config", "-c", "--preview-only", "--run-program"}
)


def destroy(
    environment: str, *, confirm: str | None, yes: bool, plain: bool, arguments: Sequence[str] = ()
) -> int:
    """Show what would go, let its name be typed, and delete it; the engine's exit code.

    Raises:
        Failure: no such environment or stack, it is protected, or nobody has confirmed.
    """
    folder = project.root()
    project.known_environment(folder, environment)
    if parts := [each for each in arguments if each.partition("=")[0] in _PARTS]:
        raise Failure(
            f"`serving destroy` takes all of an environment away: got {', '.join(parts)}\n"
            "  fix: leave it out; to take one model away, delete its file and run `serving up`"
        )
    if confirm is not None and confirm != environment:
        raise Failure(
            f"--confirm: got {confirm!r}; the stack is {environment!r}\n"
            f"  fix: --env {confirm}, or --confirm {environment}"
        )
    again = f"serving destroy --env {environment}"
    with hold(folder, environment, again) as held:
        state_file.check(folder, environment)
        site = _site(folder, environment, arguments)
        _refuse_protected(environment, site, state.resources(folder, environment))
        before_update(folder, environment)
        # Once more: what a killed run left may have been taken over just now.
        resources = state.resources(folder, environment)
        _show(folder, environment, resources, plain=plain)
        if not _confirmed(environment, site, confirm=confirm, yes=yes):
            return Exit.CANCELLED
        go = ["destroy", "--stack", environment, "--yes", "--skip-preview", *arguments]
        ended = engine.run(folder, go, {}, hold=held)
    if ended.code:
        print("\n".join(left.lines(state.deployment(folder, environment), again)), file=sys.stderr)
    return ended.code


def _site(folder: Path, environment: str, arguments: Sequence[str]) -> Environment:
    """The environment's settings: of its file, or of that which Pulumi is given instead."""
    name = stack_file(environment)
    path = folder / name
    for at, each in enumerate(arguments):
        flag, _, value = each.partition("=")
        if flag == _FILE:
            name = value or (arguments[at + 1] if at + 1 < len(arguments) else "")
            path = folder / name
    problems: list[Problem] = []
    stack = read(path, name, empty_is_problem=False)
    problems += stack.problems
    site = stack_values.site(stack_values.from_file(stack, problems), stack, problems)
    if problems or site is None:
        raise Failure(report(problems), Exit.CONFIGURATION)
    return site


def _refuse_protected(
    environment: str, site: Environment, resources: Sequence[Mapping[str, Any]]
) -> None:
    """A protected environment is let go by its file first, in a change of its own.

    Raises:
        Failure: its file or its state protects it.
    """
    live = ", ".join(sorted(deployed_models(resources))) or "no model"
    if is_protected(environment, site):
        raise Failure(
            f"{environment} is protected; live in it: {live}\n"
            f"  fix: write `model-serving:protect: false` to {stack_file(environment)}, run "
            f"`serving up --env {environment}`, then this again\n"
            "  see docs/environments.md#protection",
            Exit.POLICY,
        )
    if kept := protection.protected_resources(resources):
        raise Failure(
            f"{environment} has protected resources; live in it: {live}\n"
            + "\n".join(f"  {owner}: {urn.rpartition('::')[2]}" for owner, urn in kept)
            + f"\n  fix: run `serving up --env {environment}`, which takes off what its file "
            "does not protect; a cluster has deletion_protection of its own",
            Exit.POLICY,
        )


def _show(
    folder: Path, environment: str, resources: Sequence[Mapping[str, Any]], *, plain: bool
) -> None:
    """What goes: by model, and how much there is beside."""
    sides = deployed_models(resources)
    costs = _costs(folder, environment)
    rows = [_row(each, costs) for _, each in sorted(sides.items())]
    if rows:
        show(table(HEADS, rows, room=columns(sys.stdout), below=BELOW), plain=plain)
    made = [each for each in resources if each.get("custom") and each.get("id")]
    kept = sum(bool(each.get("retainOnDelete")) for each in made)
    beside = f", and leaves {kept} at its vendor" if kept else ""
    print(
        f"This deletes all of {environment}: {count(len(rows), 'model')}, "
        f"{count(len(made) - kept, 'resource')}{beside}."
    )


def _row(side: Side, costs: Mapping[str, str]) -> list[str]:
    return [
        side.name,
        side.target or "?",
        side.traffic or "-",
        "; ".join(callers(side)) or "not said",
        costs.get(side.name, "not known"),
        side.url or "(not known yet)",
    ]


def _costs(folder: Path, environment: str) -> dict[str, str]:
    """What each model costs now, by the files; nothing where they cannot be read."""
    try:
        found = environment_costs(folder, load(folder, environment))
    except (SettingsError, Failure):
        return {}
    made: dict[str, str] = {}
    for each in found.lines:
        low, high = each.cost.floor, each.cost.ceiling
        if low.value is not None and high.value is not None:
            made[each.name] = f"{low.value:,.0f} to {high.value:,.0f} {found.currency}"
    return made


def _confirmed(environment: str, site: Environment, *, confirm: str | None, yes: bool) -> bool:
    """By the name; `--yes` is enough where nothing ever was protected.

    Raises:
        Failure: nobody can be asked.
    """
    if confirm == environment:
        return True
    by_name = is_production(environment) or site.protect is not None
    if yes and not by_name:
        return True
    if yes or not (os.isatty(0) and os.isatty(1)):
        why = "--yes is not enough here" if yes else "nobody can be asked: this is no terminal"
        raise Failure(f"{why}\n  fix: say the name of the stack: --confirm {environment}")
    return named(environment, "Delete all of it")
