"""Azure: what the stand-in of pulumi-azure-native computes and refuses."""

import os
import uuid
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from sandbox import seed
from sandbox.check import Problem, nearest
from sandbox.clouds import generic
from sandbox.clouds.base import Call, Cloud, Naming, RefusedError, Scope, moment
from sandbox.diff import Replaces
from sandbox.store import Row, Store
from sandbox.wire import UNKNOWN

__all__ = ["Azure"]

GROUP = "azure-native:resources:ResourceGroup"
# ARM's namespaces of the modules that serve models; the rest is the module's name.
_NAMESPACES = {
    "authorization": "Microsoft.Authorization",
    "containerservice": "Microsoft.ContainerService",
    "insights": "Microsoft.Insights",
    "keyvault": "Microsoft.KeyVault",
    "machinelearningservices": "Microsoft.MachineLearningServices",
    "managedidentity": "Microsoft.ManagedIdentity",
    "monitor": "Microsoft.Insights",
    "resources": "Microsoft.Resources",
    "storage": "Microsoft.Storage",
    "web": "Microsoft.Web",
}
# The parts of a path that a type may have above its own name, outermost first.
_PARENTS = (
    ("workspaceName", "workspaces"),
    ("accountName", "accounts"),
    ("vaultName", "vaults"),
    ("endpointName", "onlineEndpoints"),
    ("registryName", "registries"),
)


