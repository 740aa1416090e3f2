"""API Gateway's HTTP APIs: who may call a route, how often, what it runs, and what is noted.

A route leads to a Lambda function in payload format 2.0. The statuses are AWS's (see `proxied`);
which one a time-out of the integration gets is on none of its pages: it is 503, as users report.
"""

import fnmatch
import json
import re
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.api.http import Request, Response
from sandbox.clouds.aws.references import function_name
from sandbox.serving import metrics, routes
from sandbox.serving.events import Arrival
from sandbox.serving.invoking import Functions, Place
from sandbox.serving.log_files import written
from sandbox.serving.proxied import Called, respond
from sandbox.serving.refusals import NotServedError, RefusedError, said
from sandbox.serving.routes import Target
from sandbox.serving.signatures import caller, signer
from sandbox.serving.tokens import claims
from sandbox.store import Row, Store
from sandbox.values import mapped

__all__ = ["HttpApis"]

_INTEGRATION = "aws:apigatewayv2/integration:Integration"
_AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"
_PERMISSION = "aws:lambda/permission:Permission"
_INVOKED = re.compile(r".*:function:(?P<name>[^:/]+)(?::(?P<qualifier>[^:/]+))?(?:/invocations)?")
_CONTEXT = re.compile(r"\$context\.([A-Za-z.]+)")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_MOST_BYTES = 10 * 1024 * 1024
_PATIENCE_MILLISECONDS = 30_000


@dataclass(slots=True)
class _Told:
    """What a request's line in the access log says; it is gathered on the way."""

    request_id: str
    begun: float
    integration_seconds: float = 0.0
    reason: str = ""


