"""Files and configuration to typed settings, or one report with every problem."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facts.pools.offers import Offer
from stacks.settings import stack_values
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.callers import files_that_name
from stacks.settings.environment import Environment
from stacks.settings.environment_checks import environment
from stacks.settings.fields import NotKnown
from stacks.settings.file_checks import FileOfModel, file_problems
from stacks.settings.files import model_names, select, stack_file
from stacks.settings.graph_checks import Others
from stacks.settings.layers import layers
from stacks.settings.merge import Origin, merge, nearest_origin
from stacks.settings.model_settings import check_entry, read_model
from stacks.settings.models import AnySettings
from stacks.settings.partial import any_target
from stacks.settings.platforms.known_offers import AskPlatform, known_offers
from stacks.settings.prices import price_problems
from stacks.settings.problems import Place, Problem, SettingsError
from stacks.settings.state_places import form_problems
from stacks.settings.to_fill_in import to_fill_in
from stacks.settings.yaml_source import KeyPath, YamlSource, read


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that one environment says, typed, with the origin of each model's values."""

    environment: str
    site: Environment
    models: dict[str, AnySettings]
    origins: dict[str, dict[KeyPath, Origin]]
    sources: dict[str, YamlSource]
    offers: Mapping[str, Offer] = field(default_factory=dict[str, Offer])
    """What the pools of GPU nodes offer that the models run on, as far as they are known."""

    def place(self, model: str, path: KeyPath) -> Place:
        """Where a model's setting is written; the model's file when nowhere."""
        return _place(self.origins[model], self.sources, self.sources[model].name, path)


def load(
    root: Path,
    environment_name: str,
    *,
    values: Mapping[str, Any] | None = None,
    only: str | None = None,
    ask_platform: AskPlatform | None = None,
) -> Settings:
    """The settings of one environment.

    `values` are the `model-serving:` keys as Pulumi gives them; without them the environment's
    file is read. With `only`, the other models' files are left out, but for the graphs that call
    that model. `ask_platform` says what the pools of the platform's stack offer, where that is
    another one; without it that stack's file is read, where this project has it.

    Raises:
        SettingsError: with every problem of every file.
    """
    problems: list[Problem] = []
    file = stack_file(environment_name)
    stack, values = _environment(root, file, values, problems)
    sources: dict[str, YamlSource] = {file: stack}

    site = stack_values.site(values, stack, problems)
    files = select(root, only, problems)
    entries = stack_values.mapping(values.get("models"), ("models",), stack, problems)
    files |= files_that_name(root, only, entries)
    defaults = stack_values.mapping(values.get("defaults"), ("defaults",), stack, problems)
    unclear = stack_values.check_defaults(defaults, stack, problems)
    stack_values.check_entries(entries, model_names(root), only, stack, problems)

    models: dict[str, AnySettings] = {}
    given: list[tuple[str, AnySettings, _Where]] = []
    origins: dict[str, dict[KeyPath, Origin]] = {}
    for name, path in files.items():
        source = read(path, path.relative_to(root).as_posix())
        sources[name] = source
        problems += source.problems
        entry = entries.get(name)
        if source.problems and not source.data:
            if entry is not None:
                problems += check_entry(name, entry, stack, any_target()).problems
            continue
        merged = merge(layers(values, defaults, source, entry, name, file))
        origins[name] = merged.origins
        where = _Where(merged.origins, {s.name: s for s in (source, stack)}, source.name)
        model = read_model(name, merged, entry, (source, stack), where, unclear, problems)
        if not _is_ours(model.settings, site):
            continue
        given.append((name, model.settings, where))
        if model.target_is_known:
            models[name] = model.settings

    known = known_offers(root, site, ask_platform)
    others = Others(models, model_names(root), only is None, environment_name)
    for name, settings, where in given:
        file_of_model = FileOfModel(name, settings, where, where.origins, site)
        problems += file_problems(file_of_model, others, known)
    if site is not None:
        place = stack_values.ConfigPlace(stack)
        problems += environment(AskedOfEnvironment(file, site, models, place))
        problems += price_problems(root, site, place)
    if problems or site is None:
        raise SettingsError(problems)
    return Settings(environment_name, site, models, origins, sources, known or {})


def _environment(
    root: Path, file: str, given: Mapping[str, Any] | None, problems: list[Problem]
) -> tuple[YamlSource, Mapping[str, Any]]:
    """The environment's file, and its values: those in it, or those that Pulumi gives."""
    stack = read(root / file, file, empty_is_problem=False)
    if given is None:
        problems += stack.problems
        values: Mapping[str, Any] = stack_values.from_file(stack, problems)
    else:
        # Pulumi may have read another file, or been given values on the command line.
        stack, values = stack_values.where_it_agrees(stack, given), given
    if unfilled := to_fill_in(values, stack):
        # What else is wrong with them is not worth telling, nor what follows from it.
        raise SettingsError([*problems, *unfilled])
    problems += form_problems(root, stack)
    return stack, values


def check_again(root: Path, settings: Settings, names: Collection[str]) -> list[Problem]:
    """What the rules say of some models, now that their registries have been asked."""
    others = Others(
        settings.models, model_names(root), all_read=False, environment=settings.environment
    )
    found: list[Problem] = []
    for name in names:
        origins = settings.origins[name]
        where = _Where(origins, settings.sources, settings.sources[name].name)
        file = FileOfModel(name, settings.models[name], where, origins, settings.site)
        found += file_problems(file, others, settings.offers)
    return found


@dataclass(frozen=True, slots=True)
class _Where:
    origins: Mapping[KeyPath, Origin]
    sources: Mapping[str, YamlSource]
    fallback: str

    def __call__(self, path: KeyPath, /, *, key: bool = False) -> Place:
        return _place(self.origins, self.sources, self.fallback, path, key=key)


def _place(
    origins: Mapping[KeyPath, Origin],
    sources: Mapping[str, YamlSource],
    fallback: str,
    path: KeyPath,
    *,
    key: bool = False,
) -> Place:
    """The place of the value, of what is under it, or of the nearest mapping above it."""
    by_name = {source.name: source for source in sources.values()}
    origin = origins.get(path)
    if origin is None:
        under = [o for p, o in origins.items() if p[: len(path)] == path]
        if path and under:
            cut = len(under[-1].path) - (len(next(p for p, o in origins.items() if o is under[-1])))
            origin = Origin(under[-1].layer, under[-1].source, under[-1].path[: cut + len(path)])
    if origin is None and (above := nearest_origin(origins, path)) is not None:
        origin = above
    if origin is not None and origin.source in by_name:
        return by_name[origin.source].place(origin.path, key=key)
    source = by_name.get(fallback)
    return source.place(path, key=key) if source else Place(fallback)


def _is_ours(model: AnySettings, site: Environment | None) -> bool:
    try:
        return site is None or site.team is None or model.owner == site.team
    except NotKnown:
        # Said too much rather than too little.
        return True
