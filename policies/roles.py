"""Security: who may take a role of AWS, and which roles may be handed to a service."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from policies.access import IDENTITY_POLICIES, PASSING_ROLE, identity_documents
from policies.conditions import CALLER_KEYS, SOURCE_KEYS, asked, binds
from policies.configuration import setting
from policies.documents import EVERY_ACTION, EVERY_RESOURCE, Statement, allowing
from policies.properties import UNKNOWN
from policies.resource_types import ROLE
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

# Every role of an account: `role/*`, and what says the same.
_EVERY_ROLE: Final = re.compile(r"arn:[^:]*:iam::[^:]*:(role/?)?[*?]+")
_PASSED_TO: Final = frozenset({"iam:passedtoservice"})
# Providers whose tokens carry an audience of your own, so that it says enough.
_OWN_AUDIENCE: Final = (
    "cognito-identity.amazonaws.com",
    "accounts.google.com",
    "www.amazon.com",
    "graph.facebook.com",
)
# What all subjects of a provider begin with: a pattern must say more.
_EVERY_SUBJECT: Final = re.compile(r"(system:serviceaccount:|repo:|project_path:)?[*?].*")
# Services whose own page asks for the account or the resource in a role's trust.
# https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
# https://docs.aws.amazon.com/bedrock/latest/userguide/cross-service-confused-deputy-prevention.html
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
# https://docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html
_ASKED_OF: Final = frozenset(
    f"{name}.amazonaws.com"
    for name in (
        "bedrock",
        "codebuild",
        "ecs-tasks",
        "sagemaker",
        "scheduler",
        "states",
        "vpc-flow-logs",
    )
)


@resource_rule(
    "security/trust-open",
    severity=Severity.CRITICAL,
    types=(ROLE,),
    fix="Name the principals; of an identity provider, the subject (StringEquals on its :sub).",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_358"),
)
def trust_open(view: View, _settings: NoSettings) -> Faults:
    """Anybody, or anybody's pod or pipeline, may take the role.

    A cluster's OIDC provider signs for all its service accounts, GitHub's for all repositories
    there are: without the subject every one of them is let in.
    https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """
    for statement in allowing(view.get("assumeRolePolicy")):
        everybody = "*" in statement.principals or "NotPrincipal" in statement.content
        if everybody and not binds(statement, CALLER_KEYS):
            found = f"{statement.where}: everybody"
            yield statement.place.fault("named principals, or a Condition on them", found)
        for provider in _providers(statement):
            if not _pinned(statement, provider):
                # A secret document's provider stays its own.
                found = f"{statement.where}: every subject of {provider}"
                yield statement.place.fault(f"a subject: StringEquals {provider}:sub", found)


def _named(statement: Statement, kind: str) -> list[str]:
    """The principals of one kind: Federated, Service."""
    principal: object = statement.content.get("Principal")
    if not isinstance(principal, dict):
        return []
    found = cast("dict[str, object]", principal).get(kind, [])
    several = cast("list[object]", found) if isinstance(found, list) else [found]
    return [str(one) for one in several]


def _providers(statement: Statement) -> Iterator[str]:
    """The issuers of OIDC tokens that the statement trusts, as condition keys spell them."""
    for arn in _named(statement, "Federated"):
        if ":oidc-provider/" in arn:
            yield "[secret]" if statement.place.secret else arn.partition(":oidc-provider/")[2]
        elif arn in _OWN_AUDIENCE:
            yield arn


def _pinned(statement: Statement, provider: str) -> bool:
    wanted = {"sub"} | ({"aud"} if provider in _OWN_AUDIENCE else set[str]())
    if statement.content.get("Condition") is UNKNOWN:
        return True
    return any(
        key.rpartition(":")[2] in wanted
        and not any(_EVERY_SUBJECT.fullmatch(value) for value in values)
        for key, values in asked(statement)
    )


@resource_rule(
    "security/trust-unbound",
    severity=Severity.MEDIUM,
    types=(ROLE,),
    fix="Add a Condition on aws:SourceAccount, or on aws:SourceArn.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def trust_unbound(view: View, _settings: NoSettings) -> Faults:
    """A service may take the role for somebody else's account.

    Judged are services whose own page asks for the bound, SageMaker among them:
    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
    """
    for statement in allowing(view.get("assumeRolePolicy")):
        services = [name for name in _named(statement, "Service") if name in _ASKED_OF]
        if services and not binds(statement, SOURCE_KEYS):
            found = f"{statement.where}: {services[0]}, for any account"
            yield statement.place.fault("a Condition on aws:SourceAccount", found)


@dataclass(frozen=True)
class PassRole:
    """Settings."""

    require_service: bool = setting(
        False,
        "Ask for iam:PassedToService also where the roles are named one by one.",
    )


@resource_rule(
    "security/pass-role-unscoped",
    severity=Severity.CRITICAL,
    types=IDENTITY_POLICIES,
    fix="Name the roles, and the service that gets them: a Condition on iam:PassedToService.",
    unknown=Unknown.LATER,
    settings=PassRole,
    checkov=("CKV_AWS_286",),
)
def pass_role_unscoped(view: View, settings: PassRole) -> Faults:
    """Any role of the account may be handed to a service, an administrator's too.

    Who may do that and start a machine, a function or an endpoint, may do all that the role may. A
    pattern of names needs the service beside it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    for document in identity_documents(view):
        for statement in allowing(document):
            if any(_passes(action) for action in statement.values("Action")):
                yield from _passed(statement, settings)


def _passes(action: str) -> bool:
    """Whether it is meant; all of IAM's actions are another rule's."""
    if EVERY_ACTION.fullmatch(action):
        return False
    pattern = re.escape(action.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(pattern, PASSING_ROLE) is not None


def _passed(statement: Statement, settings: PassRole) -> Faults:
    to_service = binds(statement, _PASSED_TO)
    for resource in statement.values("Resource"):
        shown = "[secret]" if statement.place.secret else resource
        found = f"{statement.where}: iam:PassRole on {shown}"
        if EVERY_RESOURCE.fullmatch(resource) or _EVERY_ROLE.fullmatch(resource):
            yield statement.place.fault("roles by their names", found)
        elif not to_service and (settings.require_service or set(resource) & set("*?")):
            yield statement.place.fault("a Condition on iam:PassedToService", found)


RULES = (
    trust_open,
    trust_unbound,
    pass_role_unscoped,
)
