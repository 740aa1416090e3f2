"""Files and configuration to typed settings, or one report with every problem."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.settings import checks, stack_values, validate
from stacks.settings.environment import Environment
from stacks.settings.files import model_names, select, stack_file
from stacks.settings.layers import layers
from stacks.settings.merge import Merged, Origin, merge
from stacks.settings.models import MODEL_CLASSES, ModelSettings
from stacks.settings.partial import partial
from stacks.settings.problems import Place, Problem, SettingsError, nearest, shown
from stacks.settings.yaml_source import KeyPath, YamlSource, read


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that one environment says, typed, with the origin of each model's values."""

    environment: str
    site: Environment
    models: dict[str, ModelSettings]
    origins: dict[str, dict[KeyPath, Origin]]
    sources: dict[str, YamlSource]

    def place(self, model: str, path: KeyPath) -> Place:
        """Where a model's setting is written; the model's file when nowhere."""
        return _place(self.origins[model], self.sources, self.sources[model].name, path)


def load(
    root: Path,
    environment: str,
    *,
    values: Mapping[str, Any] | None = None,
    only: str | None = None,
) -> Settings:
    """The settings of one environment.

    `values` are the `model-serving:` keys as Pulumi gives them; without them the environment's
    file is read. With `only`, the other models' files are not opened.

    Raises:
        SettingsError: with every problem of every file.
    """
    problems: list[Problem] = []
    file = stack_file(environment)
    stack = read(root / file, file, empty_is_problem=False)
    if values is None:
        problems += stack.problems
        values = stack_values.from_file(stack, problems)
    else:
        # Pulumi may have read another file, or been given values on the command line.
        stack = stack_values.where_it_agrees(stack, values)
    sources: dict[str, YamlSource] = {file: stack}

    site = stack_values.site(values, stack, problems)
    files = select(root, only, problems)
    entries = stack_values.mapping(values.get("models"), ("models",), stack, problems)
    defaults = stack_values.mapping(values.get("defaults"), ("defaults",), stack, problems)
    stack_values.check_defaults(defaults, stack, problems)
    stack_values.check_entries(entries, model_names(root), only, stack, problems)

    models: dict[str, ModelSettings] = {}
    origins: dict[str, dict[KeyPath, Origin]] = {}
    for name, path in files.items():
        source = read(path, path.relative_to(root).as_posix())
        sources[name] = source
        problems += source.problems
        if source.problems and not source.data:
            continue
        entry = entries.get(name)
        merged = merge(layers(values, defaults, source, entry, name, file))
        origins[name] = merged.origins
        model = _model(name, merged, entry, (source, stack), problems)
        if model is not None and _is_ours(model, site):
            models[name] = model

    if site is not None:
        for name, model in models.items():
            where = _Where(origins[name], sources, sources[name].name)
            problems += checks.model(model, where)
        problems += checks.environment(file, site, models, stack_values.ConfigPlace(stack))
    if problems or site is None:
        raise SettingsError(problems)
    return Settings(environment, site, models, origins, sources)


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
    if origin is not None and origin.source in by_name:
        return by_name[origin.source].place(origin.path, key=key)
    source = by_name.get(fallback)
    return source.place(path, key=key) if source else Place(fallback)


def _model(
    name: str,
    merged: Merged,
    entry: object,
    sources: tuple[YamlSource, YamlSource],
    problems: list[Problem],
) -> ModelSettings | None:
    source, stack = sources
    where = _Where(merged.origins, {s.name: s for s in sources}, source.name)
    target = merged.data.get("target")
    model = MODEL_CLASSES.get(target) if isinstance(target, str) else None
    if model is None:
        problems.append(_no_target(source, target, where))
        return None
    # Each layer by itself, so that a wrong value is found even where another layer covers it.
    _, own = validate.check(partial(model), source.data, source.place)
    if entry is not None:
        _, its = validate.check(
            partial(model),
            entry,
            stack_values.ConfigPlace(stack, ("models", name)),
            prefix=("models", name),
        )
        own += [stack_values.in_config(problem) for problem in its]
    value, rest = validate.check(model, merged.data, where, only=[validate.MISSING] if own else [])
    already = {(problem.place, problem.code) for problem in [*problems, *own]}
    own += [problem for problem in rest if (problem.place, problem.code) not in already]
    problems += own
    return None if own or rest else value


def _no_target(source: YamlSource, target: object, where: _Where) -> Problem:
    choices = "one of " + ", ".join(MODEL_CLASSES)
    if target is None:
        close = next((k for k in source.data if nearest(k, ["target"])), "")
        return Problem(
            source.place((close,), key=True) if close else Place(source.name, 1, 1),
            validate.MISSING,
            "target",
            "missing",
            allowed=choices,
            fix=f"write `target` for `{close}`" if close else "add `target: …`",
        )
    return Problem(
        where(("target",)),
        validate.NOT_ONE_OF,
        "target",
        f"got {shown(target)}",
        allowed=choices,
        nearest=nearest(target, MODEL_CLASSES),
    )


def _is_ours(model: ModelSettings, site: Environment | None) -> bool:
    return site is None or site.team is None or model.owner == site.team
