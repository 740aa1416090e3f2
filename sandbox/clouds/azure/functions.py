"""Functions of pulumi-azure-native that the stand-in answers: of the client, keys and credentials.

Keys are made up of what they are of, so that they stay the same until it is made anew.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import seed
from sandbox.check import nearest
from sandbox.clouds.azure import ids
from sandbox.clouds.azure.agent_pools import CLUSTER
from sandbox.clouds.azure.paths import path_of
from sandbox.clouds.base import Cloud, RefusedError, Scope
from sandbox.store import Row, Store

__all__ = ["FUNCTIONS", "key_of", "looked_up"]

Answer = dict[str, Any]
Arguments = Mapping[str, Any]
Function = Callable[[Cloud, Arguments, Store, Scope], Answer]
_OBJECT = "00000000-0000-0000-0000-0000000000bb"


def looked_up(cloud: Cloud, token: str, arguments: Arguments, store: Store, scope: Scope) -> Row:
    """The resource that a function's arguments lead to, by the path of its type.

    Raises:
        RefusedError: It is not there.
    """
    path = path_of(token, cloud.declared(token))
    wanted = path.id(arguments, scope.account)
    row = ids.found(store, token, wanted)
    if row is not None:
        return row
    meant = nearest(wanted, [other.id for other in store.list(ids.PROVIDER, token)])
    hint = f"; did you mean '{meant}'?" if meant else ""
    raise RefusedError(
        f"ResourceNotFound: The Resource '{path.kind}/{wanted.rpartition('/')[2]}' under resource"
        f" group '{arguments.get('resourceGroupName', '')}' was not found{hint}"
    )


def _client_config(cloud: Cloud, arguments: Arguments, store: Store, scope: Scope) -> Answer:
    del cloud, arguments
    details: dict[str, Any] = next(
        (i.details for i in store.identities("azure_subscription") if i.id == scope.account),
        dict[str, Any](),
    )
    return {
        "subscriptionId": scope.account,
        "tenantId": details.get("tenant_id", seed.AZURE_TENANT),
        "clientId": details.get("client_id", ""),
        "objectId": details.get("object_id", _OBJECT),
    }


def _client_token(cloud: Cloud, arguments: Arguments, store: Store, scope: Scope) -> Answer:
    del cloud, store
    return {"token": key_of(scope.account, str(arguments.get("endpoint") or "management"))}


def _credentials(kind: str) -> Function:
    def answer(cloud: Cloud, arguments: Arguments, store: Store, scope: Scope) -> Answer:
        row = looked_up(cloud, CLUSTER, arguments, store, scope)
        local = not row.inputs.get("disableLocalAccounts")
        if kind == "clusterAdmin" and not local:
            raise RefusedError(
                "BadRequest: Getting static credential is not allowed because this cluster is set"
                " to disable local accounts"
            )
        exec_ = not local or (arguments.get("format") == "exec" and "aadProfile" in row.inputs)
        value = base64.b64encode(_kubeconfig(row, kind, exec_=exec_).encode()).decode()
        return {"kubeconfigs": [{"name": kind, "value": value}]}

    return answer


# A server of this id, which is AKS's own, gives tokens by Entra ID.
# https://azure.github.io/kubelogin/concepts/aks.html
_KUBELOGIN = (
    "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: kubelogin,"
    " args: [get-token, --login, devicecode, --server-id, 6dae42f8-4368-4678-94ff-3960e28e3630]}"
)


def _kubeconfig(row: Row, kind: str, *, exec_: bool) -> str:
    """Nobody serves the address: the stand-in of Kubernetes never calls it."""
    user = f"{kind}_{row.inputs.get('resourceGroupName')}_{row.name}"
    host = row.outputs.get("privateFQDN") or row.outputs.get("fqdn")
    who = _KUBELOGIN if exec_ else f"token: {key_of(row.id, kind)}"
    return (
        "apiVersion: v1\nkind: Config\n"
        f"current-context: {row.name}\n"
        f"clusters:\n- name: {row.name}\n  cluster: {{server: 'https://{host}:443'}}\n"
        f"contexts:\n- name: {row.name}\n  context: {{cluster: {row.name}, user: {user}}}\n"
        f"users:\n- name: {user}\n  user: {{{who}}}\n"
    )


def _endpoint_keys(token: str) -> Function:
    def answer(cloud: Cloud, arguments: Arguments, store: Store, scope: Scope) -> Answer:
        row = looked_up(cloud, token, arguments, store, scope)
        return {f"{name}Key": key_of(row.id, name) for name in ("primary", "secondary")}

    return answer


def _workspace_keys(cloud: Cloud, arguments: Arguments, store: Store, scope: Scope) -> Answer:
    token = "azure-native:machinelearningservices:Workspace"  # noqa: S105 - a type
    row = looked_up(cloud, token, arguments, store, scope)
    return {
        "userStorageKey": key_of(row.id, "storage"),
        "userStorageResourceId": row.inputs.get("storageAccount", ""),
        "appInsightsInstrumentationKey": key_of(row.id, "insights"),
        "containerRegistryCredentials": {
            "location": "",
            "passwords": [],
            "username": "",
        },
        "notebookAccessKeys": {
            "primaryAccessKey": key_of(row.id, "primary"),
            "secondaryAccessKey": key_of(row.id, "secondary"),
        },
    }


def _storage_keys(cloud: Cloud, arguments: Arguments, store: Store, scope: Scope) -> Answer:
    row = looked_up(cloud, "azure-native:storage:StorageAccount", arguments, store, scope)
    return {
        "keys": [
            {
                "keyName": name,
                "value": key_of(row.id, name),
                "permissions": "FULL",
                "creationTime": row.created,
            }
            for name in ("key1", "key2")
        ]
    }


def _host_keys(cloud: Cloud, arguments: Arguments, store: Store, scope: Scope) -> Answer:
    row = looked_up(cloud, "azure-native:web:WebApp", arguments, store, scope)
    return {
        "masterKey": key_of(row.id, "master"),
        "functionKeys": {"default": key_of(row.id, "default")},
        "systemKeys": {},
    }


def _registry_credentials(cloud: Cloud, arguments: Arguments, store: Store, scope: Scope) -> Answer:
    row = looked_up(cloud, "azure-native:containerregistry:Registry", arguments, store, scope)
    if not row.inputs.get("adminUserEnabled"):
        raise RefusedError(
            f"UnAuthorizedForCredentialOperations: Cannot perform credential operations for"
            f" {row.id} as admin user is disabled. Kindly enable admin user as per docs"
        )
    return {
        "username": row.name,
        "passwords": [{"name": name, "value": key_of(row.id, name)} for name in _PASSWORDS],
    }


_PASSWORDS = ("password", "password2")


def key_of(*parts: str) -> str:
    """A key as long as the vendor's, the same for the same resource."""
    digest = hashlib.sha512(re.sub(r"\s", "", " ".join(parts)).encode()).digest()
    return base64.b64encode(digest[:64]).decode()


_ML = "azure-native:machinelearningservices"
FUNCTIONS: Mapping[str, Function] = {
    "azure-native:authorization:getClientConfig": _client_config,
    "azure-native:authorization:getClientToken": _client_token,
    "azure-native:containerregistry:listRegistryCredentials": _registry_credentials,
    "azure-native:containerservice:listManagedClusterAdminCredentials": _credentials(
        "clusterAdmin"
    ),
    "azure-native:containerservice:listManagedClusterUserCredentials": _credentials("clusterUser"),
    f"{_ML}:listBatchEndpointKeys": _endpoint_keys(f"{_ML}:BatchEndpoint"),
    f"{_ML}:listOnlineEndpointKeys": _endpoint_keys(f"{_ML}:OnlineEndpoint"),
    f"{_ML}:listWorkspaceKeys": _workspace_keys,
    "azure-native:storage:listStorageAccountKeys": _storage_keys,
    "azure-native:web:listWebAppHostKeys": _host_keys,
}
