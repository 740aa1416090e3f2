"""Resource hooks of the components, which run in previews too: what is wrong changes nothing."""

import pulumi

__all__ = ["hook"]


def hook(name: str, function: pulumi.ResourceHookFunction) -> pulumi.ResourceHook:
    """A hook by a name that no other hook of the program has."""
    return pulumi.ResourceHook(name, function, pulumi.ResourceHookOptions(on_dry_run=True))
