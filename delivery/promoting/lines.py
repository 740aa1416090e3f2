"""Which lines of which files make an environment serve another version of a model.

See docs/promotion.md for the rules in words.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from delivery.editing.edit import Change, Remove, Set
from delivery.json_values import mapping
from delivery.promoting.standing import KEYS, Layers
from stacks.served import Record
from stacks.settings.files import stack_file

__all__ = ["affected", "candidate_lines", "lines"]

_SHARE: Final = "canary_percent"
_OF_CANDIDATE: Final = tuple(key for key in KEYS if key != "framework")


def lines(
    layers: Layers, model: str, environment: str, version: Record, source: str | None
) -> dict[Path, list[Change]]:
    """The changes by file, after which the environment's stable model is the version, alone.

    The model's file is changed where nobody but the environment and the `source` takes the model
    from it, and else the environment's own entry. Nobody else serves anything else by it.
    """
    if affected(layers, environment, source):
        return _in_model_file(layers, model, environment, version, source)
    path = ("config", "model-serving:models", model)
    changes: list[Change] = []
    entry, below = layers.entries[environment], mapping(layers.own.get("model"))
    own = mapping(entry.get("model"))
    for key in KEYS:
        wanted = version.get(key)
        if wanted == below.get(key):
            changes += [Remove((*path, "model", key))] if key in own else []
        elif key not in own or own[key] != wanted:
            changes.append(Set((*path, "model", key), wanted))
    if layers.below(environment, "candidate") is None:
        changes += [Remove((*path, "candidate"))] if "candidate" in entry else []
    elif entry.get("candidate", "") is not None:
        changes.append(Set((*path, "candidate"), None))
    changes += _without_share(layers, path, environment)
    return {Path(stack_file(environment)): _in_order(changes)}


def candidate_lines(
    layers: Layers, model: str, environment: str, version: Record, percent: int
) -> dict[Path, list[Change]]:
    """The changes after which the version is the environment's candidate, with so many percent.

    In the environment's own entry: a share is never of more than one environment.
    """
    path = ("config", "model-serving:models", model)
    entry, below = layers.entries[environment], mapping(layers.own.get("candidate"))
    own = mapping(entry.get("candidate"))
    changes: list[Change] = []
    if entry.get("candidate", "") is None:
        # Taken away there until now.
        changes.append(Remove((*path, "candidate")))
    for key in _OF_CANDIDATE:
        wanted = version.get(key)
        if wanted == below.get(key):
            changes += [Remove((*path, "candidate", key))] if key in own else []
        elif key not in own or own[key] != wanted:
            changes.append(Set((*path, "candidate", key), wanted))
    if entry.get(_SHARE) != percent:
        changes.append(Set((*path, _SHARE), percent))
    return {Path(stack_file(environment)): changes}


def affected(layers: Layers, environment: str, source: str | None) -> list[str]:
    """The environments that a change of the model's file is for; none where the entry is changed.

    Both have to take the model from the file, and no third one may.
    """
    taking = [name for name, entry in layers.entries.items() if not _says_all(layers, entry)]
    wanted = {environment, source} - {None}
    both = all(not {"model", "candidate"} & layers.entries[str(name)].keys() for name in wanted)
    return taking if both and wanted == set(taking) else []


def _says_all(layers: Layers, entry: Mapping[str, Any]) -> bool:
    """Whether an entry says by itself which versions there are, whatever the file says."""
    own = mapping(entry.get("model"))
    file = mapping(layers.own.get("model"))
    has_model = {"uri", "version"} <= own.keys() and set(KEYS) & file.keys() <= own.keys()
    return has_model and ("candidate" in entry or "candidate" not in layers.own)


def _in_model_file(
    layers: Layers, model: str, environment: str, version: Record, source: str | None
) -> dict[Path, list[Change]]:
    said = mapping(layers.own.get("model"))
    changes: list[Change] = []
    for key in KEYS:
        wanted = version.get(key)
        if wanted is None:
            changes += [Remove(("model", key))] if key in said else []
        elif said.get(key) != wanted:
            changes.append(Set(("model", key), wanted))
    changes.append(Remove(("candidate",)))
    if _SHARE in layers.own:
        changes.append(Remove((_SHARE,)))
    made: dict[Path, list[Change]] = {layers.file: _in_order(changes)}
    path = ("config", "model-serving:models", model)
    for name in (environment, source):
        if name is None:
            continue
        entry, default = layers.entries[name], layers.defaults[name].get(_SHARE)
        if default:
            made[Path(stack_file(name))] = [Set((*path, _SHARE), 0)]
        elif _SHARE in entry:
            made[Path(stack_file(name))] = [Remove((*path, _SHARE))]
    return made


def _without_share(layers: Layers, path: tuple[str, ...], environment: str) -> Iterator[Change]:
    """Nobody is left to have a share."""
    entry = layers.entries[environment]
    if layers.below(environment, _SHARE):
        if entry.get(_SHARE, "") != 0:
            yield Set((*path, _SHARE), 0)
    elif _SHARE in entry:
        yield Remove((*path, _SHARE))


def _in_order(changes: list[Change]) -> list[Change]:
    """What is set before what goes: a mapping that something is set in is never empty."""
    return sorted(changes, key=lambda each: isinstance(each, Remove))
