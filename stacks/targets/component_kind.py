"""A component that a stack may register, as the tables of targets name it."""

import importlib
from dataclasses import dataclass
from typing import Any, Final

from stacks.targets.package import Package

__all__ = ["ComponentKind"]

# Groups of pyproject.toml, by the SDK that each brings.
_GROUPS: Final = {"pulumi_gcp": "gcp", "pulumi_azure_native": "azure"}


@dataclass(frozen=True, slots=True)
class ComponentKind:
    """A component by module and class, and the packages whose providers it needs."""

    module: str
    class_name: str
    packages: tuple[Package, ...]

    def component(self) -> Any:  # noqa: ANN401 - each component has its own arguments
        """The class; its SDK modules are imported here, so only for what is in use.

        Raises:
            pulumi.RunError: the SDK of its cloud is not installed.
        """
        try:
            return getattr(importlib.import_module(self.module), self.class_name)
        except ModuleNotFoundError as error:
            group = _GROUPS.get((error.name or "").partition(".")[0])
            if group is None:
                raise
            # Not needed by a check of settings, which reads these tables too.
            import pulumi  # noqa: PLC0415

            raise pulumi.RunError(
                f"{self.class_name} needs {error.name}, which is not installed\n"
                f"  fix: uv sync --group {group}"
            ) from None

    @property
    def token(self) -> str:
        """The component's type as URNs spell it."""
        return f"model-serving:index:{self.class_name}"
