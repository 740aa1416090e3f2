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

from sandbox.values import listed, mapped

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
        _pod(spec)
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


def _set(value: dict[str, Any], **defaults: Any) -> None:  # noqa: ANN401 - JSON
    for name, default in defaults.items():
        if value.get(name) is None:
            value[name] = default


def _objects(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """The objects in a list, to change them."""
    for item in listed(value):
        if isinstance(item, dict):
            yield cast("dict[str, Any]", item)


def _spec(value: dict[str, Any]) -> Spec:
    spec = value.get("spec")
    return cast("Spec", spec) if isinstance(spec, dict) else {}


# ---- pods ----


def _pod(spec: Spec) -> None:
    _set(
        spec,
        dnsPolicy="ClusterFirst",
        restartPolicy="Always",
        schedulerName="default-scheduler",
        securityContext={},
        terminationGracePeriodSeconds=30,
    )
    if spec.get("serviceAccountName"):
        _set(spec, serviceAccount=spec["serviceAccountName"])
    for name in ("initContainers", "containers", "ephemeralContainers"):
        for container in _objects(spec.get(name)):
            _container(container, host=spec.get("hostNetwork") is True)
    for volume in _objects(spec.get("volumes")):
        _volume(volume)


def _container(container: dict[str, Any], *, host: bool) -> None:
    image = container.get("image")
    if isinstance(image, str):
        _set(container, imagePullPolicy=_pull_policy(image))
    _set(
        container,
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    for port in _objects(container.get("ports")):
        _set(port, protocol="TCP")
        if host and port.get("containerPort") is not None:
            _set(port, hostPort=port["containerPort"])
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if isinstance(probe, dict):
            _probe(cast("dict[str, Any]", probe))
    for hook in mapped(container.get("lifecycle")).values():
        _handler(mapped(hook))
    for variable in _objects(container.get("env")):
        reference = mapped(variable.get("valueFrom")).get("fieldRef")
        if isinstance(reference, dict):
            _set(cast("dict[str, Any]", reference), apiVersion="v1")


def _pull_policy(image: str) -> str:
    """A digest or a tag other than `latest` is not pulled again."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "IfNotPresent" if digest or tag not in {"", "latest"} else "Always"


def _probe(probe: dict[str, Any]) -> None:
    defaults = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1}
    for name, default in (*defaults.items(), ("failureThreshold", 3)):
        if not probe.get(name):
            probe[name] = default  # For Go a 0 is nothing, too.
    _handler(probe)
    if isinstance(probe.get("grpc"), dict):
        _set(probe["grpc"], service="")


def _handler(handler: dict[str, Any]) -> None:
    if isinstance(handler.get("httpGet"), dict):
        _set(handler["httpGet"], path="/", scheme="HTTP")


def _volume(volume: dict[str, Any]) -> None:
    if set(volume) <= {"name"}:
        volume["emptyDir"] = {}
    for name in ("secret", "configMap", "downwardAPI", "projected"):
        if isinstance(volume.get(name), dict):
            _set(volume[name], defaultMode=0o644)
    if isinstance(volume.get("hostPath"), dict):
        _set(volume["hostPath"], type="")
    for source in _objects(mapped(volume.get("projected")).get("sources")):
        if isinstance(source.get("serviceAccountToken"), dict):
            _set(source["serviceAccountToken"], expirationSeconds=3600)
    claim = mapped(volume.get("ephemeral")).get("volumeClaimTemplate")
    if isinstance(claim, dict):
        _set(_spec(cast("dict[str, Any]", claim)), volumeMode="Filesystem")


def _single_pod(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(spec, enableServiceLinks=True, serviceAccountName="default", serviceAccount="default")
    _set(spec, preemptionPolicy="PreemptLowerPriority", priority=0)
    for name in ("initContainers", "containers"):
        for container in _objects(spec.get(name)):
            resources = cast("dict[str, Any]", container["resources"])
            for limited, amount in mapped(resources.get("limits")).items():
                resources.setdefault("requests", {}).setdefault(limited, amount)


# ---- workloads ----


def _deployment(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = mapped(spec["strategy"])
    _set(strategy, type="RollingUpdate")
    if strategy.get("type") == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(mapped(strategy["rollingUpdate"]), maxUnavailable=_QUARTER, maxSurge=_QUARTER)


def _daemon_set(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(spec, revisionHistoryLimit=10, updateStrategy={})
    strategy = mapped(spec["updateStrategy"])
    _set(strategy, type="RollingUpdate")
    if strategy.get("type") == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(mapped(strategy["rollingUpdate"]), maxUnavailable=1, maxSurge=0)


def _stateful_set(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady")
    _set(spec, updateStrategy={}, persistentVolumeClaimRetentionPolicy={})
    strategy = mapped(spec["updateStrategy"])
    _set(strategy, type="RollingUpdate")
    if strategy.get("type") == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(mapped(strategy["rollingUpdate"]), partition=0)
    kept = mapped(spec["persistentVolumeClaimRetentionPolicy"])
    _set(kept, whenDeleted="Retain", whenScaled="Retain")
    for claim in _objects(spec.get("volumeClaimTemplates")):
        _set(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        _claim(claim)


def _replicas(value: dict[str, Any]) -> None:
    _set(_spec(value), replicas=1)


def _job(value: dict[str, Any]) -> None:
    _job_spec(_spec(value))


def _job_spec(spec: Spec) -> None:
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    failing = mapped(spec.get("podFailurePolicy"))
    _set(
        spec,
        parallelism=1,
        backoffLimit=6,
        completionMode="NonIndexed",
        suspend=False,
        manualSelector=False,
        podReplacementPolicy="Failed" if failing else "TerminatingOrFailed",
    )


def _cron_job(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(
        spec,
        concurrencyPolicy="Allow",
        suspend=False,
        successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
    )


def _autoscaler(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(spec, minReplicas=1)
    if value.get("apiVersion") == "autoscaling/v2" and not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


# ---- networks ----


def _service(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] == "ExternalName":
        return
    _set(spec, internalTrafficPolicy="Cluster", ipFamilyPolicy="SingleStack", ipFamilies=["IPv4"])
    if spec["type"] in {"NodePort", "LoadBalancer"}:
        _set(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        _set(spec, allocateLoadBalancerNodePorts=True)
    if spec["sessionAffinity"] == "ClientIP":
        _set(spec, sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10800}})
    for port in _objects(spec.get("ports")):
        _set(port, protocol="TCP")
        if port.get("targetPort") in {None, "", 0} and "port" in port:
            port["targetPort"] = port["port"]


def _network_policy(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(spec, policyTypes=["Ingress", *(["Egress"] if spec.get("egress") else [])])
    for rules in ("ingress", "egress"):
        for rule in _objects(spec.get(rules)):
            for port in _objects(rule.get("ports")):
                _set(port, protocol="TCP")


# ---- storage, configuration, access ----


def _claim(value: dict[str, Any]) -> None:
    _set(_spec(value), volumeMode="Filesystem")


def _volume_of_cluster(value: dict[str, Any]) -> None:
    _set(_spec(value), volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")


def _storage_class(value: dict[str, Any]) -> None:
    _set(value, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _secret(value: dict[str, Any]) -> None:
    """`stringData` is written into `data`; Pulumi's state keeps both."""
    _set(value, type="Opaque")
    texts = mapped(value.get("stringData"))
    if texts:
        encoded = {
            name: base64.b64encode(text.encode()).decode()
            for name, text in texts.items()
            if isinstance(text, str)
        }
        value["data"] = {**mapped(value.get("data")), **encoded}


def _namespace(value: dict[str, Any]) -> None:
    _set(value, spec={})
    _set(_spec(value), finalizers=["kubernetes"])


def _binding(value: dict[str, Any]) -> None:
    if isinstance(value.get("roleRef"), dict):
        _set(value["roleRef"], apiGroup=_RBAC)
    for subject in _objects(value.get("subjects")):
        if subject.get("kind") in {"User", "Group"}:
            _set(subject, apiGroup=_RBAC)


def _priority_class(value: dict[str, Any]) -> None:
    _set(value, preemptionPolicy="PreemptLowerPriority")


def _webhooks(value: dict[str, Any]) -> None:
    for webhook in _objects(value.get("webhooks")):
        _set(
            webhook,
            failurePolicy="Fail",
            matchPolicy="Equivalent",
            namespaceSelector={},
            objectSelector={},
            timeoutSeconds=10,
        )
        if value.get("kind") == "MutatingWebhookConfiguration":
            _set(webhook, reinvocationPolicy="Never")
        service = mapped(webhook.get("clientConfig")).get("service")
        if isinstance(service, dict):
            _set(cast("dict[str, Any]", service), port=443)
        for rule in _objects(webhook.get("rules")):
            _set(rule, scope="*")


def _definition(value: dict[str, Any]) -> None:
    spec = _spec(value)
    _set(spec, conversion={"strategy": "None"})
    names = mapped(spec.get("names"))
    if isinstance(names.get("kind"), str):
        _set(names, singular=names["kind"].lower(), listKind=f"{names['kind']}List")


_KINDS: dict[tuple[str, str], Callable[[dict[str, Any]], None]] = {
    ("", "Namespace"): _namespace,
    ("", "PersistentVolume"): _volume_of_cluster,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _single_pod,
    ("", "ReplicationController"): _replicas,
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
    ("networking.k8s.io", "NetworkPolicy"): _network_policy,
    (_RBAC, "ClusterRoleBinding"): _binding,
    (_RBAC, "RoleBinding"): _binding,
    ("scheduling.k8s.io", "PriorityClass"): _priority_class,
    ("storage.k8s.io", "StorageClass"): _storage_class,
}
