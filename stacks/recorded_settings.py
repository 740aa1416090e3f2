"""The settings that are deployed, as the stack's outputs keep them for who compares with them."""

from collections.abc import Mapping

from facts.recorded_settings import OUTPUT, write
from stacks.settings.models import AnySettings

__all__ = ["OUTPUT", "recorded"]


def recorded(models: Mapping[str, AnySettings]) -> dict[str, str]:
    """A line for each model: what is written of it, references as they were resolved."""
    return {
        name: write({"target": model.target} | model.model_dump(mode="json", exclude_unset=True))
        for name, model in models.items()
    }
