"""Stands where the engine stands while a program runs, and keeps what it registers.

It answers as a preview of a new stack does: what a program wrote is known, what only a cloud
computes is unknown. Nothing is asked and nothing is made.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2
from pulumi.runtime.rpc import UNKNOWN

from delivery.checking.answers import Answers
from policies import Resource
from policies.properties import SIGNATURE_KEY
from policies.server import plain_struct

__all__ = ["Recorder"]

_STACK: Final = "pulumi:pulumi:Stack"
_PROVIDERS: Final = "pulumi:providers:"
# Not among them: transforms, which the engine would call back for, and output values, so that
# unknowns and secrets arrive in the form that policies are sent.
_FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
)
_SCALARS: Final = frozenset({"string_value", "number_value", "bool_value"})


@dataclass
class Recorder:
    """The engine's services, as far as a program uses them. Its methods have the protocol's names.

    They are called from several threads; each adds to a list or a map, which Python does whole.
    """

    project: str
    stack: str
    answers: Answers
    config: dict[str, str]
    """The stack's: default providers are configured by it."""
    warnings: list[str] = field(default_factory=list[str])
    _registered: list[proto.RegisterResourceRequest] = field(
        default_factory=list[proto.RegisterResourceRequest]
    )
    _providers: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def resources(self) -> list[Resource]:
        """What was registered, in an order that does not change from run to run."""
        return sorted(map(self._resource, self._registered), key=lambda each: each.urn)

    def _resource(self, request: proto.RegisterResourceRequest) -> Resource:
        return Resource(
            type=request.type,
            urn=self._urn(request),
            name=request.name,
            properties=plain_struct(request.object),
            provider=self._provider(request.provider, request.type),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(value.urns))
                for key, value in sorted(request.propertyDependencies.items())
            },
            parent=request.parent,
            protect=request.protect,
        )

    def _provider(self, reference: str, token: str) -> dict[str, Any]:
        """A provider's configuration: the stack's, as the engine reads it, where nobody made it."""
        made = self._providers.get(reference.rpartition("::")[0])
        if made is not None:
            return made
        prefix = token.partition(":")[0] + ":"
        return {
            key.removeprefix(prefix): value
            for key, value in self.config.items()
            if key.startswith(prefix)
        }

    def _urn(self, request: proto.RegisterResourceRequest | proto.ReadResourceRequest) -> str:
        kind = request.type
        above = request.parent.split("::")[2] if request.parent else _STACK
        if above != _STACK:
            kind = f"{above}${kind}"
        return f"urn:pulumi:{self.stack}::{self.project}::{kind}::{request.name}"

    def RegisterResource(  # noqa: N802 - the protocol's names.
        self, request: proto.RegisterResourceRequest
    ) -> proto.RegisterResourceResponse:
        """Keep a resource; what is certain of its outputs is what was asked for."""
        urn = self._urn(request)
        if request.type.startswith(_PROVIDERS):
            self._providers[urn] = plain_struct(request.object)
        if request.remote:
            # Not a silent pass.
            self._warn(
                urn,
                f"what {request.type} makes is not judged, since it is hosted elsewhere; "
                "a preview judges it",
            )
        self._registered.append(request)
        known = _known(request) if request.custom else struct_pb2.Struct()
        return resource_pb2.RegisterResourceResponse(urn=urn, object=known)

    def ReadResource(  # noqa: N802
        self, request: proto.ReadResourceRequest
    ) -> proto.ReadResourceResponse:
        """A resource that is somebody else's: it is there, and nothing else is known of it."""
        return resource_pb2.ReadResourceResponse(urn=self._urn(request), id=request.id)

    def Invoke(  # noqa: N802
        self, request: proto.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """A function's answer, as far as it is certain without the cloud."""
        provider = self._provider(request.provider, request.tok)
        answer = self.answers.of(request.tok, plain_struct(request.args), provider)
        if answer is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        told = struct_pb2.Struct()
        told.update(answer)
        fields: dict[str, Any] = {"return": told}
        return resource_pb2.ResourceInvokeResponse(**fields)

    def Call(self, request: proto.ResourceCallRequest) -> proto.CallResponse:  # noqa: N802
        """A method of what is hosted elsewhere: unknown, as that one's outputs are."""
        del request
        told = struct_pb2.Struct()
        told.update({"answer": UNKNOWN})
        fields: dict[str, Any] = {"return": told}
        return provider_pb2.CallResponse(**fields)

    def RegisterPackage(  # noqa: N802
        self, request: proto.RegisterPackageRequest
    ) -> proto.RegisterPackageResponse:
        """A parameterised provider, by its name."""
        return resource_pb2.RegisterPackageResponse(ref=request.name)

    def GetDeploymentInfo(  # noqa: N802
        self, request: empty_pb2.Empty
    ) -> proto.DeploymentInfo:
        """What this stand-in can do."""
        del request
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResourceOutputs(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        """What components and the stack tell others; no rule reads it."""
        del request
        return empty_pb2.Empty()

    def _nothing(self, request: object) -> empty_pb2.Empty:
        del request
        return empty_pb2.Empty()

    RegisterResourceHook = RegisterErrorHook = SignalAndWaitForShutdown = _nothing

    def Log(self, request: proto.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        """Warnings are for whoever runs the check; what is said beside them is for the engine."""
        if request.severity == engine_pb2.WARNING:
            self._warn(request.urn, request.message)
        return empty_pb2.Empty()

    def _warn(self, urn: str, message: str) -> None:
        name = urn.rpartition("::")[2]
        said = f"{name}: {message}" if name else message
        if said not in self.warnings:
            self.warnings.append(said)


def _known(request: proto.RegisterResourceRequest) -> struct_pb2.Struct:
    """Inputs that come back as outputs in a preview.

    Of an object only a provider knows what it adds to it, so that what is read out of it must be
    unknown; Kubernetes adds nothing before the object is made.
    """
    if request.type.startswith("kubernetes:"):
        return request.object
    known = struct_pb2.Struct()
    for key, value in request.object.fields.items():
        if _is_scalar(value) or _is_list_of_scalars(value):
            known.fields[key].CopyFrom(value)
    return known


def _is_scalar(value: struct_pb2.Value) -> bool:
    """A secret one too."""
    return value.WhichOneof("kind") in _SCALARS or SIGNATURE_KEY in value.struct_value.fields


def _is_list_of_scalars(value: struct_pb2.Value) -> bool:
    return value.WhichOneof("kind") == "list_value" and all(
        map(_is_scalar, value.list_value.values)
    )
