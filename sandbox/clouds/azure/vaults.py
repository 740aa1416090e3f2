"""Key vaults: what is deleted keeps its name for a while, and some of its protection is final.

Source: https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview and the REST
reference of vaults.
"""

from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.base import Call
from sandbox.values import at

__all__ = ["KEPT", "VAULT", "constraints", "deleted"]

VAULT = "azure-native:keyvault:Vault"
# A key that exists is answered as it is, whatever a request asks for: "returned without any write
# operations being performed" (https://learn.microsoft.com/rest/api/keyvault/keyvault/keys).
KEPT = frozenset({"azure-native:keyvault:Key"})


def constraints(call: Call) -> list[Problem]:
    """Purge protection can be given, and never be taken away."""
    if at(call.inputs, "properties", "enablePurgeProtection") is not False:
        return []
    return [
        Problem(
            "properties.enablePurgeProtection",
            "got false; use true, or leave it out: protection cannot be taken away"
            " (https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/create-or-update)",
        )
    ]


def deleted(call: Call) -> list[Problem]:
    """The name of a vault that was deleted is free when its retention has ended."""
    name = str(call.inputs.get("vaultName") or "")
    ending = f"/vaults/{name}".lower()
    found = call.store.query(
        "SELECT operation FROM events WHERE token = ? AND provider = ? AND outcome = 'ok'"
        " AND lower(substr(id, -length(?))) = ? ORDER BY sequence DESC LIMIT 1",
        (VAULT, ids.PROVIDER, ending, ending),
    )
    gone = bool(found) and str(found[0][0]).startswith("delete")
    if not gone or at(call.inputs, "properties", "createMode") == "recover":
        return []
    return [
        Problem(
            "vaultName",
            f"ConflictError: A vault with the same name already exists in deleted state ('{name}')."
            " Recover it with properties.createMode 'recover', or use another name"
            " (https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview)",
        )
    ]
