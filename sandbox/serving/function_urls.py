"""Function URLs: who may call one, and the request that it makes of it."""

import re
import uuid
from typing import Any

from sandbox.api.http import Request, Response
from sandbox.clouds.aws.references import function_name
from sandbox.serving.events import Arrival
from sandbox.serving.invoking import Functions, Place
from sandbox.serving.proxied import Called, respond
from sandbox.serving.refusals import RefusedError, said
from sandbox.serving.signatures import caller, signer
from sandbox.store import Store

__all__ = ["answer", "is_for"]

_URL = "aws:lambda/functionUrl:FunctionUrl"
_HOST = re.compile(r"(?P<id>[a-z0-9]+)\.lambda-url\.(?P<region>[a-z0-9-]+)\.on\.aws")


def is_for(host: str) -> bool:
    """Whether a host is that of a function URL."""
    return _HOST.fullmatch(host) is not None


def answer(store: Store, functions: Functions, request: Request, host: str) -> Response:
    """Answer a request to a function URL.

    Raises:
        NotServedError: The sandbox cannot run the function.
    """
    found = _HOST.fullmatch(host)
    region = found["region"] if found else ""
    rows = store.list("aws", _URL, region=region)
    row = next(
        (each for each in rows if each.outputs.get("functionUrl") == f"https://{host}/"), None
    )
    if row is None:
        return said(403, "Forbidden")
    authorizer: dict[str, Any] = {}
    if row.inputs.get("authorizationType") != "NONE":
        key = signer(store, request, "lambda", region)
        if not key:
            return said(403, "Forbidden")
        authorizer = caller(key, row.account)
    arrival = Arrival(
        account=row.account,
        api=host.partition(".")[0],
        domain=host,
        route="$default",
        stage="$default",
        request_id=str(uuid.uuid4()),
        path=request.path.partition("?")[0],
        authorizer=authorizer,
    )
    called = Called(
        Place(row.account, row.region),
        function_name(str(row.inputs.get("functionName"))),
        str(row.inputs.get("qualifier") or ""),
    )
    try:
        return respond(functions, called, request, arrival)
    except RefusedError as error:
        return error.response()
