"""Gathers the report of one environment: settings, the stack's state, one run of the engine."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from delivery import engine, plan, protection, state
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.left_out import refuse_left_out
from delivery.only import ONLY, TARGETED, only_flags
from delivery.reporting import changes, checklist, findings, money
from delivery.reporting.checklist import WATCHES
from delivery.reporting.hidden import hidden
from delivery.reporting.losses import losses
from delivery.reporting.report import Difference, EnvironmentReport, Verdict, Warned
from delivery.reporting.sentence import count, sentence, verdict
from delivery.reporting.sides import Side, asked_for, deployed_models
from delivery.reporting.whose import Whose, kind_of
from delivery.running import event_log
from delivery.update import policy_flags
from stacks.settings.files import environments
from stacks.settings.load import Settings, load
from stacks.settings.problems import SettingsError

__all__ = ["environment_report"]

_MOST_CHARACTERS: Final = 4000
_TURNED: Final = {
    False: "its protection is taken off: the update after this one may delete it",
    True: "it is protected from this update on",
}


def environment_report(
    folder: Path,
    environment: str,
    *,
    only: str | None,
    policies: bool,
    arguments: Sequence[str],
    approved: plan.Approved = plan.NOT_APPROVED,
) -> tuple[EnvironmentReport, Exit]:
    """The report, and the exit code that it means.

    Raises:
        Failure: the stack cannot be read (6: there is none), or the plan not be saved.
    """
    try:
        settings = load(folder, environment, only=only)
    except SettingsError as error:
        problems = [str(each) for each in error.problems]
        return _refused(environment, only, problems), Exit.CONFIGURATION
    # Where there is none, the engine says so itself.
    exported = state.deployment_if_any(folder, environment)
    resources: list[dict[str, Any]] = list(exported.get("resources") or [])
    flags = ["--stack", environment]
    flags += policy_flags(folder, environment) if policies else []
    variables: dict[str, str] = {}
    if only is not None:
        refuse_left_out(resources, settings, only)
        known = {str(each["urn"]) for each in resources}
        flags += only_flags(folder, environment, settings, only, known)
        variables = {ONLY: only, TARGETED: only}
    flags += approved.flags(folder, environment)
    told = engine.previewed(
        folder,
        [*flags, *arguments],
        variables | approved.variables,
        state_holds_secrets=state.holds_secrets(exported),
    )
    if told.code is Exit.NO_STACK:
        raise Failure(told.said, told.code)
    held = protection.taken_away(settings, resources, only)
    if event_log.only_protected(told.events):
        known = {each.name for each in held}
        refused = event_log.protected(told.events)
        by_engine = protection.told_by_engine(refused, resources, settings)
        held += [each for each in by_engine if each.name not in known]
    elif told.code not in {Exit.OK, Exit.POLICY}:
        return _failed(environment, only, told.said), told.code
    if told.steps is None:
        return _failed(environment, only, told.said), told.code
    code = Exit.POLICY if held else told.code
    if approved.save is not None and code is Exit.OK:
        also = sum(len(protection.turned(told.steps, on=on)) for on in (True, False))
        plan.sign(folder, environment, approved.save, also=also)
    made = _made(folder, settings, resources, told, only=only, held=held)
    return hidden(made, told.hide), code


def _made(
    folder: Path,
    settings: Settings,
    resources: Sequence[Mapping[str, Any]],
    told: engine.Told,
    *,
    only: str | None,
    held: Sequence[protection.Lost],
) -> EnvironmentReport:
    steps = told.steps or []
    before, after = deployed_models(resources), asked_for(settings, told.events)
    if only is not None:
        # The others are in the state, and nobody asks for them.
        before = {name: side for name, side in before.items() if name == only}
        after = {name: side for name, side in after.items() if name == only}
    states = [s[key] for s in steps for key in ("newState", "oldState") if s.get(key)]
    whose = Whose([*states, *resources], before.keys() | after.keys())
    changed = changes.resource_changes(steps, whose)
    costs = money.costs(folder, settings, before, after, [r for r in changed if r.model is None])
    models = changes.model_changes(before, after, changed, costs.models, costs.all.currency)
    counts = changes.counts(steps)
    found = findings.findings(settings, steps, told.events)
    lost = losses(steps, changed, before, after)
    exemptions = findings.exemptions(told.events)
    source = _source(folder, settings)
    facts = checklist.Facts(
        environment=settings.environment,
        site=settings.site,
        before=before,
        after=after,
        changing=frozenset(each.name for each in models),
        watched=frozenset(_watched(steps, whose)),
        lower=_lower(folder, settings.site.promoted_from),
        exemptions=tuple(exemptions),
        today=datetime.now(UTC).date(),
    )
    kept = {each.name for each in held}
    turned = [
        Warned(model=name, says=says)
        for on, says in _TURNED.items()
        for name in protection.turned(steps, on=on)
    ]
    outcome = verdict(models, counts, found, held=kept, protection=len(turned))
    return EnvironmentReport(
        environment=settings.environment,
        verdict=outcome,
        sentence=sentence(
            settings.environment,
            outcome,
            models,
            counts=counts,
            findings=found,
            losses=lost,
            held=kept,
            protection=[each.model for each in turned if each.model],
        ),
        only=only,
        problems=[protection.told(settings.environment, held)] if held else [],
        losses=lost,
        models=models,
        models_unchanged=len(after) - sum(each.name in after for each in models),
        counts=counts,
        cost=costs.all,
        cost_notes=list(costs.notes),
        findings=found,
        exemptions=exemptions,
        warnings=[*turned, *findings.warnings(told.events, whose)],
        compared_with=source,
        differences=_differences(folder, source, settings, only),
        checklist=checklist.checklist(facts),
        resources=changed,
    )


def _refused(environment: str, only: str | None, problems: list[str]) -> EnvironmentReport:
    many = count(len(problems), "problem")
    return EnvironmentReport(
        environment=environment,
        verdict=Verdict.REFUSED,
        sentence=f"{environment}: the settings are wrong: {many}; nothing was previewed.",
        only=only,
        problems=problems,
    )


def _failed(environment: str, only: str | None, said: str) -> EnvironmentReport:
    return EnvironmentReport(
        environment=environment,
        verdict=Verdict.FAILED,
        sentence=f"{environment}: the preview failed; what an update would do is not known.",
        only=only,
        problems=[said if len(said) <= _MOST_CHARACTERS else f"{said[:_MOST_CHARACTERS]} …"],
    )


def _watched(steps: Sequence[Mapping[str, Any]], whose: Whose) -> set[str]:
    """Models with something that watches them once the update is done."""
    found: set[str] = set()
    for step in steps:
        state: Mapping[str, Any] = step.get("newState") or {}
        if kind_of(str(state.get("type", ""))) in WATCHES and (
            model := whose(str(step.get("urn")))
        ):
            found.add(model)
    return found


def _source(folder: Path, settings: Settings) -> str | None:
    """The environment that models come from, where there is such an environment."""
    said = settings.site.promoted_from
    return said if said in environments(folder) and said != settings.environment else None


def _lower(folder: Path, source: str | None) -> Mapping[str, Side] | None:
    if source is None:
        return None
    try:
        return deployed_models(state.resources(folder, source)) or None
    except Failure:
        # No such stack, or none that can be read from here: the checklist says so.
        return None


def _differences(
    folder: Path, source: str | None, settings: Settings, only: str | None
) -> list[Difference]:
    """What the same models have there and here, each setting that differs."""
    if source is None:
        return []
    try:
        other = load(folder, source, only=only)
    except SettingsError:
        # Its own preview says what is wrong there.
        return []
    return [
        each
        for name in sorted(settings.models.keys() & other.models.keys())
        if only is None or name == only
        for each in changes.differences(name, other.models[name], settings.models[name])
    ]
