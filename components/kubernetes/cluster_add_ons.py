"""What a cluster with GPUs needs beside its nodes, by the projects' own charts."""

from collections.abc import Mapping, Sequence
from typing import Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes.add_ons.asked import SharedGpuPoolArgs, charts, delivered
from components.kubernetes.add_ons.release import critical_pods, namespace, release
from components.kubernetes.objects import KubernetesObject, is_applied
from facts.add_ons import CHARTS

__all__ = ["ClusterAddOns", "ClusterAddOnsArgs"]

_SYSTEM: Final = "kube-system"
_OPERATOR: Final = "gpu-operator"
# Which charts must be there before another one: definitions, webhooks that it asks.
_AFTER: Final[Mapping[str, Sequence[str]]] = {
    "gpu-operator": ("kube-prometheus-stack",),
    "dcgm-exporter": ("kube-prometheus-stack",),
    "keda": ("kube-prometheus-stack",),
    "kserve-crd": ("cert-manager",),
    "kserve-resources": ("cert-manager", "kserve-crd"),
    "kserve-runtime-configs": ("kserve-resources",),
    "kserve-llmisvc-crd": ("cert-manager",),
    "kserve-llmisvc-resources": ("cert-manager", "kserve-llmisvc-crd", "kserve-resources"),
    "cluster-autoscaler": ("kube-prometheus-stack",),
    "karpenter": ("karpenter-crd", "kube-prometheus-stack"),
}
_ACCOUNTS: Final = {
    "cluster-autoscaler": f"{_SYSTEM}/cluster-autoscaler",
    "karpenter": f"{_SYSTEM}/karpenter",
}


class ClusterAddOnsArgs(TypedDict):
    """Flat arguments of `ClusterAddOns`."""

    cluster: str
    """Kind of cluster: eks, gke or aks."""
    gpu_software: NotRequired[str]
    """What makes GPUs allocatable: operator (NVIDIA's GPU operator), device_plugin, or none. Never
    two of them. Default: device_plugin on EKS and AKS; none on GKE, which has its own, but where
    `driver` is operator."""
    driver: NotRequired[str]
    """Who installs NVIDIA's driver, as the pools have it: cloud or operator. Default: cloud."""
    shared_pools: NotRequired[list[SharedGpuPoolArgs]]
    """The pools that share GPUs. Default: none."""
    pool_taints: NotRequired[list[str]]
    """Taints of the GPU pools as `key=value:Effect`, which the GPU software tolerates. Default:
    nvidia.com/gpu=present:NoSchedule."""
    dcgm_exporter: NotRequired[bool]
    """Metrics of GPUs by NVIDIA's DCGM exporter; on GKE it is a setting of the cluster. Default:
    false."""
    prometheus: NotRequired[bool]
    """The kube-prometheus-stack; the other add-ons then have monitors. Default: false."""
    prometheus_retention_days: NotRequired[int]
    """Days for which metrics are kept. Default: 15."""
    prometheus_disk_gib: NotRequired[int]
    """Disk of Prometheus in GiB. Default: 50."""
    dashboards: NotRequired[bool]
    """Grafana with the stack. Default: false."""
    kserve: NotRequired[str]
    """Mode of KServe: standard, knative (which needs Knative Serving in the cluster), or none.
    Default: none."""
    kserve_gateway: NotRequired[str]
    """Gateway as namespace/name that models in standard mode are reached by. Default: they are
    reached in the cluster alone."""
    kserve_domain: NotRequired[str]
    """Domain of the models' host names. Default: KServe's, example.com."""
    kserve_language_models: NotRequired[bool]
    """The controller of LLMInferenceServices, which needs Gateway API's inference extension and
    LeaderWorkerSet in the cluster. Default: false."""
    cert_manager: NotRequired[bool]
    """cert-manager, which KServe needs; false where the cluster has it. Default: true with
    KServe."""
    keda: NotRequired[bool]
    """KEDA. Default: false."""
    cluster_autoscaler: NotRequired[bool]
    """The cluster autoscaler of EKS; GKE and AKS run their own. Default: false."""
    cluster_autoscaler_role_arn: NotRequired[pulumi.Input[str]]
    """Role that it takes by the cluster's OIDC provider. Default: none; the caller associates one
    with its service account by Pod Identity."""
    cluster_autoscaler_priorities: NotRequired[bool]
    """Whether it tries pools in the order of a GpuNodeFallback, which must be there first: without
    the order it does not start. Default: false."""
    karpenter: NotRequired[bool]
    """Karpenter, on EKS. Default: false."""
    karpenter_role_arn: NotRequired[pulumi.Input[str]]
    """Role that it takes by the cluster's OIDC provider. Default: none; the caller associates one
    with its service account by Pod Identity."""
    karpenter_interruption_queue: NotRequired[pulumi.Input[str]]
    """Name of the SQS queue that says which machines will be taken. Default: none."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster, for its autoscaler and Karpenter. Default: needed with them."""
    region: NotRequired[str]
    """AWS region of the cluster, for its autoscaler. Default: needed with it."""
    internet: NotRequired[bool]
    """Whether nodes reach the internet; without, Karpenter asks for no prices, and images need
    `image_mirror`. Default: true."""
    chart_mirror: NotRequired[str]
    """Repository that has all the charts: https://… or oci://…. Default: each project's own."""
    image_mirror: NotRequired[str]
    """Registry prefix that has all the images, each below its registry's name, as
    <prefix>/quay.io/…. Default: each project's own registry."""
    chart_versions: NotRequired[dict[str, str]]
    """Other versions of charts, by the chart's name. Default: those of facts/add_ons.py."""
    existing_namespaces: NotRequired[list[str]]
    """Namespaces of charts that are there already. Default: none; they are made."""
    ready_timeout_seconds: NotRequired[int]
    """How long a chart may take to be ready, before it is rolled back. Default: 900."""
    wait: NotRequired[bool]
    """Whether to wait until each chart's pods are ready. Default: true."""


