"""Azure ML's control plane: workspaces, endpoints, deployments, from the sandbox's store.

What Pulumi deployed is what a client reads; what a client changes is what `pulumi refresh` finds.
The checks are those of the stand-in provider.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox import eventual
from sandbox.check import Problem, Shape
from sandbox.clouds.azure import Azure, ids
from sandbox.clouds.azure.functions import key_of
from sandbox.clouds.azure.machinelearning import (
    BATCH_DEPLOYMENT,
    BATCH_ENDPOINT,
    DEPLOYMENT,
    ENDPOINT,
)
from sandbox.clouds.azure.paths import path_of
from sandbox.clouds.base import Call, Scope
from sandbox.diff import changes, top_level
from sandbox.schema import Library, Nested, Property
from sandbox.store import Fault, Row, Store
from sandbox.values import listed, mapped

__all__ = ["ArmCall", "ArmError", "ArmOperation", "Outcome", "Route", "operation_of"]

WORKSPACE = "azure-native:machinelearningservices:Workspace"
# Versions of what deployments are made of, and of what is captured: read, made by Pulumi alone.
_ASSETS = {
    "models": ("ModelVersions", "azure-native:machinelearningservices:ModelVersion"),
    "environments": (
        "EnvironmentVersions",
        "azure-native:machinelearningservices:EnvironmentVersion",
    ),
    "data": ("DataVersions", "azure-native:machinelearningservices:DataVersion"),
}
# What ARM has beside the properties of a resource.
_ENVELOPE = ("identity", "kind", "location", "sku", "tags")
# What a PATCH of a type may change, by its request's model in api-version 2025-12-01.
_PATCHABLE = {
    BATCH_DEPLOYMENT: frozenset({"tags"}),
    BATCH_ENDPOINT: frozenset({"identity", "tags"}),
    DEPLOYMENT: frozenset({"sku", "tags"}),
    ENDPOINT: frozenset({"identity", "tags"}),
}
# Maps that the service answers though they are empty.
_MAPS = {
    BATCH_DEPLOYMENT: ("environmentVariables", "properties"),
    BATCH_ENDPOINT: ("defaults", "properties"),
    DEPLOYMENT: ("environmentVariables", "properties"),
    ENDPOINT: ("mirrorTraffic", "properties", "traffic"),
}
_SPACES = (
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.MachineLearningServices"
    r"/workspaces"
)
_SPACE = rf"{_SPACES}/[^/]+"
_ENDPOINTS = rf"{_SPACE}/onlineEndpoints"
_DEPLOYMENTS = rf"{_ENDPOINTS}/[^/]+/deployments"
_BATCH_ENDPOINTS = rf"{_SPACE}/batchEndpoints"
_BATCH_DEPLOYMENTS = rf"{_BATCH_ENDPOINTS}/[^/]+/deployments"
Verb = Literal["create", "update", "delete"]


class ArmError(Exception):
    """A refusal, as ARM words it. `status` is the HTTP status."""

    def __init__(
        self, code: str, message: str, status: int = 400, details: list[Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.details = details or []


@dataclass(frozen=True, slots=True)
class ArmCall:
    """One request: the id that it is about, its Pulumi type, its document."""

    store: Store
    target: str
    token: str
    document: dict[str, Any] = field(default_factory=dict[str, Any])
    fault: Fault | None = None
    base: str = ""
    """Where this API is."""

    def row(self) -> Row:
        """What the request is about.

        Raises:
            ArmError: It is not there.
        """
        row = ids.found(self.store, self.token, self.target)
        if row is None:
            kind = path_of(self.token, None).kind
            name, group = self.target.rpartition("/")[2], self.target.split("/")[4]
            raise ArmError(
                "ResourceNotFound",
                f"The Resource '{kind}/{name}' under resource group '{group}' was not found.",
                404,
            )
        return row


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer; `pending` is the row whose state tells when what was asked for is done.

    `failure` is why it will have failed then.
    """

    status: int
    body: Any = None
    pending: Row | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ArmOperation:
    """What answers a method of a path."""

    name: str
    answer: Callable[[ArmCall], Outcome]
    service: str = "azureml"


# Method, path with the id that it is about, type of that, and what answers.
Route = tuple[str, re.Pattern[str], str, ArmOperation]


def operation_of(method: str, path: str, further: list[Route]) -> tuple[ArmOperation, str, str]:
    """The operation of a request, the id that it is about, and the type of that.

    `further` are those of other services.

    Raises:
        ArmError: The sandbox does not answer it.
    """
    for wanted, pattern, token, operation in [*_ROUTES, *further]:
        if method == wanted and (found := pattern.fullmatch(path)):
            return operation, found[1], token
    raise ArmError("NotImplementedInSandbox", f"The sandbox does not answer {method} {path}.", 404)


# ---- operations ----


def _get(call: ArmCall) -> Outcome:
    return Outcome(200, _body(call.row()))


