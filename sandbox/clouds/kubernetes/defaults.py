"""What the API server fills into built-in objects.

Source: SetDefaults_* in pkg/apis/*/v1/defaults.go of Kubernetes 1.34, what the strategies in
pkg/registry choose at a creation, and the reference of each kind at
https://kubernetes.io/docs/reference/kubernetes-api/. Defaults of custom resources are in their
schemas.
"""

import base64
import copy
from collections.abc import Callable, Iterator
from typing import Any, cast

from sandbox.clouds.kubernetes.pod_defaults import objects_of, set_missing, single, template
from sandbox.values import mapped

__all__ = ["filled", "pod_specs"]

Spec = dict[str, Any]
_RBAC = "rbac.authorization.k8s.io"
_QUARTER = "25%"
# Where the template of pods is, by kind.
_TEMPLATES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), ("spec", "template")),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "PodTemplate": ("template",),
    "Pod": (),
}


def filled(kind: str, group: str, value: dict[str, Any]) -> dict[str, Any]:
    """A built-in object with the server's defaults; the given one stays as it is."""
    found = copy.deepcopy(value)
    for _, spec in pod_specs(kind, found):
        template(spec)
    fill = _KINDS.get((group, kind))
    if fill is not None:
        fill(found)
    return found


def pod_specs(kind: str, value: dict[str, Any]) -> Iterator[tuple[str, Spec]]:
    """The specification of pods in an object, with its path."""
    names = _TEMPLATES.get(kind)
    if names is None:
        return
    place: Any = value
    for name in (*names, "spec"):
        place = mapped(place).get(name)
    if isinstance(place, dict):
        yield ".".join((*names, "spec")), cast("Spec", place)


def _spec(value: dict[str, Any]) -> Spec:
    spec = value.get("spec")
    return cast("Spec", spec) if isinstance(spec, dict) else {}


# ---- workloads ----


