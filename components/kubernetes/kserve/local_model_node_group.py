"""Nodes whose disks keep models: KServe's `LocalModelNodeGroup`.

KServe makes a volume and a claim of each node, downloads the models of the caches that name the
group, and binds their pods to its nodes. `localModel.enabled` has to be set in KServe's
configuration. Spellings: pkg/apis/serving/v1alpha1/local_model_node_group_types.go of KServe 0.20.
"""

import re
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes.gpus import gpu_labels
from components.kubernetes.objects import KubernetesObject, manifest
from components.tags import read_environment
from facts import tags
from facts.accelerators import ACCELERATORS

# Names of the volumes and claims that KServe makes end in the group's name.
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_PATH: Final = r"/[A-Za-z0-9._/-]{1,250}"


class LocalModelNodeGroupArgs(TypedDict):
    """Flat arguments of `LocalModelNodeGroup`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the nodes and their disks."""
    tags: NotRequired[dict[str, str]]
    """Further labels. Default: none."""
    size_gib: int
    """Room for models on the disk of each node."""
    accelerator: NotRequired[str]
    """The nodes that carry this kind of GPU, by its name in facts/accelerators.py. Default:
    `node_labels` are needed."""
    node_labels: NotRequired[dict[str, str]]
    """Labels of the nodes, all of which they have. Default: those of the accelerator."""
    path: NotRequired[str]
    """Folder on the nodes, which exists. Default: /mnt/models."""
    storage_class: NotRequired[str]
    """StorageClass without provisioner. Default: local-storage."""


class LocalModelNodeGroup(pulumi.ComponentResource):
    """One group of nodes; models name it as `cache_node_groups`."""

    node_group_name: pulumi.Output[str]
    """The name that models give."""

    def __init__(
        self,
        name: str,
        args: LocalModelNodeGroupArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("LocalModelNodeGroup", name, args, LocalModelNodeGroupArgs.__annotations__)
        if not _NAME.fullmatch(name):
            checks.problem(
                "name", name, "a DNS label: lower case, digits and '-', at most 63 signs"
            )
        owner, environment = checks.plain("owner"), read_environment(checks)
        if not checks.given("size_gib"):
            checks.problem("size_gib", None, "the room for models on each node, in GiB")
        size = f"{checks.whole('size_gib', 1, 1, 256 * 1024)}Gi"
        labels = _node_labels(checks)
        checks.optional_text("path", _PATH, "a folder on the nodes, such as /mnt/models")
        checks.optional_text("storage_class", _NAME.pattern, "the name of a StorageClass")
        more = checks.mapping("tags")
        checks.raise_problems()
        super().__init__("model-serving:index:LocalModelNodeGroup", name, {}, opts)

        volume: dict[str, Any] = {
            # A disk is its node's alone, however many pods there read it.
            "accessModes": ["ReadWriteOnce"],
            "volumeMode": "Filesystem",
            "storageClassName": args.get("storage_class", "local-storage"),
        }
        vocabulary = {**more, tags.OWNER: owner, tags.ENVIRONMENT: environment}
        group = KubernetesObject(
            f"{name}-group",
            manifest(
                "serving.kserve.io/v1alpha1",
                "LocalModelNodeGroup",
                name,
                None,
                tags.kubernetes(vocabulary),
                spec={
                    "storageLimit": size,
                    "persistentVolumeClaimSpec": {
                        **volume,
                        "resources": {"requests": {"storage": size}},
                    },
                    "persistentVolumeSpec": {
                        **volume,
                        "capacity": {"storage": size},
                        "local": {"path": args.get("path", "/mnt/models")},
                        "nodeAffinity": {"required": {"nodeSelectorTerms": [_term(labels)]}},
                        # KServe takes models away itself.
                        "persistentVolumeReclaimPolicy": "Retain",
                    },
                },
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.node_group_name = group.metadata.apply(lambda metadata: str(metadata["name"]))
        self.register_outputs({"node_group_name": self.node_group_name})


def _node_labels(checks: Checks) -> dict[str, str]:
    accelerator = checks.choice("accelerator", "", ACCELERATORS)
    labels = checks.mapping("node_labels")
    if accelerator:
        labels = gpu_labels(accelerator) | labels
    elif not labels:
        checks.problem("node_labels", labels, "labels of the nodes, or accelerator")
    return labels


def _term(labels: dict[str, str]) -> dict[str, Any]:
    return {
        "matchExpressions": [
            {"key": key, "operator": "In", "values": [value]} for key, value in labels.items()
        ]
    }
