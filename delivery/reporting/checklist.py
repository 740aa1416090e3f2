"""The delivery checklist: each item computed from facts, none ticked by hand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from delivery.reporting.report import Check, CheckState
from delivery.reporting.sides import Side
from stacks.settings.common import EveryDeployment
from stacks.settings.environment import Environment
from stacks.settings.pinning import pinned_image, pinned_uri
from stacks.settings.slo_alerts import alerts_by

__all__ = ["Facts", "checklist"]

# What watches a model, by the last word of the resource's type.
WATCHES: Final = frozenset(
    {"MetricAlarm", "CompositeAlarm", "PrometheusRule", "AlertPolicy", "MetricAlert"}
    | {"ScheduledQueryRule", "ModelMonitoring", "ServiceLevelObjective", "Slo"}
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the items are computed from."""

    environment: str
    site: Environment
    before: Mapping[str, Side]
    after: Mapping[str, Side]
    changing: frozenset[str]
    """The models that come or change: of these the items are asked."""
    watched: frozenset[str]
    """The models with something that watches them, by what the program registers."""
    lower: Mapping[str, Side] | None
    """What is deployed in the environment that models come from; None where nothing is."""
    exemptions: tuple[str, ...]
    today: date


_Found = tuple[CheckState, str]
_OK: Final = (CheckState.OK, "")


def checklist(facts: Facts) -> list[Check]:
    """Of the models that change; of all where none does."""
    names = sorted(facts.changing & facts.after.keys()) or sorted(facts.after)
    return [
        _of_models("owner", "Owner is set", names, _owner(facts)),
        _of_models("approver", "Approver is set", names, _approver(facts)),
        _of_models("review_date", "Review date is to come", names, _review(facts)),
        _of_models("pinned", "Model and image are pinned", names, _pinned(facts)),
        _of_models("monitoring", "Monitoring is configured", names, _monitoring(facts)),
        _of_models("slo", "SLO is measurable", names, _slo(facts)),
        _of_models("rollback", "Rollback is possible", names, _rollback(facts)),
        _tested(facts, names),
        _exempt(facts),
    ]


def _of_models(id_: str, title: str, names: list[str], ask: Callable[[str], _Found]) -> Check:
    """One item over all models: the worst of their answers, and whose they are."""
    if not names:
        return Check(id=id_, title=title, state=CheckState.NOT_ASKED, says="no model is asked for")
    answers = {name: ask(name) for name in names}
    for state in (CheckState.MISSING, CheckState.UNKNOWN):
        those = [name for name, (found, _) in answers.items() if found is state]
        if those:
            reasons = dict.fromkeys(answers[name][1] for name in those)
            return Check(id=id_, title=title, state=state, says="; ".join(reasons), models=those)
    asked = [name for name, (found, _) in answers.items() if found is CheckState.OK]
    if not asked:
        reasons = dict.fromkeys(reason for _, reason in answers.values())
        return Check(id=id_, title=title, state=CheckState.NOT_ASKED, says="; ".join(reasons))
    said = "; ".join(dict.fromkeys(answers[name][1] for name in asked if answers[name][1]))
    return Check(id=id_, title=title, state=CheckState.OK, says=said if len(said) < 200 else "")  # noqa: PLR2004


def _missing(says: str) -> _Found:
    return CheckState.MISSING, says


def _owner(facts: Facts) -> Callable[[str], _Found]:
    return lambda name: _OK if facts.after[name].owner else _missing("owner is not set")


def _approver(facts: Facts) -> Callable[[str], _Found]:
    def ask(name: str) -> _Found:
        said = getattr(facts.after[name].settings, "approver", None)
        return _OK if said else _missing("approver is not set in the model's file")

    return ask


def _review(facts: Facts) -> Callable[[str], _Found]:
    def ask(name: str) -> _Found:
        said = getattr(facts.after[name].settings, "review_date", None)
        if not said:
            return _missing("review_date is not set in the model's file")
        if date.fromisoformat(said) < facts.today:
            return _missing(f"{said} has passed")
        return CheckState.OK, f"next {said}"

    return ask


def _pinned(facts: Facts) -> Callable[[str], _Found]:
    def ask(name: str) -> _Found:
        loose = list(dict.fromkeys(_loose(facts.after[name].settings)))
        return _missing(f"not pinned: {', '.join(loose)}") if loose else _OK

    return ask


