"""Security: which pods carry a token for the cluster's API, and how long one lives."""

from typing import Final

from policies.pods import pods
from policies.resource_types import LANGUAGE_MODEL
from policies.rule import (
    Faults,
    Level,
    NoSettings,
    Severity,
    Unknown,
    resource_rule,
    stack_rule,
)
from policies.view import Stack, View
from policies.workloads import WORKLOADS, named, same_namespace

ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
SECRET: Final = "kubernetes:core/v1:Secret"  # noqa: S105 - a type.
# The presets of language models name accounts of KServe's.
_TYPES: Final = tuple(one for one in WORKLOADS if one != LANGUAGE_MODEL)
_DEFAULT: Final = "default"


@stack_rule(
    "security/service-account-token",
    severity=Severity.MEDIUM,
    types=(*_TYPES, ACCOUNT),
    fix="Set automountServiceAccountToken to false; where the API is called, to true, with a "
    "service account of its own.",
    unknown=Unknown.REST,
    settings=NoSettings,
    checkov=("CKV_K8S_38", "CKV_K8S_41"),
    level=Level.ADVISORY,
)
def service_account_token(stack: Stack, _settings: NoSettings) -> Faults:
    """A pod carries a token for the cluster's API that nobody asked for.

    Kubernetes mounts it unless the pod, or its service account, says no; whoever breaks into a
    server then asks the API in its name. What clouds need to know a pod by (IRSA, Workload
    Identity) is another token, which comes all the same.
    https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting
    """
    accounts = stack.of(ACCOUNT)
    for view in stack.of(*_TYPES):
        for pod in pods(view):
            mounted = pod.spec.get("automountServiceAccountToken")
            account = pod.spec.get("serviceAccountName")
            if account.unknown or mounted.unknown or mounted.flag() is False:
                continue
            if mounted.absent:
                by = account.text() or _DEFAULT
                if not pod.inherits and not _says(accounts, view, by):
                    yield Stack.fault(view, mounted, "false; or true, where the API is called")
            elif (account.text() or _DEFAULT) == _DEFAULT:
                yield Stack.fault(view, account, "a service account of its own")


def _says(accounts: list[View], view: View, name: str) -> bool:
    """Whether its service account is of the stack and says whether there is a token, or perhaps."""
    return any(
        not one.get("automountServiceAccountToken").absent
        for one in accounts
        if named(one) in (name, None) and same_namespace(one, view)
    )


@resource_rule(
    "security/service-account-key",
    severity=Severity.MEDIUM,
    types=(SECRET,),
    fix="Ask for tokens that end: a projected volume in a pod, kubectl create token for people.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def service_account_key(view: View, _settings: NoSettings) -> Faults:
    """A service account has a token that never ends.

    Whoever has read the Secret once, or a backup of it, is that account until somebody deletes it:
    https://kubernetes.io/docs/concepts/security/service-accounts/#get-a-token
    """
    kind = view.get("type")
    if kind.text() == "kubernetes.io/service-account-token":
        yield kind.fault("no stored token")


RULES = (
    service_account_token,
    service_account_key,
)
