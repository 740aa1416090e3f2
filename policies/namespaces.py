"""Security: namespaces hold their pods to a standard, and models have their own."""

from dataclasses import dataclass
from typing import Final

from facts.namespaces import wrong_namespace
from policies.configuration import setting
from policies.resource_types import INFERENCE_SERVICE, LANGUAGE_MODEL
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View
from policies.workloads import WORKLOADS, namespace

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
_MODELS: Final = {fold(INFERENCE_SERVICE), fold(LANGUAGE_MODEL)}


@dataclass(frozen=True)
class PodSecurity:
    """Settings."""

    levels: tuple[str, ...] = setting(
        ("restricted", "baseline"),
        "Pod Security Standards that are enough.",
    )
    privileged: tuple[str, ...] = setting(
        ("gpu-operator", "kube-system", "nvidia-device-plugin"),
        "Namespaces of what needs the node itself, drivers of devices among them.",
    )


@resource_rule(
    "security/namespace-pod-security",
    severity=Severity.HIGH,
    types=(NAMESPACE,),
    fix="Set the label pod-security.kubernetes.io/enforce to the strictest level that pods keep.",
    unknown=Unknown.LATER,
    settings=PodSecurity,
    level=Level.ADVISORY,
)
def namespace_pod_security(view: View, settings: PodSecurity) -> Faults:
    """A namespace takes pods with power over their node.

    Its label is the only one of these rules that also sees what is added at admission, such as
    KServe's storage-initialiser, and what other programs apply. Where nothing is said all is taken,
    unless the cluster's own configuration says otherwise.
    https://kubernetes.io/docs/concepts/security/pod-security-admission/
    """
    if view.get("metadata", "name").text() in settings.privileged:
        return
    labels = view.get("metadata", "labels")
    level = labels.get(_ENFORCE)
    if level.absent or (level.text() not in (*settings.levels, None)):
        yield level.fault(" or ".join(settings.levels))


@resource_rule(
    "security/shared-namespace",
    severity=Severity.LOW,
    types=WORKLOADS,
    fix="Set metadata.namespace to a namespace for models.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_K8S_21",),
    level=Level.ADVISORY,
)
def shared_namespace(view: View, _settings: NoSettings) -> Faults:
    """Pods are where everybody's are, or a model is where the cluster's own are.

    Quotas, policies and rights are per namespace; default has those of whatever else was put there.
    Where nothing is said it is the provider's namespace, or default. Models do not belong among the
    cluster's own, or those of what they run by.
    """
    place = view.get("metadata", "namespace")
    name = namespace(view)
    if name is None:
        return
    if name == "default" or (view.token in _MODELS and wrong_namespace(name)):
        yield place.fault("a namespace for models")


RULES = (
    namespace_pod_security,
    shared_namespace,
)
