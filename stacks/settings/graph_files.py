"""Which graphs call a model: an update of that model alone has to register them too.

A graph depends on its models in the stack's state. `--target-dependents` reaches it therefore, and
the engine deletes what it reaches and the program does not register.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from stacks.settings.files import MODELS_FOLDER, model_names
from stacks.settings.yaml_source import read

__all__ = ["graphs_that_call"]

_TARGET: Final = "kserve_graph"


def graphs_that_call(root: Path, model: str | None, entries: Mapping[str, Any]) -> dict[str, Path]:
    """The files of the graphs that name a model, there or in the environment's entry for them.

    A file that is no YAML names nothing: it may be another team's, half written.
    """
    if model is None:
        return {}
    found: dict[str, Path] = {}
    for name in model_names(root):
        path = next(
            p for s in (".yaml", ".yml") if (p := root / MODELS_FOLDER / f"{name}{s}").is_file()
        )
        # Most files are no graphs, and are not parsed for this.
        if name == model or _TARGET not in path.read_text(encoding="utf-8", errors="replace"):
            continue
        data = read(path, path.name).data
        if data.get("target") == _TARGET and model in {
            *_named(data.get("nodes")),
            *_named(entries.get(name)),
        }:
            found[name] = path
    return found


def _named(value: object) -> Iterator[object]:
    """Every value of a key `model`, at any depth."""
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            if key == "model":
                yield inner
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _named(inner)
