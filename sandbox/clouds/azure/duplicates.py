"""What may be there once only, whatever it is called."""

from collections.abc import Mapping

from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.base import Call

__all__ = ["TYPES", "problems"]

_ROLE = "azure-native:authorization:RoleAssignment"
_FEDERATED = "azure-native:managedidentity:FederatedIdentityCredential"
# By type, the properties that together are unique, ids first.
_UNIQUE: Mapping[str, tuple[str, ...]] = {
    # https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
    _ROLE: ("scope", "roleDefinitionId", "principalId"),
    # https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
    _FEDERATED: ("resourceGroupName", "resourceName", "issuer", "subject"),
}
_CODES = {_ROLE: "RoleAssignmentExists", _FEDERATED: "InvalidFederatedIdentityCredential"}
_MOST_CREDENTIALS = 20
TYPES = frozenset(_UNIQUE)


def problems(call: Call) -> list[Problem]:
    """Another resource that grants or trusts the same, or one too many of them."""
    names = _UNIQUE.get(call.token)
    if names is None:
        return []
    own = [str(call.inputs.get(name)).lower() for name in names]
    mine = call.previous.id if call.previous is not None else ""
    text = str(call.inputs.get("principalId" if call.token == _ROLE else "resourceName"))
    rows = [
        row for row in call.store.mentioning(ids.PROVIDER, call.token, [text]) if row.id != mine
    ]
    for row in rows:
        if [str(row.inputs.get(name)).lower() for name in names] == own:
            reason = f"{_CODES[call.token]}: {row.id} has the same {', '.join(names[-2:])} already"
            return [Problem(names[-1], reason)]
    beside = [r for r in rows if str(r.inputs.get("resourceName")).lower() == own[1]]
    if call.token == _FEDERATED and len(beside) >= _MOST_CREDENTIALS:
        reason = f"the identity has {len(beside)} credentials; it can have {_MOST_CREDENTIALS}"
        return [Problem("federatedIdentityCredentialResourceName", reason)]
    return []
