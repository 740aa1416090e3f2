"""Every component of the project, and the least that each can be made with."""

import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pulumi

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "components"
FILES = tuple(sorted(path for path in FOLDER.rglob("*.py") if path.stem != "__init__"))


def _module(path: Path) -> ModuleType:
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def _found() -> dict[str, type[pulumi.ComponentResource]]:
    return {
        name: value
        for module in map(_module, FILES)
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and issubclass(value, pulumi.ComponentResource)
        and value.__module__ == module.__name__
    }


COMPONENTS = _found()


def word(name: str) -> str:
    """The component's concept in snake case, as its files spell it."""
    return COMPONENTS[name].__module__.rpartition(".")[2]


def least(name: str) -> dict[str, Any]:
    """`MINIMAL` of the component's unit test: the arguments that are needed, and no more."""
    test = importlib.import_module(f"tests.unit.test_{word(name)}")
    return cast("dict[str, Any]", test.MINIMAL)
