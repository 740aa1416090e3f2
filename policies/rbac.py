"""Security: what may be done through the cluster's API, and by whom."""

from typing import Final

from policies.properties import Property
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

_GROUP: Final = "kubernetes:rbac.authorization.k8s.io/v1"
ROLES: Final = (f"{_GROUP}:Role", f"{_GROUP}:ClusterRole")
BINDINGS: Final = (f"{_GROUP}:RoleBinding", f"{_GROUP}:ClusterRoleBinding")
_EVERYTHING: Final = "*"
_READING: Final = ("get", "list", "watch", _EVERYTHING)
# Verbs that give more than they are called, whatever they are for.
_RISING: Final = ("bind", "escalate", "impersonate")
# What may be done to a resource that gives more than it is called.
# https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
_CALLS: Final = ("create", "get", _EVERYTHING)
_STRONG: Final = {
    "certificatesigningrequests/approval": ("patch", "update", _EVERYTHING),
    "nodes/proxy": ("create", "get", "patch", "update", _EVERYTHING),
    "pods/attach": _CALLS,
    "pods/exec": _CALLS,
    "serviceaccounts/token": ("create", _EVERYTHING),
}
_ADMINISTRATOR: Final = "cluster-admin"
_EVERYBODY: Final = ("system:anonymous", "system:authenticated", "system:unauthenticated")
# Kubernetes lets everybody read these: versions, health, and keys of tokens.
# https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
_FOR_EVERYBODY: Final = (
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
)


def _words(rule: Property, key: str) -> list[tuple[str, Property]]:
    """The texts of one of its lists, each with its place; unknown ones are noted."""
    return [(word, place) for place in rule.get(key).items() if (word := place.text()) is not None]


@resource_rule(
    "security/rbac-wildcard",
    severity=Severity.HIGH,
    types=ROLES,
    fix="Name the groups, resources and verbs that are needed.",
    unknown=Unknown.REST,
    settings=NoSettings,
    checkov=("CKV_K8S_49",),
)
def rbac_wildcard(view: View, _settings: NoSettings) -> Faults:
    """A role allows everything of a kind: all verbs, all resources, or all groups.

    That includes what the cluster learns only later:
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/
    """
    for rule in view.get("rules").items():
        for key in ("apiGroups", "resources", "verbs", "nonResourceURLs"):
            for word, place in _words(rule, key):
                if word == _EVERYTHING:
                    yield place.fault(f"single {key}")


@resource_rule(
    "security/rbac-escalation",
    severity=Severity.HIGH,
    types=ROLES,
    fix="Remove the verb or the resource: serving and looking after models needs neither.",
    unknown=Unknown.REST,
    settings=NoSettings,
    checkov=("CKV_K8S_156", "CKV_K8S_157", "CKV_K8S_158"),
)
def rbac_escalation(view: View, _settings: NoSettings) -> Faults:
    """Who has a role can make himself more than it says.

    By giving rights he does not have (bind, escalate), by acting for others (impersonate), by
    running commands in any pod (exec, attach), through the kubelet (nodes/proxy), and with tokens
    and certificates for others. It is all that:
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
    """
    for rule in view.get("rules").items():
        verbs = _words(rule, "verbs")
        for word, place in verbs:
            if word in _RISING:
                yield place.fault("no verb that gives more than the role says")
        for resource, place in _words(rule, "resources"):
            if any(verb in _STRONG.get(resource, ()) for verb, _ in verbs):
                yield place.fault("no resource that gives more than the role says")


@resource_rule(
    "security/rbac-broad-reading",
    severity=Severity.MEDIUM,
    types=ROLES,
    fix="Name the Secrets by resourceNames, or mount them: a pod needs no right to read its own.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def rbac_broad_reading(view: View, _settings: NoSettings) -> Faults:
    """A role may read all Secrets of a namespace, or of the cluster.

    A list holds their contents, and among them are tokens of whoever may do more. Some controllers
    need it, certificates' and secret stores' among them.
    """
    for rule in view.get("rules").items():
        verbs = _words(rule, "verbs")
        named = rule.get("resourceNames")
        for resource, place in _words(rule, "resources"):
            reads = resource == "secrets" and any(verb in _READING for verb, _ in verbs)
            if reads and not named.items() and not named.unknown:
                yield place.fault("resourceNames beside it")


@resource_rule(
    "security/rbac-broad-binding",
    severity=Severity.CRITICAL,
    types=BINDINGS,
    fix="Bind a role with the rights that are needed to a service account of its own.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_K8S_42",),
)
def rbac_broad_binding(view: View, _settings: NoSettings) -> Faults:
    """Rights are given to a program without a bound, or to everybody.

    A service account with cluster-admin makes its pod the cluster's master. A namespace's default
    service account is that of every pod that names none. Everybody who is authenticated is on GKE
    everybody with a Google account. People and groups of people may be administrators.
    """
    role = view.get("roleRef", "name")
    administers = role.text() == _ADMINISTRATOR
    if role.text() in _FOR_EVERYBODY:
        return
    for subject in view.get("subjects").items():
        kind, name = subject.get("kind").text(), subject.get("name")
        named = name.text()
        if kind == "ServiceAccount" and named == "default":
            yield name.fault("a service account of its own")
        elif named in _EVERYBODY and kind != "ServiceAccount":
            yield name.fault("named people, groups or service accounts")
        elif administers and (kind == "ServiceAccount" or _is_programs(named)):
            yield role.fault(f"a role with what {name.shown} needs")


def _is_programs(name: str | None) -> bool:
    """A group of service accounts: of a namespace, or all."""
    return name is not None and name.startswith("system:serviceaccount")


RULES = (
    rbac_wildcard,
    rbac_escalation,
    rbac_broad_reading,
    rbac_broad_binding,
)
