"""The key of a cluster's disks, and of its secrets where Azure lets the API server reach it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure

from components.azure.roles import grant

__all__ = ["ClusterKey", "Place", "disk_encryption_set", "known_key", "own_key"]

# https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
_RETENTION_DAYS = 90
# Of the 24 signs of a vault's name, `-` and eight random ones come last.
_NAME_PART = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a cluster's resources are, and to whom they belong."""

    resource_group: pulumi.Input[str]
    location: pulumi.Input[str]
    subscription_id: pulumi.Input[str]
    tenant_id: pulumi.Input[str]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterKey:
    """A version of a key, and the vault that it is in."""

    uri: pulumi.Input[str]
    vault_id: pulumi.Input[str]


def own_key(
    name: str,
    place: Place,
    identity: azure.managedidentity.UserAssignedIdentity,
    opts: pulumi.ResourceOptions,
) -> ClusterKey:
    """A key in a hardware module of a vault without public address, kept 90 days when deleted.

    It does not expire: neither the disks nor the API server would start again.
    """
    vault = azure.keyvault.Vault(
        f"{name}-vault",
        # Vaults share one space of names, also with deleted ones. An identity's id is random, is
        # as old as the cluster, and stays.
        vault_name=identity.principal_id.apply(
            lambda principal: f"{re.sub('-+', '-', name[:_NAME_PART]).rstrip('-')}-{principal[:8]}"
        ),
        resource_group_name=place.resource_group,
        location=place.location,
        properties=azure.keyvault.VaultPropertiesArgs(
            tenant_id=place.tenant_id,
            sku=azure.keyvault.SkuArgs(family="A", name=azure.keyvault.SkuName.PREMIUM),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            soft_delete_retention_in_days=_RETENTION_DAYS,
            enable_purge_protection=True,
            public_network_access="Disabled",
            # Disk encryption is one of the trusted services.
            # https://learn.microsoft.com/azure/key-vault/general/network-security
            network_acls=azure.keyvault.NetworkRuleSetArgs(
                default_action="Deny", bypass="AzureServices"
            ),
        ),
        tags=place.tags,
        opts=opts,
    )
    key = azure.keyvault.Key(
        f"{name}-key",
        vault_name=vault.name,
        resource_group_name=place.resource_group,
        properties={
            "kty": "RSA-HSM",
            "key_size": 2048,
            "key_ops": ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
        },
        tags=place.tags,
        opts=opts,
    )
    return ClusterKey(uri=key.key_uri_with_version, vault_id=vault.id)


def known_key(key_id: pulumi.Input[str], lookup: pulumi.InvokeOptions) -> ClusterKey:
    """A key that somebody else keeps, in its newest version."""
    names = pulumi.Output.from_input(key_id).apply(lambda known: known.split("/"))
    found = azure.keyvault.get_key_output(
        resource_group_name=names.apply(lambda parts: parts[4]),
        vault_name=names.apply(lambda parts: parts[8]),
        key_name=names.apply(lambda parts: parts[10]),
        opts=lookup,
    )
    return ClusterKey(
        uri=found.key_uri_with_version, vault_id=names.apply(lambda parts: "/".join(parts[:9]))
    )


def disk_encryption_set(
    name: str, place: Place, key: ClusterKey, opts: pulumi.ResourceOptions
) -> azure.compute.DiskEncryptionSet:
    """What encrypts disks with the key, by an identity that may do nothing else."""
    identity = azure.managedidentity.UserAssignedIdentity(
        f"{name}-disks-identity",
        resource_group_name=place.resource_group,
        location=place.location,
        tags=place.tags,
        opts=opts,
    )
    right = grant(
        f"{name}-disks-key",
        "Key Vault Crypto Service Encryption User",
        scope=key.vault_id,
        to=identity,
        subscription_id=place.subscription_id,
        opts=opts,
    )
    return azure.compute.DiskEncryptionSet(
        f"{name}-disks",
        resource_group_name=place.resource_group,
        location=place.location,
        encryption_type="EncryptionAtRestWithCustomerKey",
        rotation_to_latest_key_version_enabled=True,
        active_key={"key_url": key.uri, "source_vault": {"id": key.vault_id}},
        identity={"type": "UserAssigned", "user_assigned_identities": [identity.id]},
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[right])),
    )
