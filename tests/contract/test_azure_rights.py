"""Role assignments on Azure, of every component by all its arguments: no more than what is called.

What a built-in role holds is the vendor's own table (`vendor_roles.py`). What is called is written
down for each role and kind of resource, with the page that says so; one that is not there has to be
reasoned first. No call is recorded at a cloud.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tests.contract.emitted_clouds import groups
from tests.contract.vendor_roles import AZURE

_ASSIGNMENT: Final = "azure-native:authorization:RoleAssignment"
_DEFINITION: Final = "azure-native:authorization:RoleDefinition"
_BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_KEYS: Final = "Microsoft.KeyVault/vaults/keys"
# What is called by role; (actions, why).
NEEDED: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "AcrPull": (
        frozenset({"Microsoft.ContainerRegistry/registries/pull/read"}),
        "images are pulled: azure/container-registry/container-registry-roles",
    ),
    "Storage Blob Data Reader": (
        frozenset({f"{_BLOBS}/read"}),
        "a model's files are listed and read: azure/storage/blobs/assign-azure-role-data-access",
    ),
    "Storage Blob Data Contributor": (
        frozenset({f"{_BLOBS}/{one}" for one in ("read", "write", "delete", "add/action")}),
        "results, and the host's locks and keys: azure/azure-functions/functions-reference",
    ),
    "Key Vault Crypto Service Encryption User": (
        frozenset({f"{_KEYS}/{one}" for one in ("read", "wrap/action", "unwrap/action")}),
        "disks and stores of one's own key: azure/storage/common/customer-managed-keys-overview",
    ),
    "Key Vault Crypto User": (
        frozenset({f"{_KEYS}/{one}" for one in ("encrypt/action", "decrypt/action")}),
        "secrets of the cluster: azure/aks/use-kms-etcd-encryption",
    ),
    "Key Vault Contributor": (
        frozenset({"Microsoft.KeyVault/vaults/privateEndpointConnectionsApproval/action"}),
        "a private way from the API server to the vault: azure/aks/use-kms-etcd-encryption",
    ),
    "Managed Identity Operator": (
        frozenset({"Microsoft.ManagedIdentity/userAssignedIdentities/x/assign/action"}),
        "the control plane gives nodes the kubelet's identity: azure/aks/use-managed-identity",
    ),
    "Network Contributor": (
        frozenset({"Microsoft.Network/virtualNetworks/subnets/join/action"}),
        "nodes and load balancers join the subnet: azure/aks/configure-azure-cni",
    ),
    "Reader": (
        frozenset({"Microsoft.Compute/diskEncryptionSets/read"}),
        "of the disk encryption set: azure/aks/azure-disk-customer-managed-keys",
    ),
    "Monitoring Metrics Publisher": (
        frozenset({"Microsoft.Insights/Telemetry/Write"}),
        "telemetry by the identity: azure/azure-monitor/app/azure-ad-authentication",
    ),
}
# All that is in a group, a subscription or the tenant.
_HOLDS_OTHERS: Final = re.compile(
    r"/?|/subscriptions/[^/]+/?(resourceGroups/[^/]+/?)?|.*/managementGroups/[^/]+", re.IGNORECASE
)
LEAST: Final = 20


@dataclass(frozen=True)
class Assignment:
    """`role` is the last part of the definition's id, or `custom`."""

    of: str
    role: str
    scope: str
    condition: str


@cache
def every() -> tuple[Assignment, ...]:
    return tuple(_assignments())


def _assignments() -> Iterator[Assignment]:
    for label, group in groups().items():
        own = {one.answers[0] for one in group if one.token == _DEFINITION}
        for each in group:
            if each.token == _ASSIGNMENT:
                definition = each.inputs["roleDefinitionId"]
                yield Assignment(
                    f"{label}: {each.name}",
                    "custom" if definition in own else definition.rpartition("/")[2],
                    each.inputs["scope"],
                    str(each.inputs.get("condition") or ""),
                )


def test_there_is_something_to_judge() -> None:
    assert len(every()) >= LEAST


def test_every_role_is_reasoned_and_every_reason_is_needed() -> None:
    found = {one.role for one in every()} - {"custom"}
    assert found <= set(AZURE)
    assert {AZURE[one].name for one in found} == set(NEEDED)


def test_each_call_is_allowed_by_the_role() -> None:
    by_name = {one.name: one for one in AZURE.values()}
    lacks = {
        name: sorted(action for action in needed if not by_name[name].allows(action))
        for name, (needed, _) in NEEDED.items()
    }
    assert not {name: found for name, found in lacks.items() if found}


def test_nothing_is_granted_on_what_holds_other_things() -> None:
    assert not [one for one in every() if _HOLDS_OTHERS.fullmatch(one.scope)]


def test_no_role_gives_rights_to_others() -> None:
    """Owner, Contributor and those that assign roles are none of ours."""
    gives = "Microsoft.Authorization/roleAssignments/write"
    granted = {AZURE[one.role] for one in every() if one.role != "custom"}
    assert not [role.name for role in granted if role.allows(gives)]
    assert not [role.name for role in granted if "*" in role.given]


def test_blobs_are_granted_below_paths_alone() -> None:
    """But for an app's own containers, and those that a setting says are read as a whole."""
    whole = {
        one.of.partition(" ")[0]
        for one in every()
        if one.role != "custom"
        and AZURE[one.role].name.startswith("Storage Blob")
        and not one.condition
    }
    assert whole <= {"AzureFunctionsEndpoint", "AzureMlEndpoint"}, whole


def test_our_own_roles_name_each_action() -> None:
    made = [one.inputs for group in groups().values() for one in group if one.token == _DEFINITION]
    assert made
    for role in made:
        for permission in role["permissions"]:
            assert not [action for action in permission["actions"] if "*" in action]
            assert not permission.get("dataActions")
