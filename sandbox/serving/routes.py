"""Which HTTP API, stage and route a request is for, by the rows that Pulumi deployed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.api.http import Request
from sandbox.store import Row, Store
from sandbox.values import listed, mapped

__all__ = ["Target", "api_of", "target", "throttle"]

_API = "aws:apigatewayv2/api:Api"
_STAGE = "aws:apigatewayv2/stage:Stage"
_ROUTE = "aws:apigatewayv2/route:Route"
_DOMAIN = "aws:apigatewayv2/domainName:DomainName"
_MAPPING = "aws:apigatewayv2/apiMapping:ApiMapping"
_HOST = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_DEFAULT = "$default"
_VARIABLE = re.compile(r"\{([^{}+]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Target:
    """A stage and a route of an API, and the path below the stage."""

    api: Row
    stage: Row
    route: Row
    path: str
    parameters: dict[str, str]


def api_of(store: Store, host: str) -> tuple[Row, str] | None:
    """The API of a host, and the stage that a custom domain leads to (else empty)."""
    found = _HOST.fullmatch(host)
    if found is not None:
        row = store.get("aws", _API, found["api"], region=found["region"])
        return (row, "") if row and not row.inputs.get("disableExecuteApiEndpoint") else None
    for mapping in store.list("aws", _MAPPING):
        name = mapping.inputs.get("domainName")
        rows = store.named("aws", _DOMAIN, host, account=mapping.account, region=mapping.region)
        if not any(name in (row.id, row.name) for row in rows):
            continue
        api = store.get("aws", _API, str(mapping.inputs.get("apiId")), account=mapping.account)
        if api is not None:
            return api, str(mapping.inputs.get("stage") or _DEFAULT)
    return None


def target(store: Store, api: Row, stage: str, request: Request) -> Target | None:
    """Where a request to an API goes; None where it has no such stage or route."""
    path = request.path.partition("?")[0]
    stages = {row.name: row for row in _of(store, api, _STAGE)}
    if not stage:
        first = path.lstrip("/").partition("/")[0]
        stage = first if first in stages else _DEFAULT
        path = path if stage == _DEFAULT else path.removeprefix(f"/{stage}") or "/"
    row = stages.get(stage)
    if row is None:
        return None
    routes = list(_of(store, api, _ROUTE))
    found = min(_matches(routes, request.method, path), key=lambda each: each[0], default=None)
    return Target(api, row, found[1], path, found[2]) if found else None


def _of(store: Store, api: Row, token: str) -> Iterator[Row]:
    for row in store.list("aws", token, account=api.account, region=api.region):
        if row.inputs.get("apiId") == api.id:
            yield row


def _matches(
    routes: list[Row], method: str, path: str
) -> Iterator[tuple[tuple[int, int], Row, dict[str, str]]]:
    """Routes that fit, each with how general it is: a full match is taken first, `$default` last.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    """
    for row in routes:
        key = str(row.inputs.get("routeKey"))
        if key == _DEFAULT:
            yield (3, 0), row, {}
            continue
        verb, _, pattern = key.partition(" ")
        if verb not in (method, "ANY"):
            continue
        variables = _VARIABLE.findall(pattern)
        places = re.split(r"\{[^{}]+\}", pattern)
        regular = re.escape(places[0])
        for (_, greedy), literal in zip(variables, places[1:], strict=True):
            regular += ("(.+)" if greedy else "([^/]+)") + re.escape(literal)
        fits = re.fullmatch(regular, path)
        if fits:
            general = 2 if any(greedy for _, greedy in variables) else 1 if variables else 0
            names = [name for name, _ in variables]
            yield (general, int(verb == "ANY")), row, dict(zip(names, fits.groups(), strict=True))


def throttle(found: Target) -> tuple[float, int]:
    """Requests per second and burst of a stage's route; those of the account where none is set."""
    settings: dict[str, Any] = dict(mapped(found.stage.inputs.get("defaultRouteSettings")))
    for each in map(mapped, listed(found.stage.inputs.get("routeSettings"))):
        if each.get("routeKey") == found.route.inputs.get("routeKey"):
            settings |= each
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    rate = settings.get("throttlingRateLimit") or 10_000
    return float(rate), int(settings.get("throttlingBurstLimit") or 5_000)
