"""Labels that components on Kubernetes set or take."""

from typing import Final

from components.checks import Checks
from facts import tags

__all__ = ["COMPONENT", "MANAGED", "NAME", "PART_OF", "check_namespace", "check_tag_keys"]

# https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
NAME: Final = "app.kubernetes.io/name"
COMPONENT: Final = "app.kubernetes.io/component"
PART_OF: Final = "app.kubernetes.io/part-of"
# Of what belongs to the cluster, and to no model.
MANAGED: Final = {"app.kubernetes.io/managed-by": "pulumi"}
# RFC 1123, https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_NAMESPACE: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"


def check_namespace(checks: Checks) -> None:
    """Notes an argument `namespace` that none can be: in queries and rights it stands as it is."""
    checks.text("namespace", _NAMESPACE, "the name of a namespace")


def check_tag_keys(checks: Checks) -> None:
    """Notes keys of `tags` that no label can have."""
    for key in checks.mapping("tags"):
        if not tags.KUBERNETES_KEY_PATTERN.fullmatch(key):
            checks.problem("tags", key, "keys that a Kubernetes label can have")