class ClusterAddOns(pulumi.ComponentResource):
    """Helm releases at pinned versions, each optional, in the order in which they need each other.

    The provider fetches and renders a chart; a release that fails is rolled back. Definitions of
    custom resources are updated where a chart has them as a release of their own or as templates;
    Helm never updates those in a chart's `crds` folder.
    """

    versions: pulumi.Output[dict[str, str]]
    service_accounts: pulumi.Output[dict[str, str]]

    def __init__(
        self,
        name: str,
        args: ClusterAddOnsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("ClusterAddOns", name, args, ClusterAddOnsArgs.__annotations__)
        asked = dict(charts(checks, args))
        delivery = delivered(checks)
        there = checks.texts("existing_namespaces", [])
        if not asked:
            checks.problem("add-ons", "none", "at least one; on GKE the GPUs need none")
        if not is_applied():
            checks.problem(
                "charts",
                "rendering for GitOps",
                "the controller's own kind for charts: the"
                " engine renders none (facts/add_ons.py has their versions)",
            )
        checks.raise_problems()
        super().__init__("model-serving:index:ClusterAddOns", name, {}, opts)

        spaces: dict[str, KubernetesObject] = {}
        for chart in (CHARTS[each] for each in asked):
            made = {_SYSTEM, *there, *spaces}
            if chart.namespace not in made:
                role = f"{name}-{chart.namespace}-namespace"
                spaces[chart.namespace] = namespace(role, chart, self)
        before: dict[str, pulumi.Resource] = dict(spaces)
        if args["cluster"] == "gke" and _OPERATOR in asked:
            # GKE lets no critical pod into a namespace but kube-system that has no quota of them.
            place = CHARTS[_OPERATOR].namespace
            before[place] = critical_pods(f"{name}-{_OPERATOR}-quota", place, self, spaces)
        released: dict[str, pulumi.Resource] = {}
        for each in _ordered(asked):
            chart = CHARTS[each]
            needed = [released[other] for other in _AFTER.get(each, ()) if other in released]
            space = before.get(chart.namespace)
            child = pulumi.ResourceOptions(
                parent=self, depends_on=[*needed, *([space] if space else [])]
            )
            released[each] = release(f"{name}-{each}", chart, asked[each], delivery, child)

        versions = {
            each: delivery.versions.get(each, CHARTS[each].version) for each in sorted(asked)
        }
        self.versions = pulumi.Output.from_input(versions)
        self.service_accounts = pulumi.Output.from_input(
            {each: account for each, account in _ACCOUNTS.items() if each in asked}
        )
        self.register_outputs(
            {"versions": self.versions, "service_accounts": self.service_accounts}
        )


def _ordered(asked: Mapping[str, object]) -> list[str]:
    """Charts, each after those that it needs."""
    found: list[str] = []
    left = list(asked)
    while left:
        ready = [
            each
            for each in left
            if all(other in found or other not in asked for other in _AFTER.get(each, ()))
        ]
        found += ready
        left = [each for each in left if each not in ready]
    return found
