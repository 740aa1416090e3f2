"""Rules over the names of what plain model servers are made of, in one namespace.

A version's objects are named `<model>-<version>`, and a part's `<model>-<part>-<version>`; a model
of another file may have that very name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from facts.strategies import STRATEGIES, slug
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["server_names"]

_STABLE: KeyPath = ("model", "version")


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    settings: AnySettings
    where: PlaceOf
    models: Mapping[str, AnySettings]


def server_names(
    name: str, settings: AnySettings, where: PlaceOf, models: Mapping[str, AnySettings]
) -> list[Problem]:
    """Problems of one model's names beside those of the others."""
    return apply([_taken], _Asked(name, settings, where, models))


def _taken(asked: _Asked) -> Iterator[Problem]:
    if not isinstance(asked.settings, ModelServerModel):
        return
    taken: dict[str, str] = {}
    for other, settings in asked.models.items():
        same = getattr(settings, "namespace", None) == asked.settings.namespace
        if other != asked.name and same:
            taken |= dict.fromkeys(_names(other, settings), other)
    for path, ours in _versioned(asked.name, asked.settings):
        if ours in taken:
            yield Problem(
                asked.where(path),
                "MS0239",
                dotted(path),
                f"what serves this version is called {ours}, as what the model {taken[ours]} has "
                "in the same namespace",
                fix="another version, another namespace, or another name for one of the files",
                source="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
            )


def _names(name: str, settings: AnySettings) -> Iterator[str]:
    yield name
    if isinstance(settings, ModelServerModel):
        for _, version in _versioned(name, settings):
            yield version


def _versioned(name: str, settings: ModelServerModel) -> Iterator[tuple[KeyPath, str]]:
    """What is named after a version, by where the version is written."""
    if not STRATEGIES[settings.strategy].takes_candidate:
        return
    versions = {_STABLE: settings.model.version}
    if settings.candidate is not None:
        versions["candidate", "version"] = settings.candidate.version
    for path, version in versions.items():
        for of in (name, *(f"{name}-{part}" for part in settings.parts)):
            yield path, f"{of}-{slug(version)}"
