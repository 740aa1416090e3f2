"""Where the latency of what Knative runs is read."""

from components.kubernetes.outputs import latency_p95
from facts.kserve import kserve_version

__all__ = ["knative_latency"]


def knative_latency(version: object, namespace: str, pods: str) -> dict[str, str]:
    """Knative's queue proxy measures every server, by the name of the Knative that KServe brings.

    Of Knative 1.21 its ConfigMap config-observability has to say `request-metrics-protocol:
    prometheus`.
    """
    known = kserve_version(version)
    return latency_p95(known.knative_latency, known.knative_latency_unit, namespace, pods)
