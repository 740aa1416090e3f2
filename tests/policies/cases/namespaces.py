"""Cases of rules about namespaces."""

from typing import Any

from tests.policies.cases.resources import DEPLOYMENT, KSERVE
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

NAMESPACE = "kubernetes:core/v1:Namespace"
STANDARD = "security/namespace-pod-security"
SHARED = "security/shared-namespace"
LABEL = "pod-security.kubernetes.io/enforce"


def labelled(level: object, name: str = "models") -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {LABEL: level}}}


def within(name: object) -> dict[str, Any]:
    return {"metadata": {"namespace": name}, "spec": {}}


CASES = (
    Case(STANDARD, "restricted", NAMESPACE, labelled("restricted")),
    Case(STANDARD, "baseline", NAMESPACE, labelled("baseline")),
    Case(
        STANDARD,
        "privileged",
        NAMESPACE,
        labelled("privileged"),
        (f"metadata.labels.{LABEL}",),
    ),
    Case(
        STANDARD,
        "absent",
        "kubernetes:core/v1:NamespacePatch",
        {"metadata": {"name": "models"}},
        (f"metadata.labels.{LABEL}",),
    ),
    Case(
        STANDARD,
        "baseline is not enough",
        NAMESPACE,
        labelled("baseline"),
        (f"metadata.labels.{LABEL}",),
        settings={"levels": ["restricted"]},
    ),
    Case(STANDARD, "a driver's", NAMESPACE, labelled("privileged", "gpu-operator")),
    Case(STANDARD, "unknown", NAMESPACE, labelled(UNKNOWN)),
    Case(STANDARD, "unknown labels", NAMESPACE, {"metadata": {"labels": UNKNOWN_OBJECT}}),
    Case(SHARED, "of its own", DEPLOYMENT, within("models")),
    Case(SHARED, "by its name", DEPLOYMENT, within("default"), ("metadata.namespace",)),
    Case(SHARED, "absent", DEPLOYMENT, {"spec": {}}, ("metadata.namespace",)),
    Case(SHARED, "the cluster's own", DEPLOYMENT, within("kube-system")),
    Case(SHARED, "a model in the cluster's own", KSERVE, within("kserve"), ("metadata.namespace",)),
    Case(SHARED, "a model in its own", KSERVE, within("models")),
    Case(SHARED, "unknown", DEPLOYMENT, within(UNKNOWN)),
)
