"""Cases of rules about who may call a model, and from where."""

import json
from typing import Any

from tests.policies.cases.latency import RUN
from tests.policies.cases.table import UNKNOWN, Case

URL = "aws:lambda/functionUrl:FunctionUrl"
PERMISSION = "aws:lambda/permission:Permission"
RUN_MEMBER = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
RUN_BINDING = "gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding"
RUN_POLICY = "gcp:cloudrunv2/serviceIamPolicy:ServiceIamPolicy"
OLD_RUN = "gcp:cloudrun/service:Service"
OLD_RUN_MEMBER = "gcp:cloudrun/iamMember:IamMember"
FIRST = "gcp:cloudfunctions/function:Function"
FIRST_MEMBER = "gcp:cloudfunctions/functionIamMember:FunctionIamMember"
SECOND = "gcp:cloudfunctionsv2/function:Function"
SECOND_BINDING = "gcp:cloudfunctionsv2/functionIamBinding:FunctionIamBinding"
VERTEX_MEMBER = "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember"
PUBLIC = "security/public-invoker"
INGRESS = "security/ingress-open"

INVOKER = "roles/run.invoker"
SHOP = "serviceAccount:shop@example-shop.iam.gserviceaccount.com"


def member(who: object, role: object = INVOKER) -> dict[str, Any]:
    return {"role": role, "member": who}


def policy_data(*members: str, role: str = INVOKER) -> dict[str, Any]:
    return {"policyData": json.dumps({"bindings": [{"role": role, "members": members}]})}


def annotated(ingress: object) -> dict[str, Any]:
    return {"metadata": {"annotations": {"run.googleapis.com/ingress": ingress}}}


CASES = (
    Case(PUBLIC, "URL by IAM", URL, {"authorizationType": "AWS_IAM"}),
    Case(PUBLIC, "URL for all", URL, {"authorizationType": "NONE"}, ("authorizationType",)),
    Case(PUBLIC, "URL unknown", URL, {"authorizationType": UNKNOWN}),
    Case(PUBLIC, "URL absent", URL, {}, ("authorizationType",)),
    Case(PUBLIC, "everybody", PERMISSION, {"principal": "*"}, ("principal",)),
    Case(
        PUBLIC,
        "everybody's account",
        PERMISSION,
        {"principal": "*", "functionUrlAuthType": "AWS_IAM"},
        ("principal",),
    ),
    Case(PUBLIC, "an organisation", PERMISSION, {"principal": "*", "principalOrgId": "o-1"}),
    Case(
        PUBLIC,
        "a service of any account",
        PERMISSION,
        {"principal": "apigateway.amazonaws.com"},
        ("sourceArn",),
    ),
    Case(
        PUBLIC,
        "an API",
        PERMISSION,
        {"principal": "apigateway.amazonaws.com", "sourceArn": UNKNOWN},
    ),
    Case(PUBLIC, "an account", PERMISSION, {"principal": "123456789012"}),
    Case(PUBLIC, "unknown", PERMISSION, {"principal": UNKNOWN}),
    Case(PUBLIC, "Cloud Run, a shop", RUN_MEMBER, member(SHOP)),
    Case(
        PUBLIC,
        "Cloud Run, everybody",
        RUN_MEMBER,
        member("allUsers"),
        ("member",),
        says="found roles/run.invoker for allUsers",
    ),
    Case(
        PUBLIC,
        "Cloud Run, everybody with an account",
        RUN_MEMBER,
        member("allAuthenticatedUsers"),
        ("member",),
    ),
    Case(PUBLIC, "Cloud Run, unknown", RUN_MEMBER, member(UNKNOWN)),
    Case(PUBLIC, "Cloud Run, role unknown", RUN_MEMBER, member("allUsers", UNKNOWN), ("member",)),
    Case(
        PUBLIC,
        "Cloud Run, one of several",
        RUN_BINDING,
        {"role": INVOKER, "members": [SHOP, "allUsers", UNKNOWN]},
        ("members[1]",),
    ),
    Case(PUBLIC, "Cloud Run, a policy", RUN_POLICY, policy_data(SHOP)),
    Case(
        PUBLIC,
        "Cloud Run, a policy for all",
        RUN_POLICY,
        policy_data(SHOP, "allUsers"),
        ("policyData",),
    ),
    Case(PUBLIC, "Cloud Run, a policy unknown", RUN_POLICY, {"policyData": UNKNOWN}),
    Case(PUBLIC, "Cloud Run, no JSON", RUN_POLICY, {"policyData": "{"}, ("policyData",)),
    Case(PUBLIC, "Cloud Run, as Knative has it", OLD_RUN_MEMBER, member("allUsers"), ("member",)),
    Case(PUBLIC, "a first function", FIRST_MEMBER, member("allUsers"), ("member",)),
    Case(
        PUBLIC,
        "a second function",
        SECOND_BINDING,
        {"role": INVOKER, "members": ["allUsers"]},
        ("members[0]",),
    ),
    Case(PUBLIC, "Vertex AI", VERTEX_MEMBER, member("allAuthenticatedUsers"), ("member",)),
    Case(PUBLIC, "callers are asked", RUN, {"invokerIamDisabled": False}),
    Case(PUBLIC, "whether callers are asked is absent", RUN, {}),
    Case(
        PUBLIC, "callers are not asked", RUN, {"invokerIamDisabled": True}, ("invokerIamDisabled",)
    ),
    Case(PUBLIC, "a proxy asks them", RUN, {"invokerIamDisabled": True, "iapEnabled": True}),
    Case(INGRESS, "internal", RUN, {"ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY"}),
    Case(INGRESS, "load balancer", RUN, {"ingress": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"}),
    Case(INGRESS, "all", RUN, {"ingress": "INGRESS_TRAFFIC_ALL"}, ("ingress",)),
    Case(INGRESS, "absent", RUN, {}, ("ingress",)),
    Case(INGRESS, "unknown", RUN, {"ingress": UNKNOWN}),
    Case(INGRESS, "Knative's, internal", OLD_RUN, annotated("internal")),
    Case(
        INGRESS,
        "Knative's, all",
        OLD_RUN,
        annotated("all"),
        ("metadata.annotations.run.googleapis.com/ingress",),
    ),
    Case(INGRESS, "a first function", FIRST, {"ingressSettings": "ALLOW_INTERNAL_AND_GCLB"}),
    Case(
        INGRESS,
        "a first function for all",
        FIRST,
        {"triggerHttp": True, "ingressSettings": "ALLOW_ALL"},
        ("ingressSettings",),
    ),
    Case(
        INGRESS,
        "a second function without",
        SECOND,
        {"serviceConfig": {}},
        ("serviceConfig.ingressSettings",),
    ),
    Case(
        INGRESS,
        "a second function, internal",
        SECOND,
        {"serviceConfig": {"ingressSettings": "ALLOW_INTERNAL_ONLY"}},
    ),
    Case(INGRESS, "called by events", SECOND, {"eventTrigger": {"eventType": "x"}}),
)
