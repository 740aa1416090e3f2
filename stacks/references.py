"""References to models, asked of their registries before anything is registered.

See docs/adr/0028-references-resolved-before-anything.md.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from components.model_reference import Refused, Resolved, resolve_models
from components.serving_provider import ServingProvider
from facts.model_references import ASKED_AT_PREVIEW, Reference
from stacks.settings.load import Settings, check_again
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, SettingsError, shown
from stacks.settings.references import artifacts, asked_reference

__all__ = ["asked_and_resolved", "outputs", "resolved"]

# What these servers load is a pickle, whatever the registry.
_PICKLES: Final = frozenset({"sklearn"})
# The registry's version holds, whatever the path that it leads to.
_NOT_PINNED: Final = "MS0202"
_Answers: TypeAlias = Mapping[str, Resolved | Refused]
References: TypeAlias = dict[str, dict[str, Resolved]]
"""By model and key, `model` or `candidate`: what was asked, and what it stands for."""


def resolved(
    root: Path, settings: Settings, provider: Callable[[], ServingProvider]
) -> tuple[Settings, References]:
    """The settings with what each reference stands for, and what was asked.

    The provider is made only when there is something to ask.

    Raises:
        SettingsError: with every reference that nobody resolves, or that leads to what is refused.
    """
    asked = {
        (name, key): (reference, _pickles(model))
        for name, model in settings.models.items()
        for key, artifact in artifacts(model)
        if (reference := asked_reference(artifact)) is not None
    }
    if not asked:
        return settings, {}
    loads_pickles: dict[str, bool] = {}
    for reference, pickles in asked.values():
        loads_pickles[reference.uri] = pickles or loads_pickles.get(reference.uri, False)
    return asked_and_resolved(
        root,
        settings,
        {place: reference for place, (reference, _) in asked.items()},
        resolve_models(loads_pickles, provider()),
    )


def asked_and_resolved(
    root: Path,
    settings: Settings,
    asked: Mapping[tuple[str, str], Reference],
    answers: _Answers,
) -> tuple[Settings, References]:
    """The same with the registries' answers at hand."""
    found: References = {}
    problems: list[Problem] = []
    for (name, key), reference in asked.items():
        answer = answers[reference.uri]
        if isinstance(answer, Refused):
            problems.append(_refused(settings, name, key, answer))
        else:
            found.setdefault(name, {})[key] = answer
    unresolved = {name for name, key in asked if key not in found.get(name, {})}
    models = {name: _with(settings.models[name], each) for name, each in found.items()}
    made = replace(settings, models={**settings.models, **models})
    problems += _other_bytes(settings, found)
    problems += [
        problem
        for problem in check_again(root, made, models.keys() - unresolved)
        if problem.code != _NOT_PINNED or not problem.key.endswith(".uri")
    ]
    if problems:
        raise SettingsError(problems)
    return made, found


def outputs(references: References, name: str) -> dict[str, dict[str, str]]:
    """What a stack's outputs say of a model's references, by `model` and `candidate`."""
    return {
        key: {
            "model_uri": each.uri,
            "resolved_uri": each.resolved_uri,
            "resolved_version": each.version,
            **({"resolved_digest": each.digest} if each.digest else {}),
            **each.details,
        }
        for key, each in references.get(name, {}).items()
    }


def _with(settings: AnySettings, found: Mapping[str, Resolved]) -> AnySettings:
    """The settings with what the references stand for."""
    made: dict[str, Any] = {}
    for key, artifact in artifacts(settings):
        if (answer := found.get(key)) is None:
            continue
        said = artifact.version != ASKED_AT_PREVIEW
        made[key] = artifact.model_copy(
            update={
                "uri": answer.resolved_uri,
                "version": artifact.version if said else answer.version,
                "digest": artifact.digest or answer.digest or None,
            }
        )
    return settings.model_copy(update=made)


def _other_bytes(settings: Settings, found: References) -> Iterator[Problem]:
    for name, answers in found.items():
        for key, artifact in artifacts(settings.models[name]):
            digest = answers[key].digest if key in answers else ""
            if artifact.digest and digest and artifact.digest != digest:
                yield Problem(
                    settings.place(name, (key, "digest")),
                    "MS0211",
                    f"{key}.digest",
                    f"got {artifact.digest}, and {artifact.uri} has {digest}",
                    fix="find out which of the two is meant before anything is deployed",
                )


def _refused(settings: Settings, name: str, key: str, answer: Refused) -> Problem:
    return Problem(
        settings.place(name, (key, "uri")),
        "MS0564" if answer.unsafe else "MS0563",
        f"{key}.uri",
        f"got {shown(answer.uri)}, and {answer.registry} said: {answer.said}",
        fix=f"{answer.way_out[:1].lower()}{answer.way_out[1:]}",
    )


def _pickles(settings: AnySettings) -> bool:
    return any(getattr(each, "framework", None) in _PICKLES for _, each in artifacts(settings))
