"""A namespace for models: what its pods may be and ask for, who may look after them, what is open.

The namespace is closed: nothing goes in or out but what a model's own policy lets.
"""

from collections.abc import Iterator
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes import mesh, network
from components.kubernetes.labels import MANAGED
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from facts.namespaces import wrong_namespace

__all__ = ["ModelNamespace", "ModelNamespaceArgs"]

_STANDARDS: Final = ("restricted", "baseline")
_MESH_LABELS: Final = {
    "none": {},
    "istio_sidecar": {"istio-injection": "enabled"},
    "istio_ambient": {"istio.io/dataplane-mode": "ambient"},
}
# https://kubernetes.io/docs/concepts/policy/resource-quotas/
_GPUS: Final = "requests.nvidia.com/gpu"
# What a container that asks for nothing is taken to ask for: with a quota it would be refused.
# Knative's queue proxy asks for 25m of CPU and no memory.
_LEAST: Final = {"cpu": "25m", "memory": "64Mi"}
_RBAC: Final = "rbac.authorization.k8s.io"
_READ: Final = ("get", "list", "watch")
_READABLE: Final = (
    ("", ("configmaps", "endpoints", "events", "pods", "pods/log", "resourcequotas", "services")),
    ("apps", ("deployments", "replicasets")),
    ("autoscaling", ("horizontalpodautoscalers",)),
    ("batch", ("cronjobs", "jobs")),
    ("gateway.networking.k8s.io", ("grpcroutes", "httproutes")),
    ("keda.sh", ("scaledobjects",)),
    ("leaderworkerset.x-k8s.io", ("leaderworkersets",)),
    ("networking.istio.io", ("destinationrules", "virtualservices")),
    ("networking.k8s.io", ("ingresses", "networkpolicies")),
    ("policy", ("poddisruptionbudgets",)),
    ("security.istio.io", ("authorizationpolicies", "peerauthentications")),
    ("serving.knative.dev", ("configurations", "revisions", "routes", "services")),
    (
        "serving.kserve.io",
        ("inferencegraphs", "inferenceservices", "llminferenceservices", "trainedmodels"),
    ),
)
# What somebody on call does: restart, scale, set a weight, reach a pod. No Secret, no exec; but who
# restarts by a change of the pods' template can put any image there, and so act for the model.
_OPERABLE: Final = (
    ("", ("pods",), ("delete",)),
    ("", ("pods/portforward",), ("create",)),
    ("apps", ("deployments", "deployments/scale"), ("patch", "update")),
    ("autoscaling", ("horizontalpodautoscalers",), ("patch", "update")),
    ("batch", ("cronjobs",), ("patch", "update")),
    ("gateway.networking.k8s.io", ("grpcroutes", "httproutes"), ("patch", "update")),
    ("keda.sh", ("scaledobjects",), ("patch", "update")),
    ("networking.istio.io", ("virtualservices",), ("patch", "update")),
    ("serving.kserve.io", ("inferenceservices", "llminferenceservices"), ("patch", "update")),
)


class ModelNamespaceArgs(TypedDict):
    """Flat arguments of `ModelNamespace`."""

    pod_security: NotRequired[str]
    """Pod Security Standard that is enforced: restricted or baseline; restricted is warned about
    and audited always. Default: restricted."""
    mesh: NotRequired[str]
    """The mesh that the namespace joins: none, istio_sidecar or istio_ambient. Sidecars need
    Istio's CNI plugin: without it their init container is refused by both standards. Default:
    none."""
    quota_pods: NotRequired[int]
    """Most pods. Default: no limit."""
    quota_cpu: NotRequired[float]
    """Most CPU cores that the pods ask for together. Default: no limit."""
    quota_memory_mib: NotRequired[int]
    """Most memory in MiB that the pods ask for together. Default: no limit."""
    quota_gpus: NotRequired[int]
    """Most GPUs. Default: no limit."""
    reader_groups: NotRequired[list[str]]
    """Groups that may look at everything but Secrets. Default: none."""
    operator_groups: NotRequired[list[str]]
    """Groups that may also restart, scale and shift traffic. Default: none."""


