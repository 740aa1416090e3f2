"""Turns a defect of the sandbox into a message that holds no values, and never ends the plugin."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from typing_extensions import override

__all__ = ["Guard"]

_SHOWN_FRAMES = 3
_ROOT = Path(__file__).resolve().parent.parent


class Guard(grpc.ServerInterceptor):
    """gRPC itself would answer and log the text of any exception, which may quote a secret."""

    @override
    def intercept_service(
        self,
        continuation: Callable[[Any], Any],
        handler_call_details: Any,
    ) -> Any:
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        act = handler.unary_unary
        method = str(handler_call_details.method).rpartition("/")[2]

        def guarded(request: object, context: grpc.ServicerContext) -> object:
            try:
                return act(request, context)
            except Exception as error:
                # context.abort() raises one without a word.
                if type(error) is Exception and not error.args:
                    raise
                context.abort(grpc.StatusCode.INTERNAL, _said(method, error))

        return grpc.unary_unary_rpc_method_handler(
            guarded,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def _said(method: str, error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_SHOWN_FRAMES:]
    places = ", ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in frames)
    return (
        f"the sandbox itself failed in {method}: {type(error).__name__} at {places}. This is a"
        " defect of the sandbox, not of the program; its text is withheld, as it may hold a secret"
    )


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
