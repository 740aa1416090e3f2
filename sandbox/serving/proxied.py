"""A request that runs a function, and the function's answer as a response.

https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html: an invocation that
Lambda refuses is 500, a function that fails or answers no response 502.
"""

import json
from dataclasses import dataclass

from sandbox.api.call import AwsError
from sandbox.api.http import Request, Response
from sandbox.serving import events
from sandbox.serving.events import Arrival, FormatError
from sandbox.serving.invoking import Functions, Place
from sandbox.serving.refusals import RefusedError

__all__ = ["Called", "respond"]

_FAILED = "Internal Server Error"


@dataclass(frozen=True, slots=True)
class Called:
    """The function that a request leads to."""

    place: Place
    name: str
    qualifier: str


def respond(functions: Functions, called: Called, request: Request, arrival: Arrival) -> Response:
    """Run the function and answer with what it says.

    Raises:
        RefusedError: It could not be run, or did not answer a response.
        NotServedError: The sandbox cannot run it.
    """
    payload = json.dumps(events.event(request, arrival)).encode()
    try:
        invocation = functions.invoke(called.place, called.name, called.qualifier, payload)
    except AwsError as error:
        raise RefusedError(500, _FAILED, str(error)) from None
    if invocation.outcome.error:
        raise RefusedError(502, _FAILED, _error_of(invocation.outcome.payload))
    try:
        return events.response(invocation.outcome.payload)
    except FormatError as error:
        raise RefusedError(502, _FAILED, f"The response is malformed: {error}") from None


def _error_of(payload: bytes) -> str:
    try:
        found = json.loads(payload)
        return f"{found['errorType']}: {found['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return "the function failed"