def _deployment(value: dict[str, Any]) -> None:
    spec = _spec(value)
    set_missing(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = mapped(spec["strategy"])
    set_missing(strategy, type="RollingUpdate")
    if strategy.get("type") == "RollingUpdate":
        set_missing(strategy, rollingUpdate={})
        set_missing(mapped(strategy["rollingUpdate"]), maxUnavailable=_QUARTER, maxSurge=_QUARTER)


def _daemon_set(value: dict[str, Any]) -> None:
    spec = _spec(value)
    set_missing(spec, revisionHistoryLimit=10, updateStrategy={})
    strategy = mapped(spec["updateStrategy"])
    set_missing(strategy, type="RollingUpdate")
    if strategy.get("type") == "RollingUpdate":
        set_missing(strategy, rollingUpdate={})
        set_missing(mapped(strategy["rollingUpdate"]), maxUnavailable=1, maxSurge=0)


def _stateful_set(value: dict[str, Any]) -> None:
    spec = _spec(value)
    set_missing(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady")
    set_missing(spec, updateStrategy={}, persistentVolumeClaimRetentionPolicy={})
    strategy = mapped(spec["updateStrategy"])
    if not strategy.get("type"):
        set_missing(strategy, rollingUpdate={})
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate" and isinstance(strategy.get("rollingUpdate"), dict):
        set_missing(cast("dict[str, Any]", strategy["rollingUpdate"]), partition=0)
    kept = mapped(spec["persistentVolumeClaimRetentionPolicy"])
    set_missing(kept, whenDeleted="Retain", whenScaled="Retain")
    for claim in objects_of(spec.get("volumeClaimTemplates")):
        set_missing(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        _claim(claim)


def _replicas(value: dict[str, Any]) -> None:
    set_missing(_spec(value), replicas=1)


def _job(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _labelled(value, mapped(mapped(spec.get("template")).get("metadata")).get("labels"))
    _job_spec(spec)


def _labelled(value: dict[str, Any], labels: Any) -> None:  # noqa: ANN401
    """What has no labels of its own gets those of its pods."""
    metadata = value.get("metadata")
    if labels and isinstance(metadata, dict):
        own = cast("dict[str, Any]", metadata)
        own["labels"] = own.get("labels") or copy.deepcopy(labels)


def _controller(value: dict[str, Any]) -> None:
    spec = _spec(value)
    labels = mapped(mapped(spec.get("template")).get("metadata")).get("labels")
    if labels and not spec.get("selector"):
        spec["selector"] = copy.deepcopy(labels)
    _labelled(value, labels)
    set_missing(spec, replicas=1)


def _job_spec(spec: Spec) -> None:
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    failing = mapped(spec.get("podFailurePolicy"))
    set_missing(
        spec,
        parallelism=1,
        backoffLimit=6 if spec.get("backoffLimitPerIndex") is None else 2**31 - 1,
        completionMode="NonIndexed",
        suspend=False,
        manualSelector=False,
        podReplacementPolicy="Failed" if failing else "TerminatingOrFailed",
    )


def _cron_job(value: dict[str, Any]) -> None:
    spec = _spec(value)
    set_missing(
        spec,
        concurrencyPolicy="Allow",
        suspend=False,
        successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
    )


def _autoscaler(value: dict[str, Any]) -> None:
    spec = _spec(value)
    set_missing(spec, minReplicas=1)
    if value.get("apiVersion") == "autoscaling/v2" and not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if isinstance(behavior, dict):
        parts = cast("dict[str, Any]", behavior)
        percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
        pods = {"type": "Pods", "value": 4, "periodSeconds": 15}
        set_missing(parts, scaleUp={}, scaleDown={})
        up, down = mapped(parts["scaleUp"]), mapped(parts["scaleDown"])
        set_missing(up, stabilizationWindowSeconds=0, selectPolicy="Max", policies=[pods, percent])
        set_missing(down, selectPolicy="Max", policies=[dict(percent)])


# ---- networks ----


def _service(value: dict[str, Any]) -> None:
    spec = _spec(value)
    set_missing(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] == "ExternalName":
        return
    set_missing(
        spec, internalTrafficPolicy="Cluster", ipFamilyPolicy="SingleStack", ipFamilies=["IPv4"]
    )
    if spec["type"] in {"NodePort", "LoadBalancer"} or spec.get("externalIPs"):
        set_missing(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        set_missing(spec, allocateLoadBalancerNodePorts=True)
    if spec["sessionAffinity"] == "ClientIP":
        set_missing(spec, sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10800}})
    for port in objects_of(spec.get("ports")):
        set_missing(port, protocol="TCP")
        if port.get("targetPort") in {None, "", 0} and "port" in port:
            port["targetPort"] = port["port"]


def _network_policy(value: dict[str, Any]) -> None:
    spec = _spec(value)
    set_missing(spec, policyTypes=["Ingress", *(["Egress"] if spec.get("egress") else [])])
    for rules in ("ingress", "egress"):
        for rule in objects_of(spec.get(rules)):
            for port in objects_of(rule.get("ports")):
                set_missing(port, protocol="TCP")


def _ingress_class(value: dict[str, Any]) -> None:
    parameters = _spec(value).get("parameters")
    if isinstance(parameters, dict):
        set_missing(cast("dict[str, Any]", parameters), scope="Cluster")


def _endpoint_slice(value: dict[str, Any]) -> None:
    for port in objects_of(value.get("ports")):
        set_missing(port, name="", protocol="TCP")


# ---- storage, configuration, access ----


def _claim(value: dict[str, Any]) -> None:
    set_missing(_spec(value), volumeMode="Filesystem")


def _volume_of_cluster(value: dict[str, Any]) -> None:
    set_missing(_spec(value), volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")


def _storage_class(value: dict[str, Any]) -> None:
    set_missing(value, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _limit_range(value: dict[str, Any]) -> None:
    """Limits stand for defaults, and those for requests."""
    for item in objects_of(_spec(value).get("limits")):
        if item.get("type") != "Container":
            continue
        most, least = mapped(item.get("max")), mapped(item.get("min"))
        item["default"] = {**most, **mapped(item.get("default"))}
        requests = {**least, **item["default"], **mapped(item.get("defaultRequest"))}
        item["defaultRequest"] = requests


def _secret(value: dict[str, Any]) -> None:
    """`stringData` is written into `data`; Pulumi's state keeps both."""
    set_missing(value, type="Opaque")
    texts = mapped(value.get("stringData"))
    if texts:
        encoded = {
            name: base64.b64encode(text.encode()).decode()
            for name, text in texts.items()
            if isinstance(text, str)
        }
        value["data"] = {**mapped(value.get("data")), **encoded}


def _namespace(value: dict[str, Any]) -> None:
    set_missing(value, spec={})
    set_missing(_spec(value), finalizers=["kubernetes"])


def _binding(value: dict[str, Any]) -> None:
    if isinstance(value.get("roleRef"), dict):
        set_missing(value["roleRef"], apiGroup=_RBAC)
    for subject in objects_of(value.get("subjects")):
        if subject.get("kind") in {"User", "Group"}:
            set_missing(subject, apiGroup=_RBAC)


def _priority_class(value: dict[str, Any]) -> None:
    set_missing(value, preemptionPolicy="PreemptLowerPriority")


def _webhooks(value: dict[str, Any]) -> None:
    for webhook in objects_of(value.get("webhooks")):
        set_missing(
            webhook,
            failurePolicy="Fail",
            matchPolicy="Equivalent",
            namespaceSelector={},
            objectSelector={},
            timeoutSeconds=10,
        )
        if value.get("kind") == "MutatingWebhookConfiguration":
            set_missing(webhook, reinvocationPolicy="Never")
        service = mapped(webhook.get("clientConfig")).get("service")
        if isinstance(service, dict):
            set_missing(cast("dict[str, Any]", service), port=443)
        for rule in objects_of(webhook.get("rules")):
            set_missing(rule, scope="*")


def _definition(value: dict[str, Any]) -> None:
    spec = _spec(value)
    set_missing(spec, conversion={"strategy": "None"})
    names = mapped(spec.get("names"))
    if isinstance(names.get("kind"), str):
        set_missing(names, singular=names["kind"].lower(), listKind=f"{names['kind']}List")


_KINDS: dict[tuple[str, str], Callable[[dict[str, Any]], None]] = {
    ("", "LimitRange"): _limit_range,
    ("", "Namespace"): _namespace,
    ("", "PersistentVolume"): _volume_of_cluster,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): lambda value: single(_spec(value)),
    ("", "ReplicationController"): _controller,
    ("", "Secret"): _secret,
    ("", "Service"): _service,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _webhooks,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _webhooks,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replicas,
    ("apps", "StatefulSet"): _stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("batch", "CronJob"): _cron_job,
    ("batch", "Job"): _job,
    ("discovery.k8s.io", "EndpointSlice"): _endpoint_slice,
    ("networking.k8s.io", "IngressClass"): _ingress_class,
    ("networking.k8s.io", "NetworkPolicy"): _network_policy,
    (_RBAC, "ClusterRoleBinding"): _binding,
    (_RBAC, "RoleBinding"): _binding,
    ("scheduling.k8s.io", "PriorityClass"): _priority_class,
    ("storage.k8s.io", "StorageClass"): _storage_class,
}
