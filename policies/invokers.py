"""Security: nobody unknown may call a model, and no more of the network reaches it than has to."""

from collections.abc import Iterator
from typing import Final

from policies.google_grants import iam_types, public_grants
from policies.properties import Property
from policies.resource_types import (
    CLOUD_RUN_SERVICE,
    FIRST_CLOUD_RUN_SERVICE,
    FIRST_GOOGLE_FUNCTION,
    FUNCTION_URL,
    GOOGLE_FUNCTION,
)
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

PERMISSION: Final = "aws:lambda/permission:Permission"
CALLERS: Final = (
    *iam_types("cloudrunv2", "serviceIam"),
    *iam_types("cloudrun", "iam"),
    *iam_types("cloudfunctions", "functionIam"),
    *iam_types("cloudfunctionsv2", "functionIam"),
    *iam_types("vertex", "aiEndpointIam"),
)
_INGRESS_OF_RUN: Final = "run.googleapis.com/ingress"
# By each generation's own word; absent means it too.
_EVERYWHERE: Final = ("INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_UNSPECIFIED", "ALLOW_ALL", "all")


@resource_rule(
    "security/public-invoker",
    severity=Severity.CRITICAL,
    types=(FUNCTION_URL, PERMISSION, CLOUD_RUN_SERVICE, *CALLERS),
    fix="Name who may call: AWS_IAM and a principal, a service by sourceArn or sourceAccount; on "
    "Google Cloud single members, and invokerIamDisabled false.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_301", "CKV_GCP_102", "CKV_GCP_107"),
)
def public_invoker(view: View, _settings: NoSettings) -> Faults:
    """Anybody, or any account's resource of a service, may call a model.

    A permission for a service without a source lets anybody's API or rule in that service call:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html. Everybody with AWS_IAM is
    every account: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html. Of Google Cloud,
    allAuthenticatedUsers is whoever has a Google account, and without the invoker's check nobody is
    asked: https://cloud.google.com/run/docs/securing/managing-access
    """
    if view.token == FUNCTION_URL:
        place = view.get("authorizationType")
        if place.absent or place.text() == "NONE":
            yield place.fault("AWS_IAM")
    elif view.token == PERMISSION:
        yield from _permitted(view)
    elif view.token == CLOUD_RUN_SERVICE:
        unasked = view.get("invokerIamDisabled")
        # Identity-Aware Proxy asks in its place.
        if unasked.flag() and view.get("iapEnabled").off:
            yield unasked.fault("false")
    else:
        for grant in public_grants(view):
            yield grant.place.fault("named users, groups or service accounts", grant.shown)


def _permitted(view: View) -> Faults:
    place = view.get("principal")
    principal = place.text()
    # A service principal without a source is a confused deputy.
    bound = any(
        not view.get(key).absent for key in ("sourceArn", "sourceAccount", "principalOrgId")
    )
    if principal == "*" and not bound:
        yield place.fault("an account, a role, or a service with a sourceArn")
    if principal is not None and principal.endswith(".amazonaws.com") and not bound:
        yield view.get("sourceArn").fault("the ARN of what may invoke")


@resource_rule(
    "security/ingress-open",
    severity=Severity.HIGH,
    types=(CLOUD_RUN_SERVICE, FIRST_CLOUD_RUN_SERVICE, FIRST_GOOGLE_FUNCTION, GOOGLE_FUNCTION),
    fix="Let in internal traffic alone, or that of a load balancer too: ingress "
    "INGRESS_TRAFFIC_INTERNAL_ONLY, ingressSettings ALLOW_INTERNAL_ONLY.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_GCP_124",),
    level=Level.ADVISORY,
)
def ingress_open(view: View, _settings: NoSettings) -> Faults:
    """A service of Cloud Run takes requests from the whole internet.

    So it does where nothing is said. IAM still asks who calls; but a credential that is found is
    then of use from everywhere. Functions that events call take no requests.
    https://cloud.google.com/run/docs/securing/ingress
    """
    for place in _ingress(view):
        if place.absent or place.text() in _EVERYWHERE:
            yield place.fault("internal traffic alone, or with a load balancer's")


def _ingress(view: View) -> Iterator[Property]:
    if view.token == CLOUD_RUN_SERVICE:
        yield view.get("ingress")
    elif view.token == FIRST_CLOUD_RUN_SERVICE:
        yield view.get("metadata", "annotations", _INGRESS_OF_RUN)
    elif view.get("eventTrigger").absent:
        config = view if view.token == FIRST_GOOGLE_FUNCTION else view.get("serviceConfig")
        yield config.get("ingressSettings")


RULES = (
    public_invoker,
    ingress_open,
)
