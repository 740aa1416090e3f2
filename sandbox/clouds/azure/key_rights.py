"""Keys of a vault that storage accounts are encrypted by, and whose right over them holds when.

A role over a key holds minutes after it was assigned
(https://learn.microsoft.com/azure/role-based-access-control/troubleshooting); an access policy of
the vault holds at once. What is answered until then: github.com/Azure/bicep, issue 16601.
Vaults that the store does not have are not judged.
"""

import datetime as dt

from sandbox import eventual
from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.azure.vaults import VAULT
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = ["ACCOUNT", "problems"]

ACCOUNT = "azure-native:storage:StorageAccount"
_IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
_ROLE = "azure-native:authorization:RoleAssignment"
# Administrator, Crypto Officer, Crypto Service Encryption User, Crypto User, of Key Vault:
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security
_ROLES = (
    "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
    "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "12338af0-0e69-4776-bea7-57ae8d297424",
)
_WANTED = frozenset({"get", "unwrapkey", "wrapkey"})
# About as long as it takes; the page says up to ten minutes.
_SECONDS = 300.0


def problems(call: Call) -> list[Problem]:
    """A key that the account's identity may not use, or not yet."""
    if at(call.inputs, "encryption", "keySource") != "Microsoft.Keyvault":
        return []
    if call.previous is not None and call.previous.inputs.get("encryption") == call.inputs.get(
        "encryption"
    ):
        return []
    user = at(call.inputs, "encryption", "encryptionIdentity", "encryptionUserAssignedIdentity")
    identity = ids.found(call.store, _IDENTITY, str(user))
    place = mapped(at(call.inputs, "encryption", "keyVaultProperties"))
    host = str(place.get("keyVaultUri")).removeprefix("https://").partition("/")[0]
    vault = next(iter(call.store.named(ids.PROVIDER, VAULT, host.partition(".")[0])), None)
    if identity is None or vault is None:
        return []
    principal = str(identity.outputs.get("principalId"))
    if _has_policy(vault, principal) or _has_role(
        call, f"{vault.id}/keys/{place.get('keyName')}", vault, principal
    ):
        return []
    return [
        Problem(
            "encryption.keyVaultProperties",
            "KeyVaultAuthenticationFailure: The operation failed because of authentication issue on"
            " the keyvault",
        )
    ]


def _has_policy(vault: Row, principal: str) -> bool:
    properties = mapped(vault.inputs.get("properties"))
    if properties.get("enableRbacAuthorization"):
        return False
    return any(
        mapped(each).get("objectId") == principal
        and {str(one).lower() for one in listed(at(each, "permissions", "keys"))} >= _WANTED
        for each in listed(properties.get("accessPolicies"))
    )


def _has_role(call: Call, key: str, vault: Row, principal: str) -> bool:
    if not mapped(vault.inputs.get("properties")).get("enableRbacAuthorization"):
        return False
    spread = _SECONDS * eventual.scale()
    return any(
        row.inputs.get("principalId") == principal
        and str(row.inputs.get("roleDefinitionId")).lower().endswith(_ROLES)
        and f"{key}/".lower().startswith(f"{str(row.inputs.get('scope')).rstrip('/')}/".lower())
        and eventual.is_over(dt.datetime.fromisoformat(row.created).timestamp(), spread)
        for row in call.store.mentioning(ids.PROVIDER, _ROLE, [principal])
    )
