"""The modules of the runtime that a handler is made of, found by what they import."""

import ast
from pathlib import Path
from typing import Final

__all__ = ["sources"]

_ROOT: Final = Path(__file__).resolve().parents[2]
_PACKAGE: Final = "runtime"


def sources(handler: str) -> dict[str, bytes]:
    """By path in the package, the module `handler` and all of the runtime that it imports.

    Imports within functions count too: whether they are run, the environment decides.
    """
    found: dict[str, bytes] = {}
    waiting = [handler]
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if path is None or (entry := path.relative_to(_ROOT).as_posix()) in found:
            continue
        found[entry] = path.read_bytes()
        waiting += _imports(found[entry])
        # A module's packages are run before it.
        parts = name.split(".")
        waiting += [".".join(parts[:length]) for length in range(1, len(parts))]
    return found


def _path(name: str) -> Path | None:
    """The file of a module or package; None for a name in one."""
    place = _ROOT.joinpath(*name.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


def _imports(content: bytes) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            # What is imported from a package may be a module.
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.partition(".")[0] == _PACKAGE]
