"""What watches the GPUs of a cluster: alerts and a dashboard, whatever models run on them."""

import re
from typing import Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes.labels import MANAGED, check_namespace
from components.kubernetes.monitoring.alerts import Alerts
from components.kubernetes.monitoring.gpu_dashboard import gpu_dashboard
from components.kubernetes.monitoring.gpu_rules import gpu_rules
from components.kubernetes.monitoring.places import read_places
from components.kubernetes.monitoring.pod_monitor import API_VERSION
from components.kubernetes.objects import KubernetesObject, manifest
from components.serving import check_name
from components.tags import read_environment

__all__ = ["GpuMonitoring", "GpuMonitoringArgs", "GpuPoolSize"]

_PRODUCT: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"


class GpuPoolSize(TypedDict):
    """How large a pool of GPU nodes may become."""

    gpu: str
    """What its nodes' label nvidia.com/gpu.product says, such as NVIDIA-L4."""
    max_nodes: int
    """Most nodes of the pool, 1 to 5000."""


class GpuMonitoringArgs(TypedDict):
    """Flat arguments of `GpuMonitoring`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the nodes, and that alerts name."""
    namespace: pulumi.Input[str]
    """Namespace of rules and dashboard, which exists."""
    pool_sizes: NotRequired[list[GpuPoolSize]]
    """The pools, to tell when all of their nodes are there. Default: that is not told."""
    runbook_url: str
    """Where people on call read what to do; `{alert}` becomes the alert's name."""
    grafana_url: str
    """Address of Grafana, to which alerts lead."""
    grafana_folder: NotRequired[str]
    """Folder of the dashboard, as the sidecar of Grafana's chart reads it. Default: Models."""
    monitor_labels: NotRequired[dict[str, str]]
    """Labels by which a Prometheus selects rules, such as `release`. Default: none."""
    alert_labels: NotRequired[dict[str, str]]
    """Labels of every alert, by which Alertmanager finds who is told. Default: none."""


class GpuMonitoring(pulumi.ComponentResource):
    """`PrometheusRule` and the ConfigMap of a dashboard, for the nodes of one cluster.

    NVIDIA's DCGM exporter and kube-state-metrics are scraped already, as both of their charts have
    it beside Prometheus' operator.
    """

    dashboard_url: pulumi.Output[str]
    alerts: pulumi.Output[list[str]]

    def __init__(
        self,
        name: str,
        args: GpuMonitoringArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("GpuMonitoring", name, args, GpuMonitoringArgs.__annotations__)
        check_name(checks, name)
        environment, owner = read_environment(checks), checks.plain("owner")
        check_namespace(checks)
        places = read_places(checks, {"owner": owner})
        sizes = _sizes(checks)
        checks.raise_problems()
        super().__init__("model-serving:index:GpuMonitoring", name, {}, opts)

        # A component's name is as long as a dashboard's address may be.
        url = places.dashboard(name)
        labels = {**places.monitor_labels, **MANAGED}

        about = Alerts(places, url, {"environment": environment, "owner": owner})
        alerts = list(gpu_rules(about, sizes))
        rules = manifest(
            API_VERSION,
            "PrometheusRule",
            name,
            args["namespace"],
            labels,
            spec={"groups": [{"name": f"{name}-gpus", "rules": alerts}]},
        )
        own = pulumi.ResourceOptions(parent=self)
        KubernetesObject(f"{name}-rules", rules, own)
        shown = gpu_dashboard(name, environment, owner, places)
        board = places.dashboard_map(name, args["namespace"], labels, shown)
        KubernetesObject(f"{name}-dashboard", board, own)

        self.dashboard_url = pulumi.Output.from_input(url)
        self.alerts = pulumi.Output.from_input(sorted({each["alert"] for each in alerts}))
        self.register_outputs({"dashboard_url": self.dashboard_url, "alerts": self.alerts})


def _sizes(checks: Checks) -> dict[str, int]:
    """Most nodes by the GPUs' product, of all pools with it."""
    found: dict[str, int] = {}
    for index, pool in enumerate(checks.dictionaries("pool_sizes")):
        inner = Checks("pool", str(index), pool, GpuPoolSize.__annotations__)
        gpu, most = inner.plain("gpu"), inner.whole("max_nodes", 0, 1, 5000)
        if not re.fullmatch(_PRODUCT, gpu):
            inner.problem("gpu", gpu, "what nvidia.com/gpu.product says, such as NVIDIA-L4")
        if not inner.given("max_nodes"):
            inner.problem("max_nodes", None, "a whole number from 1 to 5000")
        checks.take(f"pool_sizes[{index}]", inner)
        found[gpu] = found.get(gpu, 0) + most
    return found
