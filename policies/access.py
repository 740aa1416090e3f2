"""Security: who may call a model, and what a model may call."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.documents import (
    BROAD,
    EVERY_ACTION,
    EVERY_RESOURCE,
    WITHOUT_RESOURCE,
    Statement,
    allowing,
)
from policies.properties import Property
from policies.resource_types import API, ROLE
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

IDENTITY_POLICIES: Final = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    ROLE,
)
ATTACHMENTS: Final = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    ROLE,
)
PASSING_ROLE: Final = "iam:passrole"
ROUTE: Final = "aws:apigatewayv2/route:Route"
METHOD: Final = "aws:apigateway/method:Method"
# The route keys that are no `<method> /<path>` and can ask for authorisation.
_CATCH_ALL: Final = ("$connect", "$default")


def identity_documents(view: View) -> Iterator[Property]:
    """The policies of who may do what: a resource's own, or those that a role is made with."""
    if view.token == ROLE:
        for inline in view.get("inlinePolicies").items():
            yield inline.get("policy")
    else:
        yield view.get("policy")


@resource_rule(
    "security/iam-wildcard",
    severity=Severity.CRITICAL,
    types=IDENTITY_POLICIES,
    fix="Name the actions and the ARNs that this deployment needs, and nothing else.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_355"),
)
def iam_wildcard(view: View, _settings: NoSettings) -> Faults:
    """A policy allows all actions, all of a service, or an action on everything.

    Actions that know no resource may have `*` as theirs. What is judged is identity policies: the
    policy of a key or a bucket speaks of itself.
    """
    for document in identity_documents(view):
        for statement in allowing(document):
            yield from _wild(statement)


def _wild(statement: Statement) -> Faults:
    place, where = statement.place, statement.where
    for action in statement.values("Action"):
        if EVERY_ACTION.fullmatch(action):
            yield place.fault("single actions", f"{where}: Action {_quoted(place, action)}")
    for key in ("NotAction", "NotResource"):
        if statement.values(key):
            yield place.fault("what is allowed, not what is left out", f"{where}: {key}")
    everything = [one for one in statement.values("Resource") if EVERY_RESOURCE.fullmatch(one)]
    if everything:
        bound = [
            action
            for action in statement.values("Action")
            # Roles that are passed have a rule of their own.
            if not WITHOUT_RESOURCE.fullmatch(action.lower()) and action.lower() != PASSING_ROLE
        ]
        if bound:
            resource, action = _quoted(place, everything[0]), _quoted(place, bound[0])
            found = f"{where}: Resource {resource} for {action}"
            yield place.fault("the ARNs that it needs", found)


def _quoted(place: Property, text: str) -> str:
    return "[secret]" if place.secret else text


@resource_rule(
    "security/iam-broad-managed-policy",
    severity=Severity.CRITICAL,
    types=ATTACHMENTS,
    fix="Write a policy that names the actions and ARNs this deployment needs, and attach that.",
    unknown=Unknown.REST,
    settings=NoSettings,
    checkov=("CKV_AWS_274",),
)
def iam_broad_managed_policy(view: View, _settings: NoSettings) -> Faults:
    """A role has one of AWS's broad policies, such as AmazonSageMakerFullAccess.

    They allow reading every bucket and passing every role of the account.
    """
    if view.token == ROLE:
        places = view.get("managedPolicyArns").items()
    else:
        places = [view.get("policyArn")]
    for place in places:
        arn = place.text()
        if arn is not None and BROAD.fullmatch(arn):
            yield place.fault("a policy of your own with single actions")


@dataclass(frozen=True)
class PublicRoutes:
    """Settings."""

    public_routes: tuple[str, ...] = setting(
        (), "Route keys that may be called by anybody, for example `GET /health`."
    )


@resource_rule(
    "security/route-open",
    severity=Severity.CRITICAL,
    types=(ROUTE, METHOD, API),
    fix="Set authorizationType AWS_IAM or JWT (REST API: authorization), or list a public route.",
    unknown=Unknown.LATER,
    settings=PublicRoutes,
    checkov=("CKV_AWS_59", "CKV_AWS_309"),
)
def route_open(view: View, settings: PublicRoutes) -> Faults:
    """A route of an API asks for no authorisation.

    Absent means NONE; the route that an API makes for a `target` has it always. OPTIONS is left
    out: browsers send it without credentials. A WebSocket API asks when the connection is made:
    only its $connect is judged, and $default, which an HTTP API has too. https://docs.aws.amazon.com/apigateway/latest/developerguide/
    apigateway-websocket-api-control-access-iam.html
    """
    if view.token == API:
        # https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html (quick create)
        target, key = view.get("target"), view.get("routeKey").text() or "$default"
        if not target.absent and not target.unknown and key not in settings.public_routes:
            yield target.fault("no target, but routes with an authorizationType")
        return
    if view.token == ROUTE:
        key, place = view.get("routeKey"), view.get("authorizationType")
    else:
        key, place = view.get("httpMethod"), view.get("authorization")
    named = key.text() or ""
    if named in settings.public_routes or named.split(" ")[0] == "OPTIONS":
        return
    if view.token == ROUTE and named and " /" not in named and named not in _CATCH_ALL:
        return
    if place.absent or place.text() == "NONE":
        yield place.fault("AWS_IAM, JWT or CUSTOM")


RULES = (
    iam_wildcard,
    iam_broad_managed_policy,
    route_open,
)
