"""The engine's provider protocol, translated into the calls of `sandbox.life`.

Method names are the protocol's.
"""

import json
import re
from collections.abc import Callable, Collection
from typing import Literal, Never, cast

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from typing_extensions import override

from sandbox.check import Problem
from sandbox.clouds.base import RefusedError
from sandbox.diff import Plan
from sandbox.life import HalfDoneError, Life, Result, token_of
from sandbox.masking import Mask
from sandbox.naming import Autonaming
from sandbox.notices import Notices
from sandbox.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from sandbox.store import StoreError
from sandbox.wire import decode, encode

__all__ = ["ResourceProvider"]

Context = grpc.ServicerContext
_REFUSED = grpc.StatusCode.UNKNOWN
_TOP_LEVEL = re.compile(r"[.\[]")
_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class ResourceProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one cloud; the engine calls Configure before it touches resources."""

    def __init__(self, life: Life, notices: Notices) -> None:
        self._life = life
        self._notices = notices

    # ---- the plugin ----

    @override
    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, supports_autonaming_configuration=True
        )

    @override
    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._life.cloud.library.version)

    @override
    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: Context
    ) -> provider_pb2.GetSchemaResponse:
        """Name and version only: the declarations are in the SDK."""
        document = {
            "name": self._life.cloud.provider,
            "version": self._life.cloud.library.version,
            "description": "Stand-in of the sandbox",
        }
        return provider_pb2.GetSchemaResponse(schema=json.dumps(document))

    @override
    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    @override
    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """The engine is interrupted: nothing is waited for any more."""
        self._life.cancel()
        return empty_pb2.Empty()

    @override
    def GetMapping(
        self, request: provider_pb2.GetMappingRequest, context: Context
    ) -> provider_pb2.GetMappingResponse:
        return provider_pb2.GetMappingResponse()

    @override
    def GetMappings(
        self, request: provider_pb2.GetMappingsRequest, context: Context
    ) -> provider_pb2.GetMappingsResponse:
        return provider_pb2.GetMappingsResponse()

    # ---- the provider's settings ----

    @override
    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        values, secrets = decode(request.news)
        problems = Mask(secrets, values).problems(self._life.check_settings(values))
        return provider_pb2.CheckResponse(
            inputs=request.news, failures=_failures(problems, secrets)
        )

    @override
    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        old, _ = decode(_old_inputs(request))
        new, _ = decode(request.news)
        return _diff(self._life.diff_settings(old, new))

    @override
    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        values, secrets = decode(request.args)
        try:
            self._life.configure(values, request.urn)
        except (RefusedError, StoreError) as error:
            said = Mask(secrets, values).text(str(error))
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, said)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    # ---- resources ----

    @override
    def Check(
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        new, secrets = decode(request.news)
        old, _ = decode(request.olds)
        try:
            added, problems = self._life.check(request.urn, new, old, _autonaming(request), secrets)
        except (RefusedError, StoreError) as error:
            _abort(context, _REFUSED, str(error))
        if not problems:
            self._notices.met(request.urn, token_of(request.urn))
        # Secrets and assets of the program pass as they came.
        inputs = struct_pb2.Struct()
        inputs.CopyFrom(request.news)
        inputs.MergeFrom(encode(added, secrets))
        return provider_pb2.CheckResponse(inputs=inputs, failures=_failures(problems, secrets))

    @override
    def Diff(
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        old, _ = decode(_old_inputs(request))
        new, _ = decode(request.news)
        state, _ = decode(request.olds)
        ignored = list(request.ignoreChanges)
        return _diff(self._life.diff(request.urn, old, new, ignored, state=state))

    @override
    def Create(
        self, request: provider_pb2.CreateRequest, context: Context
    ) -> provider_pb2.CreateResponse:
        inputs, secrets = decode(request.properties)
        if request.preview:
            result = self._life.preview_creation(request.urn, inputs, secrets)
        else:
            create: Callable[[], Result] = lambda: self._life.create(request.urn, inputs, secrets)  # noqa: E731
            result = _done(context, create, request.properties)
            self._notices.doubted(request.urn, self._life.doubts(request.urn, inputs, secrets))
        properties = encode(result.outputs, result.secrets)
        return provider_pb2.CreateResponse(id=result.id, properties=properties)

    @override
    def Read(
        self, request: provider_pb2.ReadRequest, context: Context
    ) -> provider_pb2.ReadResponse:
        known, secrets = decode(request.inputs)
        try:
            state, _ = decode(request.properties)
            result = self._life.read(request.urn, request.id, known, secrets, state=state)
        except (RefusedError, StoreError) as error:
            _abort(context, _REFUSED, str(error))
        if result is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=result.id,
            # An import has no inputs yet that say what is secret: the type does.
            inputs=encode(result.inputs, result.secrets),
            properties=encode(result.outputs, result.secrets),
        )

    @override
    def Update(
        self, request: provider_pb2.UpdateRequest, context: Context
    ) -> provider_pb2.UpdateResponse:
        new, secrets = decode(request.news)
        old, _ = decode(_old_inputs(request))
        outputs, _ = decode(request.olds)
        ignored = list(request.ignoreChanges)

        def update() -> Result:
            given = (request.urn, request.id)
            if not request.preview:
                life = self._life
                return life.update(*given, old, new, secrets, state=outputs, ignored=ignored)
            return self._life.preview_update(
                *given, outputs=outputs, old=old, new=new, secrets=secrets, ignored=ignored
            )

        result = _done(context, update, request.news)
        if not request.preview:
            self._notices.doubted(request.urn, self._life.doubts(request.urn, new, secrets))
        return provider_pb2.UpdateResponse(properties=encode(result.outputs, result.secrets))

    @override
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:
        try:
            inputs, secrets = decode(request.old_inputs)
            state, _ = decode(request.properties)
            self._life.delete(request.urn, request.id, inputs, secrets, state=state)
        except (RefusedError, StoreError) as error:
            _abort(context, _REFUSED, str(error))
        return empty_pb2.Empty()

    # ---- functions, components, methods ----

    @override
    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: Context
    ) -> provider_pb2.InvokeResponse:
        arguments, secrets = decode(request.args)
        mask = Mask(secrets, arguments)
        try:
            answer, problems = self._life.invoke(request.tok, arguments)
        except (RefusedError, StoreError) as error:
            _abort(context, _REFUSED, mask.text(str(error)))
        if problems:
            return provider_pb2.InvokeResponse(failures=_failures(mask.problems(problems), secrets))
        response = provider_pb2.InvokeResponse()
        # `return` is a keyword of Python.
        cast("struct_pb2.Struct", getattr(response, "return")).CopyFrom(encode(answer))
        return response

    @override
    def Construct(
        self, request: provider_pb2.ConstructRequest, context: Context
    ) -> provider_pb2.ConstructResponse:
        inputs, secrets = decode(request.inputs)
        try:
            return self._life.construct(request)
        except (RefusedError, StoreError) as error:
            _abort(context, _REFUSED, Mask(secrets, inputs).text(str(error)))

    @override
    def Call(
        self, request: provider_pb2.CallRequest, context: Context
    ) -> provider_pb2.CallResponse:
        _abort(
            context,
            grpc.StatusCode.UNIMPLEMENTED,
            f"the sandbox does not run the method {request.tok}",
        )


def _old_inputs(
    request: provider_pb2.DiffRequest | provider_pb2.UpdateRequest,
) -> struct_pb2.Struct:
    return request.old_inputs if request.HasField("old_inputs") else request.olds


def _autonaming(request: provider_pb2.CheckRequest) -> Autonaming:
    modes = provider_pb2.CheckRequest.AutonamingOptions
    mode: Literal["propose", "enforce", "disable"] = "propose"
    proposed = ""
    if request.HasField("autonaming"):
        proposed = request.autonaming.proposed_name
        if request.autonaming.mode == modes.DISABLE:
            mode = "disable"
        elif request.autonaming.mode == modes.ENFORCE:
            mode = "enforce"
    return Autonaming(request.randomSeed, proposed, mode)


def _failures(problems: list[Problem], secrets: Collection[str]) -> list[provider_pb2.CheckFailure]:
    """What the engine shows; it would add the value of a property that is named, secret or not."""
    return [
        provider_pb2.CheckFailure(
            property="" if _TOP_LEVEL.split(problem.path)[0] in secrets else problem.path,
            reason=_reason(problem),
        )
        for problem in problems
    ]


def _reason(problem: Problem) -> str:
    return f"{problem.path}: {problem.reason}" if problem.path else problem.reason


def _diff(plan: Plan) -> provider_pb2.DiffResponse:
    some = provider_pb2.DiffResponse.DIFF_SOME
    none = provider_pb2.DiffResponse.DIFF_NONE
    replaces = [change.names[0] for change in plan.changes if change.path in plan.replacing]
    return provider_pb2.DiffResponse(
        changes=some if plan.changes else none,
        diffs=list(dict.fromkeys(change.names[0] for change in plan.changes)),
        replaces=list(dict.fromkeys(replaces)),
        deleteBeforeReplace=plan.delete_first,
        hasDetailedDiff=True,
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(
                kind=_KINDS[change.kind, change.path in plan.replacing], inputDiff=True
            )
            for change in plan.changes
        },
    )


def _done(context: Context, act: Callable[[], Result], inputs: struct_pb2.Struct) -> Result:
    """The result of an action; one that is half done is told with what is there."""
    try:
        return act()
    except HalfDoneError as error:
        _half_done(context, error, inputs)
    except (RefusedError, StoreError) as error:
        _abort(context, _REFUSED, str(error))


def _half_done(context: Context, error: HalfDoneError, inputs: struct_pb2.Struct) -> Never:
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.result.id,
            properties=encode(error.result.outputs, error.result.secrets),
            inputs=inputs,
            reasons=[str(error)],
        )
    )
    status = status_pb2.Status(code=_REFUSED.value[0], message=str(error), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    _abort(context, _REFUSED, str(error))


def _abort(context: Context, code: grpc.StatusCode, message: str) -> Never:
    context.abort(code, message)
    raise AssertionError  # abort() has raised.
