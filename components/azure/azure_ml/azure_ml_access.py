"""Who an Azure ML endpoint is, online or batch, and what that may do of blobs and images.

https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth, read 2026-11-26:
no role comes by itself with an identity of one's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure

from components.azure.blob_rights import Blobs, grant_blobs
from components.azure.roles import grant

__all__ = ["Access", "Reach", "endpoint_access"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the endpoint reads and writes; only URIs that are known are looked at.

    Of `versions`, which are models and scripts, the folder that each is in: see `grant_blobs`.
    """

    versions: Sequence[pulumi.Input[str]]
    inputs: Sequence[pulumi.Input[str]] = ()
    containers: Sequence[str]
    writes: Sequence[pulumi.Input[str]]
    registry_id: pulumi.Input[str] | None


@dataclass(frozen=True, slots=True)
class Access:
    """The identity, and the rights that deployments wait for."""

    identity: azure.managedidentity.UserAssignedIdentity
    rights: list[pulumi.Resource]


def endpoint_access(
    name: str,
    reach: Reach,
    *,
    subscription_id: pulumi.Input[str],
    resource_group: pulumi.Input[str],
    storage_group: pulumi.Input[str],
    location: pulumi.Input[str],
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> Access:
    """An identity that reads and writes there, pulls images, and may do nothing else."""
    identity = azure.managedidentity.UserAssignedIdentity(
        f"{name}-identity",
        resource_group_name=resource_group,
        location=location,
        tags=tags,
        opts=opts,
    )
    rights: list[pulumi.Resource] = [
        *grant_blobs(
            Blobs(
                name=name,
                subscription_id=subscription_id,
                resource_group=storage_group,
                principal_id=identity.principal_id,
            ),
            reads=_known(reach.inputs),
            versions=_known(reach.versions),
            containers=reach.containers,
            writes=_known(reach.writes),
            opts=opts,
        )
    ]
    if reach.registry_id is not None:
        rights.append(
            grant(
                f"{name}-images",
                "AcrPull",
                scope=reach.registry_id,
                to=identity,
                subscription_id=subscription_id,
                opts=opts,
            )
        )
    return Access(identity, rights)


def _known(uris: Iterable[pulumi.Input[str]]) -> list[str]:
    return [uri for uri in uris if isinstance(uri, str)]
