"""Turns a defect of the sandbox into a message that holds no values, and never ends the plugin."""

from collections.abc import Callable
from typing import Any

import grpc
from typing_extensions import override

from sandbox.defect import defect

__all__ = ["Guard"]


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
                context.abort(grpc.StatusCode.INTERNAL, defect(method, error))

        return grpc.unary_unary_rpc_method_handler(
            guarded,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
