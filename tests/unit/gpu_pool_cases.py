"""Pools of GPU nodes on three clouds, and what is wrong with some: code, place and words."""

from typing import Any

from tests.unit.settings_project import TARGETS

__all__ = ["A100", "AZURE", "GCP", "KUBERNETES", "MISTAKES", "POOL", "on_cloud"]

POOL: dict[str, Any] = {
    "owner": "team-platform",
    "accelerator": "nvidia-l4",
    "instance_types": ["g6.2xlarge"],
    "max_nodes": 4,
}
GCP = {
    "gcp": {"project": "example-models"},
    "gke": {"cluster_name": "serving-dev", "location": "europe-west4"},
}
AZURE = {
    "azure": {
        "subscription_id": "00000000-0000-0000-0000-000000000001",
        "resource_group": "models",
        "location": "westeurope",
    },
    "aks": {"cluster_name": "serving-dev"},
}
KUBERNETES = {"kubernetes": {"context": "serving-dev"}}
A100 = {**POOL, "accelerator": "nvidia-a100", "instance_types": ["p4d.24xlarge"]}


def on_cloud(cloud: dict[str, Any]) -> dict[str, Any]:
    """With a cluster of another cloud, and its objects."""
    return {**KUBERNETES, **cloud}


# (what is wrong, the pool's changes, targets, code, key below the pool, words of the report)
MISTAKES: list[tuple[str, dict[str, Any], dict[str, Any], str, str, str]] = [
    ("unknown accelerator", {"accelerator": "nvidia-l5"}, TARGETS, "MS0105", "accelerator", "l4"),
    (
        "count that no machine has",
        {"accelerator_count": 3, "instance_types": []},
        TARGETS,
        "MS0242",
        "accelerator_count",
        "as many as a machine has: 1 or 4 or 8",
    ),
    (
        "type without the accelerator",
        {"instance_types": ["g5.xlarge"]},
        TARGETS,
        "MS0210",
        "instance_types[0]",
        "did you mean: g6.xlarge?",
    ),
    (
        "types with different counts",
        {"instance_types": ["g6.xlarge", "g6.12xlarge"]},
        TARGETS,
        "MS0210",
        "instance_types",
        "as many GPUs as each other",
    ),
    (
        "spot with a reservation",
        {"capacity": "spot", "reservation": "cr-0a"},
        TARGETS,
        "MS0242",
        "reservation",
        "with capacity reserved or capacity_block, not spot",
    ),
    (
        "reserved without a reservation",
        {"capacity": "reserved"},
        TARGETS,
        "MS0242",
        "reservation",
        "write `reservation: …`",
    ),
    (
        "a capacity of another cloud",
        {"capacity": "flex_start"},
        TARGETS,
        "MS0242",
        "capacity",
        "one of on_demand, spot, reserved, capacity_block on eks",
    ),
    (
        "MIG on a GPU without it",
        {"mig_profile": "1g.5gb"},
        TARGETS,
        "MS0242",
        "mig_profile",
        "nvidia-l4 is not cut into parts",
    ),
    (
        "a profile that AKS has not",
        {"accelerator": "nvidia-a100", "instance_types": [], "mig_profile": "1g.10gb"},
        on_cloud(AZURE),
        "MS0242",
        "mig_profile",
        "1g.5gb, 2g.10gb, 3g.20gb, 4g.20gb, 7g.40gb",
    ),
    (
        "EFA on a type without it",
        {"interconnect": "efa"},
        TARGETS,
        "MS0242",
        "interconnect",
        "types that have it: g6.",
    ),
    (
        "a network of another cloud",
        {"interconnect": "infiniband"},
        TARGETS,
        "MS0242",
        "interconnect",
        "one of none, efa on eks",
    ),
    (
        "next to each other in two zones",
        {"placement": "compact", "zones": ["eu-west-1a", "eu-west-1b"]},
        TARGETS,
        "MS0242",
        "placement",
        "with one zone",
    ),
    (
        "fewest above most",
        {"min_nodes": 5},
        TARGETS,
        "MS0201",
        "min_nodes",
        "at most max_nodes (4)",
    ),
    (
        "more at the start than most",
        {"desired_nodes": 5},
        TARGETS,
        "MS0201",
        "desired_nodes",
        "from 0 to 4",
    ),
    (
        "more nodes than a group holds",
        {"max_nodes": 451},
        TARGETS,
        "MS0242",
        "max_nodes",
        "at most 450",
    ),
    (
        "a label that is kept",
        {"labels": {"eks.amazonaws.com/x": "y"}},
        TARGETS,
        "MS0242",
        "labels",
        "not of eks.amazonaws.com/",
    ),
    (
        "a driver that EKS's images have",
        {"driver": "operator"},
        TARGETS,
        "MS0242",
        "driver",
        "cloud: EKS's images have the driver",
    ),
    (
        "own disks of machines without any",
        {"accelerator": "nvidia-v100", "instance_types": ["p3.2xlarge"], "local_ssd": True},
        TARGETS,
        "MS0242",
        "local_ssd",
        "types with disks of their own",
    ),
    (
        "a capacity block in all zones",
        {"capacity": "capacity_block", "reservation": "cr-0a"},
        {**TARGETS, "eks": {**TARGETS["eks"], "subnet_ids": ["subnet-0a", "subnet-0b"]}},
        "MS0242",
        "zones",
        "the one zone of the capacity block",
    ),
    (
        "a reservation by a name of one's own",
        {"capacity": "reserved", "reservation": "mine"},
        TARGETS,
        "MS0242",
        "reservation",
        "its id, cr-",
    ),
    (
        "Karpenter's nodes of another version",
        {"provisioner": "karpenter", "kubernetes_version": "1.34"},
        TARGETS,
        "MS0242",
        "kubernetes_version",
        "nodes have the cluster's version",
    ),
    (
        "a word of Karpenter's for a node group",
        {"eks": {"consolidation": "when_empty"}},
        TARGETS,
        "MS0242",
        "eks",
        "with provisioner karpenter",
    ),
    (
        "a word of node groups for Karpenter",
        {"provisioner": "karpenter", "eks": {"upgrade": "drain_first"}},
        TARGETS,
        "MS0242",
        "eks",
        "with provisioner node_group",
    ),
    (
        "a zone of another region",
        {"zones": ["eu-west-2a"]},
        TARGETS,
        "MS0242",
        "zones[0]",
        "zones of eu-west-1",
    ),
    (
        "a zone that Azure has not",
        {"accelerator": "nvidia-a100", "instance_types": [], "zones": ["westeurope-1"]},
        on_cloud(AZURE),
        "MS0242",
        "zones[0]",
        "zones of westeurope",
    ),
    (
        "a machine type that the region has not",
        {
            "accelerator": "nvidia-b200",
            "instance_types": ["a4-highgpu-8g"],
            "capacity": "reserved",
            "reservation": "r",
        },
        on_cloud({**GCP, "gke": {"cluster_name": "c", "location": "europe-west9"}}),
        "MS0210",
        "instance_types[0]",
        "what europe-west9 has; a4-highgpu-8g is in ",
    ),
    (
        "several machine types where a pool has one",
        {"instance_types": ["g2-standard-4", "g2-standard-8"]},
        on_cloud(GCP),
        "MS0210",
        "instance_types",
        "the others as fallbacks",
    ),
    (
        "nodes that no pod asked for, of Karpenter's",
        {"provisioner": "karpenter", "min_nodes": 1},
        TARGETS,
        "MS0201",
        "min_nodes",
        "0: nodes are made for pods",
    ),
    (
        "parts of GPUs by Karpenter",
        {"provisioner": "karpenter", "time_slices": 2},
        TARGETS,
        "MS0242",
        "time_slices",
        "whole GPUs",
    ),
    (
        "words of another cloud",
        {"gke": {"queued": True}},
        TARGETS,
        "MS0242",
        "gke",
        "it is on eks",
    ),
    ("not a taint", {"taints": ["a=b"]}, TARGETS, "MS0106", "taints[0]", "key=value:Effect"),
    (
        "an accelerator that Azure does not have",
        {"instance_types": []},
        on_cloud(AZURE),
        "MS0242",
        "accelerator",
        "what this cloud has: nvidia-a10",
    ),
    (
        "a cluster that is not there",
        {"cluster": "gke", "instance_types": []},
        TARGETS,
        "MS0208",
        "cluster",
        "`model-serving:targets.gke` is missing",
    ),
    (
        "Karpenter off AWS",
        {"provisioner": "karpenter", "instance_types": []},
        on_cloud(GCP),
        "MS0242",
        "provisioner",
        "karpenter on eks",
    ),
    (
        "flex start with nodes that stay",
        {"capacity": "flex_start", "min_nodes": 1, "instance_types": []},
        on_cloud(GCP),
        "MS0201",
        "min_nodes",
        "0 with flex_start",
    ),
]
