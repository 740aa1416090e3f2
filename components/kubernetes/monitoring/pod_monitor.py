"""Which pods Prometheus asks, and how it names what they answer.

Spelled as Prometheus operator 0.85 has it: `PodMonitor` of monitoring.coreos.com/v1.

A `portNumber` there finds only ports that a container declares (pkg/prometheus/promcfg.go), and the
containers of KServe's runtimes declare none, nor does any container declare the port by which
Istio's agent shows metrics. So the address is put together of the pod's own and of the port.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pulumi

from components.kubernetes.monitoring.indicators import MODEL, VERSION
from components.kubernetes.monitoring.scraping import Scraping
from components.kubernetes.objects import Manifest, manifest
from facts import tags

__all__ = ["API_VERSION", "pod_monitor"]

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
    scraping: Scraping,
    interval_seconds: int,
) -> Manifest:
    """Scrapes every pod of the model, whatever its version, and labels its series.

    Args:
        name: of the object, and of the model.
        namespace: of the object, and of the pods.
        labels: of the object, by which a Prometheus finds it.
        scraping: which pods, and where their metrics are.
        interval_seconds: from one scrape to the next.
    """
    places = [(scraping.port, scraping.path)]
    if scraping.token_port is not None:
        places.append((scraping.token_port, "/metrics"))
    spec = {
        "selector": {"matchLabels": dict(scraping.pod_labels)},
        "podMetricsEndpoints": [
            {
                "path": path,
                "interval": f"{interval_seconds}s",
                "relabelings": list(_relabelings(name, port)),
            }
            for port, path in places
        ],
    }
    return manifest(API_VERSION, "PodMonitor", name, namespace, labels, spec=spec)


def _relabelings(name: str, port: int) -> Iterator[dict[str, Any]]:
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
    yield {"sourceLabels": [_VERSION_LABEL], "targetLabel": VERSION}