class HttpApis:
    """The HTTP APIs of one store."""

    def __init__(self, store: Store, functions: Functions) -> None:
        self._store = store
        self._functions = functions
        self._lock = threading.Lock()
        # By API, stage and route: how many requests may come at once, and when that was.
        self._tokens: dict[tuple[str, str, str], tuple[float, float]] = {}

    def answer(self, request: Request, host: str) -> Response:
        """Answer a request to a host.

        Raises:
            NotServedError: No API has this host, or the sandbox cannot run what is behind it.
        """
        found = routes.api_of(self._store, host)
        if found is None and ".execute-api." in host:
            return said(404, "Not Found")
        if found is None:
            raise NotServedError(
                f"nothing answers at {host}; here only Lambda functions do, behind their HTTP API "
                "or function URL"
            )
        api, stage = found
        target = routes.target(self._store, api, stage, request)
        if target is None:
            return said(404, "Not Found")
        told = _Told(str(uuid.uuid4()), time.monotonic())
        try:
            response = self._through(request, host, target, told)
        except RefusedError as error:
            told.reason, response = error.reason, error.response()
        response.headers["apigw-requestid"] = told.request_id
        self._note(request, target, response.status, told)
        return response

    def _through(self, request: Request, host: str, target: Target, told: _Told) -> Response:
        authorizer = self._authorized(request, target)
        self._throttle(target)
        if len(request.body) > _MOST_BYTES:
            raise RefusedError(413, "Request Entity Too Large")
        integration = self._integration(target)
        arrival = Arrival(
            account=target.api.account,
            api=target.api.id,
            domain=host,
            route=str(target.route.inputs.get("routeKey")),
            stage=target.stage.name,
            request_id=told.request_id,
            path=request.path.partition("?")[0],
            authorizer=authorizer,
            path_parameters=target.parameters,
            stage_variables=mapped(target.stage.inputs.get("stageVariables")),
        )
        called = self._called(target, integration)
        begun = time.monotonic()
        try:
            response = respond(self._functions, called, request, arrival)
        finally:
            told.integration_seconds = time.monotonic() - begun
        patience = integration.inputs.get("timeoutMilliseconds") or _PATIENCE_MILLISECONDS
        if told.integration_seconds * 1000 > float(patience):
            raise RefusedError(503, "Service Unavailable", "Endpoint request timed out")
        return response

    # ---- who may, and how often ----

    def _authorized(self, request: Request, target: Target) -> dict[str, Any]:
        kind = str(target.route.inputs.get("authorizationType") or "NONE")
        if kind == "NONE":
            return {}
        if kind == "AWS_IAM":
            key = signer(self._store, request, "execute-api", target.api.region)
            if not key:
                raise RefusedError(403, "Forbidden", "not signed by a key that is known")
            return caller(key, target.api.account)
        authorizer = self._of(target.api, _AUTHORIZER, target.route.inputs.get("authorizerId"))
        if kind != "JWT" or authorizer is None:
            raise NotServedError(f"an authorizer of kind {kind}")
        found = claims(request, authorizer.inputs)
        if found is None:
            raise RefusedError(401, "Unauthorized", "no token that counts")
        return {"jwt": {"claims": found, "scopes": None}}

    def _throttle(self, target: Target) -> None:
        """A bucket of tokens, as API Gateway has; of this process alone."""
        rate, burst = routes.throttle(target)
        key = (target.api.id, target.stage.name, target.route.id)
        with self._lock:
            now = time.monotonic()
            left, before = self._tokens.get(key, (float(burst), now))
            left = min(float(burst), left + (now - before) * rate)
            self._tokens[key] = (max(0.0, left - 1), now)
        if left < 1:
            raise RefusedError(429, "Too Many Requests")

    # ---- what it runs ----

    def _integration(self, target: Target) -> Row:
        route = target.route.inputs
        name = str(route.get("target") or "").removeprefix("integrations/")
        row = self._of(target.api, _INTEGRATION, name)
        if row is None or row.inputs.get("integrationType") != "AWS_PROXY":
            raise NotServedError(f"the route {route.get('routeKey')} leads to no Lambda function")
        if row.inputs.get("payloadFormatVersion") != "2.0":
            raise NotServedError("payloads are of format 2.0 here")
        return row

    def _called(self, target: Target, integration: Row) -> Called:
        api = target.api
        match = _INVOKED.fullmatch(str(integration.inputs.get("integrationUri")))
        if match is None:
            raise NotServedError(f"the integration {integration.inputs.get('integrationUri')}")
        called = Called(Place(api.account, api.region), match["name"], match["qualifier"] or "")
        key = str(target.route.inputs.get("routeKey")).replace(" /", "/")
        arn = f"{api.outputs.get('executionArn')}/{target.stage.name}/{key}"
        rows = self._store.list("aws", _PERMISSION, account=api.account, region=api.region)
        if not any(_permits(row, called, arn) for row in rows):
            raise RefusedError(500, "Internal Server Error", "no permission to call the function")
        return called

    def _of(self, api: Row, token: str, name: object) -> Row | None:
        return self._store.get("aws", token, str(name), account=api.account, region=api.region)

    # ---- what is noted ----

    def _note(self, request: Request, target: Target, status: int, told: _Told) -> None:
        seconds = time.monotonic() - told.begun
        metrics.requested(
            self._store,
            target.api,
            target.stage.name,
            status,
            seconds=seconds,
            integration=told.integration_seconds,
        )
        settings = mapped(target.stage.inputs.get("accessLogSettings"))
        group = str(settings.get("destinationArn") or "").partition(":log-group:")[2]
        if not group:
            return
        values = {
            "requestId": told.request_id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
            "routeKey": target.route.inputs.get("routeKey"),
            "httpMethod": request.method,
            "path": target.path,
            "status": status,
            "responseLatency": round(seconds * 1000),
            "integrationLatency": round(told.integration_seconds * 1000),
            "integrationErrorMessage": told.reason or "-",
        }
        line = _CONTEXT.sub(
            lambda found: json.dumps(str(values.get(found[1], "-")))[1:-1],
            str(settings.get("format") or ""),
        )
        written(self._store.path.parent, group.removesuffix(":*"), [line])


def _permits(row: Row, called: Called, arn: str) -> bool:
    given = row.inputs
    return (
        function_name(str(given.get("function"))) == called.name
        and str(given.get("qualifier") or "") == called.qualifier
        and given.get("principal") == "apigateway.amazonaws.com"
        and fnmatch.fnmatchcase(arn, str(given.get("sourceArn") or "*"))
    )
