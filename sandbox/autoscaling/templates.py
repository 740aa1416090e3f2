"""What each pool says of a node that it has not got yet: labels, taints, resources, room.

Sources: `buildNodeFromTemplate` of the cluster autoscaler for AWS and Azure
(https://github.com/kubernetes/autoscaler), GKE's pages on node labels and GPUs, Karpenter's on
NodePools (https://karpenter.sh/docs/concepts/nodepools/).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from facts.accelerators import ACCELERATORS
from facts.machines.choose import named
from facts.machines.shapes import MachineType
from sandbox.autoscaling import karpenter
from sandbox.autoscaling.node import (
    GPU,
    Taint,
    Template,
    machine_labels,
    machine_resources,
    taint,
    taint_of,
)
from sandbox.autoscaling.pods import amount
from sandbox.clouds.aws import node_groups
from sandbox.clouds.azure import agent_pools
from sandbox.clouds.gcp import gke, node_pools
from sandbox.store import Row, Store
from sandbox.values import at, first, listed, mapped

__all__ = ["Template", "templates"]

Object = dict[str, Any]
_TAG = "aws:autoscaling/tag:Tag"
_NODE_TEMPLATE = "k8s.io/cluster-autoscaler/node-template/"
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"} | {
    "PREFER_NO_SCHEDULE": "PreferNoSchedule"
}


def templates(store: Store, context: str, cluster: str = "") -> list[Template]:
    """Of all pools of a cluster; without a name, of every cluster, and of the context's Karpenter.

    A cluster that was made in the sandbox is `<provider>/<name>`. A pool that cannot grow is one
    too: the judgement says why.
    """
    provider, _, cluster = cluster.rpartition("/")
    found = [
        template(store, row)
        for of, (token, template) in _POOLS.items()
        if provider in {"", of}
        for row in store.list(of, token)
    ]
    return [
        *(each for each in found if cluster in {"", each.cluster}),
        *karpenter.templates(store, context),
    ]


# ---- EKS ----


def _eks(store: Store, row: Row) -> Template:
    """By the tags of the Auto Scaling group alone, as an autoscaler without eks:DescribeNodegroup.

    It takes the first instance type and the first zone for all of them.
    """
    name = node_groups.scaling_group(row) or row.name
    tags = dict(_tags(store, row, name))
    machines, zones = node_groups.machines(store, row), node_groups.zones(store, row)
    shape = next(iter(named("aws", machines[0])), None)
    labels = machine_labels(machines[0], shape, row.region, next(iter(zones), ""))
    labels |= dict(_tagged(tags, "label/"))
    resources = machine_resources(shape)
    resources |= {key: amount(value) for key, value in _tagged(tags, "resources/")}
    return Template(
        pool=row.name,
        scaler="cluster-autoscaler",
        cloud="eks",
        cluster=str(row.inputs.get("clusterName")),
        known_as=name,
        labels=labels,
        taints=tuple(taint(key, value) for key, value in _tagged(tags, "taint/")),
        resources=resources,
        machines=tuple(machines),
        zones=tuple(zones),
        capacity=node_groups.capacity(store, row),
        nodes=node_groups.nodes(row),
        most=int(at(row.inputs, "scalingConfig", "maxSize") or 0),
    )


def _tags(store: Store, row: Row, group: str) -> Iterator[tuple[str, str]]:
    for each in store.list("aws", _TAG, account=row.account, region=row.region):
        if each.inputs.get("autoscalingGroupName") == group:
            tag = mapped(each.inputs.get("tag"))
            yield str(tag.get("key")), str(tag.get("value"))


def _tagged(tags: dict[str, str], part: str) -> Iterator[tuple[str, str]]:
    start = _NODE_TEMPLATE + part
    for key, value in tags.items():
        if key.startswith(start):
            yield key.removeprefix(start), value


# ---- GKE ----


def _gke(store: Store, row: Row) -> Template:
    """The pool's own labels and taints, and those that GKE gives.

    https://cloud.google.com/kubernetes-engine/docs/how-to/gpus-multi for parts,
    https://cloud.google.com/kubernetes-engine/docs/how-to/timesharing-gpus for turns.
    """
    node = mapped(row.inputs.get("nodeConfig"))
    machine, zones = node_pools.machine(row), node_pools.zones(store, row)
    gpus = mapped(first(node.get("guestAccelerators")))
    kind = str(gpus.get("type") or "")
    shape = next(
        (m for m in named("gcp", machine) if not kind or m.guest_accelerator == kind), None
    )
    prefix = "cloud.google.com/gke-"
    labels = machine_labels(machine, shape, zones[0].rpartition("-")[0], zones[0])
    labels |= {f"{prefix}nodepool": row.name}
    labels |= {str(key): str(value) for key, value in mapped(node.get("labels")).items()}
    resources = machine_resources(shape)
    resources[GPU] = 0.0
    taints = [taint_of(mapped(each), _EFFECTS) for each in listed(node.get("taints"))]
    if kind:
        count = int(gpus.get("count") or 0)
        parts, given = _shared(gpus, shape)
        resources[GPU] = float(count * parts)
        labels |= {f"{prefix}accelerator": kind, f"{prefix}accelerator-count": str(count), **given}
        taints.append(Taint(GPU, "present", "NoSchedule"))
    if node.get("spot"):
        labels[f"{prefix}spot"] = "true"
    scaling = mapped(row.inputs.get("autoscaling"))
    each_zone = int(scaling.get("maxNodeCount") or 0) * len(zones)
    return Template(
        pool=row.name,
        scaler="GKE's autoscaler",
        cloud="gke",
        cluster=row.id.split("/")[5],
        known_as=row.name,
        labels=labels,
        taints=tuple(dict.fromkeys(taints)),
        resources=resources,
        machines=(machine,),
        zones=tuple(zones),
        capacity=node_pools.capacity(row),
        nodes=node_pools.nodes(row) * len(zones),
        most=int(scaling.get("totalMaxNodeCount") or each_zone),
    )


def _shared(gpus: Object, shape: MachineType | None) -> tuple[int, dict[str, str]]:
    """How many pods a GPU is for, and the labels that say so."""
    prefix = "cloud.google.com/gke-"
    parts, labels = 1, dict[str, str]()
    if size := str(gpus.get("gpuPartitionSize") or ""):
        labels[f"{prefix}gpu-partition-size"] = size
        cut = ACCELERATORS[shape.accelerator].mig_profiles.get(size) if shape else None
        parts = cut.per_gpu if cut else 1
    sharing = mapped(gpus.get("gpuSharingConfig"))
    if clients := int(sharing.get("maxSharedClientsPerGpu") or 0):
        strategy = str(sharing.get("gpuSharingStrategy") or "").lower().replace("_", "-")
        labels[f"{prefix}gpu-sharing-strategy"] = strategy
        labels[f"{prefix}max-shared-clients-per-gpu"] = str(clients)
        parts *= clients
    return parts, labels


# ---- AKS ----


def _aks(store: Store, row: Row) -> Template:
    """The pool's labels and taints, which AKS hands to its autoscaler, and its size's GPUs."""
    machine, zones = agent_pools.machine(row), agent_pools.zones(store, row)
    shape = next(iter(named("azure", machine)), None)
    region, _, number = zones[0].partition("-")
    labels = machine_labels(machine, shape, region, zones[0] if number else "0")
    labels |= {"kubernetes.azure.com/agentpool": row.name, "agentpool": row.name}
    if shape is not None:
        labels |= {"kubernetes.azure.com/accelerator": "nvidia", "accelerator": "nvidia"}
    labels |= {str(key): str(value) for key, value in mapped(row.inputs.get("nodeLabels")).items()}
    nodes = agent_pools.nodes(row)
    grows = bool(row.inputs.get("enableAutoScaling"))
    return Template(
        pool=row.name,
        scaler="AKS's autoscaler",
        cloud="aks",
        cluster=row.id.split("/")[8],
        # The digits are the cluster's, and nobody knows them before.
        known_as=f"aks-{row.name}-00000000-vmss",
        labels=labels,
        taints=tuple(
            taint(*str(each).split("=", 1)) for each in listed(row.inputs.get("nodeTaints"))
        ),
        resources=machine_resources(shape),
        machines=(machine,),
        zones=tuple(zones),
        capacity=agent_pools.capacity(row),
        nodes=nodes,
        most=int(row.inputs.get("maxCount") or 0) if grows else nodes,
    )


_POOLS: Final[Mapping[str, tuple[str, Callable[[Store, Row], Template]]]] = {
    "aws": (node_groups.NODE_GROUP, _eks),
    "gcp": (gke.POOL, _gke),
    "azure-native": (agent_pools.AGENT_POOL, _aks),
}
