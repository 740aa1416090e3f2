"""The plugin's side of the engine's provider protocol, the same for every stand-in."""

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Never, cast

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2

from sandbox.check import Problem, Shape, nearest
from sandbox.clouds.base import Call, Cloud, Naming, RefusedError, Scope
from sandbox.diff import Change, changes, top_level
from sandbox.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from sandbox.schema import Resource, UnknownTokenError
from sandbox.store import AlreadyExistsError, Event, Fault, Row, Store, StoreError
from sandbox.wire import UNKNOWN, decode, encode

__all__ = ["ResourceProvider"]

_KINDS = {
    ("add", False): "ADD",
    ("add", True): "ADD_REPLACE",
    ("delete", False): "DELETE",
    ("delete", True): "DELETE_REPLACE",
    ("update", False): "UPDATE",
    ("update", True): "UPDATE_REPLACE",
}
# The vendors' own clients repeat a throttled call this often before they give up.
THROTTLE_ATTEMPTS = 5
THROTTLE_SECONDS = 0.02
DIED = 137
_HASH_LENGTH = 7


class ResourceProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one cloud from one store; every call may run beside every other."""

    def __init__(self, cloud: Cloud, store: Store) -> None:
        """Unconfigured: the engine calls Configure before it touches resources."""
        self._cloud = cloud
        self._store = store
        self._scope: Scope | None = None
        self._shape = Shape(cloud.library, coerces=cloud.coerces, closed_enums=cloud.closed_enums)

    # ---- the plugin ----

    def Handshake(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, supports_autonaming_configuration=True
        )

    def GetPluginInfo(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        return plugin_pb2.PluginInfo(version=self._cloud.library.version)

    def GetSchema(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        """Name and version; the declarations are in the SDK."""
        document = {
            "name": self._cloud.provider,
            "version": self._cloud.library.version,
            "description": "Stand-in of the sandbox",
            "resources": {},
        }
        return provider_pb2.GetSchemaResponse(schema=json.dumps(document))

    def Attach(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        return empty_pb2.Empty()

    def Cancel(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        return empty_pb2.Empty()

    def GetMapping(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        return provider_pb2.GetMappingsResponse()

    # ---- the provider's settings ----

    def CheckConfig(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        values, _ = decode(request.news)
        declared = self._cloud.library.resource(f"pulumi:providers:{self._cloud.provider}")
        settings = _settings(values, declared)
        settings.pop("version", None)
        problems = self._shape.problems(declared.inputs, settings)
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(problems))

    def DiffConfig(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        old, _ = decode(request.old_inputs if request.HasField("old_inputs") else request.olds)
        new, _ = decode(request.news)
        old.pop("version", None)
        new.pop("version", None)
        return _diff_response(changes(old, new), lambda _: False, delete_first=False)

    def Configure(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        values, _ = decode(request.args)
        declared = self._cloud.library.resource(f"pulumi:providers:{self._cloud.provider}")
        try:
            self._scope = self._cloud.configure(_settings(values, declared), self._store)
        except (RefusedError, StoreError) as error:
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    # ---- resources ----

    def Check(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        token = _token(request.urn)
        new, secrets = decode(request.news)
        old, _ = decode(request.olds)
        try:
            declared = self._cloud.declared(token)
        except UnknownTokenError:
            message = self._no_such_type(token)
            return provider_pb2.CheckResponse(
                inputs=request.news, failures=_failures([Problem("", message)])
            )
        added = self._named(token, request, new, old)
        new |= added
        problems = [] if declared is None else self._shape.problems(declared.inputs, new)
        try:
            call = self._call(token, request.urn, new, declared)
            problems += self._cloud.constraints(call)
        except (RefusedError, StoreError) as error:
            _abort(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))
        inputs = struct_pb2.Struct()
        inputs.CopyFrom(request.news)
        inputs.MergeFrom(encode(added, secrets))
        return provider_pb2.CheckResponse(inputs=inputs, failures=_failures(problems))

    def Diff(self, request, context):  # noqa: ANN001, ANN201, ARG002, D102, N802
        token = _token(request.urn)
        old, _ = decode(request.old_inputs if request.HasField("old_inputs") else request.olds)
        new, _ = decode(request.news)
        found = [change for change in changes(old, new) if not _ignored(change, request)]
        needs = self._cloud.replaces(token).needs
        naming = self._cloud.naming(token)
        # Two resources cannot have one name at a time; a name of the program's own stays the same.
        delete_first = naming is not None and _name_is_fixed(naming, old, new)
        return _diff_response(found, needs, delete_first=delete_first)

    def Create(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        token = _token(request.urn)
        inputs, secrets = decode(request.properties)
        declared = self._cloud.declared(token)
        call = self._call(token, request.urn, _bare(inputs), declared)
        if request.preview:
            outputs = self._preview_of_creation(call)
            return provider_pb2.CreateResponse(
                properties=encode(outputs, self._secret_outputs(declared, secrets))
            )
        try:
            fault = self._fault(token, "create")
            row = self._create(call, fault)
        except (RefusedError, StoreError) as error:
            self._refuse(context, call, "create", str(error))
        properties = encode(_outputs(row), self._secret_outputs(declared, secrets))
        if fault is not None and fault.mode == "timeout":
            self._half_done(context, row.id, properties, request.properties, fault)
        return provider_pb2.CreateResponse(id=row.id, properties=properties)

    def Read(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        token = _token(request.urn)
        known, secrets = decode(request.inputs)
        try:
            declared = self._cloud.declared(token)
            self._fault(token, "read")
            call = self._call(token, request.urn, known, declared)
            row = self._cloud.row_of(call, request.id)
        except UnknownTokenError:
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, self._no_such_type(token))
        except (RefusedError, StoreError) as error:
            _abort(context, grpc.StatusCode.UNKNOWN, str(error))
        if row is None:
            return provider_pb2.ReadResponse()
        inputs = self._cloud.inputs_of(row, declared)
        notes = {name: value for name, value in known.items() if name.startswith("__")}
        return provider_pb2.ReadResponse(
            id=row.id,
            inputs=encode({**inputs, **notes}, secrets),
            properties=encode(_outputs(row), self._secret_outputs(declared, secrets)),
        )

    def Update(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        token = _token(request.urn)
        new, secrets = decode(request.news)
        old, _ = decode(request.old_inputs if request.HasField("old_inputs") else request.olds)
        declared = self._cloud.declared(token)
        changed = top_level(changes(old, new))
        call = self._call(token, request.urn, _bare(new), declared, changed)
        secret = self._secret_outputs(declared, secrets)
        if request.preview:
            before, _ = decode(request.olds)
            outputs = self._preview_of_update(call, request.id, before, old)
            return provider_pb2.UpdateResponse(properties=encode(outputs, secret))
        try:
            fault = self._fault(token, "update")
            row = self._update(call, request.id, fault)
        except (RefusedError, StoreError) as error:
            self._refuse(context, call, "update", str(error), request.id)
        properties = encode(_outputs(row), secret)
        if fault is not None and fault.mode == "timeout":
            self._half_done(context, row.id, properties, request.news, fault)
        return provider_pb2.UpdateResponse(properties=properties)

    def Delete(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        token = _token(request.urn)
        inputs, _ = decode(request.old_inputs)
        call = self._call(token, request.urn, _bare(inputs), None)
        try:
            fault = self._fault(token, "delete")
            with self._store.transaction():
                row = self._cloud.row_of(call, request.id)
                if row is not None:
                    _refuse_problems(self._cloud.deletion(call, row), token, row.id)
                    self._store.delete(
                        row.provider, row.token, row.id, account=row.account, region=row.region
                    )
            _after(fault)
        except (RefusedError, StoreError) as error:
            self._refuse(context, call, "delete", str(error), request.id)
        return empty_pb2.Empty()

    # ---- functions ----

    def Invoke(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        arguments, _ = decode(request.args)
        try:
            self._fault(request.tok, "invoke")
            try:
                declared = self._cloud.function(request.tok)
                given = {k: v for k, v in arguments.items() if v is not None}
                problems = self._shape.problems(declared.arguments, given)
            except UnknownTokenError:
                given, problems = arguments, []
            if problems:
                return provider_pb2.InvokeResponse(failures=_failures(problems))
            answer = self._cloud.invoke(request.tok, given, self._store, self._configured())
        except (RefusedError, StoreError) as error:
            _abort(context, grpc.StatusCode.UNKNOWN, str(error))
        return provider_pb2.InvokeResponse(**{"return": encode(answer)})

    def Construct(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        _abort(
            context,
            grpc.StatusCode.UNIMPLEMENTED,
            f"the sandbox does not build the component {request.type}: the real provider does so"
            " in its own code. Write its resources out, or run this program on the real cloud",
        )

    def Call(self, request, context):  # noqa: ANN001, ANN201, D102, N802
        _abort(
            context,
            grpc.StatusCode.UNIMPLEMENTED,
            f"the sandbox does not run the method {request.tok}",
        )

    # ---- inside ----

    def _configured(self) -> Scope:
        if self._scope is None:
            self._scope = self._cloud.configure({}, self._store)
        return self._scope

    def _call(
        self,
        token: str,
        urn: str,
        inputs: dict[str, Any],
        declared: Resource | None,
        changed: frozenset[str] = frozenset(),
    ) -> Call:
        return Call(
            store=self._store,
            scope=self._configured(),
            token=token,
            urn=urn,
            inputs=inputs,
            declared=declared,
            changed=changed,
        )

    def _named(
        self,
        token: str,
        request: Any,
        new: dict[str, Any],
        old: dict[str, Any],  # noqa: ANN401
    ) -> dict[str, Any]:
        """Inputs to add: the automatic name, and the note that it is automatic."""
        naming = self._cloud.naming(token)
        note = {"__defaults": list[str]()} if self._cloud.notes_defaults else {}
        if naming is None:
            return note
        given = _at(new, naming.property)
        prefix = new.get(f"{naming.property}Prefix")
        if given is not None or prefix is not None:
            return note
        name = _at(old, naming.property)
        was_automatic = not self._cloud.notes_defaults or naming.property in old.get(
            "__defaults", []
        )
        if not isinstance(name, str) or not was_automatic:
            name = _automatic(naming, request)
        if name is None:
            return note
        added = self._cloud.automatic_name(token, new, name)
        if self._cloud.notes_defaults:
            added["__defaults"] = [naming.property]
        return added

    def _preview_of_creation(self, call: Call) -> dict[str, Any]:
        outputs: dict[str, Any] = {}
        if call.declared is not None:
            computed = [n for n in call.declared.outputs if n not in call.declared.inputs]
            outputs = dict.fromkeys(computed, UNKNOWN)
        outputs |= call.inputs
        return outputs | self._cloud.previewed(call)

    def _preview_of_update(
        self, call: Call, resource_id: str, before: dict[str, Any], old: dict[str, Any]
    ) -> dict[str, Any]:
        kept = {name: value for name, value in before.items() if name not in old}
        outputs = kept | call.inputs
        row = self._cloud.row_of(call, resource_id)
        if row is not None:
            call = _with_previous(call, row)
        outputs |= dict.fromkeys(self._cloud.volatile(call), UNKNOWN)
        return outputs | self._cloud.previewed(call)

    def _create(self, call: Call, fault: Fault | None) -> Row:
        with self._store.transaction():
            _refuse_problems(self._cloud.references(call), call.token, call.logical_name)
            row = self._cloud.create(call)
            try:
                row = self._store.insert(row)
            except AlreadyExistsError:
                raise RefusedError(
                    f"{call.token} {row.name or row.id} exists already in {call.scope.account}"
                    f" {row.region}: choose another name, or import it with"
                    f" `pulumi import {call.token} {call.logical_name} {row.id}`"
                ) from None
        _after(fault)
        return row

    def _update(self, call: Call, resource_id: str, fault: Fault | None) -> Row:
        with self._store.transaction():
            row = self._cloud.row_of(call, resource_id)
            if row is None:
                raise RefusedError(
                    f"{call.token} {resource_id} does not exist in {call.scope.account}: it was"
                    " deleted outside of Pulumi. Run `pulumi refresh`, then `pulumi up`"
                )
            call = _with_previous(call, row)
            _refuse_problems(self._cloud.references(call), call.token, resource_id)
            changed = self._cloud.update(call, row)
            if fault is not None and fault.mode == "silent_rollback":
                # The cloud went back to what was live before, and says that all is well.
                changed = changed.replace(live=row.live)
            changed = self._store.put(changed, operation="update")
        _after(fault)
        return changed

    def _fault(self, token: str, operation: str) -> Fault | None:
        """Apply a rule that hits this call before the cloud acts; returns one that acts later."""
        attempts = 0
        while True:
            fault = self._store.take_fault(token, operation)
            if fault is None:
                return None
            self._store.log(
                Event(
                    "fault", self._cloud.provider, token, "", outcome=fault.mode, detail=operation
                )
            )
            if fault.mode == "throttle":
                attempts += 1
                if attempts >= THROTTLE_ATTEMPTS:
                    raise RefusedError(
                        fault.message
                        or f"ThrottlingException: Rate exceeded, after {attempts} attempts"
                    )
                time.sleep(THROTTLE_SECONDS * 2**attempts)
                continue
            if fault.mode == "fail":
                raise RefusedError(
                    fault.message or f"InternalServerError: injected into {operation} of {token}"
                )
            if fault.mode == "slow":
                time.sleep(fault.seconds)
            return fault

    def _refuse(
        self,
        context: Any,
        call: Call,
        operation: str,
        message: str,
        resource_id: str = "",  # noqa: ANN401
    ) -> Never:
        self._store.log(
            Event(
                operation,
                self._cloud.provider,
                call.token,
                resource_id or call.logical_name,
                call.scope.account,
                call.region,
                outcome="refused",
                detail=message,
            )
        )
        _abort(context, grpc.StatusCode.UNKNOWN, message)

    def _half_done(
        self,
        context: Any,  # noqa: ANN401
        resource_id: str,
        properties: struct_pb2.Struct,
        inputs: struct_pb2.Struct,
        fault: Fault,
    ) -> Never:
        """The cloud has done it, but nobody saw it become ready: the state must remember the id."""
        reason = fault.message or "timeout while waiting for the resource to become ready"
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=resource_id, properties=properties, inputs=inputs, reasons=[reason]
            )
        )
        status = status_pb2.Status(
            code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail]
        )
        context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
        _abort(context, grpc.StatusCode.UNKNOWN, reason)

    def _secret_outputs(self, declared: Resource | None, secrets: set[str]) -> set[str]:
        return secrets | (set(declared.secrets) if declared is not None else set())

    def _no_such_type(self, token: str) -> str:
        meant = nearest(token, self._cloud.library.tokens())
        hint = f"; did you mean {meant}?" if meant else ""
        return f"{self._cloud.provider} {self._cloud.library.version} has no type {token}{hint}"


def _token(urn: str) -> str:
    """The type of a URN, `urn:pulumi:stack::project::parent$type::name`, without its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def _settings(values: Mapping[str, Any], declared: Resource) -> dict[str, Any]:
    """Provider settings as they were meant: anything but a string travels as JSON in a string."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        property_ = declared.inputs.get(name)
        if isinstance(value, str) and property_ is not None and property_.type.kind != "string":
            try:
                value = json.loads(value)  # noqa: PLW2901
            except ValueError:
                pass
        found[name] = value
    return found


def _failures(problems: list[Problem]) -> list[provider_pb2.CheckFailure]:
    return [
        provider_pb2.CheckFailure(
            property=problem.path,
            reason=f"{problem.path}: {problem.reason}" if problem.path else problem.reason,
        )
        for problem in problems
    ]


def _ignored(change: Change, request: Any) -> bool:  # noqa: ANN401
    return any(
        change.path == path or change.path.startswith((f"{path}.", f"{path}["))
        for path in request.ignoreChanges
    )


def _diff_response(
    found: list[Change], needs: Callable[[Change], bool], *, delete_first: bool
) -> provider_pb2.DiffResponse:
    replaces = {change.path for change in found if needs(change)}
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME
        if found
        else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=list(dict.fromkeys(change.names[0] for change in found)),
        replaces=list(dict.fromkeys(c.names[0] for c in found if c.path in replaces)),
        deleteBeforeReplace=bool(replaces) and delete_first,
        hasDetailedDiff=True,
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.Kind.Value(
                    _KINDS[change.kind, change.path in replaces]
                ),
                inputDiff=True,
            )
            for change in found
        },
    )


def _automatic(naming: Naming, request: Any) -> str | None:  # noqa: ANN401
    """A name from the program's own, with seven digits; or as the engine's settings propose."""
    options = request.autonaming if request.HasField("autonaming") else None
    modes = provider_pb2.CheckRequest.AutonamingOptions
    if options is not None and options.mode == modes.DISABLE:
        return None
    if options is not None and options.proposed_name:
        name = options.proposed_name
    else:
        chance = random.Random(request.randomSeed or None)  # noqa: S311 - no secret
        digits = "".join(chance.choices("0123456789abcdef", k=_HASH_LENGTH))
        logical = request.urn.rpartition("::")[2]
        room = naming.max_length - len(naming.prefix) - _HASH_LENGTH - 1
        name = f"{logical[:room]}-{digits}"
    if not name.startswith(naming.prefix):
        name = naming.prefix + name
    return name.lower() if naming.lower else name


def _at(values: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401
    value: Any = values
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = cast("dict[str, Any]", value).get(name)
    return value


def _name_is_fixed(naming: Naming, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if naming.property in new.get("__defaults", []):
        return False
    name = _at(new, naming.property)
    return isinstance(name, str) and name == _at(old, naming.property)


def _bare(values: dict[str, Any]) -> dict[str, Any]:
    """Inputs without notes and without nulls."""
    return {
        name: value
        for name, value in values.items()
        if not name.startswith("__") and value is not None
    }


def _outputs(row: Row) -> dict[str, Any]:
    return row.inputs | row.outputs


def _with_previous(call: Call, row: Row) -> Call:
    return Call(
        store=call.store,
        scope=call.scope,
        token=call.token,
        urn=call.urn,
        inputs=call.inputs,
        declared=call.declared,
        previous=row,
        changed=call.changed,
    )


def _after(fault: Fault | None) -> None:
    """The worst moment to die: the cloud has done it, and the engine does not know."""
    if fault is not None and fault.mode == "die":
        os._exit(DIED)


def _refuse_problems(problems: list[Problem], token: str, name: str) -> None:
    if problems:
        lines = "".join(f"\n  - {problem.path}: {problem.reason}" for problem in problems)
        raise RefusedError(f"{token} {name} is refused:{lines}")


def _abort(context: Any, code: grpc.StatusCode, message: str) -> Never:  # noqa: ANN401
    context.abort(code, message)
    raise AssertionError  # abort() has raised.