def _list(call: ArmCall) -> Outcome:
    rows = call.store.starting(ids.PROVIDER, call.token, f"{_canonical(call)}/")
    return Outcome(200, {"value": [_body(row) for row in rows]})


def _put(call: ArmCall) -> Outcome:
    """Make or change a resource: the document is all of it."""
    before = ids.found(call.store, call.token, call.target)
    inputs = _inputs(call, mapped(before.inputs.get("properties")) if before is not None else {})
    if before is not None:
        return _changed(call, before, inputs, 200)
    if not call.document.get("location"):
        raise ArmError("LocationRequired", "The location property is required for this definition.")
    return _changed(call, None, inputs, 201)


def _patch(call: ArmCall) -> Outcome:
    allowed = _PATCHABLE[call.token]
    unknown = sorted(set(call.document) - allowed)
    if unknown:
        raise ArmError(
            "BadRequest",
            f"{', '.join(unknown)}: PATCH changes {' and '.join(sorted(allowed))} only; use PUT",
        )
    before = call.row()
    inputs = dict(before.inputs)
    for name, value in call.document.items():
        given = _identity(mapped(value)) if name == "identity" else value
        inputs[name] = {**mapped(inputs.get(name)), **given} if name == "sku" else given
    return _changed(call, before, inputs, 202)


def _delete(call: ArmCall) -> Outcome:
    row = ids.found(call.store, call.token, call.target)
    if row is None:
        return Outcome(204)
    _still(row)
    azure = Azure(Library(ids.PROVIDER))
    asked = _call(call, azure, row.inputs, row)
    with call.store.transaction():
        _refuse(azure.deletion(asked, row))
        for part in azure.dependents(asked, row):
            call.store.remove(part)
        transition = azure.transition(asked, row, "delete")
        if transition is None or not eventual.seconds(transition):
            call.store.remove(row)
            return Outcome(202, pending=row)
        return Outcome(
            202,
            pending=call.store.put(eventual.begun(row, transition, gone=True), operation="delete"),
        )


def _list_keys(call: ArmCall) -> Outcome:
    row = call.row()
    return Outcome(200, {f"{name}Key": key_of(row.id, name) for name in ("primary", "secondary")})


# ---- inside ----


def _changed(call: ArmCall, before: Row | None, inputs: dict[str, Any], status: int) -> Outcome:
    azure = Azure(Library(ids.PROVIDER))
    verb: Verb = "create" if before is None else "update"
    asked = _call(call, azure, inputs, before)
    declared = asked.declared.inputs if asked.declared is not None else {}
    shape = Shape(
        azure.library,
        coerces=azure.coerces,
        closed_enums=azure.closed_enums,
        further=azure.further_values,
    )
    _refuse(
        [
            *shape.problems(declared, inputs),
            *azure.limits.problems(call.token, inputs),
            *azure.constraints(asked),
        ]
    )
    mode = call.fault.mode if call.fault is not None else ""
    with call.store.transaction():
        if before is not None:
            _still(before)
        _refuse(azure.references(asked))
        row = azure.create(asked) if before is None else azure.update(asked, before)
        transition = azure.transition(asked, row, verb)
        if before is not None and mode == "silent_rollback":
            row = _failed(before)
        if transition is not None and mode == "never_ready":
            row = eventual.begun(row, transition, never=True)
        elif transition is not None and eventual.seconds(transition):
            row = eventual.begun(row, transition)
        row = call.store.put(row, operation=verb)
    return Outcome(status, _body(row), row, _failure(call) if mode == "silent_rollback" else "")


def _still(row: Row) -> None:
    """A resource takes one change at a time."""
    if eventual.is_passing(row):
        raise ArmError("Conflict", f"Another operation on {row.name} is in progress.", 409)


def _failed(before: Row) -> Row:
    """What stays when a change fails that was begun: all as it was, and the state says so."""
    properties = {**mapped(before.outputs.get("properties")), "provisioningState": "Failed"}
    return before.replace(outputs={**before.outputs, "properties": properties})


def _failure(call: ArmCall) -> str:
    given = call.fault.message if call.fault is not None else ""
    return given or "InternalServerError: The change failed; what was live stays."


def _call(call: ArmCall, azure: Azure, inputs: dict[str, Any], before: Row | None) -> Call:
    return Call(
        store=call.store,
        scope=Scope(call.target.split("/")[2], ""),
        token=call.token,
        urn=f"urn:pulumi:api::api::{call.token}::{call.target.rpartition('/')[2]}",
        inputs=inputs,
        declared=azure.declared(call.token),
        previous=before,
        changed=top_level(changes(before.inputs, inputs)) if before else frozenset[str](),
    )


def _refuse(problems: list[Problem]) -> None:
    if not problems:
        return
    details = [{"code": "BadArgument", "target": p.path, "message": p.reason} for p in problems]
    text = "; ".join(f"{p.path}: {p.reason}" if p.path else p.reason for p in problems)
    code, colon, _ = problems[0].reason.partition(":")
    raise ArmError(code if colon and code.isalnum() else "UserError", text, 400, details)


