"""Names that providers give to what a program does not name, before anybody judges it.

The engine asks the provider for them in a preview too, so that what is built of a name is known.
Here the digits at the end are always the same, so that what is told of a run does not change.
"""

from typing import Any, Final

import pulumi

__all__ = ["automatic_names"]

_DIGITS: Final = "0000000"
# How the providers that are bridged from Terraform call what they name; those of Kubernetes and
# Azure are read by no rule.
_PACKAGES: Final = ("aws", "gcp")
_KEYS: Final = ("name", "bucket", "node_group_name", "statement_id")


def automatic_names(
    given: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """A transformation of the stack: adds the name that is not given."""
    if given.type_.partition(":")[0] not in _PACKAGES:
        return None
    props: dict[str, Any] = dict(given.props)
    for key in _KEYS:
        if key in props and props[key] is None and _is_input(given.resource, key):
            if props.get(f"{key}_prefix") is None:
                props[key] = f"{given.name}-{_DIGITS}"
            return pulumi.ResourceTransformationResult(props, given.opts)
    return None


def _is_input(resource: pulumi.Resource, key: str) -> bool:
    """Whether a program may set it: outputs are among the properties too."""
    make: Any = getattr(type(resource), "_internal_init", None)
    return make is not None and key in make.__code__.co_varnames[: make.__code__.co_argcount]
