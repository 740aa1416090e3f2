"""Cases of rules about broad roles of Google Cloud and Azure, and keys of service accounts."""

import json
from typing import Any

from tests.policies.cases.invokers import SHOP, member, policy_data
from tests.policies.cases.table import UNKNOWN, Case

PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
PROJECT_BINDING = "gcp:projects/iAMBinding:IAMBinding"
PROJECT_POLICY = "gcp:projects/iAMPolicy:IAMPolicy"
FOLDER_MEMBER = "gcp:folder/iAMMember:IAMMember"
ORGANIZATION_BINDING = "gcp:organizations/iAMBinding:IAMBinding"
KEY = "gcp:serviceaccount/key:Key"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"
OLD_ASSIGNMENT = "azure-native:authorization/v20220401:RoleAssignment"
DEFINITION = "azure-native:authorization:RoleDefinition"
GOOGLE = "security/google-broad-role"
KEYS = "security/google-account-key"
AZURE = "security/azure-broad-role"

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ACCESS = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/models"
TOKENS = "roles/iam.serviceAccountTokenCreator"
AGENT = "serviceAccount:service-210987654321@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
GOOGLES = "serviceAccount:210987654321@cloudservices.gserviceaccount.com"


def assigned(role: object, scope: object = SUBSCRIPTION, **more: object) -> dict[str, Any]:
    where = "/providers/Microsoft.Authorization/roleDefinitions/"
    named = f"{SUBSCRIPTION}{where}{role}" if role != UNKNOWN else role
    return {"roleDefinitionId": named, "scope": scope, "principalId": "principal", **more}


def allowing(*actions: str, key: str = "actions") -> dict[str, Any]:
    return {"scope": SUBSCRIPTION, "permissions": [{key: list(actions)}]}


CASES = (
    Case(GOOGLE, "one service", PROJECT_MEMBER, member(SHOP, "roles/artifactregistry.reader")),
    Case(
        GOOGLE,
        "editor",
        PROJECT_MEMBER,
        member(SHOP, "roles/editor"),
        ("role",),
        says="found roles/editor; expected a role of one service, on one resource",
    ),
    Case(GOOGLE, "viewer", PROJECT_MEMBER, member(SHOP, "roles/viewer"), ("role",)),
    Case(
        GOOGLE,
        "anybody's tokens",
        FOLDER_MEMBER,
        member(SHOP, TOKENS),
        ("role",),
    ),
    Case(
        GOOGLE,
        "owner, for several",
        ORGANIZATION_BINDING,
        {"role": "roles/owner", "members": [SHOP, "user:a@example.com"]},
        ("role",),
    ),
    Case(GOOGLE, "Google's own", PROJECT_MEMBER, member(GOOGLES, "roles/editor")),
    Case(GOOGLE, "a service's agent", PROJECT_MEMBER, member(AGENT, TOKENS)),
    Case(
        GOOGLE,
        "named like an agent",
        PROJECT_MEMBER,
        member("serviceAccount:service-1@example-models.iam.gserviceaccount.com", TOKENS),
        ("role",),
    ),
    Case(
        GOOGLE,
        "everybody",
        PROJECT_BINDING,
        {"role": "roles/browser", "members": [SHOP, "allUsers"]},
        ("members[1]",),
    ),
    Case(GOOGLE, "a policy", PROJECT_POLICY, policy_data(SHOP, role="roles/run.invoker")),
    Case(
        GOOGLE,
        "an owner's policy",
        PROJECT_POLICY,
        policy_data(SHOP, "user:a@example.com", role="roles/owner"),
        ("policyData",),
    ),
    Case(GOOGLE, "no bindings", PROJECT_POLICY, {"policyData": json.dumps({})}),
    Case(GOOGLE, "unknown", PROJECT_MEMBER, member(SHOP, UNKNOWN)),
    Case(GOOGLE, "member unknown", PROJECT_MEMBER, member(UNKNOWN, "roles/owner"), ("role",)),
    Case(GOOGLE, "absent", PROJECT_MEMBER, {}),
    Case(
        GOOGLE,
        "listed",
        PROJECT_MEMBER,
        member(SHOP, "roles/storage.admin"),
        ("role",),
        {"broad_roles": ["roles/storage.admin"]},
    ),
    Case(KEYS, "absent is Google's", KEY, {"serviceAccountId": SHOP}, ("publicKeyData",)),
    Case(KEYS, "uploaded", KEY, {"serviceAccountId": SHOP, "publicKeyData": "LS0tLS1CRUdJTi"}),
    Case(KEYS, "unknown", KEY, {"serviceAccountId": SHOP, "publicKeyData": UNKNOWN}),
    Case(AZURE, "a container's reader", ASSIGNMENT, assigned(BLOB_READER)),
    Case(AZURE, "owner of a group", ASSIGNMENT, assigned(OWNER, GROUP)),
    Case(
        AZURE,
        "owner",
        OLD_ASSIGNMENT,
        assigned(OWNER),
        ("roleDefinitionId",),
        says="found Owner on /subscriptions/",
    ),
    Case(AZURE, "contributor", ASSIGNMENT, assigned(CONTRIBUTOR), ("roleDefinitionId",)),
    Case(
        AZURE,
        "contributor of all groups",
        ASSIGNMENT,
        assigned(CONTRIBUTOR, "/providers/Microsoft.Management/managementGroups/all"),
        ("roleDefinitionId",),
    ),
    Case(AZURE, "giver of rights", ASSIGNMENT, assigned(ACCESS), ("roleDefinitionId",)),
    Case(AZURE, "giver of some", ASSIGNMENT, assigned(ACCESS, condition="(…)")),
    Case(
        AZURE,
        "a condition holds no contributor",
        ASSIGNMENT,
        assigned(CONTRIBUTOR, condition="(…)"),
        ("roleDefinitionId",),
    ),
    Case(AZURE, "unknown", ASSIGNMENT, assigned(UNKNOWN)),
    Case(AZURE, "scope unknown", ASSIGNMENT, assigned(OWNER, UNKNOWN)),
    Case(AZURE, "absent", DEFINITION, {}),
    Case(
        AZURE,
        "single actions",
        DEFINITION,
        allowing("Microsoft.Storage/storageAccounts/read", "*/read"),
    ),
    Case(AZURE, "all actions", DEFINITION, allowing("*"), ("permissions[0].actions[0]",)),
    Case(
        AZURE,
        "all of a service",
        DEFINITION,
        allowing("Microsoft.Storage/*", key="dataActions"),
        ("permissions[0].dataActions[0]",),
    ),
    Case(AZURE, "all writes", DEFINITION, allowing("*/write"), ("permissions[0].actions[0]",)),
)
