"""Where what KServe makes tells its metrics, whatever kind it is."""

from collections.abc import Mapping

from components.kubernetes.kserve.kserve_access import POD_LABEL, QUEUE_PROXY_METRICS
from components.kubernetes.monitoring.scraping import Scraping
from components.kubernetes.network import MERGED_METRICS, MERGED_METRICS_PATH
from facts.kserve import kserve_version

__all__ = ["of_knative", "of_sidecars", "predictors"]


def predictors(name: str) -> dict[str, str]:
    """Labels of the pods that have an InferenceService's model."""
    return {POD_LABEL: name, "component": "predictor"}


def of_knative(labels: Mapping[str, str], version: object, *, versioned: bool = True) -> Scraping:
    """The queue proxy in each pod, by the Knative that a release of KServe brings."""
    metrics = kserve_version(version).knative_metrics
    return Scraping(labels, metrics, QUEUE_PROXY_METRICS, versioned=versioned)


def of_sidecars(labels: Mapping[str, str], *, knative: bool, versioned: bool = True) -> Scraping:
    """What Istio's proxy in each pod measures; its agent shows it in the clear."""
    metrics = "istio-knative" if knative else "istio"
    return Scraping(labels, metrics, MERGED_METRICS, MERGED_METRICS_PATH, versioned=versioned)
