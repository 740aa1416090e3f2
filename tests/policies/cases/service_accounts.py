"""Cases of rules about service accounts."""

from typing import Any

from policies import Resource
from tests.policies.cases.resources import DEPLOYMENT, KSERVE, POD
from tests.policies.cases.table import UNKNOWN, Case, resource

ACCOUNT = "kubernetes:core/v1:ServiceAccount"
SECRET = "kubernetes:core/v1:Secret"
TOKEN = "security/service-account-token"
KEY = "security/service-account-key"

MOUNTED = "spec.automountServiceAccountToken"


def pod(**spec: object) -> dict[str, Any]:
    return {"metadata": {"namespace": "models"}, "spec": {"containers": [], **spec}}


def account(name: object, token: object = None, namespace: str = "models") -> tuple[Resource, ...]:
    said = {} if token is None else {"automountServiceAccountToken": token}
    metadata = {"name": name, "namespace": namespace}
    return (resource("account", ACCOUNT, {"metadata": metadata, **said}),)


CASES = (
    Case(TOKEN, "no token", POD, pod(automountServiceAccountToken=False)),
    Case(TOKEN, "absent", POD, pod(), (MOUNTED,)),
    Case(
        TOKEN,
        "a model",
        KSERVE,
        {"spec": {"predictor": {"model": {}}}},
        ("spec.predictor.automountServiceAccountToken",),
    ),
    Case(
        TOKEN,
        "a canary's is the model's",
        KSERVE,
        {
            "spec": {
                "predictor": {"model": {}, "automountServiceAccountToken": False},
                "canary": [{"predictor": {"model": {}}}],
            }
        },
    ),
    Case(
        TOKEN,
        "absent, in a template",
        DEPLOYMENT,
        {"spec": {"template": pod(serviceAccountName="models")}},
        (f"spec.template.{MOUNTED}",),
    ),
    Case(
        TOKEN,
        "asked for",
        POD,
        pod(automountServiceAccountToken=True, serviceAccountName="models"),
    ),
    Case(
        TOKEN,
        "asked for, of all pods",
        POD,
        pod(automountServiceAccountToken=True),
        ("spec.serviceAccountName",),
    ),
    Case(
        TOKEN,
        "asked for, of all pods by name",
        POD,
        pod(automountServiceAccountToken=True, serviceAccountName="default"),
        ("spec.serviceAccountName",),
    ),
    Case(
        TOKEN,
        "its account says no",
        POD,
        pod(serviceAccountName="models"),
        others=account("models", token=False),
    ),
    Case(
        TOKEN,
        "its account says yes",
        POD,
        pod(serviceAccountName="models"),
        others=account("models", token=True),
    ),
    Case(
        TOKEN,
        "its account says nothing",
        POD,
        pod(serviceAccountName="models"),
        (MOUNTED,),
        others=account("models"),
    ),
    Case(
        TOKEN,
        "another account says no",
        POD,
        pod(serviceAccountName="models"),
        (MOUNTED,),
        others=account("others", token=False),
    ),
    Case(
        TOKEN,
        "another namespace says no",
        POD,
        pod(serviceAccountName="models"),
        (MOUNTED,),
        others=account("models", token=False, namespace="others"),
    ),
    Case(TOKEN, "the default account says no", POD, pod(), others=account("default", token=False)),
    Case(TOKEN, "unknown", POD, pod(automountServiceAccountToken=UNKNOWN)),
    Case(TOKEN, "unknown account", POD, pod(serviceAccountName=UNKNOWN)),
    Case(TOKEN, "an account to be named", POD, pod(), others=account(UNKNOWN, token=False)),
    Case(KEY, "something else", SECRET, {"type": "Opaque"}),
    Case(KEY, "absent", SECRET, {}),
    Case(KEY, "a token", SECRET, {"type": "kubernetes.io/service-account-token"}, ("type",)),
    Case(KEY, "unknown", SECRET, {"type": UNKNOWN}),
)
