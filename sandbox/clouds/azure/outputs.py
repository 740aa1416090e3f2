"""What ARM answers of a resource beside its inputs."""

import functools
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox import seed
from sandbox.clouds import generic
from sandbox.clouds.azure import ids
from sandbox.clouds.azure.paths import path_of
from sandbox.clouds.base import Call, moment
from sandbox.schema.source import PACKAGES, site
from sandbox.values import at, listed, mapped

__all__ = ["api_version", "outputs"]

Outputs = dict[str, Any]
_VERSION = re.compile(rb"Uses Azure REST API version ([\w-]+)")
# The sentence is in the documentation of the class's first constructor.
_HEAD_BYTES = 1 << 18
_HOSTS = {"blob": "blob", "dfs": "dfs", "file": "file", "queue": "queue", "table": "table"}


def outputs(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    """The outputs of a resource; `before` are those that it had, of which identities are kept."""
    declared = call.declared
    if declared is None:
        return {}
    known: Outputs = {
        "name": name,
        "type": path_of(call.token, declared).kind,
        "provisioningState": "Succeeded",
        "azureApiVersion": api_version(declared.token),
        "systemData": _system_data(mapped(before.get("systemData"))),
        "tenantId": call.inputs.get("tenantId") or seed.AZURE_TENANT,
    }
    known["identity"] = _identity(call, mapped(before.get("identity")))
    own = _OWN.get(call.token)
    if own is not None:
        known |= own(call, name, resource_id, before)
    found = {key: value for key, value in known.items() if key in declared.outputs and value}
    kept = {key: value for key, value in before.items() if key not in declared.inputs}
    found = {**kept, **found}
    return found | generic.computed(ids.PROVIDER, declared, call.inputs, found)


@functools.cache
def api_version(token: str) -> str:
    """The version of ARM's API that the SDK's type is made by, as its documentation says."""
    _, module, noun = token.split(":")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", noun).lower()
    path = site(ids.PROVIDER) / PACKAGES[ids.PROVIDER] / Path(module) / f"{snake}.py"
    if not path.exists():
        return ""
    with path.open("rb") as opened:
        found = _VERSION.search(opened.read(_HEAD_BYTES))
    return found[1].decode() if found else ""


def _system_data(before: Mapping[str, Any]) -> Outputs:
    created = before or {
        "createdAt": moment(),
        "createdBy": "sandbox",
        "createdByType": "Application",
    }
    changed = {
        "lastModifiedAt": moment(),
        "lastModifiedBy": "sandbox",
        "lastModifiedByType": "Application",
    }
    return {**created, **changed}


def _identity(call: Call, before: Mapping[str, Any]) -> Outputs:
    """A managed identity with the principals that Entra made for it."""
    given = mapped(call.inputs.get("identity"))
    kind = str(given.get("type") or "")
    if not given or kind in {"", "None"}:
        return {}
    answered: Outputs = dict(given)
    if "systemassigned" in kind.replace(" ", "").lower():
        answered["principalId"] = before.get("principalId") or str(uuid.uuid4())
        answered["tenantId"] = seed.AZURE_TENANT
    users = given.get("userAssignedIdentities")
    names: list[Any] = list(mapped(users)) or listed(users)
    if names:
        answered["userAssignedIdentities"] = {
            str(user): _user_identity(call, str(user)) for user in names
        }
    return answered


def _user_identity(call: Call, user: str) -> Outputs:
    row = ids.anything(call.store, user)
    return {name: row.outputs.get(name) for name in ("clientId", "principalId")} if row else {}


# ---- of single types ----


def _group(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del call, name, resource_id, before
    return {
        "type": "Microsoft.Resources/resourceGroups",
        "properties": {"provisioningState": "Succeeded"},
    }


def _user_assigned(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del call, name, resource_id
    return {
        "principalId": before.get("principalId") or str(uuid.uuid4()),
        "clientId": before.get("clientId") or str(uuid.uuid4()),
    }


def _workspace(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del name
    host = f"{_location(call)}.api.azureml.ms"
    return {
        "workspaceId": before.get("workspaceId") or str(uuid.uuid4()),
        "discoveryUrl": f"https://{host}/discovery",
        "mlFlowTrackingUri": f"azureml://{host}/mlflow/v1.0{resource_id}",
    }


def _online_endpoint(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del resource_id, before
    host = f"https://{name}.{_location(call)}.inference.ml.azure.com"
    return {
        "properties": {
            "publicNetworkAccess": "Enabled",
            **mapped(call.inputs.get("properties")),
            "provisioningState": "Succeeded",
            "scoringUri": f"{host}/score",
            "swaggerUri": f"{host}/swagger.json",
        }
    }


def _online_deployment(
    call: Call, name: str, resource_id: str, before: Mapping[str, Any]
) -> Outputs:
    del name, resource_id, before
    # Source of the defaults: the REST reference of online deployments.
    defaults: Outputs = {
        "appInsightsEnabled": False,
        "egressPublicNetworkAccess": "Enabled",
        "scaleSettings": {"scaleType": "Default"},
    }
    given = mapped(call.inputs.get("properties"))
    requests = {"maxConcurrentRequestsPerInstance": 1, "requestTimeout": "PT5S"}
    return {
        "properties": {
            **defaults,
            **given,
            "requestSettings": {**requests, **mapped(given.get("requestSettings"))},
            "provisioningState": "Succeeded",
        }
    }


def _batch_endpoint(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del resource_id, before
    host = f"https://{name}.{_location(call)}.inference.ml.azure.com"
    return {
        "properties": {
            **mapped(call.inputs.get("properties")),
            "provisioningState": "Succeeded",
            "scoringUri": f"{host}/jobs",
            "swaggerUri": f"{host}/swagger.json",
        }
    }


def _properties(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    """Types that keep their properties together answer them with their state."""
    del name, resource_id, before
    given = mapped(call.inputs.get("properties"))
    return {"properties": {**given, "provisioningState": "Succeeded"}}


def _managed_cluster(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del resource_id
    region = _location(call)
    prefix = str(call.inputs.get("dnsPrefix") or name)
    api = mapped(call.inputs.get("apiServerAccessProfile"))
    private = api.get("enablePrivateCluster") is True
    known = before.get("fqdn") or before.get("privateFQDN")
    label = str(known).partition(".")[0] if known else f"{prefix}-{uuid.uuid4().hex[:8]}"
    # A private cluster has a public name for its private address, unless it is asked not to.
    public = not private or api.get("enablePrivateClusterPublicFQDN") is not False
    fqdn = f"{label}.hcp.{region}.azmk8s.io" if public else ""
    group = call.inputs.get("resourceGroupName")
    version = str(call.inputs.get("kubernetesVersion") or seed.KUBERNETES_VERSION)
    issuer = dict(mapped(call.inputs.get("oidcIssuerProfile")))
    if issuer.get("enabled"):
        issuer["issuerURL"] = at(before, "oidcIssuerProfile", "issuerURL") or (
            f"https://{region}.oic.prod-aks.azure.com/{seed.AZURE_TENANT}/{uuid.uuid4()}/"
        )
    return {
        "fqdn": fqdn,
        "privateFQDN": f"{label}.privatelink.{region}.azmk8s.io" if private else "",
        "azurePortalFQDN": fqdn.replace(".hcp.", ".portal.hcp."),
        "currentKubernetesVersion": version,
        "maxAgentPools": 100,
        "nodeResourceGroup": call.inputs.get("nodeResourceGroup") or f"MC_{group}_{name}_{region}",
        "oidcIssuerProfile": issuer,
        "powerState": {"code": "Running"},
        "kubernetesVersion": version,
    }


def _agent_pool(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    """With what AKS adds to spot nodes: https://learn.microsoft.com/azure/aks/spot-node-pool."""
    del name, before
    cluster = ids.anything(call.store, resource_id.rpartition("/agentPools/")[0])
    version = call.inputs.get("orchestratorVersion") or (
        cluster.outputs.get("kubernetesVersion") if cluster is not None else None
    )
    found: Outputs = {
        "orchestratorVersion": version,
        "currentOrchestratorVersion": version,
        "powerState": {"code": "Running"},
    }
    if call.inputs.get("scaleSetPriority") == "Spot":
        key = "kubernetes.azure.com/scalesetpriority"
        taints = listed(call.inputs.get("nodeTaints"))
        taint = f"{key}=spot:NoSchedule"
        found["nodeLabels"] = {**mapped(call.inputs.get("nodeLabels")), key: "spot"}
        found["nodeTaints"] = taints if taint in taints else [*taints, taint]
    return found


def _web_app(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del resource_id, before
    slot = f"{call.inputs['name']}-{name}" if call.inputs.get("slot") else name
    host = f"{slot}.azurewebsites.net"
    return {
        "defaultHostName": host,
        "hostNames": [host],
        "enabledHostNames": [host, f"{slot}.scm.azurewebsites.net"],
        "state": "Running",
        "usageState": "Normal",
        "availabilityState": "Normal",
        "repositorySiteName": name,
        "resourceGroup": call.inputs.get("resourceGroupName"),
    }


def _storage(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del call, resource_id
    return {
        "primaryEndpoints": {
            **{key: f"https://{name}.{host}.core.windows.net/" for key, host in _HOSTS.items()},
            "web": f"https://{name}.z6.web.core.windows.net/",
        },
        "primaryLocation": before.get("primaryLocation"),
        "statusOfPrimary": "available",
    }


def _vault(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del resource_id, before
    return {
        "properties": {
            **mapped(call.inputs.get("properties")),
            "vaultUri": f"https://{name}.vault.azure.net/",
            "provisioningState": "Succeeded",
        }
    }


def _secret(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del resource_id
    version = str(at(before, "properties", "secretUriWithVersion") or "").rpartition("/")[2]
    uri = f"https://{call.inputs['vaultName']}.vault.azure.net/secrets/{name}"
    given = {k: v for k, v in mapped(call.inputs.get("properties")).items() if k != "value"}
    return {
        "properties": {
            **given,
            "secretUri": uri,
            "secretUriWithVersion": f"{uri}/{version or uuid.uuid4().hex}",
        }
    }


def _key(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del resource_id
    uri = f"https://{call.inputs['vaultName']}.vault.azure.net/keys/{name}"
    return {
        "keyUri": uri,
        "keyUriWithVersion": before.get("keyUriWithVersion") or f"{uri}/{uuid.uuid4().hex}",
    }


def _registry(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del call, resource_id
    return {
        "loginServer": f"{name.lower()}.azurecr.io",
        "creationDate": before.get("creationDate") or moment(),
    }


def _component(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del resource_id
    key = before.get("instrumentationKey") or str(uuid.uuid4())
    host = f"https://{_location(call)}-0.in.applicationinsights.azure.com/"
    return {
        "instrumentationKey": key,
        "appId": before.get("appId") or str(uuid.uuid4()),
        "applicationId": name,
        "connectionString": f"InstrumentationKey={key};IngestionEndpoint={host}",
    }


def _logs(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    del call, name, resource_id
    return {"customerId": before.get("customerId") or str(uuid.uuid4())}


def _network(call: Call, name: str, resource_id: str, before: Mapping[str, Any]) -> Outputs:
    """Subnets that the network declares of itself have ids below it."""
    del name, before
    subnets = [
        {**mapped(subnet), "id": f"{resource_id}/subnets/{mapped(subnet).get('name')}"}
        for subnet in listed(call.inputs.get("subnets"))
    ]
    return {"subnets": subnets}


def _location(call: Call) -> str:
    """The region in ARM's spelling."""
    return str(call.inputs.get("location") or "").lower().replace(" ", "") or seed.AZURE_LOCATION


_ML = "azure-native:machinelearningservices"
_OWN: dict[str, Callable[[Call, str, str, Mapping[str, Any]], Outputs]] = {
    "azure-native:applicationinsights:Component": _component,
    "azure-native:containerregistry:Registry": _registry,
    "azure-native:containerservice:AgentPool": _agent_pool,
    "azure-native:containerservice:ManagedCluster": _managed_cluster,
    "azure-native:keyvault:Key": _key,
    "azure-native:keyvault:Secret": _secret,
    "azure-native:keyvault:Vault": _vault,
    f"{_ML}:BatchDeployment": _properties,
    f"{_ML}:BatchEndpoint": _batch_endpoint,
    f"{_ML}:EnvironmentVersion": _properties,
    f"{_ML}:ModelVersion": _properties,
    f"{_ML}:OnlineDeployment": _online_deployment,
    f"{_ML}:OnlineEndpoint": _online_endpoint,
    f"{_ML}:Workspace": _workspace,
    "azure-native:managedidentity:UserAssignedIdentity": _user_assigned,
    "azure-native:network:VirtualNetwork": _network,
    "azure-native:operationalinsights:Workspace": _logs,
    "azure-native:resources:ResourceGroup": _group,
    "azure-native:storage:StorageAccount": _storage,
    "azure-native:web:WebApp": _web_app,
    "azure-native:web:WebAppSlot": _web_app,
}
