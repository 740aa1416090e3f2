"""Where the latency of what Knative runs is read."""

from components.kubernetes.outputs import latency_p95
from facts.kserve import kserve_version
from facts.server_metrics import SERVER_METRICS

__all__ = ["knative_latency"]


def knative_latency(version: object, namespace: str, pods: str) -> dict[str, str]:
    """Knative's queue proxy measures every server, by the name of the Knative that KServe brings.

    What Knative has to be told before is in `needs` of facts/server_metrics.py.
    """
    measured = SERVER_METRICS[kserve_version(version).knative_metrics].duration
    assert measured is not None  # noqa: S101 - of the queue proxy it is known in every release
    return latency_p95(measured.name, measured.unit, namespace, pods)
