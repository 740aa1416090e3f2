"""Rules over host names outside of the cluster: no two models answer the same requests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from facts.model_servers import MODEL_SERVERS
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf

__all__ = ["by_host", "hosts"]


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    settings: AnySettings
    where: PlaceOf
    models: Mapping[str, AnySettings]
    at_host: Mapping[str, Sequence[str]]


def by_host(models: Mapping[str, AnySettings]) -> Mapping[str, Sequence[str]]:
    """The models that answer at each host, looked up once for all."""
    found: dict[str, list[str]] = {}
    for name, settings in models.items():
        if (host := getattr(settings, "host", None)) is not None:
            found.setdefault(host, []).append(name)
    return found


def hosts(
    name: str,
    settings: AnySettings,
    where: PlaceOf,
    models: Mapping[str, AnySettings],
    at_host: Mapping[str, Sequence[str]],
) -> list[Problem]:
    """Problems of one model's host beside those of the others."""
    return apply([_shared], _Asked(name, settings, where, models, at_host))


def _shared(asked: _Asked) -> Iterator[Problem]:
    ours = asked.settings
    host = getattr(ours, "host", None)
    if host is None:
        return
    for other in asked.at_host.get(host, ()):
        if other == asked.name:
            continue
        theirs = asked.models[other]
        if any(_meet(one, two) for one in _paths(ours) for two in _paths(theirs)):
            yield Problem(
                asked.where(("host",)),
                "MS0240",
                "host",
                f"got {host}, and the model {other} answers there by the same paths",
                fix="another host; or, for plain model servers, predict_paths that differ",
            )


def _paths(settings: AnySettings) -> tuple[str, ...]:
    """Prefixes of what is routed to the model; all, where KServe says them."""
    if not isinstance(settings, ModelServerModel):
        return ("/",)
    return (*settings.predict_paths,) or MODEL_SERVERS[settings.server].predict_paths


def _meet(one: str, two: str) -> bool:
    """Whether one of two prefixes is below the other, or is the other."""
    parts = [[part for part in path.split("/") if part] for path in (one, two)]
    return all(left == right for left, right in zip(*parts, strict=False))
