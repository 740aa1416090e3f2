"""The `model-serving:` values of one environment: as Pulumi gives them, or read from its file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stacks.settings import validate
from stacks.settings.environment import KEYS, NAMESPACE, Environment
from stacks.settings.files import MODELS_FOLDER
from stacks.settings.partial import any_target, any_target_with
from stacks.settings.problems import Place, Problem, nearest, shown
from stacks.settings.salvage import salvage
from stacks.settings.yaml_source import KeyPath, YamlSource, dotted


def from_file(stack: YamlSource, problems: list[Problem]) -> dict[str, Any]:
    """The `model-serving:` keys of Pulumi.<env>.yaml."""
    config = stack.data.get("config")
    if config is None:
        return {}
    if not isinstance(config, dict):
        problems.append(
            Problem(
                stack.place(("config",)),
                "MS0103",
                "config",
                f"got {shown(config)}",
                allowed="a mapping of `key: value` lines",
            )
        )
        return {}
    values: dict[str, Any] = {}
    for key, value in config.items():  # pyright: ignore[reportUnknownVariableType]
        space, colon, name = str(key).partition(":")  # pyright: ignore[reportUnknownArgumentType]
        if colon and space == NAMESPACE:
            values[name] = value
    return values


def where_it_agrees(stack: YamlSource, values: Mapping[str, Any]) -> YamlSource:
    """The file with the positions of those values alone that are really used.

    What differs was set on the command line or read from another file: a line number would point
    to an innocent value.
    """

    def agrees(path: KeyPath) -> bool:
        if len(path) < 2 or not str(path[1]).startswith(f"{NAMESPACE}:"):  # noqa: PLR2004
            return True
        written: Any = stack.data
        used: Any = {"config": {f"{NAMESPACE}:{key}": value for key, value in values.items()}}
        for part in path:
            written, used = _step(written, part), _step(used, part)
        if isinstance(written, (Mapping, list)):
            return isinstance(used, (Mapping, list))
        # Pulumi hands numbers on as text, or as floats.
        return str(written) == str(used) or written == used

    return replace(
        stack,
        keys={path: place for path, place in stack.keys.items() if agrees(path)},
        values={path: place for path, place in stack.values.items() if agrees(path)},
    )


def _step(value: Any, part: str | int) -> Any:  # noqa: ANN401 - any YAML
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def site(
    values: Mapping[str, Any], positions: YamlSource, problems: list[Problem]
) -> Environment | None:
    """The typed environment; unknown keys and secrets are problems.

    What is wrong in it raises `NotKnown` when it is read; None where there are secrets.
    """
    known = [key for key in values if key in KEYS]
    for key in values:
        if key not in known:
            close = nearest(key, KEYS)
            problems.append(
                Problem(
                    ConfigPlace(positions)((key,), key=True),
                    validate.UNKNOWN_KEY,
                    f"{NAMESPACE}:{key}",
                    "unknown key",
                    allowed=", ".join(f"{NAMESPACE}:{k}" for k in KEYS),
                    nearest=f"{NAMESPACE}:{close}" if close else "",
                    fix=f"write `{NAMESPACE}:{close}`" if close else "remove the line",
                )
            )
    secrets = list(_secrets(values, ()))
    problems += [
        Problem(
            ConfigPlace(positions)(path),
            "MS0107",
            _config_key(path),
            "got a secret",
            allowed="plain values: what is here is shown in previews and tags",
            fix="keep the secret in a secret store and name it, or set it without --secret",
        )
        for path in secrets
    ]
    plain = {k: v for k, v in values.items() if k in Environment.model_fields and v is not None}
    if any(path[0] in plain for path in secrets):
        return None
    checked = validate.check(Environment, plain, ConfigPlace(positions))
    problems += [in_config(problem) for problem in checked.problems]
    return checked.value or salvage(Environment, plain, checked.unclear)


def mapping(
    value: object, path: KeyPath, positions: YamlSource, problems: list[Problem]
) -> dict[str, Any]:
    """A value that must be a mapping; anything else is a problem, and taken as empty."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {str(key): inner for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    problems.append(
        Problem(
            ConfigPlace(positions)(path),
            validate.WRONG_TYPE,
            _config_key(path),
            f"got {shown(value)}",
            allowed="a mapping of `key: value` lines",
        )
    )
    return {}


def check_defaults(
    defaults: Mapping[str, Any], positions: YamlSource, problems: list[Problem]
) -> frozenset[KeyPath]:
    """Problems of the defaults by themselves, also where every model covers them.

    Returns the keys that a misspelt one nearly names.
    """
    if not defaults:
        return frozenset()
    place = ConfigPlace(positions, ("defaults",))
    # Most are right, and the class of all keys takes longer to make than all else.
    few = any_target_with(frozenset(defaults))
    if few is not None and validate.check(few, defaults, place).value is not None:
        return frozenset()
    checked = validate.check(any_target(), defaults, place, prefix=("defaults",))
    problems += [in_config(problem) for problem in checked.problems]
    return checked.unclear


def check_entries(
    entries: Mapping[str, Any],
    known: Sequence[str],
    only: str | None,
    positions: YamlSource,
    problems: list[Problem],
) -> None:
    """Problems of entries for models that do not exist."""
    for name in entries:
        if only and name != only:
            continue
        if name not in known:
            close = nearest(name, known)
            problems.append(
                Problem(
                    ConfigPlace(positions)(("models", name), key=True),
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


def in_config(problem: Problem) -> Problem:
    """The problem with its key as Pulumi spells it."""
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


@dataclass(frozen=True, slots=True)
class ConfigPlace:
    """Where a path under `model-serving:` is written in Pulumi.<env>.yaml."""

    source: YamlSource
    prefix: KeyPath = ()

    def __call__(self, path: KeyPath, /, *, key: bool = False) -> Place:
        """The place of the value, or of its key."""
        return self.source.place(_config_path((*self.prefix, *path)), key=key)


def _config_path(path: KeyPath) -> KeyPath:
    return ("config", f"{NAMESPACE}:{path[0]}", *path[1:]) if path else ("config",)


def _config_key(path: KeyPath) -> str:
    return f"{NAMESPACE}:{dotted(path)}"


def _secrets(value: object, path: KeyPath) -> Iterable[KeyPath]:
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:  # pyright: ignore[reportUnknownArgumentType]
            yield path
            return
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from _secrets(inner, (*path, str(key)))  # pyright: ignore[reportUnknownArgumentType]
