"""The rules of the API server's own code, and of webhooks that a cluster has, beyond schemas."""

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.kubernetes.rules import (
    access,
    admission,
    immutable,
    istio,
    jobs,
    keda,
    kserve,
    llm,
    many_models,
    metadata,
    networks,
    scaling,
    workloads,
)

__all__ = ["changes", "judged", "problems"]

_Check = Callable[[dict[str, Any]], Iterator[Problem]]
_ADMISSION = "admissionregistration.k8s.io"
_RBAC = "rbac.authorization.k8s.io"
_CHECKS: dict[tuple[str, str], _Check] = {
    ("", "ConfigMap"): access.config_map,
    ("", "PersistentVolume"): access.persistent_volume,
    ("", "PersistentVolumeClaim"): access.persistent_volume_claim,
    ("", "Pod"): workloads.pod,
    ("", "ReplicationController"): workloads.replication_controller,
    ("", "ResourceQuota"): access.resource_quota,
    ("", "Secret"): access.secret,
    ("", "Service"): networks.service,
    (_ADMISSION, "MutatingWebhookConfiguration"): admission.webhooks,
    (_ADMISSION, "ValidatingWebhookConfiguration"): admission.webhooks,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): access.definition,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): scaling.autoscaler,
    ("batch", "CronJob"): jobs.cron_job,
    ("batch", "Job"): jobs.job,
    ("discovery.k8s.io", "EndpointSlice"): networks.endpoint_slice,
    ("keda.sh", "ScaledObject"): keda.scaled_object,
    ("networking.istio.io", "VirtualService"): istio.virtual_service,
    ("networking.k8s.io", "Ingress"): networks.ingress,
    ("networking.k8s.io", "NetworkPolicy"): networks.network_policy,
    ("policy", "PodDisruptionBudget"): scaling.budget,
    (_RBAC, "ClusterRole"): access.cluster_role,
    (_RBAC, "ClusterRoleBinding"): access.cluster_role_binding,
    (_RBAC, "Role"): access.role,
    (_RBAC, "RoleBinding"): access.role_binding,
    ("scheduling.k8s.io", "PriorityClass"): access.priority_class,
    ("serving.kserve.io", "InferenceGraph"): many_models.inference_graph,
    ("serving.kserve.io", "InferenceService"): kserve.inference_service,
    ("serving.kserve.io", "LLMInferenceService"): llm.llm_inference_service,
    ("serving.kserve.io", "TrainedModel"): many_models.trained_model,
    ("storage.k8s.io", "StorageClass"): access.storage_class,
}


def problems(group: str, kind: str, value: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with an object as it is given, beyond its schema."""
    yield from metadata.problems(group, kind, value.get("metadata"))
    check = _CHECKS.get((group, kind))
    if check is not None:
        yield from check(value)


def judged(group: str, kind: str) -> bool:
    """Whether there are rules of a kind, beyond those of any object's metadata."""
    return (group, kind) in _CHECKS


def changes(group: str, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Problem]:
    """What an update changes that must stay."""
    yield from immutable.problems(group, kind, old, new)
    if (group, kind) == ("serving.kserve.io", "InferenceService"):
        yield from kserve.change(old, new)
    if (group, kind) == ("serving.kserve.io", "LLMInferenceService"):
        yield from llm.change(old, new)
    if (group, kind) == ("serving.kserve.io", "TrainedModel"):
        yield from many_models.trained_change(old, new)
