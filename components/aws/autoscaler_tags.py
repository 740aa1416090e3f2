"""What the cluster autoscaler knows of a node that is not there: tags of its Auto Scaling group."""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws.eks_gpu_machines import EFA_RESOURCE, GpuMachine
from facts.accelerators import GPU

__all__ = ["autoscaler_tags"]

# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
_TEMPLATE: Final = "k8s.io/cluster-autoscaler/node-template"


def autoscaler_tags(
    name: str,
    autoscaling_group: pulumi.Input[str],
    machine: GpuMachine,
    labels: Mapping[str, str],
    parent: pulumi.Resource,
) -> None:
    """EKS tags the group for discovery, but does not say what an absent node would look like."""
    for role, (key, value) in _template_tags(machine, labels).items():
        aws.autoscaling.Tag(
            f"{name}-{role}",
            autoscaling_group_name=autoscaling_group,
            tag={"key": key, "value": value, "propagate_at_launch": False},
            opts=pulumi.ResourceOptions(parent=parent),
        )


def _template_tags(machine: GpuMachine, labels: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Key and value by a role that is stable however the lists are ordered."""
    pool = machine.pool
    resources = {
        "gpus": (pool.sharing.resource, str(pool.gpus * pool.sharing.per_gpu)),
        "disk": ("ephemeral-storage", f"{machine.ephemeral_gib}Gi"),
    }
    if pool.sharing.resource != GPU:
        # It knows the type's GPUs, which nobody can have in whole here.
        resources["whole-gpus"] = (GPU, "0")
    if machine.efa:
        resources["efa"] = (EFA_RESOURCE, str(len(machine.efa_cards)))
    return {
        **{
            f"autoscaler-{role}": (f"{_TEMPLATE}/resources/{resource}", amount)
            for role, (resource, amount) in resources.items()
        },
        **{
            f"autoscaler-label-{key}": (f"{_TEMPLATE}/label/{key}", value)
            for key, value in labels.items()
        },
        **{
            f"autoscaler-taint-{key}": (f"{_TEMPLATE}/taint/{key}", f"{value}:{effect}")
            for key, value, effect in pool.taints
        },
    }
