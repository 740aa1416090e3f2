"""Function apps and storage accounts as ARM shows them, and one deploy.

What Pulumi deployed is what a client reads. One deploy takes the URL of a package, which has to
lead to a blob of this sandbox with the right to read it, and writes the package to the app's
deployment container as the app's identity: without a right to do that the deployment fails, as it
does in Azure.
"""

import re
import time
import urllib.parse
import uuid
from typing import Any

from sandbox import eventual
from sandbox.api.azure_blobs import PATH, blob_row
from sandbox.api.azureml import ArmCall, ArmError, ArmOperation, Outcome
from sandbox.clouds.azure import apps, ids
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped

__all__ = ["ROUTES"]

_ACCOUNT = "azure-native:storage:StorageAccount"
_IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
_RIGHT = "azure-native:authorization:RoleAssignment"
# Storage Blob Data Contributor and Owner.
_WRITERS = ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b")
_RELEASED = "released-package.zip"
# DeployStatus of github.com/projectkudu/kudu.
_BUILDING, _FAILED, _SUCCESS = 1, 3, 4
_SECONDS = 30
_ENVELOPE = ("identity", "kind", "location", "sku", "tags")
_PLACES = ("name", "slot", "resourceGroupName", "accountName", "azureApiVersion", "systemData")


def _get(call: ArmCall) -> Outcome:
    return Outcome(200, _body(call.row(), call.base))


def _list(call: ArmCall) -> Outcome:
    rows = call.store.starting(ids.PROVIDER, call.token, f"{call.target}/")
    return Outcome(200, {"value": [_body(row, call.base) for row in rows]})


def _config(call: ArmCall) -> Outcome:
    """Of the app; its settings are told by a call of their own."""
    row = call.row()
    config = {k: v for k, v in mapped(row.inputs.get("siteConfig")).items() if k != "appSettings"}
    shown = {"id": f"{row.id}/config/web", "name": row.name, "type": "Microsoft.Web/sites/config"}
    return Outcome(200, {**shown, "properties": config})


def _settings(call: ArmCall) -> Outcome:
    row = call.row()
    shown = {"id": f"{row.id}/config/appsettings", "name": "appsettings"}
    return Outcome(200, {**shown, "properties": apps.settings(row.inputs)})


def _deployed(call: ArmCall) -> Outcome:
    row = call.row()
    known = mapped(row.live.get("deployment"))
    if not known:
        raise ArmError("NotFound", f"There is no deployment of {row.name}.", 404)
    return Outcome(200, _shown(row, known))


def _deploy(call: ArmCall) -> Outcome:
    """One deploy: answered at once, and done after a while."""
    row = call.row()
    if not apps.is_flexible(call.store, row):
        raise ArmError("BadRequest", "One deploy needs an app on a Flex Consumption plan.")
    if eventual.is_passing(row) or _is_moving(row):
        raise ArmError("Conflict", f"Another deployment of {row.name} is in progress.", 409)
    uri = str(at(call.document, "properties", "packageUri") or "")
    package = _package(call.store, uri, call.base)
    failure = _failure(call, row)
    known = {
        "id": uuid.uuid4().hex,
        "deployer": "OneDeploy",
        "digest": package.outputs["sha256"],
        "failure": failure,
        "since": time.time(),
        "seconds": _SECONDS * eventual.scale(),
    }
    changed = call.store.update(
        ids.PROVIDER,
        call.token,
        row.id,
        lambda before: before.replace(live={**before.live, "deployment": known}),
        account=row.account,
    )
    if not failure:
        container = _container_of(call.store, row)
        assert container is not None  # noqa: S101 - else it failed
        call.store.put(blob_row(container, _RELEASED, package.outputs), operation="deploy")
    return Outcome(202, _shown(changed, known))


# ---- inside ----


def _body(row: Row, base: str) -> dict[str, Any]:
    known = {**row.inputs, **row.outputs}
    shown: dict[str, Any] = {"id": row.id, "name": row.name, "type": known.get("type")}
    shown |= {name: known[name] for name in _ENVELOPE if name in known}
    users = listed(mapped(shown.get("identity")).get("userAssignedIdentities"))
    if users:
        named = {str(user): dict[str, Any]() for user in users}
        shown["identity"] = {**mapped(shown["identity"]), "userAssignedIdentities": named}
    outside = {*shown, *_PLACES}
    properties = {name: value for name, value in known.items() if name not in outside}
    if row.token == _ACCOUNT:
        # Here, where an account's blobs are on this machine.
        endpoints = mapped(properties.get("primaryEndpoints"))
        properties["primaryEndpoints"] = {**endpoints, "blob": f"{base}{PATH}{row.name}/"}
    return {**shown, "properties": properties}


