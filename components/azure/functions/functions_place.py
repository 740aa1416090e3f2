"""Where all parts of an app are, and what they are called."""

import hashlib
from dataclasses import dataclass
from typing import Final

import pulumi

from components.serving import Core

__all__ = ["CANDIDATE", "Place", "place"]

# The slot's name, and the rule's by which it gets its share.
CANDIDATE: Final = "candidate"
_SUFFIX: Final = 6
_ACCOUNT: Final = 20
_HOST: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Texts that may be outputs; `child` makes everything a part of the component."""

    name: str
    subscription_id: pulumi.Input[str]
    resource_group: pulumi.Input[str]
    location: pulumi.Input[str]
    app_name: pulumi.Output[str]
    """Of the world: it is the host's. So it ends with letters that are the resource group's own."""
    account_name: pulumi.Output[str]
    """Of the world too, and without any sign but letters and digits."""
    host_id: pulumi.Output[str]
    """By which instances that share a storage account know that they are one app; its usual value,
    the first 32 signs of the host's name, would be the slot's as well."""
    tags: dict[str, str]
    child: pulumi.ResourceOptions

    def opts(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        """As `child`, after these."""
        return pulumi.ResourceOptions.merge(
            self.child, pulumi.ResourceOptions(depends_on=list(after))
        )


def place(
    core: Core,
    *,
    subscription_id: pulumi.Input[str],
    resource_group: pulumi.Input[str],
    location: pulumi.Input[str],
    child: pulumi.ResourceOptions,
) -> Place:
    """Names that are the same on every run, and nobody else's."""
    digest = pulumi.Output.all(subscription_id, resource_group).apply(
        lambda known: hashlib.sha256(
            "/".join([*(str(each).lower() for each in known), core.physical_name]).encode()
        ).hexdigest()
    )
    return Place(
        name=core.name,
        subscription_id=subscription_id,
        resource_group=resource_group,
        location=location,
        app_name=digest.apply(lambda known: f"{core.physical_name}-{known[:_SUFFIX]}"),
        account_name=digest.apply(lambda known: f"func{known[:_ACCOUNT]}"),
        host_id=digest.apply(lambda known: known[:_HOST]),
        tags=core.aws_tags(),
        child=child,
    )
