"""Which pods Prometheus asks, and how it names what they answer.

Spelled as Prometheus operator 0.85 has it: `PodMonitor` of monitoring.coreos.com/v1.

A `portNumber` there finds only ports that a container declares (pkg/prometheus/promcfg.go), and the
containers of KServe's runtimes declare none, nor does any container declare the port by which
Istio's agent shows metrics. So the address is put together of the pod's own and of the port.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pulumi

from components.kubernetes.monitoring.indicators import MODEL, ROLE, VERSION
from components.kubernetes.monitoring.watched_pods import Pods
from components.kubernetes.objects import Manifest, manifest
from facts import tags

__all__ = ["API_VERSION", "pod_monitor", "spelled"]

API_VERSION: Final = "monitoring.coreos.com/v1"
# As Prometheus spells a pod's label that holds the version.
_VERSION_LABEL: Final = (
    f"__meta_kubernetes_pod_label_model_serving_{tags.MODEL_VERSION.replace('-', '_')}"
)
_POD_IP: Final = "__meta_kubernetes_pod_ip"
# How an address stands before a port, by which kind it is: version 6 has colons of its own.
_ADDRESSES: Final = {"([^:]+)": "${1}", "(.+:.+)": "[${1}]"}


def pod_monitor(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    pods: Pods,
    interval_seconds: int,
) -> Manifest:
    """Scrapes pods of one model, whatever its version, and labels their series.

    Args:
        name: of the model, and of the object where the pods have no role of their own.
        namespace: of the object, and of the pods.
        labels: of the object, by which a Prometheus finds it.
        pods: which ones, and where their metrics are.
        interval_seconds: from one scrape to the next.
    """
    token = {"credentials": {"name": pods.token_secret, "key": "token"}}
    kept = list(_of_the_model(pods))
    spec = {
        "selector": {"matchLabels": dict(pods.labels)},
        "podMetricsEndpoints": [
            {
                "path": path,
                "interval": f"{interval_seconds}s",
                "relabelings": list(_relabelings(name, port, pods)),
                **({"metricRelabelings": kept} if kept else {}),
                **({"authorization": token} if pods.token_secret else {}),
            }
            for port, path in pods.places
        ],
    }
    # No model's name has a dot.
    its_name = f"{name}.{pods.role}" if pods.role else name
    return manifest(API_VERSION, "PodMonitor", its_name, namespace, labels, spec=spec)


def spelled(version: str) -> str:
    """A version as a pod's label spells it."""
    (text,) = tags.kubernetes({tags.MODEL_VERSION: version}).values()
    return text


def _relabelings(name: str, port: int, pods: Pods) -> Iterator[dict[str, Any]]:
    for address, written in _ADDRESSES.items():
        yield {
            "sourceLabels": [_POD_IP],
            "regex": address,
            "targetLabel": "__address__",
            "replacement": f"{written}:{port}",
        }
    # Prometheus finds a pod once for each port and each container without one; alike in address
    # and labels they are one target to it.
    yield {"action": "labeldrop", "regex": "container"}
    # Constant: names of pods are the controllers', and no pattern of ours.
    yield {"targetLabel": MODEL, "replacement": name}
    if pods.helps:
        yield {"targetLabel": ROLE, "replacement": pods.role}
    if pods.version:
        yield {"targetLabel": VERSION, "replacement": spelled(pods.version)}
    elif not pods.shared:
        yield {"sourceLabels": [_VERSION_LABEL], "targetLabel": VERSION}


def _of_the_model(pods: Pods) -> Iterator[dict[str, Any]]:
    """Of a server that several models share, the series of this one and no others."""
    if pods.shared is None:
        return
    versions = {pods.shared.values(model): said for model, said in pods.model_names.items()}
    source = {"sourceLabels": [pods.shared.label]}
    yield {**source, "regex": "|".join(versions), "action": "keep"}
    for values, version in versions.items():
        yield {
            **source,
            "regex": values,
            "targetLabel": VERSION,
            "replacement": spelled(version),
        }
