"""What is asked of `ClusterAddOns`, checked: the charts with their values, and how they come."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

from components.checks import Checks
from components.kubernetes.add_ons import gpu, others
from components.kubernetes.add_ons.release import Delivery, Values
from components.kubernetes.taints import read_taints
from facts.add_ons import CHARTS
from facts.pools.offers import GPU_TAINT
from facts.pools.sharing import CLUSTERS, MIG_PROFILE, MOST_TIME_SLICES
from facts.resource_ids import IAM_ROLE

__all__ = ["SharedGpuPoolArgs", "charts", "delivered"]

_SOFTWARE: Final = ("operator", "device_plugin", "none")
_KSERVE_MODES: Final = ("standard", "knative", "none")
_IMAGE_PREFIX: Final = r"[a-z0-9][-a-z0-9.]*(:[0-9]+)?(/[-a-z0-9._]+)*"
_REPOSITORY: Final = r"(https|oci)://[^\s]+"
_GATEWAY: Final = r"[-a-z0-9]+/[-a-z0-9]+"
_DOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+"


class SharedGpuPoolArgs(TypedDict):
    """How a pool of nodes shares its GPUs."""

    time_slices: NotRequired[int]
    """Pods that take turns on a GPU. Default: none do."""
    mig_profile: NotRequired[str]
    """Part into which each GPU is cut, such as 1g.10gb. Default: GPUs are whole."""


def charts(checks: Checks, args: Mapping[str, Any]) -> Iterator[tuple[str, Values]]:
    """Charts and their values."""
    cluster = checks.choice("cluster", None, CLUSTERS)
    monitored = checks.flag("prometheus", default=False)
    yield from _gpu(checks, args, cluster, monitored=monitored)
    yield from _kserve(checks)
    yield from _metrics(checks, monitored=monitored)
    if checks.flag("keda", default=False):
        yield "keda", others.keda(monitored=monitored)
    yield from _autoscalers(checks, args, cluster, monitored=monitored)


def _gpu(
    checks: Checks, args: Mapping[str, Any], cluster: str, *, monitored: bool
) -> Iterator[tuple[str, Values]]:
    driver = checks.choice("driver", "cloud", ("cloud", "operator"))
    of_gke = "operator" if driver == "operator" else "none"
    usual = of_gke if cluster == "gke" else "device_plugin"
    software = checks.choice("gpu_software", usual, _SOFTWARE)
    exporter = checks.flag("dcgm_exporter", default=False)
    pools = _pools(checks, args.get("shared_pools"))
    taints = read_taints(checks, "pool_taints", [GPU_TAINT])
    if cluster == "gke":
        _refuse_on_gke(checks, software, driver, exporter=exporter, shared=bool(pools))
    elif driver == "operator" and cluster == "eks":
        checks.problem(
            "driver",
            driver,
            "cloud: NVIDIA has no driver image for Amazon Linux, whose AL2023"
            " images for GPUs have the driver",
        )
    elif driver == "operator" and software != "operator":
        checks.problem("driver", driver, "cloud, or gpu_software: operator, which installs it")
    cut = any(pool.mig_profile for pool in pools)
    if cut and cluster == "eks" and software != "operator":
        checks.problem(
            "gpu_software", software, "operator: its MIG manager cuts the GPUs of shared_pools"
        )
    if pools and software == "none":
        checks.problem("gpu_software", software, "operator or device_plugin, for shared_pools")
    installs = driver == "operator" or cluster in {"eks", "aks"}
    if software == "operator" and cluster and installs:
        yield (
            "gpu-operator",
            gpu.gpu_operator(
                cluster, pools, taints, driver=driver, exporter=exporter, monitored=monitored
            ),
        )
    elif software == "device_plugin" and cluster in {"eks", "aks"}:
        yield "nvidia-device-plugin", gpu.device_plugin(cluster, pools, taints)
    if exporter and software != "operator" and cluster in {"eks", "aks"}:
        yield "dcgm-exporter", gpu.dcgm_exporter(taints, monitored=monitored)


def _refuse_on_gke(
    checks: Checks, software: str, driver: str, *, exporter: bool, shared: bool
) -> None:
    """GKE installs driver and device plugin, but for pools that leave both to the operator."""
    if driver == "operator" and software != "operator":
        checks.problem("gpu_software", software, "operator, which installs the driver")
    elif driver != "operator" and software != "none":
        checks.problem(
            "gpu_software",
            software,
            "none on GKE, which installs driver and device plugin itself, or the operator with"
            " driver: operator (https://cloud.google.com/kubernetes-engine/docs/how-to/gpus)",
        )
    if shared:
        checks.problem(
            "shared_pools", "a list", "nothing on GKE: the node pool says how its GPUs are shared"
        )
    if exporter and software != "operator":
        checks.problem(
            "dcgm_exporter",
            exporter,
            "the DCGM metrics of the cluster's monitoring on GKE"
            " (https://cloud.google.com/kubernetes-engine/docs/how-to/dcgm-metrics)",
        )


def _pools(checks: Checks, asked: Sequence[SharedGpuPoolArgs] | None) -> list[gpu.SharedPool]:
    found: list[gpu.SharedPool] = []
    for index, each in enumerate(asked or ()):
        inner = Checks("", "", each, SharedGpuPoolArgs.__annotations__)
        slices = inner.whole("time_slices", 0, 2, MOST_TIME_SLICES)
        profile = inner.optional("mig_profile")
        if profile and not re.fullmatch(MIG_PROFILE, profile):
            inner.problem("mig_profile", profile, "a profile such as 1g.10gb")
        if not slices and not profile:
            inner.problem("time_slices", None, "pods that take turns, or give mig_profile")
        found.append(gpu.SharedPool(slices, profile))
        checks.take(f"shared_pools[{index}]", inner)
    return found


def _kserve(checks: Checks) -> Iterator[tuple[str, Values]]:
    mode = checks.choice("kserve", "none", _KSERVE_MODES)
    alone = mode == "none"
    languages = checks.flag("kserve_language_models", default=False)
    gateway = checks.optional("kserve_gateway")
    if gateway and not re.fullmatch(_GATEWAY, gateway):
        checks.problem("kserve_gateway", gateway, "namespace/name")
    elif gateway and mode != "standard":
        checks.problem("kserve_gateway", gateway, "it with kserve: standard; Knative has its own")
    domain = checks.optional("kserve_domain")
    if domain and not re.fullmatch(_DOMAIN, domain):
        checks.problem("kserve_domain", domain, "a domain such as models.example.com")
    elif domain and alone:
        checks.problem("kserve_domain", domain, "it with kserve: standard or knative")
    if checks.flag("cert_manager", default=not alone or languages):
        yield "cert-manager", others.cert_manager()
    if not alone:
        yield "kserve-crd", {}
        yield "kserve-resources", others.kserve(mode, gateway=gateway, domain=domain)
        yield "kserve-runtime-configs", others.runtimes()
    if languages:
        yield "kserve-llmisvc-crd", {}
        yield "kserve-llmisvc-resources", others.language_models(alone=alone)


def _metrics(checks: Checks, *, monitored: bool) -> Iterator[tuple[str, Values]]:
    days = checks.whole("prometheus_retention_days", 15, 1, 3650)
    disk_gib = checks.whole("prometheus_disk_gib", 50, 1, 65_536)
    dashboards = checks.flag("dashboards", default=False)
    if monitored:
        yield (
            "kube-prometheus-stack",
            others.prometheus(retention_days=days, disk_gib=disk_gib, dashboards=dashboards),
        )
        return
    for key in ("prometheus_retention_days", "prometheus_disk_gib"):
        if checks.given(key):
            checks.problem(key, days if key.endswith("days") else disk_gib, "it with prometheus")
    if dashboards:
        checks.problem("dashboards", dashboards, "it with prometheus: true")


def _autoscalers(
    checks: Checks, args: Mapping[str, Any], cluster: str, *, monitored: bool
) -> Iterator[tuple[str, Values]]:
    scales = checks.flag("cluster_autoscaler", default=False)
    provisions = checks.flag("karpenter", default=False)
    internet = checks.flag("internet", default=True)
    priorities = checks.flag("cluster_autoscaler_priorities", default=False)
    if priorities and not scales:
        checks.problem("cluster_autoscaler_priorities", priorities, "it with cluster_autoscaler")
    for key in ("cluster_autoscaler_role_arn", "karpenter_role_arn"):
        checks.optional_text(key, IAM_ROLE, "the ARN of a role")
    for key, on in (("cluster_autoscaler", scales), ("karpenter", provisions)):
        if on and cluster in {"gke", "aks"}:
            checks.problem(key, on, f"nothing on {cluster}, which runs an autoscaler of its own")
    if (scales or provisions) and cluster == "eks":
        checks.text("cluster_name", use="the cluster's name, for its autoscaler")
    if scales and cluster == "eks":
        checks.text("region", use="the cluster's region, for its autoscaler")
        yield (
            "cluster-autoscaler",
            others.cluster_autoscaler(
                args.get("cluster_name", ""),
                args.get("region", ""),
                args.get("cluster_autoscaler_role_arn"),
                priorities=priorities,
                monitored=monitored,
            ),
        )
    if provisions and cluster == "eks":
        yield "karpenter-crd", {}
        yield (
            "karpenter",
            others.karpenter(
                args.get("cluster_name", ""),
                args.get("karpenter_interruption_queue"),
                args.get("karpenter_role_arn"),
                internet=internet,
                monitored=monitored,
            ),
        )


def delivered(checks: Checks) -> Delivery:
    """Where charts and images come from, and how long a chart may take."""
    chart_mirror = checks.optional("chart_mirror")
    if chart_mirror and not re.fullmatch(_REPOSITORY, chart_mirror):
        checks.problem("chart_mirror", chart_mirror, "https://… or oci://…")
    image_mirror = checks.optional("image_mirror")
    if image_mirror and not re.fullmatch(_IMAGE_PREFIX, image_mirror):
        checks.problem("image_mirror", image_mirror, "a registry's host and path, without https://")
    elif image_mirror is None and not checks.flag("internet", default=True):
        checks.problem("image_mirror", None, "the registry of the images, as there is no internet")
    versions = checks.mapping("chart_versions")
    for chart in versions:
        if chart not in CHARTS:
            checks.problem("chart_versions", chart, f"charts: {', '.join(sorted(CHARTS))}")
    return Delivery(
        chart_mirror=chart_mirror,
        image_mirror=image_mirror,
        versions=versions,
        ready_timeout_seconds=checks.whole("ready_timeout_seconds", 900, 60, 7200),
        wait=checks.flag("wait", default=True),
    )
