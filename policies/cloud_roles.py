"""Security: roles of Google Cloud and Azure that reach beyond what a model needs."""

import re
from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.google_grants import grants, iam_types
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

PROJECT_GRANTS: Final = (
    *iam_types("projects", "iAM"),
    *iam_types("folder", "iAM"),
    *iam_types("organizations", "iAM"),
)
ACCOUNT_KEY: Final = "gcp:serviceaccount/key:Key"
ROLE_ASSIGNMENT: Final = "azure-native:authorization:RoleAssignment"
ROLE_DEFINITION: Final = "azure-native:authorization:RoleDefinition"
# Agents of Google's own services, which are given their roles on whole projects by its pages:
# https://cloud.google.com/iam/docs/service-agents
_GOOGLES: Final = re.compile(
    r"serviceAccount:(\d+@cloudservices"
    r"|service-\d+@(gcp-sa-[a-z0-9-]+|[a-z0-9-]+-robot|compute-system)\.iam)"
    r"\.gserviceaccount\.com"
)
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/privileged
_PRIVILEGED: Final = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
# What a condition can hold to single roles and principals: delegate-role-assignments-overview.
_DELEGATING: Final = ("User Access Administrator", "Role Based Access Control Administrator")
_WIDE_SCOPE: Final = re.compile(
    r"/?|/subscriptions/[^/]+/?|/?providers/Microsoft\.Management/managementGroups/[^/]+/?",
    re.IGNORECASE,
)
# All of a provider, or all that changes something; to read everything is a role of its own.
_WILD_ACTION: Final = re.compile(r"\*(/\*)?|[\w.]+/\*|\*/(write|delete|action)", re.IGNORECASE)


@dataclass(frozen=True)
class BroadRoles:
    """Settings."""

    broad_roles: tuple[str, ...] = setting(
        (
            "roles/owner",
            "roles/editor",
            "roles/viewer",
            "roles/iam.securityAdmin",
            "roles/iam.serviceAccountAdmin",
            "roles/iam.serviceAccountKeyAdmin",
            "roles/iam.serviceAccountTokenCreator",
            "roles/iam.serviceAccountUser",
            "roles/iam.workloadIdentityUser",
            "roles/resourcemanager.folderAdmin",
            "roles/resourcemanager.folderIamAdmin",
            "roles/resourcemanager.organizationAdmin",
            "roles/resourcemanager.projectIamAdmin",
        ),
        "Roles that nobody is granted on a whole project, folder or organisation.",
    )


@resource_rule(
    "security/google-broad-role",
    severity=Severity.CRITICAL,
    types=PROJECT_GRANTS,
    fix="Grant a role of the service that is used, on the bucket, key or service account itself.",
    unknown=Unknown.LATER,
    settings=BroadRoles,
    checkov=(
        *("CKV_GCP_41", "CKV_GCP_44", "CKV_GCP_45", "CKV_GCP_49"),
        *("CKV_GCP_115", "CKV_GCP_116", "CKV_GCP_117"),
    ),
)
def google_broad_role(view: View, settings: BroadRoles) -> Faults:
    """A role over a whole project lets its holder do nearly everything, or be anybody in it.

    Basic roles hold thousands of permissions; who may use, or make tokens of, each service account
    has all of their rights together. Agents of Google's own services are left alone.
    https://cloud.google.com/iam/docs/roles-overview#basic
    https://cloud.google.com/iam/docs/service-account-permissions
    """
    told: set[str] = set()
    for grant in grants(view):
        if grant.everybody:
            yield grant.place.fault("named users, groups or service accounts", grant.shown)
        elif grant.role in settings.broad_roles and not _GOOGLES.fullmatch(grant.member):
            # One role is one fault, however many have it.
            if grant.role not in told:
                yield grant.role_place.fault("a role of one service, on one resource", grant.role)
            told.add(grant.role)


@resource_rule(
    "security/google-account-key",
    severity=Severity.HIGH,
    types=(ACCOUNT_KEY,),
    fix="Let workloads be the account: attached service accounts, Workload Identity Federation.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV2_GCP_3",),
)
def google_account_key(view: View, _settings: NoSettings) -> Faults:
    """A service account has a key, which whoever finds it can use for years.

    It lies in the state of the stack, too. Of a key that is uploaded the private half never leaves
    where it was made, and it passes:
    https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys
    """
    public = view.get("publicKeyData")
    if public.absent:
        yield public.fault("no key, or the public half of one of your own", "a key made by Google")


@resource_rule(
    "security/azure-broad-role",
    severity=Severity.CRITICAL,
    types=(ROLE_ASSIGNMENT, ROLE_DEFINITION),
    fix="Assign a role of the service that is used, on the container, vault or workspace itself; "
    "in a role of your own name single actions.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AZURE_39",),
)
def azure_broad_role(view: View, _settings: NoSettings) -> Faults:
    """A role over a whole subscription lets its holder change everything, or a role allows it.

    Owner, Contributor and the roles that give others rights count, on a subscription, a management
    group or the tenant; those that give rights pass where a condition holds them to single roles.
    https://learn.microsoft.com/azure/role-based-access-control/best-practices
    """
    if view.token == fold(ROLE_DEFINITION):
        for permission in view.get("permissions").items():
            for key in ("actions", "dataActions"):
                for action in permission.get(key).items():
                    if _WILD_ACTION.fullmatch(action.text() or ""):
                        yield action.fault("single actions")
        return
    role, scope = view.get("roleDefinitionId"), view.get("scope")
    guid, where = (role.text() or "").rpartition("/")[2].lower(), scope.text()
    name = _PRIVILEGED.get(guid)
    if name is None or where is None or not _WIDE_SCOPE.fullmatch(where):
        return
    if name in _DELEGATING and not view.get("condition").absent:
        return
    found = name if scope.secret else f"{name} on {where}"
    yield role.fault("a role of one service, on one resource", found)


RULES = (
    google_broad_role,
    google_account_key,
    azure_broad_role,
)
