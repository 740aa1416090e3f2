"""The order in which components are made: what names another one of them after it."""

from collections.abc import Sequence

from stacks.settings.kserve_graph import KServeGraph
from stacks.settings.kserve_shared import TrainedModel
from stacks.settings.load import Settings
from stacks.settings.models import AnySettings
from stacks.settings.sagemaker_components import ComponentModel

__all__ = ["callers_last", "calls"]


def calls(model: AnySettings) -> Sequence[str]:
    """What has to be there first: a graph's models, a model's shared server."""
    if isinstance(model, TrainedModel | ComponentModel):
        return [model.server] if model.server is not None else []
    return model.models() if isinstance(model, KServeGraph) else ()


def callers_last(settings: Settings) -> list[tuple[str, AnySettings]]:
    """All models by name, those that call others at the end."""
    return sorted(settings.models.items(), key=lambda item: (bool(calls(item[1])), item[0]))
