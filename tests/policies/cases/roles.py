"""Cases of rules about who may take a role, and which roles may be passed."""

import json
from typing import Any

from tests.policies.cases.access import policy
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
TRUST = "security/trust-open"
UNBOUND = "security/trust-unbound"
PASS = "security/pass-role-unscoped"

ACCOUNT = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
GITHUB = "token.actions.githubusercontent.com"
NAMED = "arn:aws:iam::123456789012:role/models-execution"
TO_SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def trust(principal: object, condition: object = None, *, text: bool = True) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    if condition is not None:
        statement["Condition"] = condition
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"assumeRolePolicy": json.dumps(document) if text else document}


def subject(value: object, operator: str = "StringEquals", issuer: str = ISSUER) -> dict[str, Any]:
    provider = f"arn:aws:iam::123456789012:oidc-provider/{issuer}"
    return trust({"Federated": provider}, {operator: {f"{issuer}:sub": value}})


def passing(resource: object, condition: object = None, action: str = "iam:PassRole") -> Any:  # noqa: ANN401
    return policy(action, resource, **({} if condition is None else {"Condition": condition}))


CASES = (
    Case(TRUST, "a service", ROLE, trust({"Service": "lambda.amazonaws.com"})),
    Case(TRUST, "an account", ROLE, trust({"AWS": "arn:aws:iam::123456789012:root"})),
    Case(TRUST, "everybody", ROLE, trust("*"), ("assumeRolePolicy",), says="0: everybody"),
    Case(TRUST, "everybody of AWS", ROLE, trust({"AWS": ["*"]}), ("assumeRolePolicy",)),
    Case(
        TRUST,
        "everybody of an organisation",
        ROLE,
        trust("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
    ),
    Case(
        TRUST,
        "everybody of any organisation",
        ROLE,
        trust("*", {"StringLike": {"aws:PrincipalOrgID": "*"}}),
        ("assumeRolePolicy",),
    ),
    Case(
        TRUST,
        "everybody who says nothing of an organisation",
        ROLE,
        trust("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1234567890"}}),
        ("assumeRolePolicy",),
    ),
    Case(
        TRUST,
        "all but one",
        ROLE,
        {
            "assumeRolePolicy": {
                "Statement": {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "NotPrincipal": {"AWS": "123456789012"},
                }
            }
        },
        ("assumeRolePolicy",),
    ),
    Case(TRUST, "denied to all", ROLE, {"assumeRolePolicy": {"Statement": [{"Effect": "Deny"}]}}),
    Case(TRUST, "one service account", ROLE, subject("system:serviceaccount:models:fraud")),
    Case(
        TRUST,
        "one namespace",
        ROLE,
        subject("system:serviceaccount:models:*", "StringLike"),
    ),
    Case(
        TRUST,
        "every namespace",
        ROLE,
        subject("system:serviceaccount:*:*", "StringLike"),
        ("assumeRolePolicy",),
        says=f"every subject of {ISSUER}",
    ),
    Case(
        TRUST,
        "no subject",
        ROLE,
        trust({"Federated": PROVIDER}, {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}),
        ("assumeRolePolicy",),
    ),
    Case(TRUST, "without conditions", ROLE, trust({"Federated": PROVIDER}), ("assumeRolePolicy",)),
    Case(
        TRUST,
        "a subject that may be missing",
        ROLE,
        subject("system:serviceaccount:models:fraud", "StringEqualsIfExists"),
        ("assumeRolePolicy",),
    ),
    Case(
        TRUST,
        "one repository",
        ROLE,
        subject("repo:example/models:ref:refs/heads/main", issuer=GITHUB),
    ),
    Case(
        TRUST,
        "all repositories",
        ROLE,
        subject(["repo:example/models:*", "repo:*"], "ForAnyValue:StringLike", GITHUB),
        ("assumeRolePolicy",),
    ),
    Case(
        TRUST,
        "an audience of one's own",
        ROLE,
        trust(
            {"Federated": "cognito-identity.amazonaws.com"},
            {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1234"}},
        ),
    ),
    Case(
        TRUST,
        "any application of Google's",
        ROLE,
        trust({"Federated": "accounts.google.com"}),
        ("assumeRolePolicy",),
    ),
    Case(
        TRUST, "SAML", ROLE, trust({"Federated": "arn:aws:iam::123456789012:saml-provider/example"})
    ),
    Case(TRUST, "unknown", ROLE, {"assumeRolePolicy": UNKNOWN}),
    Case(
        TRUST,
        "unknown condition",
        ROLE,
        trust({"Federated": PROVIDER}, UNKNOWN_OBJECT, text=False),
    ),
    Case(
        TRUST,
        "unknown subject",
        ROLE,
        trust({"Federated": PROVIDER}, {"StringEquals": {f"{ISSUER}:sub": UNKNOWN}}, text=False),
    ),
    Case(UNBOUND, "bound", ROLE, trust({"Service": "sagemaker.amazonaws.com"}, ACCOUNT)),
    Case(
        UNBOUND,
        "bound to a source",
        ROLE,
        trust(
            {"Service": "sagemaker.amazonaws.com"},
            {"ArnLike": {"AWS:SourceArn": "arn:aws:sagemaker:eu-west-1:123456789012:*"}},
        ),
    ),
    Case(
        UNBOUND,
        "without a bound",
        ROLE,
        trust({"Service": ["lambda.amazonaws.com", "sagemaker.amazonaws.com"]}),
        ("assumeRolePolicy",),
        says="sagemaker.amazonaws.com, for any account",
    ),
    Case(
        UNBOUND,
        "bound to any account",
        ROLE,
        trust({"Service": "states.amazonaws.com"}, {"StringLike": {"aws:SourceAccount": "*"}}),
        ("assumeRolePolicy",),
    ),
    Case(UNBOUND, "a service that is not asked", ROLE, trust({"Service": "lambda.amazonaws.com"})),
    Case(UNBOUND, "unknown", ROLE, {"assumeRolePolicy": UNKNOWN}),
    Case(PASS, "one role", POLICY, passing(NAMED)),
    Case(
        PASS,
        "one role, and the service is asked for",
        POLICY,
        passing(NAMED),
        ("policy",),
        settings={"require_service": True},
    ),
    Case(
        PASS,
        "one role to one service",
        POLICY,
        passing(NAMED, TO_SAGEMAKER),
        settings={"require_service": True},
    ),
    Case(PASS, "a prefix to one service", POLICY, passing(f"{NAMED}-*", TO_SAGEMAKER)),
    Case(
        PASS,
        "a prefix without a service",
        POLICY,
        passing([NAMED, f"{NAMED}-*"]),
        ("policy",),
        says="iam:PassRole on arn:aws:iam::123456789012:role/models-execution-*",
    ),
    Case(
        PASS,
        "a prefix to any service",
        POLICY,
        passing(f"{NAMED}-*", {"StringLike": {"iam:PassedToService": "*"}}),
        ("policy",),
    ),
    Case(
        PASS,
        "all roles to one service",
        POLICY,
        passing("arn:aws:iam::123456789012:role/*", TO_SAGEMAKER),
        ("policy",),
    ),
    Case(PASS, "everything", POLICY, passing("*", TO_SAGEMAKER), ("policy",)),
    Case(PASS, "in other words", POLICY, passing("*", action="iam:Pass*"), ("policy",)),
    Case(
        PASS,
        "of a role itself",
        ROLE,
        {"inlinePolicies": [{"name": "x", "policy": passing("*")["policy"]}]},
        ("inlinePolicies[0].policy",),
    ),
    Case(PASS, "nothing passed", POLICY, policy("iam:GetRole", "*")),
    Case(PASS, "all of IAM is another rule's", POLICY, policy("iam:*", "*")),
    Case(PASS, "unknown", POLICY, {"policy": UNKNOWN}),
)