def _canonical(call: ArmCall) -> str:
    """The id of what a list is of, as it was made."""
    parent = call.target.rpartition("/")[0]
    row = ids.anything(call.store, parent)
    return f"{row.id if row is not None else parent}/{call.target.rpartition('/')[2]}"


def _inputs(call: ArmCall, before: Mapping[str, Any]) -> dict[str, Any]:
    """A document as inputs of the Pulumi type; what the service alone sets is left out.

    So is a map that it answers though nobody has set it, and that comes back as empty.
    """
    library = Library(ids.PROVIDER)
    path = path_of(call.token, None)
    names = [part for part in path.template.split("/") if part]
    parts = [part for part in call.target.split("/") if part]
    placed = {
        name.strip("{}"): part
        for name, part in zip(names, parts, strict=True)
        if name.startswith("{") and name != "{subscriptionId}"
    }
    declared = library.resource(call.token).inputs
    given = {name: call.document[name] for name in _ENVELOPE if call.document.get(name) is not None}
    if "identity" in given:
        given["identity"] = _identity(mapped(given["identity"]))
    properties = _settable(library, declared["properties"], mapped(call.document.get("properties")))
    kept = {name: value for name, value in properties.items() if value != {} or name in before}
    return {**placed, **given, "properties": kept}


def _settable(library: Library, declared: Property, values: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without those that only the service sets."""
    refs = declared.type.of if declared.type.kind == "union" else (declared.type,)
    known: set[str] = set()
    for ref in refs:
        nested: Nested | None = library.nested(ref.ref)
        known |= set(nested.properties or {}) if nested is not None else set()
    service = {"provisioningState", "scoringUri", "swaggerUri"}
    return {
        name: value
        for name, value in values.items()
        if value is not None and (name in known or name not in service)
    }


def _identity(given: Mapping[str, Any]) -> dict[str, Any]:
    """ARM has the identities of users as a map, the SDK as a list."""
    found = {name: given[name] for name in ("type",) if name in given}
    users = given.get("userAssignedIdentities")
    return {**found, "userAssignedIdentities": list(mapped(users))} if users else found


def _body(row: Row) -> dict[str, Any]:
    """A resource as ARM shows it."""
    known = {**row.inputs, **row.outputs}
    shown = {"id": row.id, "name": row.name, "type": known.get("type")}
    shown |= {name: known[name] for name in ("systemData", *_ENVELOPE) if name in known}
    users = listed(mapped(shown.get("identity")).get("userAssignedIdentities"))
    if users:
        named = {str(user): dict[str, Any]() for user in users}
        shown["identity"] = {**mapped(shown["identity"]), "userAssignedIdentities": named}
    if row.token != WORKSPACE:
        maps = {name: dict[str, Any]() for name in _MAPS.get(row.token, ())}
        return {**shown, "tags": shown.get("tags", {}), "properties": maps | known["properties"]}
    # The SDK merges a workspace's properties into the workspace.
    outside = {*shown, "azureApiVersion", "resourceGroupName", "workspaceName"}
    return {**shown, "properties": {n: v for n, v in known.items() if n not in outside}}


def _routes() -> list[Route]:
    def route(
        method: str,
        pattern: str,
        token: str,
        name: str,
        answer: Callable[[ArmCall], Outcome],
    ) -> Route:
        compiled = re.compile(pattern, re.IGNORECASE)
        return method, compiled, token, ArmOperation(name, answer)

    found = [
        route("GET", f"({_SPACE})", WORKSPACE, "Workspaces_Get", _get),
        route("GET", f"({_SPACES})", WORKSPACE, "Workspaces_List", _list),
    ]
    for group, folder, token in (
        ("OnlineEndpoints", _ENDPOINTS, ENDPOINT),
        ("OnlineDeployments", _DEPLOYMENTS, DEPLOYMENT),
        ("BatchEndpoints", _BATCH_ENDPOINTS, BATCH_ENDPOINT),
        ("BatchDeployments", _BATCH_DEPLOYMENTS, BATCH_DEPLOYMENT),
    ):
        one = f"({folder}/[^/]+)"
        found += [
            route("GET", one, token, f"{group}_Get", _get),
            route("GET", f"({folder})", token, f"{group}_List", _list),
            route("PUT", one, token, f"{group}_CreateOrUpdate", _put),
            route("PATCH", one, token, f"{group}_Update", _patch),
            route("DELETE", one, token, f"{group}_Delete", _delete),
        ]
    for folder, (group, token) in _ASSETS.items():
        versions = f"{_SPACE}/{folder}/[^/]+/versions"
        found += [
            route("GET", f"({versions}/[^/]+)", token, f"{group}_Get", _get),
            route("GET", f"({versions})", token, f"{group}_List", _list),
        ]
    keys = f"({_ENDPOINTS}/[^/]+)/listKeys"
    return [*found, route("POST", keys, ENDPOINT, "OnlineEndpoints_ListKeys", _list_keys)]


_ROUTES = _routes()