def _loose(settings: object) -> Iterator[str]:
    """Artifacts and images that may be others tomorrow, by the settings' own words."""
    for key in ("model", "candidate"):
        artifact: Any = getattr(settings, key, None)
        if artifact is None:
            continue
        uri, version = getattr(artifact, "uri", None), getattr(artifact, "version", "")
        digest = getattr(artifact, "digest", None)
        if uri and not pinned_uri(str(uri), str(version), digest):
            yield f"{key}.uri"
        image = getattr(artifact, "image", None)
        if image and not pinned_image(str(image)):
            yield f"{key}.image"
    parts: object = getattr(settings, "parts", None)
    known = cast("Mapping[str, object]", parts).values() if isinstance(parts, Mapping) else ()
    for part in known:
        image = getattr(part, "image", None)
        if image and not pinned_image(str(image)):
            yield "parts.image"


def _monitoring(facts: Facts) -> Callable[[str], _Found]:
    def ask(name: str) -> _Found:
        if not isinstance(facts.after[name].settings, EveryDeployment):
            return CheckState.NOT_ASKED, "answers no requests"
        if name in facts.watched:
            return _OK
        return _missing("no alarm and no alerting rule is made for it")

    return ask


def _slo(facts: Facts) -> Callable[[str], _Found]:
    def ask(name: str) -> _Found:
        settings = facts.after[name].settings
        if not isinstance(settings, EveryDeployment):
            return CheckState.NOT_ASKED, "has no SLO"
        if alerts_by(settings, facts.site) is not None:
            return _OK
        if name in facts.watched:
            return CheckState.OK, "by alarms at its bounds; its error budget is not followed"
        return _missing("nothing measures it: docs/slo.md")

    return ask


def _rollback(facts: Facts) -> Callable[[str], _Found]:
    def ask(name: str) -> _Found:
        before, after = facts.before.get(name), facts.after[name]
        if before is None:
            return CheckState.NOT_ASKED, "new: there is nothing to go back to"
        if before.version is None:
            return CheckState.NOT_ASKED, "has no version of its own"
        if before.version == after.version:
            return CheckState.OK, f"{before.version} serves on"
        if before.settings is None:
            return CheckState.UNKNOWN, before.why_unknown
        loose = [each for each in _loose(before.settings) if each.startswith("model.")]
        if loose:
            return _missing(f"{before.version} was not pinned: {', '.join(loose)}")
        return CheckState.OK, f"back to {before.version}, which is recorded"

    return ask


def _tested(facts: Facts, names: Iterable[str]) -> Check:
    id_, title = "tested", "Tested in a lower environment"
    source = facts.site.promoted_from
    if source is None:
        says = "promoted_from is not set: models begin here"
        return Check(id=id_, title=title, state=CheckState.NOT_ASKED, says=says)
    lower = facts.lower

    def ask(name: str) -> _Found:
        if lower is None:
            return _missing(f"nothing is deployed in {source}")
        side = lower.get(name)
        if side is None:
            return _missing(f"not deployed in {source}")
        artifacts = dict(_artifacts(facts.after[name]))
        if not artifacts:
            return CheckState.NOT_ASKED, "has no artifact of its own"
        there = {identity for key, identity in _artifacts(side) if key == "model" or side.share}
        if side.settings is None:
            return CheckState.UNKNOWN, side.why_unknown
        if absent := [key for key, identity in artifacts.items() if identity not in there]:
            versions = {
                "model": facts.after[name].version,
                "candidate": facts.after[name].candidate,
            }
            shown = ", ".join(str(versions[key]) for key in absent)
            return _missing(f"{shown} is not what {source} serves")
        return CheckState.OK, f"{source} serves the same"

    return _of_models(id_, title, list(names), ask)


def _artifacts(side: Side) -> Iterator[tuple[str, tuple[str, str]]]:
    """The model's and the candidate's bytes: their digest, else their address and version."""
    for key in ("model", "candidate"):
        artifact: Any = getattr(side.settings, key, None)
        if artifact is None or not getattr(artifact, "uri", None):
            continue
        if digest := getattr(artifact, "digest", None):
            yield key, ("digest", str(digest))
        else:
            yield key, (str(artifact.uri), str(artifact.version))


def _exempt(facts: Facts) -> Check:
    says = "; ".join(facts.exemptions) if facts.exemptions else "none is in force"
    state = CheckState.OK if facts.exemptions else CheckState.NOT_ASKED
    return Check(id="exemptions", title="Exemptions in force", state=state, says=says)