class ModelNamespace(pulumi.ComponentResource):
    """The namespace, its quota, its roles and its closed network; in a mesh, encrypted and denied.

    The namespace is named like the component. One that an earlier version of this project made
    outside of a component is taken over as it is.
    """

    namespace_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ModelNamespaceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("ModelNamespace", name, args, ModelNamespaceArgs.__annotations__)
        if wrong := wrong_namespace(name):
            checks.problem("name", name, wrong)
        pod_security = checks.choice("pod_security", "restricted", _STANDARDS)
        joined = checks.choice("mesh", "none", network.MESHES)
        hard = _hard(checks)
        readers = checks.texts("reader_groups", [])
        operators = checks.texts("operator_groups", [])
        checks.raise_problems()
        super().__init__("model-serving:index:ModelNamespace", name, {}, opts)

        namespace = KubernetesObject(
            f"{name}-namespace",
            manifest(
                "v1",
                "Namespace",
                name,
                None,
                {
                    "pod-security.kubernetes.io/enforce": pod_security,
                    "pod-security.kubernetes.io/warn": "restricted",
                    "pod-security.kubernetes.io/audit": "restricted",
                    **_MESH_LABELS[joined],
                    **MANAGED,
                },
            ),
            pulumi.ResourceOptions(
                parent=self,
                # By its name alone, without a component, before there was one.
                aliases=[pulumi.Alias(name=name, parent=pulumi.ROOT_STACK_RESOURCE)],
            ),
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        objects = {
            "default-deny": network.default_deny("default-deny", name, MANAGED),
            "dns": network.dns_egress("allow-dns", name, MANAGED),
            **dict(_limits(name, hard)),
            **dict(_rights(name, "reader", readers)),
            **dict(_rights(name, "operator", operators)),
        }
        if joined != "none":
            objects["mutual-tls"] = mesh.strict_mutual_tls("default", name, MANAGED)
            objects["nobody"] = mesh.nobody("default-deny", name, MANAGED)
        for role, made in objects.items():
            KubernetesObject(f"{name}-{role}", made, inside)

        # What pods have to wait for: the rest may change without them.
        self.namespace = namespace
        self.namespace_name = namespace.metadata.apply(lambda metadata: str(metadata["name"]))
        self.register_outputs({"namespace_name": self.namespace_name})


def _hard(checks: Checks) -> dict[str, str]:
    """The quota in Kubernetes' words; what is not given is not limited."""
    hard: dict[str, str] = {}
    pods = checks.whole("quota_pods", 0, 1, 100_000)
    cpu = checks.number("quota_cpu", 0, 0.1, 1_000_000)
    memory_mib = checks.whole("quota_memory_mib", 0, 64, 10**9)
    gpus = checks.whole("quota_gpus", 0, 0, 100_000)
    if pods:
        hard["pods"] = str(pods)
    if cpu:
        hard["requests.cpu"] = f"{cpu:g}"
    if memory_mib:
        hard["requests.memory"] = f"{memory_mib}Mi"
    if checks.given("quota_gpus"):
        hard[_GPUS] = str(gpus)
    return hard


def _limits(namespace: str, hard: dict[str, str]) -> Iterator[tuple[str, Manifest]]:
    if not hard:
        return
    yield (
        "quota",
        manifest("v1", "ResourceQuota", "models", namespace, MANAGED, spec={"hard": hard}),
    )
    defaults = {"type": "Container", "defaultRequest": dict(_LEAST)}
    yield (
        "limit-range",
        manifest("v1", "LimitRange", "models", namespace, MANAGED, spec={"limits": [defaults]}),
    )


def _rights(namespace: str, kind: str, groups: list[str]) -> Iterator[tuple[str, Manifest]]:
    """A role and its groups; pods get none."""
    if not groups:
        return
    rules: list[dict[str, Any]] = [
        {"apiGroups": [group], "resources": list(resources), "verbs": list(_READ)}
        for group, resources in _READABLE
    ]
    if kind == "operator":
        rules += [
            {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
            for group, resources, verbs in _OPERABLE
        ]
    name = f"model-{kind}"
    api = f"{_RBAC}/v1"
    yield f"{kind}-role", manifest(api, "Role", name, namespace, MANAGED, rules=rules)
    yield (
        f"{kind}-binding",
        manifest(
            api,
            "RoleBinding",
            name,
            namespace,
            MANAGED,
            roleRef={"apiGroup": _RBAC, "kind": "Role", "name": name},
            subjects=[{"apiGroup": _RBAC, "kind": "Group", "name": group} for group in groups],
        ),
    )
