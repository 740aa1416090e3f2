"""References to models, asked of their registries before anything is registered.

See docs/adr/0028-references-resolved-before-anything.md.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import pulumi
from pydantic import ValidationError

from components.model_reference import Refused, Resolved, resolve_models
from components.serving_provider import ServingProvider
from facts.model_references import ASKED_AT_PREVIEW, Reference
from stacks import dvc_pointer
from stacks.refused_invoke import reason
from stacks.settings.load import Settings, check_again
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, SettingsError, shown
from stacks.settings.references import artifacts, asked_reference

__all__ = ["asked_and_resolved", "outputs", "resolved"]

# What these servers load is a pickle, whatever the registry.
_PICKLES: Final = frozenset({"sklearn"})
# The registry's version holds, whatever the path that it leads to.
_NOT_PINNED: Final = "MS0202"
_TOKEN_KEY: Final = "token_secret_name"  # noqa: S105 - a setting's name
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
    verify = settings.site.verify_references
    asked = {
        (name, key): (reference, _pickles(model))
        for name, model in settings.models.items()
        for key, artifact in artifacts(model)
        if (reference := asked_reference(artifact, verify=verify)) is not None
    }
    if not asked:
        return settings, {}
    answers = _answers(root, dict.fromkeys(asked.values()), provider)
    return asked_and_resolved(
        root, settings, {place: answers[each] for place, each in asked.items()}
    )


def _answers(
    root: Path, asked: Collection[tuple[Reference, bool]], provider: Callable[[], ServingProvider]
) -> dict[tuple[Reference, bool], Resolved | Refused]:
    """Each reference once; those to a file of this repository are nobody's to ask."""
    local = [each for each in asked if each[0].kind == "dvc"]
    remote = [each for each in asked if each[0].kind != "dvc"]
    found = dict(zip(local, [dvc_pointer.resolve(root, each[0]) for each in local], strict=True))
    if remote:
        found |= zip(remote, _asked(remote, provider()), strict=True)
    return found


def _asked(
    references: Sequence[tuple[Reference, bool]], provider: ServingProvider
) -> list[Resolved | Refused]:
    try:
        return resolve_models([(each.uri, pickles) for each, pickles in references], provider)
    # The SDK raises nothing narrower for an invoke that failed.
    except Exception as error:  # noqa: BLE001
        raise pulumi.RunError(
            f"no registry of models can be asked: {reason(error) or error}\n"
            "  fix: see that the provider `serving` starts (provider/README.md)"
        ) from None


def asked_and_resolved(
    root: Path, settings: Settings, answers: Mapping[tuple[str, str], Resolved | Refused]
) -> tuple[Settings, References]:
    """The same with the answers at hand, by model and key."""
    found: References = {}
    problems: list[Problem] = []
    for (name, key), answer in answers.items():
        if isinstance(answer, Refused):
            problems.append(_refused(settings, name, key, answer))
        else:
            found.setdefault(name, {})[key] = answer
    unresolved = {name for name, key in answers if key not in found.get(name, {})}
    models: dict[str, AnySettings] = {}
    for name, each in found.items():
        try:
            models[name] = _with(settings.models[name], each)
        except ValidationError:
            problems += (_no_artifact(settings, name, key, one) for key, one in each.items())
    made = replace(settings, models={**settings.models, **models})
    problems += _other_bytes(settings, found)
    problems += _no_token(settings, found)
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
        # Checked as what is written: a registry can have any signs in its names.
        made[key] = type(artifact).model_validate(
            {
                **artifact.model_dump(),
                "uri": answer.resolved_uri,
                "version": artifact.version if said else answer.version,
                "digest": artifact.digest or answer.digest or None,
            }
        )
    return settings.model_copy(update=made)


def _no_artifact(settings: Settings, name: str, key: str, answer: Resolved) -> Problem:
    return Problem(
        settings.place(name, (key, "uri")),
        "MS0563",
        f"{key}.uri",
        f"got {shown(answer.uri)}, and its registry named {shown(answer.resolved_uri)}, version "
        f"{shown(answer.version)}",
        allowed="a URI without spaces, and a version that fits into labels",
        fix="give the version another name there, or name the artifact itself",
    )


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


def _no_token(settings: Settings, found: References) -> Iterator[Problem]:
    """Who asks here may read a gated model; the servers that fetch it need a token too."""
    for name, answers in found.items():
        model = settings.models[name]
        for key, answer in answers.items():
            if answer.details.get("gated") and getattr(model, _TOKEN_KEY, "") is None:
                yield Problem(
                    settings.place(name, (key, "uri")),
                    "MS0566",
                    f"{key}.uri",
                    f"got {shown(answer.uri)}, which is gated, and its servers have no token",
                    fix=f"name a Secret of the namespace: `{_TOKEN_KEY}: …`, key HF_TOKEN",
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
