"""The engine's protocol stubs, imported without the package that they live in.

`import pulumi.runtime.proto` runs `pulumi/__init__.py` first, which costs 0.9 s of CPU: most of a
plugin's start. Here the parents are empty stand-ins for the time of the import, so that only the
few generated modules are loaded. They are removed afterwards: a later `import pulumi` gets the
real package, which finds the generated modules loaded already.
"""

import contextlib
import importlib.util
import sys
import types
from collections.abc import Generator
from pathlib import Path
from typing import Any

_PARENTS = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


def _stand_ins() -> list[str]:
    if "pulumi" in sys.modules:
        return []
    spec = importlib.util.find_spec("pulumi")  # Finds, does not import.
    if spec is None or spec.origin is None:
        return []
    root = Path(spec.origin).parent
    for name in _PARENTS:
        module = types.ModuleType(name)
        module.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = module
    return list(_PARENTS)


@contextlib.contextmanager
def _without_parents() -> Generator[None]:
    added = _stand_ins()
    try:
        yield
    finally:
        for name in added:
            sys.modules.pop(name, None)


with _without_parents():
    from pulumi.runtime.proto import (
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        status_pb2,
    )


def resource_protocol() -> tuple[Any, Any]:
    """Messages and services of the resource monitor, which only builders of components need."""
    with _without_parents():
        from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc  # noqa: PLC0415
    return resource_pb2, resource_pb2_grpc


def engine_protocol() -> tuple[Any, Any]:
    """Messages and services of the engine itself, which takes what a plugin logs."""
    with _without_parents():
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc  # noqa: PLC0415
    return engine_pb2, engine_pb2_grpc


__all__ = [
    "engine_protocol",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "resource_protocol",
    "status_pb2",
]
