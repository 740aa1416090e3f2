"""Cases of rules about roles and bindings."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
CLUSTER_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
WILDCARD = "security/rbac-wildcard"
ESCALATION = "security/rbac-escalation"
READING = "security/rbac-broad-reading"
BROAD = "security/rbac-broad-binding"

READER = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
ACCOUNT = {"kind": "ServiceAccount", "name": "models", "namespace": "models"}


def role(*resources: str, verbs: tuple[str, ...] = ("get",), **more: object) -> dict[str, Any]:
    rule = {"apiGroups": [""], "resources": list(resources), "verbs": list(verbs)}
    return {"rules": [rule | more]}


def bound(name: str, *subjects: dict[str, Any]) -> dict[str, Any]:
    return {"roleRef": {"kind": "ClusterRole", "name": name}, "subjects": list(subjects)}


def group(name: str) -> dict[str, Any]:
    return {"kind": "Group", "name": name}


CASES = (
    Case(WILDCARD, "single rights", ROLE, {"rules": [READER]}),
    Case(WILDCARD, "no rules", CLUSTER_ROLE, {"aggregationRule": {}}),
    Case(WILDCARD, "all verbs", ROLE, role("pods", verbs=("*",)), ("rules[0].verbs[0]",)),
    Case(
        WILDCARD,
        "all resources",
        "kubernetes:rbac.authorization.k8s.io/v1beta1:ClusterRole",
        {"rules": [READER, {"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]}]},
        ("rules[1].resources[0]",),
    ),
    Case(
        WILDCARD,
        "all groups",
        ROLE,
        {"rules": [{"apiGroups": ["*"], "resources": ["jobs"], "verbs": ["get"]}]},
        ("rules[0].apiGroups[0]",),
    ),
    Case(
        WILDCARD,
        "all addresses",
        CLUSTER_ROLE,
        {"rules": [{"nonResourceURLs": ["/healthz", "*"], "verbs": ["get"]}]},
        ("rules[0].nonResourceURLs[1]",),
    ),
    Case(WILDCARD, "one subresource of all", ROLE, role("*/scale")),
    Case(WILDCARD, "unknown", ROLE, role(UNKNOWN)),
    Case(WILDCARD, "unknown rules", ROLE, {"rules": UNKNOWN}),
    Case(ESCALATION, "reading", ROLE, {"rules": [READER]}),
    Case(ESCALATION, "nothing", ROLE, {}),
    *(
        Case(ESCALATION, verb, CLUSTER_ROLE, role("roles", verbs=(verb,)), ("rules[0].verbs[0]",))
        for verb in ("bind", "escalate", "impersonate")
    ),
    *(
        Case(
            ESCALATION,
            f"{verb} of {resource}",
            CLUSTER_ROLE,
            role("pods", resource, verbs=(verb,)),
            ("rules[0].resources[1]",),
        )
        for resource, verb in (
            ("pods/exec", "create"),
            ("pods/exec", "get"),
            ("pods/attach", "*"),
            ("nodes/proxy", "get"),
            ("serviceaccounts/token", "create"),
            ("certificatesigningrequests/approval", "update"),
        )
    ),
    Case(
        ESCALATION, "requests for certificates", ROLE, role("certificatesigningrequests/approval")
    ),
    Case(ESCALATION, "a token's name", ROLE, role("serviceaccounts/token")),
    Case(ESCALATION, "logs and forwarding", ROLE, role("pods/log", verbs=("get", "create"))),
    Case(ESCALATION, "unknown", ROLE, role("pods/exec", verbs=(UNKNOWN,))),
    Case(READING, "none", ROLE, {"rules": [READER]}),
    Case(READING, "all", ROLE, role("configmaps", "secrets"), ("rules[0].resources[1]",)),
    Case(READING, "a list", ROLE, role("secrets", verbs=("list",)), ("rules[0].resources[0]",)),
    Case(READING, "any verb", ROLE, role("secrets", verbs=("*",)), ("rules[0].resources[0]",)),
    Case(READING, "writing", ROLE, role("secrets", verbs=("create", "patch"))),
    Case(READING, "by name", ROLE, role("secrets", resourceNames=["hugging-face"])),
    Case(READING, "no name", ROLE, role("secrets", resourceNames=[]), ("rules[0].resources[0]",)),
    Case(READING, "unknown", ROLE, role("secrets", resourceNames=UNKNOWN)),
    Case(BROAD, "a role of its own", BINDING, bound("model-reader", ACCOUNT)),
    Case(BROAD, "people", CLUSTER_BINDING, bound("cluster-admin", group("platform-team"))),
    Case(BROAD, "absent subjects", BINDING, {"roleRef": {"name": "view"}}),
    Case(
        BROAD,
        "a program as administrator",
        CLUSTER_BINDING,
        bound("cluster-admin", group("platform-team"), ACCOUNT),
        ("roleRef.name",),
        says="a role with what models needs",
    ),
    Case(
        BROAD,
        "all programs of a namespace",
        BINDING,
        bound("cluster-admin", group("system:serviceaccounts:models")),
        ("roleRef.name",),
    ),
    Case(
        BROAD,
        "the default service account",
        BINDING,
        bound("view", ACCOUNT, ACCOUNT | {"name": "default"}),
        ("subjects[1].name",),
    ),
    *(
        Case(BROAD, name, CLUSTER_BINDING, bound("view", group(name)), ("subjects[0].name",))
        for name in ("system:authenticated", "system:unauthenticated")
    ),
    Case(
        BROAD,
        "nobody in particular",
        BINDING,
        bound("view", {"kind": "User", "name": "system:anonymous"}),
        ("subjects[0].name",),
    ),
    Case(
        BROAD,
        "keys of tokens",
        CLUSTER_BINDING,
        bound("system:service-account-issuer-discovery", group("system:unauthenticated")),
    ),
    Case(BROAD, "unknown", CLUSTER_BINDING, bound(UNKNOWN, ACCOUNT)),
    Case(
        BROAD, "unknown subject", CLUSTER_BINDING, bound("view", {"kind": "User", "name": UNKNOWN})
    ),
    Case(BROAD, "unknown role", BINDING, {"roleRef": UNKNOWN_OBJECT, "subjects": [ACCOUNT]}),
)
