"""Serves the provider to the engine.

`pulumi.provider.experimental.server.main` would do, but for three things: it appends a Python
stack trace to each error, it has no way to show progress, and it lives on when the engine is
killed. See docs/adr/0008-first-party-provider.md.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

import grpc
import grpc.aio
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

from provider import VERSION
from provider.errors import HalfMadeError, ProviderError
from provider.serving import ServingProvider

_MAX_MESSAGE_BYTES: Final = 400 * 1024 * 1024
_PATIENCE_SECONDS: Final = 1.0
_METHODS: Final = (
    "CheckConfig",
    "DiffConfig",
    "Configure",
    "Check",
    "Diff",
    "Create",
    "Read",
    "Update",
    "Delete",
    "GetSchema",
    "Invoke",
)


class Servicer(ProviderServicer):
    """The SDK's servicer with errors that a user can read."""


def _clear(name: str) -> Callable[..., Awaitable[Any]]:
    inherited = cast(Callable[..., Awaitable[Any]], getattr(ProviderServicer, name))

    async def method(self: Servicer, request: Any, context: Any) -> Any:  # noqa: ANN401
        try:
            return await inherited(self, request, context)
        except NotImplementedError:
            raise
        except Exception as wrapped:  # noqa: BLE001 - the boundary to the engine
            # The SDK raises a new exception whose text ends in a stack trace, from within its
            # handler of the first one.
            error = wrapped.__context__ or wrapped
            message = str(error)
            if not isinstance(error, ProviderError):
                # Its text may hold anything, a request included: only say where it is from.
                message = f"fault in the provider `serving`: {type(error).__name__}{_place(error)}"
        details = (_half_made(error),) if isinstance(error, HalfMadeError) else ()
        await context.abort(grpc.StatusCode.UNKNOWN, message, trailing_metadata=details)
        return None

    method.__name__ = name
    return method


def _half_made(error: HalfMadeError) -> tuple[str, bytes]:
    """By this the engine keeps what was made in state, with the reason; see provider.proto."""
    failed = provider_pb2.ErrorResourceInitFailed(
        id=error.resource_id,
        properties=PropertyValue.marshal_map(error.properties),
        reasons=[str(error)],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(failed)
    return "grpc-status-details-bin", status.SerializeToString()


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


for _name in _METHODS:
    setattr(Servicer, _name, _clear(_name))


class EngineLog:
    """Shows a line beside a resource while it is worked on; never fails an operation."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._engine = cast(Any, engine_pb2_grpc.EngineStub)(channel)

    async def __call__(self, urn: str, message: str) -> None:
        """Show the message."""
        request = engine_pb2.LogRequest(
            severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=True
        )
        with suppress(grpc.aio.AioRpcError):
            await self._engine.Log(request, timeout=5)


async def _until_engine_is_gone(channel: grpc.aio.Channel) -> None:
    """Return once the engine has not answered for a moment.

    The parent process is no guide: it is the language host, which can outlive a killed engine.
    """
    while True:
        state = channel.get_state(try_to_connect=True)
        failed = state is grpc.ChannelConnectivity.TRANSIENT_FAILURE
        try:
            # A channel that failed goes on trying, and keeps that state until it succeeds.
            patience = _PATIENCE_SECONDS if failed else None
            await asyncio.wait_for(channel.wait_for_state_change(state), patience)
        except TimeoutError:
            return


async def serve(engine_address: str) -> None:
    """Serve until the engine ends this process, or is gone itself."""
    options = [
        ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ]
    async with grpc.aio.insecure_channel(engine_address) as engine:
        server = grpc.aio.server(options=options)
        provider = ServingProvider(EngineLog(engine))
        servicer = Servicer([], VERSION, provider, engine_address=engine_address)
        cast(Any, provider_pb2_grpc.add_ResourceProviderServicer_to_server)(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        print(port, flush=True)
        await _until_engine_is_gone(engine)
        await provider.cancel()
        await server.stop(grace=None)


async def _serve_and_end(engine_address: str) -> None:
    await serve(engine_address)
    os._exit(0)


def main(arguments: list[str]) -> None:
    """Take the engine's address from the command line, ignore its flags, and serve."""
    addresses = [argument for argument in arguments if not argument.startswith("-")]
    if not addresses:
        sys.exit("This is a Pulumi plugin: it is started by the engine, with its address.")
    # The engine interrupts a plugin that it needs no more, and kills it 5 s later. Neither then nor
    # once the engine is gone do we wait for a call that a thread still makes to a vendor: it can
    # take minutes, and what it has done is found by the next run.
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    asyncio.run(_serve_and_end(addresses[-1]))
