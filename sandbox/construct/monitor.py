"""The engine's resource monitor, as the one who builds a component speaks to it."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf import struct_pb2

from sandbox.clouds.base import RefusedError
from sandbox.protocol import provider_pb2, resource_protocol
from sandbox.wire import encode

__all__ = ["Monitor", "Registered"]


@dataclass(frozen=True, slots=True)
class Registered:
    """A resource that the engine has registered; the id is empty in previews."""

    urn: str
    id: str


class Monitor:
    """Registers on behalf of one component that the engine asked for."""

    def __init__(self, request: provider_pb2.ConstructRequest, version: str) -> None:
        self._request = request
        self._version = version
        self._messages, services = resource_protocol()
        self._channel = grpc.insecure_channel(request.monitorEndpoint)
        self._calls: Any = services.ResourceMonitorStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._channel.close()

    def component(self) -> str:
        """Register the component itself, with the options that the program gave; its URN."""
        asked: Any = self._request  # Its repeated fields have no types.
        message = self._messages.RegisterResourceRequest(
            type=asked.type,
            name=asked.name,
            parent=asked.parent,
            custom=False,
            protect=asked.protect,
            dependencies=asked.dependencies,
            providers=asked.providers,
            aliases=asked.aliases,
            aliasSpecs=True,
            acceptSecrets=True,
            acceptResources=True,
            version=self._version,
        )
        return str(self._answer(message).urn)

    def resource(
        self,
        token: str,
        name: str,
        inputs: struct_pb2.Struct,
        *,
        parent: str,
        needs: list[str],
    ) -> Registered:
        """Register one resource of the component; waits until it is made.

        Raises:
            RefusedError: The engine refuses it, or stops.
        """
        message = self._messages.RegisterResourceRequest(
            type=token,
            name=name,
            parent=parent,
            custom=True,
            object=inputs,
            dependencies=needs,
            provider=self._request.providers.get("kubernetes", ""),
            version=self._version,
            protect=self._request.protect,
            retainOnDelete=self._request.retainOnDelete,
            acceptSecrets=True,
            acceptResources=True,
            supportsPartialValues=True,
        )
        answer = self._answer(message)
        return Registered(str(answer.urn), str(answer.id))

    def outputs(self, urn: str, values: dict[str, Any]) -> None:
        """Tell the engine what the component answers.

        Raises:
            RefusedError: The engine stops.
        """
        message = self._messages.RegisterResourceOutputsRequest(urn=urn, outputs=encode(values))
        try:
            self._calls.RegisterResourceOutputs(message)
        except grpc.RpcError as error:
            raise RefusedError(f"{urn} is not finished: {_details(error)}") from error

    def _answer(self, message: Any) -> Any:  # noqa: ANN401 - a message of the protocol
        try:
            return self._calls.RegisterResource(message)
        except grpc.RpcError as error:
            # The engine has said why, at the resource itself.
            raise RefusedError(f"{message.name} is not registered: {_details(error)}") from error


def _details(error: grpc.RpcError) -> str:
    return str(error.details()) if isinstance(error, grpc.Call) else str(error)
