"""Rules over the names of what models are made of, in one namespace.

A plain server's version is named `<model>-<version>`, and a part's `<model>-<part>-<version>`; a
candidate of Seldon and of LLMInferenceService is named `<model>-candidate`. So it goes on with
parts' policies and with ways in. A model of another file may have that very name.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from facts.strategies import STRATEGIES, slug
from stacks.settings.fields import NotKnown
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem
from stacks.settings.salvage import apply
from stacks.settings.seldon import SeldonModel
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["Owners", "owners", "server_names"]

_Place: TypeAlias = tuple[str, str | None]
Owners: TypeAlias = Mapping[tuple[_Place, str], Sequence[str]]
"""Models by what they bring: its namespace, and its name there."""
_STABLE: KeyPath = ("model", "version")


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    settings: AnySettings
    where: PlaceOf
    owners: Owners


def owners(models: Mapping[str, AnySettings]) -> Owners:
    """Who brings what, looked up once for all: there may be a thousand models."""
    found: dict[tuple[_Place, str], list[str]] = {}
    for name, settings in models.items():
        # What is not known hides the names that follow from it, and no other model's.
        with suppress(NotKnown):
            place = _place(settings)
            for made in _names(name, settings):
                found.setdefault((place, made), []).append(name)
    return found


def server_names(name: str, settings: AnySettings, where: PlaceOf, owners: Owners) -> list[Problem]:
    """Problems of one model's names beside those of the others."""
    return apply([_taken], _Asked(name, settings, where, owners))


def _taken(asked: _Asked) -> Iterator[Problem]:
    place = _place(asked.settings)
    for path, ours in _made(asked.name, asked.settings):
        others = [name for name in asked.owners.get((place, ours), ()) if name != asked.name]
        if others:
            yield Problem(
                asked.where(path),
                "MS0239",
                dotted(path),
                f"what it brings is called {ours}, as what the model {others[-1]} has in the same "
                "namespace",
                fix="another name for one of the files, or another namespace; or, where it is the "
                "version that is in the name, another version",
                source="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
            )


def _place(settings: AnySettings) -> _Place:
    """Two objects of one name are one where this is the same; Seldon's kinds are its own."""
    if isinstance(settings, SeldonModel):
        return "seldon", settings.runtime_namespace
    return "", getattr(settings, "namespace", None)


def _names(name: str, settings: AnySettings) -> Iterator[str]:
    yield name
    for _, made in _made(name, settings):
        yield made


def _made(name: str, settings: AnySettings) -> Iterator[tuple[KeyPath, str]]:
    """What there is beside the objects of the model's own name, by the key that says so."""
    if isinstance(settings, SeldonModel | KServeLlmModel) and settings.candidate is not None:
        yield ("candidate", "version"), f"{name}-candidate"
    if isinstance(settings, ModelServerModel):
        yield from _ways_in(name, settings)
        yield from _versioned(name, settings)


def _ways_in(name: str, settings: ModelServerModel) -> Iterator[tuple[KeyPath, str]]:
    if settings.host is not None and STRATEGIES[settings.strategy].needs_router:
        yield ("host",), f"{name}-outside"
    if settings.headless:
        yield ("headless",), f"{name}-pods"
    if settings.internal_load_balancer is not None:
        yield ("internal_load_balancer",), f"{name}-load-balancer"


def _versioned(name: str, settings: ModelServerModel) -> Iterator[tuple[KeyPath, str]]:
    for part in settings.parts:
        yield ("parts", part), f"{name}-{part}"
    if not STRATEGIES[settings.strategy].takes_candidate:
        return
    versions = {_STABLE: settings.model.version}
    if settings.candidate is not None:
        versions["candidate", "version"] = settings.candidate.version
    for path, version in versions.items():
        for of in (name, *(f"{name}-{part}" for part in settings.parts)):
            yield path, f"{of}-{slug(version)}"
