"""The order in which components are made: a graph after the models that it calls."""

from collections.abc import Sequence

from stacks.settings.kserve_graph import KServeGraph
from stacks.settings.load import Settings
from stacks.settings.models import AnySettings

__all__ = ["callers_last", "calls"]


def calls(model: AnySettings) -> Sequence[str]:
    """The models of this environment that a graph calls; none for anything else."""
    return model.models() if isinstance(model, KServeGraph) else ()


def callers_last(settings: Settings) -> list[tuple[str, AnySettings]]:
    """All models by name, those that call others at the end."""
    return sorted(settings.models.items(), key=lambda item: (bool(calls(item[1])), item[0]))
