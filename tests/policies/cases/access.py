"""Cases of rules about who may do what: policies of IAM, invokers, routes."""

import json
from typing import Any

from tests.policies.cases.table import UNKNOWN, Case

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ROUTE = "aws:apigatewayv2/route:Route"
METHOD = "aws:apigateway/method:Method"
API = "aws:apigatewayv2/api:Api"
WILDCARD = "security/iam-wildcard"
BROAD = "security/iam-broad-managed-policy"
OPEN = "security/route-open"

OBJECT = "arn:aws:s3:::example-models/fraud/*"


def policy(action: object, resource: object = OBJECT, **more: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource} | more
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


CASES = (
    Case(WILDCARD, "one action, one prefix", POLICY, policy("s3:GetObject")),
    Case(WILDCARD, "everything", POLICY, policy("*", "*"), ("policy", "policy")),
    Case(WILDCARD, "all of a service", POLICY, policy(["s3:*"]), ("policy",), says="Action s3:*"),
    Case(
        WILDCARD,
        "on everything",
        POLICY,
        policy(["cloudwatch:PutMetricData", "s3:GetObject"], ["*"]),
        ("policy",),
        says="Resource * for s3:GetObject",
    ),
    Case(
        WILDCARD,
        "actions that know no resource",
        POLICY,
        policy(["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "ec2:DescribeVpcs"], "*"),
    ),
    Case(
        WILDCARD,
        "all but",
        POLICY,
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": OBJECT}}},
        ("policy",),
    ),
    Case(WILDCARD, "a group of them", POLICY, policy("ec2:Describe*", "*")),
    Case(
        WILDCARD,
        "an autoscaler's",
        POLICY,
        policy(
            ["autoscaling:DescribeTags", "iam:ListInstanceProfiles", "pricing:GetProducts"], "*"
        ),
    ),
    Case(WILDCARD, "an autoscaler's on all", POLICY, policy("autoscaling:Set*", "*"), ("policy",)),
    Case(
        WILDCARD,
        "all of a service in other words",
        POLICY,
        policy(["s3:**", "s3:?*"]),
        ("policy", "policy"),
    ),
    Case(
        WILDCARD,
        "all buckets",
        POLICY,
        policy("s3:GetObject", "arn:aws:s3:::*"),
        ("policy",),
        says="Resource arn:aws:s3:::* for s3:GetObject",
    ),
    Case(
        WILDCARD,
        "any region and account of one log group",
        POLICY,
        policy("logs:PutLogEvents", "arn:aws:logs:*:*:log-group:/aws/lambda/fraud:*"),
    ),
    Case(WILDCARD, "denied", POLICY, policy("*", "*", Effect="Deny")),
    Case(WILDCARD, "role policy", "aws:iam/rolePolicy:RolePolicy", policy("*"), ("policy",)),
    Case(
        WILDCARD,
        "inline policy",
        ROLE,
        {"inlinePolicies": [policy("sagemaker:*")]},
        ("inlinePolicies[0].policy",),
    ),
    Case(WILDCARD, "absent", ROLE, {}),
    Case(WILDCARD, "unknown", POLICY, {"policy": UNKNOWN}),
    Case(WILDCARD, "not JSON", POLICY, {"policy": "{"}, ("policy",)),
    Case(
        BROAD,
        "SageMaker",
        ATTACHMENT,
        {"policyArn": "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"},
        ("policyArn",),
    ),
    Case(
        BROAD,
        "administrator",
        ROLE,
        {"managedPolicyArns": [UNKNOWN, "arn:aws:iam::aws:policy/AdministratorAccess"]},
        ("managedPolicyArns[1]",),
    ),
    Case(
        BROAD,
        "narrow",
        ATTACHMENT,
        {"policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
    ),
    Case(
        BROAD,
        "what EKS nodes need",
        ATTACHMENT,
        {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"},
    ),
    Case(BROAD, "unknown", ATTACHMENT, {"policyArn": UNKNOWN}),
    Case(BROAD, "absent", ROLE, {}),
    Case(OPEN, "IAM", ROUTE, {"routeKey": "POST /predict", "authorizationType": "AWS_IAM"}),
    Case(
        OPEN,
        "none",
        ROUTE,
        {"routeKey": "POST /predict", "authorizationType": "NONE"},
        ("authorizationType",),
    ),
    Case(OPEN, "absent", ROUTE, {"routeKey": "$default"}, ("authorizationType",)),
    Case(OPEN, "connection", ROUTE, {"routeKey": "$connect"}, ("authorizationType",)),
    Case(OPEN, "message", ROUTE, {"routeKey": "sendmessage"}),
    Case(OPEN, "preflight", ROUTE, {"routeKey": "OPTIONS /predict"}),
    Case(
        OPEN, "listed", ROUTE, {"routeKey": "GET /health"}, (), {"public_routes": ["GET /health"]}
    ),
    Case(
        OPEN,
        "REST method",
        METHOD,
        {"httpMethod": "POST", "authorization": "NONE"},
        ("authorization",),
    ),
    Case(OPEN, "unknown", ROUTE, {"authorizationType": UNKNOWN}),
    Case(OPEN, "a route that an API makes", API, {"target": "arn:aws:lambda:x"}, ("target",)),
    Case(
        OPEN,
        "a route that an API makes, and that is public",
        API,
        {"target": "arn:aws:lambda:x", "routeKey": "GET /health"},
        settings={"public_routes": ["GET /health"]},
    ),
    Case(OPEN, "an API without a route", API, {"protocolType": "HTTP"}),
    Case(OPEN, "an API's unknown target", API, {"target": UNKNOWN}),
)
