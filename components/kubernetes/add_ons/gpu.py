"""Values of the charts that make GPUs allocatable: the operator, or the device plugin alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.kubernetes.add_ons.release import Values, merged
from components.kubernetes.taints import gpu_tolerations
from facts.accelerators import GPU
from facts.gpu_metric_list import metric_list
from facts.pools.offers import Taint
from facts.pools.sharing import POOL_LABEL, mig_resource, plugin_config

__all__ = ["SharedPool", "dcgm_exporter", "device_plugin", "gpu_operator"]

_DEFAULT: Final = "default"
_CONFIG_MAP: Final = "device-plugin-config"
_METRICS_MAP: Final = "dcgm-exporter-metrics"
# Where a driver that the cloud has installed is, and the runtime that knows it, per cloud.
# https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/amazon-eks.html
# https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/microsoft-aks.html
_OF_THE_CLOUD: Final[dict[str, Values]] = {
    # The AL2023 images have driver and container toolkit.
    "eks": {"driver": {"enabled": False}, "toolkit": {"enabled": False}},
    "aks": {
        "driver": {"enabled": False},
        "toolkit": {"enabled": False},
        "operator": {"runtimeClass": "nvidia-container-runtime"},
    },
}
_BY_THE_OPERATOR: Final[Values] = {"driver": {"enabled": True}, "toolkit": {"enabled": True}}
# A cloud's machine cannot reset a GPU: it takes its parts when it starts again.
# https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-operator-mig.html
_REBOOT: Final = [{"name": "WITH_REBOOT", "value": "true"}]
# How parts of a GPU are named: each profile a resource of its own, or all of them nvidia.com/gpu.
_MIG_STRATEGY: Final = {"eks": "mixed", "gke": "single", "aks": "single"}


@dataclass(frozen=True, slots=True)
class SharedPool:
    """A pool whose GPUs are cut into parts, or taken in turns."""

    time_slices: int = 0
    mig_profile: str | None = None


def gpu_operator(
    cluster: str,
    pools: Sequence[SharedPool],
    taints: Sequence[Taint],
    *,
    driver: str,
    exporter: bool,
    monitored: bool,
) -> Values:
    """Driver and toolkit by whoever installs them, plugin, discovery, MIG, exporter."""
    on_pools = _tolerations(taints)
    of_the_cloud = _BY_THE_OPERATOR if driver == "operator" else _OF_THE_CLOUD[cluster]
    configs = _plugin_configs(cluster, pools)
    values: Values = {
        "daemonsets": {"tolerations": on_pools},
        "mig": {"strategy": _MIG_STRATEGY[cluster]},
        # GKE and AKS cut GPUs themselves, when they make the machines.
        "migManager": {"enabled": True, "env": _REBOOT} if cluster == "eks" else {"enabled": False},
        "dcgmExporter": {"enabled": exporter, "serviceMonitor": {"enabled": monitored}},
        "node-feature-discovery": {"worker": {"tolerations": on_pools}},
    }
    if exporter:
        own = {"name": _METRICS_MAP, "create": True, "data": metric_list("gpu-operator")}
        values["dcgmExporter"]["config"] = own
    if len(configs) > 1:
        values["devicePlugin"] = {
            "config": {"create": True, "name": _CONFIG_MAP, "default": _DEFAULT, "data": configs}
        }
    return merged(values, of_the_cloud)


def device_plugin(cluster: str, pools: Sequence[SharedPool], taints: Sequence[Taint]) -> Values:
    """The plugin on the nodes of our pools, and on what others have labelled."""
    configs = _plugin_configs(cluster, pools)
    values: Values = {
        "affinity": {"nodeAffinity": _on_gpu_nodes()},
        "tolerations": _tolerations(taints),
    }
    if len(configs) > 1:
        values["config"] = {"map": configs, "default": _DEFAULT}
    else:
        values["migStrategy"] = _MIG_STRATEGY[cluster]
    return values


def dcgm_exporter(taints: Sequence[Taint], *, monitored: bool) -> Values:
    """The exporter on the same nodes."""
    return {
        "affinity": {"nodeAffinity": _on_gpu_nodes()},
        "tolerations": _tolerations(taints),
        "serviceMonitor": {"enabled": monitored},
        "customMetrics": metric_list("dcgm-exporter"),
    }


def _on_gpu_nodes() -> dict[str, Any]:
    terms = [
        {"matchExpressions": [{"key": POOL_LABEL, "operator": "Exists"}]},
        {"matchExpressions": [{"key": f"{GPU}.present", "operator": "In", "values": ["true"]}]},
    ]
    return {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}


def _tolerations(taints: Sequence[Taint]) -> list[dict[str, str]]:
    """Of every pool's taints, and of NVIDIA's key whatever its value."""
    further = dict.fromkeys(t for t in taints if t[0] != GPU or t[2] != "NoSchedule")
    return gpu_tolerations(further)


def _plugin_configs(cluster: str, pools: Sequence[SharedPool]) -> dict[str, str]:
    """The plugin's configurations by name, of which a node's label chooses one.

    https://github.com/NVIDIA/k8s-device-plugin#shared-access-to-gpus
    """
    resources: dict[int, set[str]] = {}
    for pool in pools:
        if pool.time_slices:
            parts = pool.mig_profile if cluster == "eks" else None
            shared = mig_resource(parts) if parts else GPU
            resources.setdefault(pool.time_slices, set()).add(shared)
    head = f"version: v1\nflags:\n  migStrategy: {_MIG_STRATEGY[cluster]}\n"
    return {_DEFAULT: head} | {
        plugin_config(slices): head + _slicing(cluster, slices, sorted(names))
        for slices, names in sorted(resources.items())
    }


def _slicing(cluster: str, slices: int, names: Sequence[str]) -> str:
    # AKS' autoscaler knows a node that is not there by its size, whose GPUs have their usual name.
    rename = "true" if cluster == "eks" else "false"
    listed = "".join(f"    - name: {name}\n      replicas: {slices}\n" for name in names)
    return (
        "sharing:\n  timeSlicing:\n"
        f"    renameByDefault: {rename}\n"
        # More of a shared GPU is not a larger share of it.
        f"    failRequestsGreaterThanOne: true\n    resources:\n{listed}"
    )
