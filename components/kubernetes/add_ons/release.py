"""A chart as a Helm release: where it comes from, its namespace, and its images from a mirror."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

from components.kubernetes.labels import MANAGED
from components.kubernetes.objects import KubernetesObject, manifest
from facts.add_ons import Chart
from facts.images import mirrored

__all__ = ["Delivery", "Values", "critical_pods", "merged", "namespace", "release"]

Values = dict[str, Any]
_OCI: Final = "oci://"
# Helm keeps each revision as a Secret.
_REVISIONS: Final = 5
# Some ten of the operator on each node.
_CRITICAL_PODS: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How charts come to the cluster: from where, which version, how long it may take."""

    chart_mirror: str | None = None
    image_mirror: str | None = None
    versions: Mapping[str, str]
    ready_timeout_seconds: int
    wait: bool


def namespace(name: str, chart: Chart, parent: pulumi.Resource) -> KubernetesObject:
    """A namespace whose Pod Security Standard the chart's pods can live with."""
    labels = {
        **MANAGED,
        "pod-security.kubernetes.io/enforce": chart.standard,
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
    }
    return KubernetesObject(
        name,
        manifest("v1", "Namespace", chart.namespace, None, labels),
        pulumi.ResourceOptions(parent=parent),
    )


def critical_pods(
    name: str, place: str, parent: pulumi.Resource, spaces: Mapping[str, pulumi.Resource]
) -> KubernetesObject:
    """A quota by which pods of the critical priority classes come into a namespace.

    https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/google-gke.html
    """
    scope = {
        "scopeName": "PriorityClass",
        "operator": "In",
        "values": ["system-node-critical", "system-cluster-critical"],
    }
    spec = {"hard": {"pods": str(_CRITICAL_PODS)}, "scopeSelector": {"matchExpressions": [scope]}}
    depends = [spaces[place]] if place in spaces else []
    return KubernetesObject(
        name,
        manifest("v1", "ResourceQuota", "critical-pods", place, MANAGED, spec=spec),
        pulumi.ResourceOptions(parent=parent, depends_on=depends),
    )


def release(
    name: str,
    chart: Chart,
    values: Values,
    delivery: Delivery,
    opts: pulumi.ResourceOptions,
) -> Release:
    """The release, named like its chart; a failed one is rolled back."""
    repository = delivery.chart_mirror or chart.repository
    is_oci = repository.startswith(_OCI)
    return Release(
        name,
        name=chart.name,
        namespace=chart.namespace,
        create_namespace=False,
        chart=f"{repository.rstrip('/')}/{chart.name}" if is_oci else chart.name,
        repository_opts=None if is_oci else RepositoryOptsArgs(repo=repository),
        version=delivery.versions.get(chart.name, chart.version),
        values=merged(values, _mirrored(chart, delivery.image_mirror)),
        # Without waiting there is no failure to roll back.
        atomic=delivery.wait,
        cleanup_on_fail=True,
        max_history=_REVISIONS,
        skip_await=not delivery.wait,
        timeout=delivery.ready_timeout_seconds,
        opts=opts,
    )


def _mirrored(chart: Chart, mirror: str | None) -> Values:
    """Every image of the chart by the mirror's prefix; the registry's name stays in the path."""
    found: Values = {}
    for path, image in chart.images.items() if mirror else ():
        alone = path.endswith(".registry")
        whole = f"{mirror}/{image}" if alone else mirrored(image, str(mirror))
        found = merged(found, _at(path.split("."), whole))
    return found


def _at(path: Sequence[str], value: object) -> Values:
    first, *rest = path
    return {first: _at(rest, value) if rest else value}


def merged(first: Values, second: Values) -> Values:
    """Both, at any depth; where both say something, the second is right."""
    found = dict(first)
    for key, value in second.items():
        mine = found.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            found[key] = merged(cast("Values", mine), cast("Values", value))
        else:
            found[key] = value
    return found
