"""The storage account of an app: its code, and what its instances tell each other.

It takes no keys. Containers that the host would make are there before it, so that it needs no right
over the account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.azure.functions.azure_functions_package import AzureFunctionsPackage, StoredAt
from components.azure.functions.functions_place import Place
from components.azure.functions.functions_settings import FunctionsSettings
from components.azure.key_right import asked_again_until_it_holds
from components.azure.roles import grant

__all__ = ["Storage", "packages", "storage"]

PACKAGES: Final = "packages"
DEPLOYMENTS: Final = "deployments"
# Locks of the host, and its keys: https://learn.microsoft.com/azure/azure-functions/
# storage-considerations
_HOST: Final = ("azure-webjobs-hosts", "azure-webjobs-secrets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The account, and its containers by name."""

    account: azure.storage.StorageAccount
    containers: dict[str, azure.storage.BlobContainer]
    packages: StoredAt

    def url(self, container: str) -> pulumi.Output[str]:
        """Of a container."""
        return pulumi.Output.concat(
            self.account.primary_endpoints.apply(lambda known: known.blob or ""),
            self.containers[container].name,
        )


def storage(
    place: Place,
    settings: FunctionsSettings,
    *,
    identity: azure.managedidentity.UserAssignedIdentity,
    key: pulumi.Input[str] | None,
) -> Storage:
    """An account that answers Entra alone, privately where both subnets are known."""
    encryption, right = _encryption(place, identity, key)
    account = azure.storage.StorageAccount(
        f"{place.name}-storage",
        account_name=place.account_name,
        resource_group_name=place.resource_group,
        location=place.location,
        kind=azure.storage.Kind.STORAGE_V2,
        sku=azure.storage.SkuArgs(name=azure.storage.SkuName.STANDARD_LRS),
        allow_blob_public_access=False,
        allow_cross_tenant_replication=False,
        allow_shared_key_access=False,
        default_to_o_auth_authentication=True,
        enable_https_traffic_only=True,
        is_local_user_enabled=False,
        minimum_tls_version=azure.storage.MinimumTlsVersion.TLS1_2,
        public_network_access="Disabled" if settings.private_storage else "Enabled",
        network_rule_set=azure.storage.NetworkRuleSetArgs(
            default_action=(
                azure.storage.DefaultAction.DENY
                if settings.private_storage
                else azure.storage.DefaultAction.ALLOW
            ),
            bypass="AzureServices",
        ),
        encryption=encryption,
        identity=(
            azure.storage.IdentityArgs(
                type=azure.storage.IdentityType.USER_ASSIGNED,
                user_assigned_identities=[identity.id],
            )
            if key is not None
            else None
        ),
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(
            place.opts(*right),
            pulumi.ResourceOptions(
                hooks=asked_again_until_it_holds(f"{place.name}-storage") if right else None
            ),
        ),
    )
    names = [PACKAGES, *([DEPLOYMENTS] if settings.flex else []), *_HOST]
    containers = {
        container: azure.storage.BlobContainer(
            f"{place.name}-{container}",
            container_name=container,
            account_name=account.name,
            resource_group_name=place.resource_group,
            public_access=azure.storage.PublicAccess.NONE,
            opts=place.child,
        )
        for container in names
    }
    return Storage(
        account=account,
        containers=containers,
        packages=StoredAt(
            subscription_id=place.subscription_id,
            resource_group_name=place.resource_group,
            account_name=account.name,
            container_name=containers[PACKAGES].name,
        ),
    )


def packages(
    place: Place, settings: FunctionsSettings, stored: Storage, after: Sequence[pulumi.Resource]
) -> dict[str, AzureFunctionsPackage]:
    """The versions' packages by their digests; a version with the same code has the same one.

    A package is called by its digest, so that a new one is there before the former goes.
    """
    paths = {each.code_digest: each.code_path for each in settings.versions}
    return {
        digest: AzureFunctionsPackage(
            f"{place.name}-{digest.removeprefix('sha256:')[:12]}-package",
            place=stored.packages,
            path=path,
            digest=digest,
            opts=place.opts(*after),
        )
        for digest, path in paths.items()
    }


def _encryption(
    place: Place,
    identity: azure.managedidentity.UserAssignedIdentity,
    key: pulumi.Input[str] | None,
) -> tuple[azure.storage.EncryptionArgs, list[pulumi.Resource]]:
    """By a key of the owner's, in its newest version, which the identity may wrap and unwrap.

    Else by Microsoft's, which has to be said: what is left out stays as it was, and the account
    would need a key that nobody may use for it any more.
    https://learn.microsoft.com/azure/templates/microsoft.storage/storageaccounts
    """
    if key is None:
        own = azure.storage.KeySource.MICROSOFT_STORAGE
        return azure.storage.EncryptionArgs(key_source=own), []
    parts = pulumi.Output.from_input(key).apply(lambda known: known.split("/"))
    right = grant(
        f"{place.name}-key",
        "Key Vault Crypto Service Encryption User",
        scope=key,
        to=identity,
        subscription_id=place.subscription_id,
        opts=place.child,
    )
    return (
        azure.storage.EncryptionArgs(
            key_source=azure.storage.KeySource.MICROSOFT_KEYVAULT,
            key_vault_properties=azure.storage.KeyVaultPropertiesArgs(
                key_vault_uri=parts.apply(lambda known: f"https://{known[8]}.vault.azure.net/"),
                key_name=parts.apply(lambda known: known[10]),
            ),
            encryption_identity=azure.storage.EncryptionIdentityArgs(
                encryption_user_assigned_identity=identity.id
            ),
        ),
        [right],
    )
