"""Rules over servers that models share, and over the models on them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from facts.capabilities import TARGETS
from facts.trained_models import CONTROL_MODE
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.environment import Environment
from stacks.settings.graph_checks import Others
from stacks.settings.kserve_shared import SharedServer, TrainedModel
from stacks.settings.pairs import count_without_accelerator, low_above_high
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import dotted

__all__ = ["DEFAULT_MEMORY_MIB", "shared_server", "trained_model"]

# SharedModelServer's.
DEFAULT_MEMORY_MIB: Final = 4096


@dataclass(frozen=True, slots=True)
class _AskedOfServer:
    settings: SharedServer
    where: PlaceOf
    site: Environment | None
    others: Others
    name: str


@dataclass(frozen=True, slots=True)
class _AskedOfModel:
    settings: TrainedModel
    where: PlaceOf
    site: Environment | None
    others: Others


_ServerRule: TypeAlias = Callable[[_AskedOfServer], Iterator[Problem]]
_ModelRule: TypeAlias = Callable[[_AskedOfModel], Iterator[Problem]]


def shared_server(
    name: str, settings: SharedServer, where: PlaceOf, site: Environment | None, others: Others
) -> list[Problem]:
    """Problems of one shared server, and of all models together that it is to load."""
    return apply(_SERVER_RULES, _AskedOfServer(settings, where, site, others, name))


def trained_model(
    settings: TrainedModel, where: PlaceOf, site: Environment | None, others: Others
) -> list[Problem]:
    """Problems of one model on a shared server, but for those of its artifact."""
    return apply(_MODEL_RULES, _AskedOfModel(settings, where, site, others))


def loaded_by(server: str, models: Mapping[str, object]) -> dict[str, TrainedModel]:
    """The models that a shared server is to load."""
    return {
        name: model
        for name, model in models.items()
        if isinstance(model, TrainedModel) and model.server == server
    }


def _replicas(asked: _AskedOfServer) -> Iterator[Problem]:
    low, high = asked.settings.min_replicas, asked.settings.max_replicas
    yield from low_above_high(asked.where, ("min_replicas", low), ("max_replicas", high))


def _room(asked: _AskedOfServer) -> Iterator[Problem]:
    """KServe takes in no model beyond the memory of one replica."""
    room = asked.settings.resources.memory_mib or DEFAULT_MEMORY_MIB
    models = loaded_by(asked.name, asked.others.models)
    needed = sum(model.memory_mib for model in models.values())
    if needed > room:
        path = ("resources", "memory_mib")
        yield Problem(
            asked.where(path),
            "MS0337",
            dotted(path),
            f"got {room}, and {', '.join(sorted(models))} need {needed} MiB together",
            allowed=f"at least {needed}",
            fix="raise it, or move a model to another server",
        )


def _callers_in_knative_mode(asked: _AskedOfServer) -> Iterator[Problem]:
    if asked.settings.callers and asked.settings.deployment_mode == "knative":
        names = ", ".join(caller.namespace for caller in asked.settings.callers)
        yield refuse("kserve/callers-in-knative-mode", ("callers",), names, asked)


def _count_has_an_accelerator(asked: _AskedOfServer) -> Iterator[Problem]:
    yield from count_without_accelerator(asked.where, asked.settings.resources)


def _control_mode(asked: _AskedOfServer) -> Iterator[Problem]:
    for index, argument in enumerate(asked.settings.arguments):
        if argument.startswith(CONTROL_MODE):
            path = ("arguments", index)
            yield Problem(
                asked.where(path),
                "MS0106",
                dotted(path),
                f"got {shown(argument)}, and a shared server's models come one by one, by files",
                fix="remove it; a whole repository of models: target: kserve, framework: triton",
            )


def _server_is_there(asked: _AskedOfModel) -> Iterator[Problem]:
    name, names = asked.settings.server, asked.others.names
    if name in names:
        server = asked.others.models.get(name)
        if not asked.others.all_read or server is None or isinstance(server, SharedServer):
            return
        message = f"got {shown(name)}, whose target is {server.target}"
    else:
        message = f"got {shown(name)}, and there is no such file"
    models = asked.others.models.items()
    close = nearest(name, (other for other, its in models if isinstance(its, SharedServer)))
    yield Problem(
        asked.where(("server",)),
        "MS0339",
        "server",
        message,
        allowed="a file with target: kserve_shared_server",
        nearest=close,
        fix=f"write `{close}`" if close else "add such a file, or name another server",
    )


def _as_the_server(asked: _AskedOfModel) -> Iterator[Problem]:
    server = asked.others.models.get(asked.settings.server)
    if not isinstance(server, SharedServer):
        return
    for key in ("namespace", "deployment_mode"):
        its, own = getattr(server, key), getattr(asked.settings, key)
        if its != own:
            yield Problem(
                asked.where((key,)),
                "MS0339",
                key,
                f"got {shown(own)}, and the server {asked.settings.server} has {shown(its)}",
                fix=f"write `{key}: {its}`",
            )


def _artifact(asked: _AskedOfModel) -> Iterator[Problem]:
    uri, target = asked.settings.model.uri, TARGETS["kserve_trained_model"]
    if uri.partition(":")[0] not in target.uri_schemes:
        allowed = ", ".join(f"{scheme}:" for scheme in target.uri_schemes)
        path = ("model", "uri")
        yield refuse("any/artifact", path, uri, asked, allowed, source=target.source)


def _framework(asked: _AskedOfModel) -> Iterator[Problem]:
    framework, target = asked.settings.model.framework, TARGETS["kserve_trained_model"]
    path, known = ("model", "framework"), target.frameworks
    if framework is None:
        yield Problem(
            asked.where(path, key=True),
            "MS0102",
            "model.framework",
            "missing",
            allowed=", ".join(known),
            fix="add `framework: …` under `model`",
        )
    elif framework not in known:
        allowed = ", ".join(known)
        yield refuse("any/framework", path, framework, asked, allowed, source=target.source)


_SERVER_RULES: Final[tuple[_ServerRule, ...]] = (
    _replicas,
    _room,
    _callers_in_knative_mode,
    _count_has_an_accelerator,
    _control_mode,
)
_MODEL_RULES: Final[tuple[_ModelRule, ...]] = (
    _server_is_there,
    _as_the_server,
    _artifact,
    _framework,
)
