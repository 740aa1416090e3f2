"""Which containers serve a model, as far as resources say it."""

from typing import Final

from facts import tags
from policies.properties import Property
from policies.quantities import is_accelerator
from policies.resource_types import INFERENCE_SERVICE
from policies.tokens import fold
from policies.view import View

__all__ = ["serves_model"]

_INFERENCE_SERVICE: Final = fold(INFERENCE_SERVICE)


def serves_model(view: View, container: Property) -> bool:
    """Whether a container is KServe's, has an accelerator, or is tagged with a model's name."""
    limits = container.get("resources", "limits").entries()
    if view.token == _INFERENCE_SERVICE or any(is_accelerator(name) for name, _ in limits):
        return True
    return not view.tags_unknown() and bool(view.tags.get(tags.MODEL))
