"""What a resource points to: its resource group, its parents, and ids in its properties.

Ids of another subscription are not judged, nor those of kinds that come to be by other means than
a resource of their own.
"""

import re
from collections.abc import Iterator

from sandbox.check import Problem, nearest
from sandbox.clouds.azure import ids
from sandbox.clouds.azure.paths import ArmPath, kind_of, parents_of, tokens_of
from sandbox.clouds.base import Call
from sandbox.store import Store

__all__ = ["GROUP", "problems"]

GROUP = "azure-native:resources:ResourceGroup"
# Kinds that exist only if somebody has made them, so that an id of none is wrong for certain.
_MADE = frozenset(
    {
        "microsoft.compute/capacityreservationgroups",
        "microsoft.compute/diskencryptionsets",
        "microsoft.compute/proximityplacementgroups",
        "microsoft.containerregistry/registries",
        "microsoft.containerservice/managedclusters",
        "microsoft.containerservice/managedclusters/agentpools",
        "microsoft.insights/actiongroups",
        "microsoft.insights/components",
        "microsoft.keyvault/vaults",
        "microsoft.machinelearningservices/workspaces",
        "microsoft.machinelearningservices/workspaces/batchendpoints",
        "microsoft.machinelearningservices/workspaces/computes",
        "microsoft.machinelearningservices/workspaces/environments/versions",
        "microsoft.machinelearningservices/workspaces/models/versions",
        "microsoft.machinelearningservices/workspaces/onlineendpoints",
        "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments",
        "microsoft.managedidentity/userassignedidentities",
        "microsoft.network/natgateways",
        "microsoft.network/networksecuritygroups",
        "microsoft.network/privatednszones",
        "microsoft.network/publicipaddresses",
        "microsoft.network/virtualnetworks",
        "microsoft.network/virtualnetworks/subnets",
        "microsoft.operationalinsights/workspaces",
        "microsoft.resources/resourcegroups",
        "microsoft.storage/storageaccounts",
        "microsoft.storage/storageaccounts/blobservices/containers",
        "microsoft.web/serverfarms",
        "microsoft.web/sites",
    }
)
# What a property wants, by the end of its path without positions.
_WANTED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?:^|:|\.){path}$"), kind)
    for path, kind in (
        (r"identity\.userAssignedIdentities", "Microsoft.ManagedIdentity/userAssignedIdentities"),
        ("primaryUserAssignedIdentity", "Microsoft.ManagedIdentity/userAssignedIdentities"),
        ("serverFarmId", "Microsoft.Web/serverfarms"),
        ("virtualNetworkSubnetId", "Microsoft.Network/virtualNetworks/subnets"),
        (r"vnetSubnetID", "Microsoft.Network/virtualNetworks/subnets"),
        (r"podSubnetID", "Microsoft.Network/virtualNetworks/subnets"),
        (r"apiServerAccessProfile\.subnetId", "Microsoft.Network/virtualNetworks/subnets"),
        ("diskEncryptionSetID", "Microsoft.Compute/diskEncryptionSets"),
        ("capacityReservationGroupID", "Microsoft.Compute/capacityReservationGroups"),
        ("proximityPlacementGroupID", "Microsoft.Compute/proximityPlacementGroups"),
        (r"natGateway\.id", "Microsoft.Network/natGateways"),
        ("privateDnsZoneId", "Microsoft.Network/privateDnsZones"),
        (r"PrivateEndpoint:subnet\.id", "Microsoft.Network/virtualNetworks/subnets"),
        (r"networkSecurityGroup\.id", "Microsoft.Network/networkSecurityGroups"),
        (r"publicIPAddress\.id", "Microsoft.Network/publicIPAddresses"),
        (r"actions\.actionGroupId", "Microsoft.Insights/actionGroups"),
        ("workspaceResourceId", "Microsoft.OperationalInsights/workspaces"),
        ("Workspace:keyVault", "Microsoft.KeyVault/vaults"),
        ("Workspace:storageAccount", "Microsoft.Storage/storageAccounts"),
        ("Workspace:applicationInsights", "Microsoft.Insights/components"),
        ("Workspace:containerRegistry", "Microsoft.ContainerRegistry/registries"),
        ("DiagnosticSetting:workspaceId", "Microsoft.OperationalInsights/workspaces"),
        ("DiagnosticSetting:storageAccountId", "Microsoft.Storage/storageAccounts"),
    )
)
_POSITION = re.compile(r"\[[^\]]*\]")


