"""Which pods Prometheus asks, and how it names what they answer.

Spelled as Prometheus operator 0.85 has it: `PodMonitor` of monitoring.coreos.com/v1.
"""

from collections.abc import Mapping
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
    relabelings: list[dict[str, Any]] = [
        # Constant: names of pods are the controllers', and no pattern of ours.
        {"targetLabel": MODEL, "replacement": name},
        {"sourceLabels": [_VERSION_LABEL], "targetLabel": VERSION},
    ]
    places = [(scraping.port, scraping.path)]
    if scraping.token_port is not None:
        places.append((scraping.token_port, "/metrics"))
    spec = {
        "selector": {"matchLabels": dict(scraping.pod_labels)},
        "podMetricsEndpoints": [
            {
                "portNumber": port,
                "path": path,
                "interval": f"{interval_seconds}s",
                "relabelings": relabelings,
            }
            for port, path in places
        ],
    }
    return manifest(API_VERSION, "PodMonitor", name, namespace, labels, spec=spec)
