"""Layers of settings laid over each other, each final value remembering where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stacks.settings.yaml_source import KeyPath


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: the layer's name, and its path inside the layer's file."""

    layer: str
    source: str
    path: KeyPath


@dataclass(frozen=True, slots=True)
class LayerOfSettings:
    """One layer: partial settings, and where in which file they begin."""

    name: str
    source: str
    prefix: KeyPath
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    # Leading parts of a path that the prefix already holds.
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """The result, and the origin of each leaf by its path."""

    data: dict[str, Any]
    origins: dict[KeyPath, Origin]


def merge(layers: Sequence[LayerOfSettings]) -> Merged:
    """Lay the layers over each other, the last one on top.

    Mappings merge deep; lists and scalars replace; `null` takes a lower layer's value away, so
    that the built-in default holds again.
    """
    data: dict[str, Any] = {}
    origins: dict[KeyPath, Origin] = {}
    for layer in layers:
        _lay(data, origins, layer, layer.data, ())
    return Merged(_without_nulls(data), {p: o for p, o in origins.items() if _is_set(data, p)})


def nearest_origin(origins: Mapping[KeyPath, Origin], path: KeyPath) -> Origin | None:
    """The origin of a value, also inside a list, which is of one layer as a whole."""
    for cut in range(len(path), 0, -1):
        origin = origins.get(path[:cut])
        if origin is not None:
            return Origin(origin.layer, origin.source, (*origin.path, *path[cut:]))
    return None


def _lay(
    data: dict[str, Any],
    origins: dict[KeyPath, Origin],
    layer: LayerOfSettings,
    over: Mapping[str, Any],
    path: KeyPath,
) -> None:
    for key, value in over.items():
        here = (*path, key)
        below = data.get(key)
        if isinstance(value, Mapping) and value:
            if not isinstance(below, dict):
                _forget(origins, here)
                below = data[key] = dict[str, Any]()
            _lay(below, origins, layer, value, here)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, Mapping) and isinstance(below, dict):
            continue
        else:
            _forget(origins, here)
            data[key] = dict[str, Any]() if isinstance(value, Mapping) else value
            origins[here] = Origin(layer.name, layer.source, (*layer.prefix, *here[layer.skip :]))


def _forget(origins: dict[KeyPath, Origin], path: KeyPath) -> None:
    for known in [p for p in origins if p[: len(path)] == path]:
        del origins[known]


def _without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_nulls(inner) if isinstance(inner, dict) else inner  # pyright: ignore[reportUnknownArgumentType]
        for key, inner in value.items()
        if inner is not None
    }


def _is_set(data: Mapping[str, Any], path: KeyPath) -> bool:
    value: Any = data
    for part in path:
        value = value[part]
    return value is not None
