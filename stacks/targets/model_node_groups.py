"""Groups of nodes that keep models, as arguments of LocalModelNodeGroup."""

from typing import Any

from stacks.settings.load import Settings
from stacks.settings.platform import ModelNodeGroup
from stacks.targets.translation import given

__all__ = ["model_node_group_arguments"]


def model_node_group_arguments(settings: Settings, group: ModelNodeGroup) -> dict[str, Any]:
    """The arguments of the component; what is not set is left to it."""
    return given(
        {
            "environment": settings.environment,
            "owner": group.owner,
            "size_gib": group.size_gib,
            "accelerator": group.accelerator,
            "node_labels": dict(group.node_labels) or None,
            "path": group.path,
            "storage_class": group.storage_class,
            "tags": {**settings.site.tags, **group.tags} or None,
        }
    )
