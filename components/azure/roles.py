"""Azure's built-in roles that components grant, and granting one."""

from typing import Final

import pulumi
import pulumi_azure_native as azure

__all__ = ["grant"]

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
_ROLES: Final = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "Key Vault Contributor": "f25e0fa2-a7c8-4377-a976-54943a77a395",
    "Key Vault Crypto Service Encryption User": "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "Key Vault Crypto User": "12338af0-0e69-4776-bea7-57ae8d297424",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "Network Contributor": "4d97b98b-1d4f-4787-a291-c67834d212e7",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
}


def grant(
    name: str,
    role: str,
    *,
    scope: pulumi.Input[str],
    to: azure.managedidentity.UserAssignedIdentity,
    subscription_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> azure.authorization.RoleAssignment:
    """Let a managed identity act in a role on one resource."""
    return azure.authorization.RoleAssignment(
        name,
        scope=scope,
        role_definition_id=pulumi.Output.concat(
            "/subscriptions/",
            subscription_id,
            f"/providers/Microsoft.Authorization/roleDefinitions/{_ROLES[role]}",
        ),
        principal_id=to.principal_id,
        # Else Azure looks the new identity up in a directory that may not know it yet.
        principal_type="ServicePrincipal",
        opts=opts,
    )
