"""`serving preview` and `serving up`: `pulumi` with the guardrails on, and one model alone."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from delivery import engine, orphans, plan, project, protection, state
from delivery.asking import named
from delivery.break_glass import broken, unbroken
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.not_ready import reasons
from delivery.only import ONLY, TARGETED, flags_of_update
from delivery.plan import NOT_APPROVED, Approved
from delivery.recovery.recover import before_update
from delivery.running import left, state_file
from delivery.running.event_log import Protected
from delivery.running.hold import Hold, hold
from delivery.running.process import Ended
from delivery.urn import type_of
from stacks.settings.load import Settings, load
from stacks.settings.problems import SettingsError, report
from stacks.settings.protection import is_protected
from stacks.settings.site import load_site

# With these the engine's configuration is not the environment's file; the program checks alone.
_OTHER_CONFIGURATION: Final = ("-c", "--config", "--config-file", "--config-path")
# With these the engine does not ask.
_NO_QUESTION: Final = ("-y", "--yes", "-f", "--skip-preview", "--preview-only", "-h", "--help")
_CHANGES_NOTHING: Final = ("--preview-only", "-h", "--help")


def update(
    command: str,
    environment: str,
    *,
    only: str | None,
    policies: bool,
    arguments: Sequence[str],
    approved: Approved = NOT_APPROVED,
    break_glass: str | None = None,
) -> int:
    """Check the settings, then run the engine; its exit code is returned.

    `break_glass` is why mandatory guardrails are advice for this update of this model alone.
    """
    folder = project.root()
    held = hold(folder, environment, _again(environment, only, policies=policies))
    with held if command == "up" else nullcontext() as mine:
        return _update(
            folder,
            command,
            environment,
            only=only,
            policies=policies,
            arguments=arguments,
            approved=approved,
            break_glass=break_glass,
            held=mine,
        )


def _update(
    folder: Path,
    command: str,
    environment: str,
    *,
    only: str | None,
    policies: bool,
    arguments: Sequence[str],
    approved: Approved,
    break_glass: str | None,
    held: Hold | None,
) -> int:
    project.known_environment(folder, environment)
    if only is not None:
        project.known_model(folder, only)
    try:
        settings = _settings(folder, environment, only, arguments)
    except SettingsError as error:
        print(report(error.problems), file=sys.stderr)
        return Exit.CONFIGURATION
    if command == "up":
        _begin(folder, environment, settings, only, arguments)
    else:
        state_file.check(folder, environment)
    flags = ["--stack", environment]
    guardrails = policy_flags(folder, environment) if policies else []
    variables: dict[str, str] = {}
    if only is not None:
        flags += flags_of_update(folder, environment, settings, only, arguments)
        variables = {ONLY: only, TARGETED: only}
    glass = unbroken(guardrails)
    if break_glass is not None:
        glass = broken(
            folder,
            environment,
            only,
            break_glass,
            flags=flags,
            policy_flags=guardrails,
            variables=variables,
        )
    keeps_to = approved.flags(folder, environment)
    asks = command == "up" and _is_protected(settings) and not _asks_nothing(arguments)
    with glass as used:
        variables = {**variables, **approved.variables, **used.variables}
        flags += used.policy_flags
        if asks:
            code = _approved_by_name(folder, environment, [*flags, *arguments], variables, held)
            if code is not Exit.OK:
                return code
            arguments = [*arguments, "--yes", "--skip-preview"]
        ended = engine.run(folder, [command, *flags, *keeps_to, *arguments], variables, hold=held)
    _say_what_is_protected(folder, environment, settings, ended.protected)
    if ended.code == Exit.OK and approved.save is not None:
        plan.sign(folder, environment, approved.save)
    if command == "up" and ended.code not in {Exit.OK, Exit.POLICY, Exit.NO_STACK}:
        again = _again(environment, only, policies=policies)
        _say_what_is_left(folder, environment, again, ended)
    return ended.code


def _settings(
    folder: Path, environment: str, only: str | None, arguments: Sequence[str]
) -> Settings | None:
    """What the files say; None where the engine is told something else."""
    if any(a.partition("=")[0] in _OTHER_CONFIGURATION for a in arguments):
        return None
    # In a second, instead of in the engine after three.
    return load(folder, environment, only=only)


def _is_protected(settings: Settings | None) -> bool:
    return settings is not None and is_protected(settings.environment, settings.site)


def _approved_by_name(
    folder: Path,
    environment: str,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    held: Hold | None,
) -> Exit:
    """Show what the update would do, and let the stack's name be typed: `y` is a habit."""
    shown = engine.run(folder, ["preview", *arguments], variables, hold=held)
    _say_what_is_protected(folder, environment, None, shown.protected)
    if shown.code:
        return Exit(shown.code) if shown.code in set(Exit) else Exit.ERROR
    return Exit.OK if named(environment, "Deploy this") else Exit.CANCELLED


