"""Settings of a model as what its component makes of them."""

from typing import Any

from stacks import targets
from tests.unit.component_mocks import record
from tests.unit.settings_project import Project

__all__ = ["arguments_taken"]


def arguments_taken(site: Project, name: str) -> dict[str, Any]:
    """What the model's component gets, after it has taken it."""
    loaded = site.load()
    given = targets.arguments(site.root, loaded, name)
    record(targets.TARGETS[loaded.models[name].target].component(), name, given)
    return given
