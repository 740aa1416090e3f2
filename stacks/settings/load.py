"""Files and configuration to typed settings, or one report with every problem."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from facts.limits import MODEL_NAME_LENGTH
from stacks.settings import checks, validate
from stacks.settings.environment import KEYS, NAMESPACE, PARTIAL_KEYS, Environment
from stacks.settings.merge import LayerOfSettings, Merged, Origin, merge
from stacks.settings.models import MODEL_CLASSES, ModelSettings
from stacks.settings.partial import any_target, partial
from stacks.settings.problems import Place, Problem, SettingsError, nearest, shown
from stacks.settings.yaml_source import KeyPath, YamlSource, dotted, read

MODELS_FOLDER: Final = Path("stacks/models")
_SUFFIXES: Final = (".yaml", ".yml")
_NAME: Final = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")

BUILT_IN: Final = "built-in default"
ENVIRONMENT_TARGETS: Final = "environment's cluster"
ENVIRONMENT_DEFAULTS: Final = "environment's defaults"
MODEL_FILE: Final = "model file"
ENVIRONMENT_ENTRY: Final = "environment's entry for the model"


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


@dataclass(slots=True)
class _Found:
    """What is collected on the way."""

    problems: list[Problem] = field(default_factory=list[Problem])
    sources: dict[str, YamlSource] = field(default_factory=dict[str, YamlSource])


def stack_file(environment: str) -> str:
    """Name of an environment's file in the project's root."""
    return f"Pulumi.{environment}.yaml"


def environments(root: Path) -> list[str]:
    """The environments that have a file, by name."""
    found = [path.name.split(".", 1)[1].rsplit(".", 1)[0] for path in root.glob("Pulumi.*.yaml")]
    return sorted(found)


def model_names(root: Path) -> list[str]:
    """The models that have a file, by name; not validated."""
    return sorted({path.stem for path in _model_files(root)})


def load(
    root: Path,
    environment: str,
    *,
    values: Mapping[str, Any] | None = None,
    only: str | None = None,
    check_capabilities: bool = True,
) -> Settings:
    """The settings of one environment.

    `values` are the `model-serving:` keys as Pulumi gives them; without them the environment's
    file is read. With `only`, the other models' files are not opened.

    Raises:
        SettingsError: with every problem of every file.
    """
    found = _Found()
    file = stack_file(environment)
    stack = read(root / file, file, empty_is_problem=False)
    if values is None:
        found.problems += stack.problems
        values, positions = _from_file(stack, found)
    else:
        # Pulumi has read the file by itself, perhaps another one: positions are best effort.
        values = dict(values)
        positions = stack
    found.sources[file] = positions

    site = _site(values, positions, found)
    files = _select(root, only, found)
    entries = _mapping(values.get("models"), ("models",), positions, found)
    defaults = _mapping(values.get("defaults"), ("defaults",), positions, found)
    _check_defaults(defaults, positions, found)
    _check_entries(entries, [*files], root, only, positions, found)

    models: dict[str, ModelSettings] = {}
    origins: dict[str, dict[KeyPath, Origin]] = {}
    for name, path in files.items():
        source = read(path, str(path.relative_to(root)))
        found.sources[name] = source
        found.problems += source.problems
        if source.problems and not source.data:
            continue
        entry = entries.get(name)
        layers = _layers(values, defaults, source, name, entry, file)
        merged = merge(layers)
        origins[name] = merged.origins
        model = _model(name, source, entry, merged, found)
        if model is not None and _is_ours(model, site):
            models[name] = model

    if site is not None:
        for name, model in models.items():
            where = _Where(origins[name], found.sources, found.sources[name].name)
            found.problems += checks.model(
                name, model, site, where, with_capabilities=check_capabilities
            )
        found.problems += checks.environment(
            environment, site, models, lambda path, key: _config_place(positions, path, key=key)
        )
    if found.problems or site is None:
        raise SettingsError(found.problems)
    return Settings(environment, site, models, origins, found.sources)


@dataclass(frozen=True, slots=True)
class _Where:
    origins: Mapping[KeyPath, Origin]
    sources: Mapping[str, YamlSource]
    fallback: str

    def __call__(self, path: KeyPath, key: bool = False) -> Place:  # noqa: FBT001, FBT002
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


def _from_file(stack: YamlSource, found: _Found) -> tuple[dict[str, Any], YamlSource]:
    """The `model-serving:` keys of Pulumi.<env>.yaml, with keys below a dot path joined."""
    config = stack.data.get("config")
    if config is None:
        return {}, stack
    if not isinstance(config, dict):
        found.problems.append(
            Problem(
                stack.place(("config",)),
                "MS0103",
                "config",
                f"got {shown(config)}",
                allowed="a mapping of `key: value` lines",
            )
        )
        return {}, stack
    values: dict[str, Any] = {}
    for key, value in config.items():  # pyright: ignore[reportUnknownVariableType]
        space, colon, name = str(key).partition(":")  # pyright: ignore[reportUnknownArgumentType]
        if colon and space == NAMESPACE:
            values[name] = value
    return values, stack


def _config_path(path: KeyPath) -> KeyPath:
    return ("config", f"{NAMESPACE}:{path[0]}", *path[1:]) if path else ("config",)


def _config_place(source: YamlSource, path: KeyPath, *, key: bool = False) -> Place:
    return source.place(_config_path(path), key=key)


def _site(values: Mapping[str, Any], positions: YamlSource, found: _Found) -> Environment | None:
    known = [key for key in values if key in KEYS]
    for key in values:
        if key not in known:
            close = nearest(key, KEYS)
            found.problems.append(
                Problem(
                    _config_place(positions, (key,), key=True),
                    validate.UNKNOWN_KEY,
                    f"{NAMESPACE}:{key}",
                    "unknown key",
                    allowed=", ".join(f"{NAMESPACE}:{k}" for k in KEYS),
                    nearest=f"{NAMESPACE}:{close}" if close else "",
                    fix=f"write `{NAMESPACE}:{close}`" if close else "remove the line",
                )
            )
    secrets = list(_secrets(values, ()))
    for path in secrets:
        found.problems.append(
            Problem(
                _config_place(positions, path),
                "MS0107",
                _config_key(path),
                "got a secret",
                allowed="plain values: what is here is shown in previews and tags",
                fix="keep the secret in a secret store and name it, or set it without --secret",
            )
        )
    plain = {k: v for k, v in values.items() if k in Environment.model_fields and v is not None}
    if any(path[0] in plain for path in secrets):
        return None
    site, problems = validate.check(
        Environment, plain, lambda path, key: _config_place(positions, path, key=key)
    )
    found.problems += [_in_config(problem) for problem in problems]
    return site


def _config_key(path: KeyPath) -> str:
    return f"{NAMESPACE}:{dotted(path)}"


def _in_config(problem: Problem) -> Problem:
    return Problem(
        problem.place,
        problem.code,
        f"{NAMESPACE}:{problem.key}",
        problem.message,
        problem.allowed,
        problem.nearest,
        problem.fix,
        problem.source,
    )


def _secrets(value: object, path: KeyPath) -> Iterable[KeyPath]:
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:  # pyright: ignore[reportUnknownArgumentType]
            yield path
            return
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from _secrets(inner, (*path, str(key)))  # pyright: ignore[reportUnknownArgumentType]


def _mapping(value: object, path: KeyPath, positions: YamlSource, found: _Found) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {str(key): inner for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    found.problems.append(
        Problem(
            _config_place(positions, path),
            validate.WRONG_TYPE,
            _config_key(path),
            f"got {shown(value)}",
            allowed="a mapping of `key: value` lines",
        )
    )
    return {}


def _check_defaults(defaults: Mapping[str, Any], positions: YamlSource, found: _Found) -> None:
    _, problems = validate.check(
        any_target(),
        defaults,
        lambda path, key: _config_place(positions, ("defaults", *path), key=key),
        prefix=("defaults",),
    )
    found.problems += [_in_config(problem) for problem in problems]


def _check_entries(
    entries: Mapping[str, Any],
    files: Sequence[str],
    root: Path,
    only: str | None,
    positions: YamlSource,
    found: _Found,
) -> None:
    known = model_names(root) if only else files
    for name in entries:
        if only and name != only:
            continue
        if name not in known:
            close = nearest(name, known)
            found.problems.append(
                Problem(
                    _config_place(positions, ("models", name), key=True),
                    "MS0108",
                    _config_key(("models", name)),
                    f"there is no model {shown(name)}",
                    allowed=", ".join(known),
                    nearest=close,
                    fix=f"write `{close}`"
                    if close
                    else f"add {MODELS_FOLDER.as_posix()}/{name}.yaml, or remove the entry",
                )
            )


def _model_files(root: Path) -> list[Path]:
    folder = root / MODELS_FOLDER
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix in _SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def _select(root: Path, only: str | None, found: _Found) -> dict[str, Path]:
    """The files to read, by model name; names that cannot be used or appear twice are problems."""
    files = _model_files(root)
    if only is not None:
        names = {path.stem for path in files}
        files = [path for path in files if path.stem == only]
        if not files:
            close = nearest(only, names)
            found.problems.append(
                Problem(
                    Place(MODELS_FOLDER.as_posix()),
                    "MS0108",
                    "",
                    f"there is no model {shown(only)}",
                    allowed=", ".join(sorted(names)),
                    nearest=close,
                )
            )
    chosen: dict[str, Path] = {}
    for path in files:
        name, place = path.stem, Place(str(path.relative_to(root)))
        if name in chosen:
            found.problems.append(
                Problem(
                    place,
                    "MS0005",
                    "",
                    f"a second file for the model {shown(name)}",
                    fix=f"keep this one or {chosen[name].name}, delete the other",
                )
            )
            continue
        if not _NAME.fullmatch(name) or len(name) > MODEL_NAME_LENGTH:
            found.problems.append(
                Problem(
                    place,
                    "MS0006",
                    "",
                    f"the file's name is the model's name: got {shown(name)}",
                    allowed="lower-case letters, digits and `-`, a letter first, at most "
                    f"{MODEL_NAME_LENGTH} characters (a DNS label with room for suffixes)",
                    fix=f"rename it, for example to {_label(name)}.yaml",
                )
            )
            continue
        chosen[name] = path
    return chosen


def _label(name: str) -> str:
    text = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:MODEL_NAME_LENGTH]
    return text.strip("-") or "my-model"


def _layers(
    values: Mapping[str, Any],
    defaults: Mapping[str, Any],
    source: YamlSource,
    name: str,
    entry: object,
    file: str,
) -> list[LayerOfSettings]:
    target = source.data.get("target")
    if isinstance(entry, Mapping) and "target" in entry:
        target = entry["target"]  # pyright: ignore[reportUnknownVariableType]
    model = MODEL_CLASSES.get(target) if isinstance(target, str) else None
    has = set(model.model_fields) if model else set[str]()
    layers: list[LayerOfSettings] = []
    tags = values.get("tags")
    if isinstance(tags, Mapping) and tags:
        layers.append(
            LayerOfSettings(
                "environment's tags",
                file,
                ("config", f"{NAMESPACE}:tags"),
                {"tags": dict(tags)},  # pyright: ignore[reportUnknownArgumentType]
                skip=1,
            )
        )
    cluster = values.get("targets")
    cluster = cluster.get("kubernetes") if isinstance(cluster, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if isinstance(cluster, Mapping):
        layers.append(
            LayerOfSettings(
                ENVIRONMENT_TARGETS,
                file,
                ("config", f"{NAMESPACE}:targets", "kubernetes"),
                {
                    key: cluster[key]
                    for key in ("namespace", "deployment_mode")
                    if key in cluster and key in has
                },
            )
        )
    layers.append(
        LayerOfSettings(
            ENVIRONMENT_DEFAULTS,
            file,
            ("config", f"{NAMESPACE}:defaults"),
            {key: value for key, value in defaults.items() if key in has},
        )
    )
    layers.append(LayerOfSettings(MODEL_FILE, source.name, (), source.data))
    if isinstance(entry, Mapping):
        layers.append(
            LayerOfSettings(
                ENVIRONMENT_ENTRY,
                file,
                ("config", f"{NAMESPACE}:models", name),
                entry,  # pyright: ignore[reportUnknownArgumentType]
            )
        )
    return layers


def _model(
    name: str, source: YamlSource, entry: object, merged: Merged, found: _Found
) -> ModelSettings | None:
    where = _Where(merged.origins, found.sources, source.name)
    target = merged.data.get("target")
    model = MODEL_CLASSES.get(target) if isinstance(target, str) else None
    if model is None:
        found.problems.append(_no_target(source, target, where))
        return None
    problems: list[Problem] = []
    # Each layer by itself, so that a wrong value is found even where another layer covers it.
    _, own = validate.check(partial(model), source.data, lambda p, k: source.place(p, key=k))
    problems += own
    if entry is not None:
        stack = next(s for n, s in found.sources.items() if n.startswith("Pulumi."))
        _, its = validate.check(
            partial(model),
            entry,
            lambda p, k: _config_place(stack, ("models", name, *p), key=k),
            prefix=("models", name),
        )
        problems += [_in_config(problem) for problem in its]
    value, missing = validate.check(
        model, merged.data, where, only=[validate.MISSING] if problems else []
    )
    already = {(problem.place, problem.code) for problem in [*found.problems, *problems]}
    problems += [problem for problem in missing if (problem.place, problem.code) not in already]
    found.problems += problems
    return None if problems else value


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
