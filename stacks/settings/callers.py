"""Which files name a model or a shared server: an update of it alone has to register them too.

A graph depends on its models in the stack's state, and a model on its shared server.
`--target-dependents` reaches them therefore, and the engine deletes what it reaches and the program
does not register.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from stacks.settings.files import MODELS_FOLDER, model_names
from stacks.settings.yaml_source import read

__all__ = ["files_that_name"]

# The key that names another file, by target.
_KEYS: Final = {
    "kserve_graph": "model",
    "kserve_trained_model": "server",
    "sagemaker_component": "server",
}


def files_that_name(root: Path, name: str | None, entries: Mapping[str, Any]) -> dict[str, Path]:
    """The files that name another one, there or in the environment's entry for them.

    A file that is no YAML names nothing: it may be another team's, half written.
    """
    if name is None:
        return {}
    found: dict[str, Path] = {}
    for other in model_names(root):
        path = next(
            p for s in (".yaml", ".yml") if (p := root / MODELS_FOLDER / f"{other}{s}").is_file()
        )
        text = path.read_text(encoding="utf-8", errors="replace")
        # Most files name no other, and are not parsed for this.
        if other == name or not any(target in text for target in _KEYS):
            continue
        data = read(path, path.name).data
        key = _KEYS.get(str(data.get("target")))
        if key is not None and name in {*_values(data, key), *_values(entries.get(other), key)}:
            found[other] = path
    return found


def _values(value: object, key: str) -> Iterator[str]:
    """Every text under a key, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in cast("Mapping[str, object]", value).items():
            if name == key and isinstance(inner, str):
                yield inner
            yield from _values(inner, key)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _values(inner, key)