class Azure(Cloud):
    """Subscriptions, resource groups and ARM ids."""

    provider = "azure-native"
    closed_enums = True

    @override
    def configure(self, settings: Mapping[str, Any], store: Store) -> Scope:
        known = [identity.id for identity in store.identities("azure_subscription")]
        subscription = settings.get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID")
        if subscription is UNKNOWN or not subscription:
            subscription = known[0]
        if subscription not in known:
            raise RefusedError(
                f"SubscriptionNotFound: The subscription '{subscription}' could not be found; the"
                f" sandbox has {', '.join(known)}. Check subscriptionId of the provider"
            )
        return Scope(str(subscription), "", settings)

    # ---- names ----

    @override
    def naming(self, token: str) -> Naming | None:
        """The property that names the type: the last `…Name` of its path."""
        declared = self.declared(token)
        if declared is None or token.startswith("pulumi:"):
            return None
        noun = token.rpartition(":")[2]
        names = [
            name
            for name, property_ in declared.inputs.items()
            if name.endswith("Name") and not property_.required and name != "resourceGroupName"
        ]
        if token == GROUP:
            return Naming("resourceGroupName", max_length=90)
        if "resourceName" in names:
            return Naming("resourceName", max_length=63)
        for name in names:
            # `accountName` of a storage account: the type's own word.
            if noun.lower().endswith(name.removesuffix("Name").lower()):
                lower = noun in {"StorageAccount", "Registry"}
                return Naming(name, max_length=24 if lower else 63, lower=lower)
        return Naming("name", max_length=63) if "name" in declared.inputs else None

    @override
    def replaces(self, call: Call) -> Replaces:
        declared = call.declared
        hinted = super().replaces(call)
        if declared is None:
            return hinted
        path = [n for n in declared.inputs if n.endswith("Name") and declared.inputs[n].required]
        naming = self.naming(call.token)
        named = [naming.property] if naming is not None else []
        place = ["location"] if "location" in declared.inputs else []
        group = ["resourceGroupName"] if "resourceGroupName" in declared.inputs else []
        # Names and the location are in the resource's path: ARM cannot change them.
        return hinted.joined([*path, *named, *place, *group])

    # ---- life ----

    @override
    def references(self, call: Call) -> list[Problem]:
        name = call.inputs.get("resourceGroupName")
        if call.token == GROUP or not isinstance(name, str):
            return []
        rows = call.store.list("azure-native", GROUP, account=call.scope.account)
        names = [row.name for row in rows]
        # ARM's names are compared without case.
        if name.lower() in [other.lower() for other in names]:
            return []
        meant = nearest(name, names)
        hint = f"; did you mean '{meant}'?" if meant else ""
        return [
            Problem(
                "resourceGroupName",
                f"ResourceGroupNotFound: Resource group '{name}' could not be found{hint}",
            )
        ]

    @override
    def create(self, call: Call) -> Row:
        naming = self.naming(call.token)
        name = str(call.inputs.get(naming.property) or "") if naming is not None else ""
        if not name:
            required = [n for n in call.inputs if n.endswith("Name") and n != "resourceGroupName"]
            name = str(call.inputs[required[-1]]) if required else call.logical_name
        resource_id = self._id(call, name)
        return Row(
            provider=self.provider,
            account=call.scope.account,
            token=call.token,
            id=resource_id,
            name=name,
            inputs=call.inputs,
            outputs=self._outputs(call, name, resource_id, {}),
        )

    @override
    def update(self, call: Call, row: Row) -> Row:
        return row.replace(
            inputs=call.inputs, outputs=self._outputs(call, row.name, row.id, row.outputs)
        )

    @override
    def invoke(
        self, token: str, arguments: dict[str, Any], store: Store, scope: Scope
    ) -> dict[str, Any]:
        if token != "azure-native:authorization:getClientConfig":  # noqa: S105
            return super().invoke(token, arguments, store, scope)
        details: dict[str, Any] = next(
            (i.details for i in store.identities("azure_subscription") if i.id == scope.account),
            dict[str, Any](),
        )
        return {
            "subscriptionId": scope.account,
            "tenantId": details.get("tenant_id", seed.AZURE_TENANT),
            "clientId": details.get("client_id", ""),
            "objectId": details.get("object_id", "00000000-0000-0000-0000-0000000000bb"),
        }

    # ---- inside ----

    def _id(self, call: Call, name: str) -> str:
        root = f"/subscriptions/{call.scope.account}"
        if call.token == GROUP:
            return f"{root}/resourceGroups/{name}"
        group = call.inputs.get("resourceGroupName")
        if call.inputs.get("scope"):
            root = str(call.inputs["scope"]).rstrip("/")
        elif group:
            root = f"{root}/resourceGroups/{group}"
        parents = "".join(
            f"/{kinds}/{call.inputs[key]}"
            for key, kinds in _PARENTS
            if call.inputs.get(key) and call.inputs[key] != name
        )
        return f"{root}/providers/{_namespace(call)}{parents}/{_kinds(call)}/{name}"

    def _outputs(
        self, call: Call, name: str, resource_id: str, before: Mapping[str, Any]
    ) -> dict[str, Any]:
        declared = call.declared
        if declared is None:
            return {}
        known: dict[str, Any] = {
            "name": name,
            "type": f"{_namespace(call)}/{_kinds(call)}",
            "provisioningState": "Succeeded",
            "azureApiVersion": before.get("azureApiVersion", ""),
            "principalId": before.get("principalId") or str(uuid.uuid4()),
            "clientId": before.get("clientId") or str(uuid.uuid4()),
            "tenantId": seed.AZURE_TENANT,
            "systemData": {"createdAt": moment(), "createdBy": "sandbox"},
        }
        outputs = {
            key: value
            for key, value in known.items()
            if key in declared.outputs and key not in call.inputs
        }
        kept = {key: value for key, value in before.items() if key not in declared.inputs}
        outputs = {**kept, **outputs}
        del resource_id
        return outputs | generic.computed(self.provider, declared, call.inputs, outputs)


def _namespace(call: Call) -> str:
    module = call.token.split(":")[1].split("/")[0]
    return _NAMESPACES.get(module, f"Microsoft.{module.capitalize()}")


def _kinds(call: Call) -> str:
    noun = call.token.rpartition(":")[2]
    noun = noun[0].lower() + noun[1:]
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
