"""Labels that components on Kubernetes set or take."""

from typing import Final

from components.checks import Checks
from facts import tags

__all__ = ["COMPONENT", "MANAGED", "NAME", "PART_OF", "check_tag_keys"]

# https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
NAME: Final = "app.kubernetes.io/name"
COMPONENT: Final = "app.kubernetes.io/component"
PART_OF: Final = "app.kubernetes.io/part-of"
# Of what belongs to the cluster, and to no model.
MANAGED: Final = {"app.kubernetes.io/managed-by": "pulumi"}


def check_tag_keys(checks: Checks) -> None:
    """Notes keys of `tags` that no label can have."""
    for key in checks.mapping("tags"):
        if not tags.KUBERNETES_KEY_PATTERN.fullmatch(key):
            checks.problem("tags", key, "keys that a Kubernetes label can have")
