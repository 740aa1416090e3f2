"""What runs in a slot: a Deployment, and what scales and protects its pods."""

from collections.abc import Sequence

import pulumi

from components.kubernetes import scaling
from components.kubernetes.deployment import deployment
from components.kubernetes.model_server_args import ModelServerArgs
from components.kubernetes.model_server_settings import ServerSettings
from components.kubernetes.objects import KubernetesObject
from components.kubernetes.slots import Slot
from components.serving import Core
from facts import tags

__all__ = ["workload"]


def workload(  # noqa: PLR0917
    parent: pulumi.Resource,
    core: Core,
    settings: ServerSettings,
    args: ModelServerArgs,
    slot: Slot,
    config_name: str | None,
    before: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Registers the slot's objects after `before`; what is returned is ready when its pods are."""
    namespace, selector = args["namespace"], slot.selector()
    labels = {**selector, **tags.kubernetes(core.vocabulary())}
    timeout = f"{settings.ready_timeout_seconds}s"
    made = KubernetesObject(
        slot.child("deployment"),
        deployment(core, settings, slot, namespace, config_name),
        pulumi.ResourceOptions(
            parent=parent,
            depends_on=before,
            custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
            # The autoscaler's; ours is only the first one.
            ignore_changes=["spec.replicas"] if slot.scaled else None,
        ),
    )
    if slot.scaled:
        autoscaler = scaling.horizontal_autoscaler(
            slot.name, namespace, labels, settings, slot.min_replicas, slot.max_replicas
        )
        after = pulumi.ResourceOptions(parent=parent, depends_on=[made])
        KubernetesObject(slot.child("autoscaler"), autoscaler, after)
    if slot.max_replicas > 1:
        budget = scaling.disruption_budget(slot.name, namespace, labels, selector)
        child = pulumi.ResourceOptions(parent=parent)
        KubernetesObject(slot.child("disruption-budget"), budget, child)
    return made