def _begin(
    folder: Path,
    environment: str,
    settings: Settings | None,
    only: str | None,
    arguments: Sequence[str],
) -> None:
    """What comes before an update: it can be approved, and what a killed one left is taken over.

    Of a protected environment it takes nothing away that serves.
    """
    if not _can_be_approved(arguments):
        raise Failure(
            "nobody can approve the preview: this is no terminal\n"
            "  fix: add --yes, or look first with `serving preview`"
        )
    state_file.check(folder, environment)
    if any(a.partition("=")[0] in _CHANGES_NOTHING for a in arguments):
        return
    before_update(folder, environment)
    if settings is not None and _is_protected(settings):
        resources = state.resources_if_any(folder, environment)
        protection.refuse(environment, protection.taken_away(settings, resources, only))


def _say_what_is_protected(
    folder: Path, environment: str, settings: Settings | None, refused: Sequence[Protected]
) -> None:
    """Below the engine's words, which name resources and the state: whose it is, and files."""
    if not refused:
        return
    resources = state.resources_if_any(folder, environment)
    lost = protection.told_by_engine(refused, resources, settings)
    print(f"error: {protection.told(environment, lost)}", file=sys.stderr)


def _again(environment: str, only: str | None, *, policies: bool) -> str:
    """The command that goes on from what an update left."""
    alone = f" --only {only}" if only else ""
    return f"serving up --env {environment}{alone}{'' if policies else ' --no-policies'}"


def _say_what_is_left(folder: Path, environment: str, again: str, ended: Ended) -> None:
    """What is live, half done or lost, below what the engine said."""
    try:
        deployment = state.deployment(folder, environment)
    except Failure:
        # The engine has said what is wrong with the stack itself, but for one thing.
        if told := state_file.damage(folder, environment):
            print(f"error: {told}", file=sys.stderr)
        return
    resources: list[dict[str, Any]] = list(deployment.get("resources") or [])
    told = left.lines(deployment, again, "After that" if ended.let_go else left.AT_ONCE)
    if ended.lost:
        told = [*_lost(folder, environment, resources, ended.lost), *told]
    if ended.let_go:
        told = [*_let_go(environment, ended.let_go), *told]
    if found := reasons(resources):
        told = ["Not ready:", *(f"  {line}" for line in found), *told]
    print("\n".join(told), file=sys.stderr)


def _lost(
    folder: Path, environment: str, resources: list[dict[str, Any]], lost: Sequence[str]
) -> list[str]:
    """What a plugin that died was making, and whether the vendor has it.

    The next update makes it again under another name, or finds a fixed name taken.
    """
    told = ["A plugin died while it made these; the vendor may have them, the state has not:"]
    for urn in lost:
        kind = type_of(urn)
        told.append(f"  {urn.rpartition('::')[2]} ({kind})")
    by_hand = f"Look for them: serving orphans --env {environment}"
    try:
        site = load_site(folder, environment)
        return [*told, *orphans.lines(orphans.find(site, environment, resources))]
    except SettingsError:
        return [*told, by_hand]
    except Failure as failure:
        return [*told, str(failure), by_hand]


def _let_go(environment: str, providers: Sequence[str]) -> list[str]:
    """How to go on where the engine closes the provider of a cluster that it is to replace."""
    return [
        "A cluster is to be replaced, and the engine lets go of it before what is in it is deleted",
        "(https://github.com/pulumi/pulumi/issues/14650). Delete that first, in the project's",
        "folder; all models in this cluster stop serving until the next update, as they do when it",
        "is replaced:",
        *(
            f"  pulumi destroy --stack {environment} --target '{each}' --target-dependents"
            for each in providers
        ),
    ]


def _can_be_approved(arguments: Sequence[str]) -> bool:
    """Whether the engine may ask, or need not; it decides by the same conditions."""
    return _asks_nothing(arguments) or (os.isatty(0) and os.isatty(1))


def _asks_nothing(arguments: Sequence[str]) -> bool:
    if os.environ.get("PULUMI_SKIP_CONFIRMATIONS", "").lower() in {"1", "true"}:
        return True
    return any(a.partition("=")[0] in _NO_QUESTION for a in arguments)


def policy_flags(folder: Path, environment: str) -> list[str]:
    """The guardrails, with the environment's configuration where there is one."""
    if not (folder / project.GUARDRAILS).is_dir():
        return []
    flags = ["--policy-pack", project.GUARDRAILS.as_posix()]
    configuration = project.guardrails_file(environment)
    if (folder / configuration).is_file():
        flags += ["--policy-pack-config", configuration.as_posix()]
    return flags
