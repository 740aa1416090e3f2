"""Azure: subscriptions, resource groups, ids, names, what is refused and what is answered."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import override

from sandbox import capacity
from sandbox.check import Problem
from sandbox.clouds.azure import (
    agent_pools,
    aks,
    apps,
    duplicates,
    ids,
    immutable,
    in_use,
    key_rights,
    locks,
    machinelearning,
    previews,
    private_links,
    references,
    vaults,
)
from sandbox.clouds.azure.functions import FUNCTIONS, looked_up
from sandbox.clouds.azure.outputs import outputs
from sandbox.clouds.azure.paths import ArmPath, path_of
from sandbox.clouds.azure.replacing import ArmReplaces, counted
from sandbox.clouds.azure.values import FURTHER
from sandbox.clouds.base import Call, Cloud, Depth, Naming, RefusedError, Scope
from sandbox.diff import Change, Replaces
from sandbox.eventual import Transition
from sandbox.schema import Resource, UnknownTokenError
from sandbox.store import Row, Store
from sandbox.values import mapped
from sandbox.wire import UNKNOWN

__all__ = ["Azure"]

GROUP = references.GROUP
# Whether the name was made up at random, as pulumi-azure-native notes it among the inputs: only
# then is the new resource made before the old one goes.
_RANDOM_NAME = "__createBeforeDelete"
# No length is cut: the real provider makes a name that is too long, and refuses it.
_ANY_LENGTH = 1 << 16
# Names that are unique in the world.
_GLOBAL = frozenset(
    {
        "azure-native:containerregistry:Registry",
        "azure-native:keyvault:Vault",
        "azure-native:storage:StorageAccount",
        "azure-native:web:WebApp",
    }
)
# Whose region the provider does not fill in. Source: AutoLocationDisabled of pulumi-azure-native,
# provider/pkg/resources/resources.go.
_NO_LOCATION = frozenset(
    {
        "azure-native:network:LoadBalancerBackendAddressPool",
        "azure-native:resources:Deployment",
    }
)
# About as long as the real service takes, in seconds.
_SECONDS = {
    "azure-native:containerservice:AgentPool": 180,
    "azure-native:containerservice:ManagedCluster": 240,
    "azure-native:machinelearningservices:Workspace": 30,
    "azure-native:machinelearningservices:Compute": 120,
    machinelearning.BATCH_DEPLOYMENT: 60,
    machinelearning.BATCH_ENDPOINT: 30,
    machinelearning.DEPLOYMENT: 360,
    machinelearning.ENDPOINT: 60,
}
_STATES = {"create": "Creating", "update": "Updating", "delete": "Deleting"}


class Azure(Cloud):
    """Subscriptions, resource groups and ARM ids."""

    provider = ids.PROVIDER
    closed_enums = True
    further_values = FURTHER

    @override
    def configure(self, settings: Mapping[str, Any], store: Store) -> Scope:
        known = [identity.id for identity in store.identities("azure_subscription")]
        subscription = settings.get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID")
        if subscription is UNKNOWN or not subscription:
            subscription = known[0]
        same = next((one for one in known if one.lower() == str(subscription).lower()), None)
        if same is None:
            raise RefusedError(
                f"SubscriptionNotFound: The subscription '{subscription}' could not be found; the"
                f" sandbox has {', '.join(known)}. Check subscriptionId of the provider"
            )
        return Scope(same, "", settings)

    # ---- before anything is done ----

    @override
    def naming(self, token: str) -> Naming | None:
        """The last name of the path; how: AutoName of provider/pkg/resources/resources.go."""
        if token.startswith("pulumi:"):
            return None
        declared = self.declared(token)
        path = path_of(token, declared)
        name = path.name
        if declared is None or name not in declared.inputs:
            return None
        if name in {"roleAssignmentName", "roleDefinitionId"}:
            return Naming(name, _ANY_LENGTH, uuid=True)
        last = path.template.lower().rpartition("microsoft.")[2]
        alone = last.count("{") == 1 or last == path.template.lower()
        is_random = alone or name in {"endpointName", "customDomainName"}
        return Naming(name, _ANY_LENGTH, separator="", digits=8 if is_random else 0)

    @override
    def automatic_name(self, token: str, inputs: dict[str, Any], name: str) -> dict[str, Any]:
        naming = self.naming(token)
        if naming is None:
            return {}
        is_random = naming.uuid or naming.digits > 0
        return {naming.property: name, **({_RANDOM_NAME: True} if is_random else {})}

    @override
    def defaults(self, call: Call, old: Mapping[str, Any]) -> dict[str, Any]:
        """The region: that of before, of the provider, of the resource group."""
        declared = call.declared
        if (
            declared is None
            or "location" not in declared.inputs
            or call.inputs.get("location") is not None
            or call.token in _NO_LOCATION
        ):
            return {}
        group = call.inputs.get("resourceGroupName")
        location = old.get("location") or call.scope.settings.get("location")
        if location is None and group is UNKNOWN:
            location = UNKNOWN
        elif location is None and isinstance(group, str):
            group_id = f"/subscriptions/{call.scope.account}/resourceGroups/{group}"
            row = ids.found(call.store, GROUP, group_id)
            location = row.inputs.get("location") if row is not None else None
        return {} if location is None else {"location": location}

    @override
    def constraints(self, call: Call) -> list[Problem]:
        if call.token == machinelearning.ENDPOINT:
            return machinelearning.traffic_problems(mapped(call.inputs.get("properties")))
        if call.token == vaults.VAULT:
            return vaults.constraints(call)
        if call.token in {agent_pools.AGENT_POOL, agent_pools.CLUSTER}:
            return aks.constraints(call)
        return apps.constraints(call) if call.token in {apps.APP, apps.SLOT} else []

    @override
    def relocated(self, call: Call, found: list[Change], state: Mapping[str, Any]) -> list[Change]:
        """`West Europe` and `westeurope` are the same region."""
        same = _region(state.get("location")) == _region(call.inputs.get("location"))
        found = [change for change in found if change.path != "location" or not same]
        rules = self.rules.of(call.token)
        if rules is None:
            return found
        return counted(found, rules.replaces, state, call.inputs)

    @override
    def replaces(self, call: Call) -> Replaces:
        rules = self.rules.of(call.token)
        if rules is not None:
            return ArmReplaces(rules.replaces)
        path = self._path(call)
        # Most types have ARM's common region, which cannot be changed.
        return super().replaces(call).joined([*path.parameters, "location"])

    @override
    def deletes_first(self, old: Mapping[str, Any]) -> bool | None:
        return not old.get(_RANDOM_NAME)

    @override
    def depth(self, token: str) -> Depth:
        found = super().depth(token)
        own = token in _SECONDS or token in _GLOBAL or token in duplicates.TYPES
        return dataclasses.replace(found, references=True, own=own)

    # ---- life ----

    @override
    def references(self, call: Call) -> list[Problem]:
        found = references.problems(call, self._path(call))
        if call.token in {machinelearning.ENDPOINT, machinelearning.BATCH_ENDPOINT} and not found:
            endpoint = self._path(call).id(call.inputs, call.scope.account)
            properties = mapped(call.inputs.get("properties"))
            found = machinelearning.references(call.store, call.token, endpoint, properties)
        if call.token in {apps.APP, apps.SLOT}:
            found += apps.references(call)
        if call.token == apps.PLAN:
            found += apps.resized(call)
        if call.token == key_rights.ACCOUNT:
            found += key_rights.problems(call)
        found += aks.references(call)
        found += duplicates.problems(call)
        previous = call.previous
        if previous is None:
            return [*found, *(vaults.deleted(call) if call.token == vaults.VAULT else [])]
        wrong = {problem.path for problem in found}
        fixed = [*immutable.problems(call, previous), *_moved(call, previous)]
        # What is wrong itself is no reason to replace.
        return [*found, *(problem for problem in fixed if problem.path not in wrong)]

    @override
    def create(self, call: Call) -> Row:
        path = self._path(call)
        resource_id = self._canonical(call.store, path.id(call.inputs, call.scope.account))
        name = resource_id.rpartition("/")[2]
        return Row(
            provider=self.provider,
            account=call.scope.account,
            token=call.token,
            id=resource_id,
            name=name,
            inputs=call.inputs,
            outputs=outputs(call, name, resource_id, {}),
        )

    @override
    def previewed(self, call: Call) -> dict[str, Any]:
        if call.declared is None:
            return {}
        return previews.previewed(self.library, call.declared, call.inputs, call.previous)

    @override
    def taken(self, call: Call, row: Row) -> Row | None:
        if call.token in _GLOBAL:
            return next(iter(call.store.named(self.provider, call.token, row.name)), None)
        return ids.found(call.store, row.token, row.id)

    @override
    def update(self, call: Call, row: Row) -> Row:
        if call.token in vaults.KEPT:
            return row
        return row.replace(inputs=call.inputs, outputs=outputs(call, row.name, row.id, row.outputs))

    @override
    def transition(
        self, call: Call, row: Row, operation: Literal["create", "update", "delete"]
    ) -> Transition | None:
        seconds = _SECONDS.get(call.token)
        if seconds is None:
            return None
        state = {"provisioningState": _STATES[operation]}
        properties = row.outputs.get("properties")
        passing = {"properties": {**mapped(properties), **state}} if properties else state
        seconds /= 1 if operation == "create" else 4
        return Transition(seconds, outputs=passing, failure=capacity.failure(row, operation))

    @override
    def placed(self, call: Call, row: Row) -> Row:
        return agent_pools.placed(call, row)

    @override
    def deletion(self, call: Call, row: Row) -> list[Problem]:
        if found := [*locks.deletion(call, row), *aks.deletion(call, row)]:
            return found
        if row.token == machinelearning.DEPLOYMENT:
            return machinelearning.deletion(call, row)
        return in_use.deletion(call, row)

    @override
    def dependents(self, call: Call, row: Row) -> list[Row]:
        """Everything whose id is below this one, as all of a resource group."""
        below = call.store.below(self.provider, f"{row.id}/", account=row.account)
        return sorted(below, key=lambda part: -part.id.count("/"))

    @override
    def row_of(self, call: Call, resource_id: str) -> Row | None:
        return ids.found(call.store, call.token, resource_id)

    @override
    def inputs_of(self, row: Row, declared: Resource | None) -> dict[str, Any]:
        if row.inputs or declared is None:
            return row.inputs
        path = path_of(row.token, declared)
        names = [part for part in path.template.split("/") if part]
        parts = [part for part in row.id.split("/") if part]
        placed = {
            name.strip("{}"): part
            for name, part in zip(names, parts, strict=False)
            if name.startswith("{") and name.strip("{}") in declared.inputs
        }
        return placed | super().inputs_of(row, declared)

    # ---- functions ----

    @override
    def invoke(
        self, token: str, arguments: dict[str, Any], store: Store, scope: Scope
    ) -> dict[str, Any]:
        own = FUNCTIONS.get(token)
        if own is not None:
            return own(self, arguments, store, scope)
        resource = token.replace(":get", ":", 1) if ":get" in token else ""
        try:
            declared, results = self.declared(resource), self.function(token).results
        except UnknownTokenError:
            return super().invoke(token, arguments, store, scope)
        if declared is None or path_of(resource, declared).name not in arguments:
            return super().invoke(token, arguments, store, scope)
        row = looked_up(self, resource, arguments, store, scope)
        found = {**row.inputs, **row.outputs, "id": row.id}
        if resource == private_links.WORKSPACE:
            found["privateEndpointConnections"] = private_links.connections(store, row)
        return {name: found.get(name) for name in results}

    # ---- inside ----

    def _path(self, call: Call) -> ArmPath:
        return path_of(call.token, call.declared)

    def _canonical(self, store: Store, resource_id: str) -> str:
        """The id with its parents in the spelling in which they were made."""
        above, kind, name = resource_id.rsplit("/", 2) if "/" in resource_id else ("", "", "")
        parent = ids.anything(store, above)
        if parent is None:
            group = "/".join(resource_id.split("/")[:5])
            row = ids.found(store, GROUP, group)
            return resource_id if row is None else row.id + resource_id[len(group) :]
        return f"{parent.id}/{kind}/{name}"


def _region(location: object) -> str:
    return str(location or "").lower().replace(" ", "")


def _moved(call: Call, previous: Row) -> list[Problem]:
    """A region that changes in place, as the provider tries for types that do not say otherwise."""
    before, after = previous.inputs.get("location"), call.inputs.get("location")
    if not before or _region(before) == _region(after):
        return []
    return [
        Problem(
            "location",
            f"InvalidResourceLocation: The resource '{previous.name}' already exists in location"
            f" '{_region(before)}'. A resource with the same name cannot be created in location"
            f" '{_region(after)}'. Replace it: replace_on_changes=[\"location\"]",
        )
    ]
