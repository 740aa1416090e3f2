"""Cases of rules about API Gateway."""

from typing import Any

from policies import Resource
from tests.policies.cases.table import UNKNOWN, Case, resource

API = "aws:apigatewayv2/api:Api"
URL = "aws:lambda/functionUrl:FunctionUrl"
STAGE = "aws:apigatewayv2/stage:Stage"
REST_STAGE = "aws:apigateway/stage:Stage"
METHODS = "aws:apigateway/methodSettings:MethodSettings"
PLAN = "aws:apigateway/usagePlan:UsagePlan"
FIREWALL = "aws:wafv2/webAclAssociation:WebAclAssociation"
THROTTLE = "resources/api-unthrottled"
CORS = "security/cors-open"

PROD = {"restApi": "api-1", "stageName": "prod"}
LIMIT = ("defaultRouteSettings.throttlingRateLimit",)
WALL = {"require_firewall": True}


def methods(rate: object, path: object = "*/*", stage: str = "prod") -> Resource:
    settings = {"throttlingRateLimit": rate}
    of_api = {"restApi": "api-1", "stageName": stage, "methodPath": path}
    return resource("methods", METHODS, {**of_api, "settings": settings})


def plan(**throttle: object) -> Resource:
    stages = [{"apiId": "api-1", "stage": "prod"}]
    return resource("plan", PLAN, {"apiStages": stages, "throttleSettings": throttle})


def computed(type_: str, **properties: object) -> Resource:
    return resource("further", type_, dict(properties), of={"restApi": ("subject",)})


def routes(*limits: object) -> dict[str, Any]:
    each = [
        {"routeKey": f"POST /{i}"} | ({} if limit is None else {"throttlingRateLimit": limit})
        for i, limit in enumerate(limits)
    ]
    return {"routeSettings": each}


CASES = (
    Case(THROTTLE, "an HTTP API", STAGE, {"defaultRouteSettings": {"throttlingRateLimit": 50}}),
    Case(THROTTLE, "an HTTP API, absent", STAGE, {}, LIMIT),
    Case(
        THROTTLE,
        "an HTTP API, something else said",
        STAGE,
        {"defaultRouteSettings": {"detailedMetricsEnabled": True}},
        LIMIT,
    ),
    Case(THROTTLE, "an HTTP API, each route", STAGE, routes(10, 20)),
    Case(THROTTLE, "an HTTP API, one of two routes", STAGE, routes(10, None), LIMIT),
    Case(
        THROTTLE,
        "an HTTP API, unknown",
        STAGE,
        {"defaultRouteSettings": {"throttlingRateLimit": UNKNOWN}},
    ),
    Case(THROTTLE, "a REST API", REST_STAGE, PROD, others=(methods(100),)),
    Case(THROTTLE, "a REST API, nothing", REST_STAGE, PROD, ("",)),
    Case(
        THROTTLE,
        "a REST API, switched off",
        REST_STAGE,
        PROD,
        ("",),
        others=(methods(-1),),
    ),
    Case(THROTTLE, "a REST API, refusing all", REST_STAGE, PROD, others=(methods(0),)),
    Case(
        THROTTLE,
        "a REST API, one method",
        REST_STAGE,
        PROD,
        ("",),
        others=(methods(100, "predict/POST"),),
    ),
    Case(
        THROTTLE,
        "a REST API, another stage",
        REST_STAGE,
        PROD,
        ("",),
        others=(methods(100, stage="dev"),),
    ),
    Case(THROTTLE, "a REST API, what is known later", REST_STAGE, PROD, others=(methods(UNKNOWN),)),
    Case(THROTTLE, "a REST API, a plan", REST_STAGE, PROD, others=(plan(rateLimit=5),)),
    Case(
        THROTTLE,
        "a REST API, a plan without a rate",
        REST_STAGE,
        PROD,
        ("",),
        others=(plan(burstLimit=5),),
    ),
    Case(
        THROTTLE,
        "a REST API, computed from it",
        REST_STAGE,
        PROD,
        others=(
            computed(
                METHODS, restApi=UNKNOWN, methodPath="*/*", settings={"throttlingRateLimit": 1}
            ),
        ),
    ),
    Case(
        THROTTLE,
        "a REST API without a firewall",
        REST_STAGE,
        PROD,
        ("",),
        settings=WALL,
        others=(methods(100),),
        says="a stage without a web ACL",
    ),
    Case(
        THROTTLE,
        "a REST API behind a firewall",
        REST_STAGE,
        PROD,
        settings=WALL,
        others=(
            methods(100),
            resource("wall", FIREWALL, {"resourceArn": UNKNOWN}, of={"resourceArn": ("subject",)}),
        ),
    ),
    Case(CORS, "single sites", API, {"corsConfiguration": {"allowOrigins": ["https://a.example"]}}),
    Case(CORS, "nothing said", API, {}),
    Case(
        CORS,
        "any site",
        API,
        {"corsConfiguration": {"allowOrigins": ["https://a.example", "*"]}},
        ("corsConfiguration.allowOrigins[1]",),
    ),
    Case(
        CORS,
        "any site of a URL",
        URL,
        {"cors": {"allowOrigins": ["https://*"]}},
        ("cors.allowOrigins[0]",),
    ),
    Case(CORS, "unknown", URL, {"cors": {"allowOrigins": [UNKNOWN]}}),
)
