"""API Gateway: bounded, behind a firewall where that is asked for, not for any site's scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.properties import Fault, Property
from policies.resource_types import API, FUNCTION_URL, REST_STAGE, STAGE
from policies.rule import (
    Faults,
    Level,
    NoSettings,
    Severity,
    Unknown,
    resource_rule,
    stack_rule,
)
from policies.view import Stack, View

METHOD_SETTINGS: Final = "aws:apigateway/methodSettings:MethodSettings"
USAGE_PLAN: Final = "aws:apigateway/usagePlan:UsagePlan"
FIREWALL: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
_ANY_SITE: Final = frozenset({"*", "http://*", "https://*"})


@dataclass(frozen=True)
class Throttling:
    """Settings."""

    require_firewall: bool = setting(
        False,
        "Ask for a web ACL of WAF on each stage of a REST API; HTTP APIs take none.",
    )


@stack_rule(
    "resources/api-unthrottled",
    severity=Severity.MEDIUM,
    types=(STAGE, REST_STAGE, METHOD_SETTINGS, USAGE_PLAN, FIREWALL),
    fix="Set throttlingRateLimit and throttlingBurstLimit to what the model answers: "
    "defaultRouteSettings (HTTP), MethodSettings of */* or a UsagePlan (REST).",
    unknown=Unknown.COUNTS,
    settings=Throttling,
    level=Level.ADVISORY,
)
def api_unthrottled(stack: Stack, settings: Throttling) -> Faults:
    """An API takes as many requests as the account's APIs may take together.

    One caller's burst on one model then is refused to the callers of all others in the region:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    """
    for stage in stack.of(STAGE):
        limit = stage.get("defaultRouteSettings", "throttlingRateLimit")
        routes = [one.get("throttlingRateLimit") for one in stage.get("routeSettings").items()]
        if limit.absent and not (routes and all(not route.absent for route in routes)):
            yield Stack.fault(stage, limit, "requests a second")
    for stage in stack.of(REST_STAGE):
        if not any(_limited(stack, stage)):
            found = "a stage without MethodSettings or a UsagePlan that throttle it"
            yield Fault("", found, "requests a second", stage.urn)
        walls = stack.of(FIREWALL) if settings.require_firewall else []
        if settings.require_firewall and not any(_of_stage(wall, stage) for wall in walls):
            yield Fault("", "a stage without a web ACL", "a WebAclAssociation", stage.urn)


def _limited(stack: Stack, stage: View) -> Iterator[bool]:
    for view in stack.of(METHOD_SETTINGS):
        if _of_stage(view, stage):
            whole = view.get("methodPath").text() in ("*/*", None)
            yield whole and _positive(view.get("settings", "throttlingRateLimit"))
    for view in stack.of(USAGE_PLAN):
        if _of_stage(view, stage):
            yield _positive(view.get("throttleSettings", "rateLimit"))


def _positive(place: Property) -> bool:
    """A limit, or one to come; -1 switches it off."""
    rate = place.number()
    return place.unknown or (rate is not None and rate >= 0)


def _of_stage(view: View, stage: View) -> bool:
    """Whether it is computed from the stage, or names its API and it."""
    if stage.urn in view.resource.dependencies:
        return True
    api, name = stage.get("restApi").raw, stage.get("stageName").raw
    named = [(view.get("restApi"), view.get("stageName"))]
    named += [(one.get("apiId"), one.get("stage")) for one in view.get("apiStages").items()]
    return any((one.raw, other.raw) == (api, name) for one, other in named if not one.absent)


@resource_rule(
    "security/cors-open",
    severity=Severity.LOW,
    types=(API, FUNCTION_URL),
    fix="Name the sites whose scripts may call the model, or leave CORS out.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV2_AWS_75",),
    level=Level.ADVISORY,
)
def cors_open(view: View, _settings: NoSettings) -> Faults:
    """Scripts of any site may call the model from their visitors' browsers.

    Who asks is still checked where a route asks for it, but by what the browser already has.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html,
    https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html
    """
    key = "corsConfiguration" if view.token == API else "cors"
    for origin in view.get(key, "allowOrigins").items():
        if origin.text() in _ANY_SITE:
            yield origin.fault("single sites")


RULES = (api_unthrottled, cors_open)
