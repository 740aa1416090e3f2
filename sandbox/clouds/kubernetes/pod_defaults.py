"""What the API server fills into pods and their templates.

Source: SetDefaults_PodSpec, SetDefaults_Pod, SetDefaults_Container, SetDefaults_Probe,
SetDefaults_Volume and their like in pkg/apis/core/v1/defaults.go of Kubernetes 1.34, and what the
admission plugins for service accounts and priorities add.
"""

from collections.abc import Iterator
from typing import Any, cast

from sandbox.values import listed, mapped

__all__ = ["objects_of", "set_missing", "single", "template"]

Spec = dict[str, Any]


def set_missing(value: dict[str, Any], **defaults: Any) -> None:  # noqa: ANN401 - JSON
    """Give a value to each field that has none."""
    for name, default in defaults.items():
        if value.get(name) is None:
            value[name] = default


def objects_of(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """The objects in a list, to change them."""
    for item in listed(value):
        if isinstance(item, dict):
            yield cast("dict[str, Any]", item)


def template(spec: Spec) -> None:
    """Fill in the specification of pods, wherever it is."""
    set_missing(
        spec,
        dnsPolicy="ClusterFirst",
        restartPolicy="Always",
        schedulerName="default-scheduler",
        securityContext={},
        terminationGracePeriodSeconds=30,
    )
    if spec.get("serviceAccountName"):
        set_missing(spec, serviceAccount=spec["serviceAccountName"])
    for name in ("initContainers", "containers", "ephemeralContainers"):
        for container in objects_of(spec.get(name)):
            _container(container)
    for volume in objects_of(spec.get("volumes")):
        _volume(volume)


def _container(container: dict[str, Any]) -> None:
    image = container.get("image")
    if isinstance(image, str):
        set_missing(container, imagePullPolicy=_pull_policy(image))
    set_missing(
        container,
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    for port in objects_of(container.get("ports")):
        set_missing(port, protocol="TCP")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if isinstance(probe, dict):
            _probe(cast("dict[str, Any]", probe))
    for hook in mapped(container.get("lifecycle")).values():
        _handler(mapped(hook))
    for variable in objects_of(container.get("env")):
        reference = mapped(variable.get("valueFrom")).get("fieldRef")
        if isinstance(reference, dict):
            set_missing(cast("dict[str, Any]", reference), apiVersion="v1")


def _pull_policy(image: str) -> str:
    """What has a digest, or a tag other than `latest`, is not pulled again."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "Always" if (tag or ("" if digest else "latest")) == "latest" else "IfNotPresent"


def _probe(probe: dict[str, Any]) -> None:
    defaults = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1}
    for name, default in (*defaults.items(), ("failureThreshold", 3)):
        if not probe.get(name):
            probe[name] = default  # For Go a 0 is nothing, too.
    _handler(probe)
    if isinstance(probe.get("grpc"), dict):
        set_missing(probe["grpc"], service="")


def _handler(handler: dict[str, Any]) -> None:
    if isinstance(handler.get("httpGet"), dict):
        set_missing(handler["httpGet"], path="/", scheme="HTTP")


def _volume(volume: dict[str, Any]) -> None:
    if set(volume) <= {"name"}:
        volume["emptyDir"] = {}
    for name in ("secret", "configMap", "downwardAPI", "projected"):
        if isinstance(volume.get(name), dict):
            set_missing(volume[name], defaultMode=0o644)
    if isinstance(volume.get("hostPath"), dict):
        set_missing(volume["hostPath"], type="")
    for source in objects_of(mapped(volume.get("projected")).get("sources")):
        if isinstance(source.get("serviceAccountToken"), dict):
            set_missing(source["serviceAccountToken"], expirationSeconds=3600)
    claim = mapped(volume.get("ephemeral")).get("volumeClaimTemplate")
    if isinstance(claim, dict):
        inner = cast("dict[str, Any]", claim).get("spec")
        if isinstance(inner, dict):
            set_missing(cast("dict[str, Any]", inner), volumeMode="Filesystem")


def single(spec: Spec) -> None:
    """Fill in what only a pod of its own gets, after `template`."""
    set_missing(
        spec, enableServiceLinks=True, serviceAccountName="default", serviceAccount="default"
    )
    set_missing(spec, preemptionPolicy="PreemptLowerPriority", priority=0)
    host = spec.get("hostNetwork") is True
    for name in ("initContainers", "containers"):
        for container in objects_of(spec.get(name)):
            resources = cast("dict[str, Any]", container["resources"])
            for limited, amount in mapped(resources.get("limits")).items():
                resources.setdefault("requests", {}).setdefault(limited, amount)
            for port in objects_of(container.get("ports")) if host else ():
                if port.get("containerPort") is not None and not port.get("hostPort"):
                    port["hostPort"] = port["containerPort"]
