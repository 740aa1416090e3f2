"""A component that a stack may register, as the tables of targets name it."""

import importlib
from dataclasses import dataclass
from typing import Any

from stacks.targets.package import Package

__all__ = ["ComponentKind"]


@dataclass(frozen=True, slots=True)
class ComponentKind:
    """A component by module and class, and the packages whose providers it needs."""

    module: str
    class_name: str
    packages: tuple[Package, ...]

    def component(self) -> Any:  # noqa: ANN401 - each component has its own arguments
        """The class; its SDK modules are imported here, so only for what is in use."""
        return getattr(importlib.import_module(self.module), self.class_name)

    @property
    def token(self) -> str:
        """The component's type as URNs spell it."""
        return f"model-serving:index:{self.class_name}"