def _shown(row: Row, known: dict[str, Any]) -> dict[str, Any]:
    moving = _is_moving(row)
    ended = _FAILED if known["failure"] else _SUCCESS
    return {
        "id": f"{row.id}/extensions/onedeploy",
        "name": "onedeploy",
        "type": "Microsoft.Web/sites/extensions",
        "properties": {
            "id": known["id"],
            "deployer": known["deployer"],
            "status": _BUILDING if moving else ended,
            "complete": not moving,
            "message": "" if moving else known["failure"],
        },
    }


def _is_moving(row: Row) -> bool:
    known = mapped(row.live.get("deployment"))
    return not eventual.is_over(float(known.get("since", 0)), float(known.get("seconds", 0)))


def _package(store: Store, uri: str, base: str) -> Row:
    """The blob that a URL leads to, which has to say by what right it is read."""
    address = urllib.parse.urlsplit(uri)
    query = dict(urllib.parse.parse_qsl(address.query))
    account, _, path = address.path.removeprefix(PATH).partition("/")
    if (
        not uri.startswith(f"{base}{PATH}")
        or not query.get("sig")
        or "r" not in query.get("sp", "")
    ):
        raise ArmError(
            "BadRequest", "packageUri: the package cannot be read: no blob with a signed right."
        )
    container, _, name = path.partition("/")
    rows = [
        row
        for row in store.list(ids.PROVIDER, "azure-native:storage:Blob")
        if row.name == name
        and f"/storageaccounts/{account}/" in row.id.lower()
        and f"/containers/{container}/" in row.id.lower()
    ]
    if not rows or not name.endswith(f"/{_RELEASED}"):
        raise ArmError("BadRequest", f"packageUri: there is no {_RELEASED} at that address.")
    return rows[0]


def _failure(call: ArmCall, row: Row) -> str:
    """Why it will have failed, empty where it will not."""
    if call.fault is not None and call.fault.mode == "silent_rollback":
        return call.fault.message or "The deployment failed."
    container = _container_of(call.store, row)
    if container is None:
        return "BlobUploadFailedException: the deployment container was not found"
    who = mapped(at(row.inputs, "functionAppConfig", "deployment", "storage", "authentication"))
    identity = ids.found(
        call.store, _IDENTITY, str(who.get("userAssignedIdentityResourceId") or "")
    )
    principal = identity.outputs.get("principalId") if identity is not None else None
    may = [
        right
        for right in call.store.list(ids.PROVIDER, _RIGHT)
        if right.inputs.get("principalId") == principal
        and str(right.inputs.get("roleDefinitionId")).lower().endswith(_WRITERS)
        and f"{container.id}/".lower().startswith(f"{right.inputs.get('scope')}/".lower())
    ]
    if may:
        return ""
    return (
        "BlobUploadFailedException: Failed to upload because Azure Storage responded with "
        "Forbidden: This request is not authorized to perform this operation"
    )


def _container_of(store: Store, row: Row) -> Row | None:
    value = at(row.inputs, "functionAppConfig", "deployment", "storage", "value")
    host, _, name = str(value or "").removeprefix("https://").rstrip("/").partition("/")
    found = [
        each
        for each in store.list(ids.PROVIDER, "azure-native:storage:BlobContainer")
        if each.name == name and f"/storageaccounts/{host.partition('.')[0]}/" in each.id.lower()
    ]
    return found[0] if found else None


def _routes() -> list[tuple[str, re.Pattern[str], str, ArmOperation]]:
    group = r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers"
    site = rf"{group}/Microsoft\.Web/sites/[^/]+"
    slot = rf"{site}/slots/[^/]+"
    account = rf"{group}/Microsoft\.Storage/storageAccounts/[^/]+"
    deploy = f"({site})/extensions/onedeploy"
    found = [
        ("GET", f"({account})", _ACCOUNT, "StorageAccounts_GetProperties", _get),
        ("GET", rf"({group}/Microsoft\.Web/sites)", apps.APP, "WebApps_ListByGroup", _list),
        ("GET", f"({site})", apps.APP, "WebApps_Get", _get),
        ("GET", f"({site})/config/web", apps.APP, "WebApps_GetConfiguration", _config),
        ("POST", f"({site})/config/appsettings/list", apps.APP, "WebApps_ListSettings", _settings),
        ("GET", f"({slot})", apps.SLOT, "WebApps_GetSlot", _get),
        ("GET", deploy, apps.APP, "WebApps_GetOneDeployStatus", _deployed),
        ("PUT", deploy, apps.APP, "WebApps_CreateOneDeployOperation", _deploy),
    ]
    return [
        (method, re.compile(pattern, re.IGNORECASE), token, ArmOperation(name, answer, "web"))
        for method, pattern, token, name, answer in found
    ]


ROUTES = _routes()
