"""References to models, asked of their registries before anything is registered.

See docs/adr/0028-references-resolved-before-anything.md.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from components.model_reference import Refused, Resolved, resolve_models
from components.serving_provider import ServingProvider
from facts.model_references import ASKED_AT_PREVIEW, Reference
from stacks import dvc_pointer
from stacks.refused_invoke import as_fix, asking_serving
from stacks.settings.artifacts import Holder, Named, artifacts, loads_pickles, with_holders
from stacks.settings.common import Artifact, Candidate
from stacks.settings.load import Settings, check_again
from stacks.settings.model_mirror import has_mirror
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, SettingsError, shown
from stacks.settings.references import asked_reference
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["asked_and_resolved", "outputs", "resolved"]

# The registry's version holds, whatever the path that it leads to.
_NOT_PINNED: Final = "MS0202"
_TOKEN_KEY: Final = "token_secret_name"  # noqa: S105 - a setting's name
References: TypeAlias = dict[str, dict[KeyPath, Resolved]]
"""By model and the path of the URI in its file: what was asked, and what it stands for."""


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
        (name, artifact.path): (reference, _pickles(reference, model, artifact))
        for name, model in settings.models.items()
        for artifact in artifacts(model)
        if (reference := asked_reference(artifact, verify=verify)) is not None
    }
    if not asked:
        return settings, {}
    answers = _answers(root, dict.fromkeys(asked.values()), provider)
    return asked_and_resolved(
        root, settings, {place: answers[each] for place, each in asked.items()}
    )


def _pickles(reference: Reference, settings: AnySettings, artifact: Named) -> bool:
    """Where files are judged: all others that name one reference ask once, and get one answer."""
    return reference.kind == "hf" and loads_pickles(settings, artifact) is True


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
    with asking_serving("no registry of models can be asked"):
        return resolve_models([(each.uri, pickles) for each, pickles in references], provider)


def asked_and_resolved(
    root: Path, settings: Settings, answers: Mapping[tuple[str, KeyPath], Resolved | Refused]
) -> tuple[Settings, References]:
    """The same with the answers at hand, by model and the URI's path in its file."""
    found: References = {}
    problems: list[Problem] = []
    for (name, path), answer in answers.items():
        if isinstance(answer, Refused):
            problems.append(_refused(settings, name, path, answer))
        else:
            found.setdefault(name, {})[path] = answer
    unresolved = {name for name, path in answers if path not in found.get(name, {})}
    models: dict[str, AnySettings] = {}
    for name, each in found.items():
        try:
            models[name] = _with(settings.models[name], each)
        except ValidationError:
            problems += (_no_artifact(settings, name, path, one) for path, one in each.items())
    made = replace(settings, models={**settings.models, **models})
    problems += _other_bytes(settings, found)
    problems += _no_token(settings, found)
    asked = {dotted(path) for each in found.values() for path in each}
    problems += [
        problem
        for problem in check_again(root, made, models.keys() - unresolved)
        if problem.code != _NOT_PINNED or problem.key not in asked
    ]
    if problems:
        raise SettingsError(problems)
    return made, found


def outputs(settings: Settings, references: References, name: str) -> dict[str, Any]:
    """What a stack's outputs say of a model's references, as its file names them.

    By `model` and `candidate`; those of `parts` and `containers` below these, by name.
    """
    made: dict[str, Any] = {}
    for artifact in artifacts(settings.models[name]):
        if (answer := references.get(name, {}).get(artifact.path)) is None:
            continue
        whose, *below = map(str, artifact.path)
        place = made
        if not isinstance(artifact.holder, Artifact | Candidate):
            place = made.setdefault(whose, {}).setdefault(artifact.holder_name, {})
            whose = "model" if below[-1] == "uri" else "candidate"
        place[whose] = _output(answer)
    return made


def _output(answer: Resolved) -> dict[str, str]:
    return {
        "model_uri": answer.uri,
        "resolved_uri": answer.resolved_uri,
        "resolved_version": answer.version,
        **({"resolved_digest": answer.digest} if answer.digest else {}),
        **answer.details,
    }


def _with(settings: AnySettings, found: Mapping[KeyPath, Resolved]) -> AnySettings:
    """The settings with what the references stand for."""
    holders: dict[KeyPath, Holder] = {}
    for artifact in artifacts(settings):
        if (answer := found.get(artifact.path)) is None:
            continue
        *path, key = artifact.path
        holder = holders.get(tuple(path), artifact.holder)
        said = {**holder.model_dump(), str(key): answer.resolved_uri}
        if isinstance(holder, Artifact | Candidate):
            said["version"] = answer.version if _follows(artifact) else holder.version
            said["digest"] = holder.digest or answer.digest or None
        # Checked as what is written: a registry can have any signs in its names.
        holders[tuple(path)] = type(holder).model_validate(said)
    return with_holders(settings, holders)


def _follows(artifact: Named) -> bool:
    return artifact.version == ASKED_AT_PREVIEW


def _no_artifact(settings: Settings, name: str, path: KeyPath, answer: Resolved) -> Problem:
    return Problem(
        settings.place(name, path),
        "MS0563",
        dotted(path),
        f"got {shown(answer.uri)}, and its registry named {shown(answer.resolved_uri)}, version "
        f"{shown(answer.version)}",
        allowed="a URI without spaces, and a version that fits into labels",
        fix="give the version another name there, or name the artifact itself",
    )


def _other_bytes(settings: Settings, found: References) -> Iterator[Problem]:
    for name, answers in found.items():
        for artifact in artifacts(settings.models[name]):
            path = artifact.path
            digest = answers[path].digest if path in answers else ""
            if artifact.digest and digest and artifact.digest != digest:
                beside = (*path[:-1], "digest")
                yield Problem(
                    settings.place(name, beside),
                    "MS0211",
                    dotted(beside),
                    f"got {artifact.digest}, and {artifact.uri} has {digest}",
                    fix="find out which of the two is meant before anything is deployed",
                )


def _no_token(settings: Settings, found: References) -> Iterator[Problem]:
    """Who asks here may read a gated model; the servers that fetch it need a token too."""
    for name, answers in found.items():
        model = settings.models[name]
        # A copy is read as any object of one's own.
        if has_mirror(model, settings.site):
            continue
        for path, answer in answers.items():
            if answer.details.get("gated") and getattr(model, _TOKEN_KEY, "") is None:
                yield Problem(
                    settings.place(name, path),
                    "MS0566",
                    dotted(path),
                    f"got {shown(answer.uri)}, which is gated, and its servers have no token",
                    fix=f"name a Secret of the namespace: `{_TOKEN_KEY}: …`, key HF_TOKEN",
                )


def _refused(settings: Settings, name: str, path: KeyPath, answer: Refused) -> Problem:
    return Problem(
        settings.place(name, path),
        "MS0564" if answer.unsafe else "MS0563",
        dotted(path),
        f"got {shown(answer.uri)}, and {answer.registry} said: {answer.said}",
        fix=as_fix(answer.way_out),
    )