def problems(call: Call, path: ArmPath) -> list[Problem]:
    """References to what does not exist or is of another kind."""
    own = path.id(call.inputs, call.scope.account)
    found = list(_parents(call, path, own))
    # Where the group is missing, so is all that is in it.
    return found or list(_properties(call, path, own))


def _parents(call: Call, path: ArmPath, own: str) -> Iterator[Problem]:
    if ids.subscription_of(own).lower() != call.scope.account.lower():
        return
    for template, parent in zip(parents_of(path.template), parents_of(own), strict=False):
        kind, name = kind_of(parent), template.rpartition("/")[2].strip("{}")
        tokens = tokens_of(kind)
        # Parts that a resource always has, as `blobServices/default`, are nobody's to make, and the
        # first version of a model or an environment makes what it is a version of.
        if not tokens or not template.endswith("}") or path.kind == f"{kind}/versions":
            continue
        if ids.exists(call.store, parent):
            continue
        if kind == "Microsoft.Resources/resourceGroups":
            yield Problem(name, _no_group(call.store, parent))
            return
        yield Problem(
            name,
            "ParentResourceNotFound: Failed to perform 'write' on resource(s) of type"
            f" '{path.kind}', because the parent resource '{parent}' could not be found"
            f"{_hint(call.store, parent)}",
        )
        return


def _properties(call: Call, path: ArmPath, own: str) -> Iterator[Problem]:
    noun = call.token.rpartition(":")[2]
    given = {name: v for name, v in call.inputs.items() if name not in path.parameters}
    for at, resource_id in ids.ids_in(given):
        kind = kind_of(resource_id)
        plain = _POSITION.sub("", at)
        wanted = next((w for p, w in _WANTED if p.search(f"{noun}:{plain}")), "")
        if wanted and kind.lower() != wanted.lower():
            yield Problem(at, f"got an id of a {kind}; use one of a {wanted}")
        # A part of itself, as a load balancer's rules have.
        elif not resource_id.lower().startswith(own.lower()):
            yield from _dangling(call, at, resource_id)
    scope = call.inputs.get("scope")
    if "scope" in path.parameters and isinstance(scope, str) and ids.is_id(scope):
        yield from _dangling(call, "scope", scope)


def _dangling(call: Call, at: str, resource_id: str) -> Iterator[Problem]:
    kind = kind_of(resource_id)
    mine = ids.subscription_of(resource_id).lower() == call.scope.account.lower()
    if mine and kind.lower() in _MADE and not ids.exists(call.store, resource_id):
        yield Problem(at, _missing(call.store, kind, resource_id))


def _missing(store: Store, kind: str, resource_id: str) -> str:
    if kind == "Microsoft.Resources/resourceGroups":
        return _no_group(store, resource_id)
    name = resource_id.rpartition("/")[2]
    group = resource_id.split("/")[4] if len(resource_id.split("/")) > 4 else ""  # noqa: PLR2004
    return (
        f"ResourceNotFound: The Resource '{kind}/{name}' under resource group '{group}' was not"
        f" found{_hint(store, resource_id)}"
    )


def _no_group(store: Store, group: str) -> str:
    name = group.rpartition("/")[2]
    meant = nearest(name, [row.name for row in store.list(ids.PROVIDER, GROUP)])
    hint = f"; did you mean '{meant}'?" if meant else ""
    return f"ResourceGroupNotFound: Resource group '{name}' could not be found{hint}"


def _hint(store: Store, resource_id: str) -> str:
    rows = [row for t in tokens_of(kind_of(resource_id)) for row in store.list(ids.PROVIDER, t)]
    meant = nearest(resource_id, [row.id for row in rows])
    return f"; did you mean '{meant}'?" if meant else ""
