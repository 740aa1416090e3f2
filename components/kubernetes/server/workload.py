"""What runs in a slot: a Deployment, what scales and protects its pods, and where they are met."""

from collections.abc import Sequence
from typing import Final

import pulumi

from components.kubernetes.objects import KubernetesObject
from components.kubernetes.server import exposure, scaling
from components.kubernetes.server.deployment import deployment
from components.kubernetes.server.istio import destination_rule
from components.kubernetes.server.model_server_settings import ServerSettings
from components.kubernetes.server.pod import Read
from components.kubernetes.server.share import refuse_new_version
from components.kubernetes.server.slots import Slot
from components.kubernetes.server.strategy import Strategy
from components.serving import Core
from facts import tags

__all__ = ["workload"]

# What the cluster may take beside, as long as the provider gives it for anything.
_TO_DELETE_SECONDS: Final = 600


def workload(  # noqa: PLR0917 - what there is to know about one slot
    parent: pulumi.Resource,
    core: Core,
    settings: ServerSettings,
    strategy: Strategy,
    slot: Slot,
    namespace: pulumi.Input[str],
    read: Read,
    before: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Registers the slot's objects after `before`; what traffic has to wait for is returned."""
    selector = slot.selector()
    labels = {**selector, **tags.kubernetes(core.vocabulary())}
    timeout = f"{settings.ready_timeout_seconds}s"
    # Going, the pods finish what they began.
    leave = settings.drain_seconds + settings.grace_seconds + _TO_DELETE_SECONDS
    recreate = strategy.kind.name == "recreate"
    child = pulumi.ResourceOptions(parent=parent)
    own: list[pulumi.Resource] = []
    if slot.slug:
        # There before the pods, and still there while they go: a proxy that has not heard of new
        # routes yet finds what the old ones lead to. Ready is what the pods are, not the Service.
        address = exposure.service(
            slot.name,
            namespace,
            labels,
            selector,
            ports=exposure.Ports(settings.grpc_port, settings.metrics_port),
            awaited=False,
        )
        own.append(KubernetesObject(slot.child("service"), address, child))
    if strategy.router == "istio":
        rule = destination_rule(slot, namespace, labels)
        own.append(KubernetesObject(slot.child("destination-rule"), rule, child))
    fixed = scaling.fixed_number(settings.scaling, slot.min_replicas, slot.max_replicas)
    pods = KubernetesObject(
        slot.child("deployment"),
        deployment(core, settings, slot, namespace, read, recreate=recreate),
        pulumi.ResourceOptions(
            parent=parent,
            depends_on=[*before, *own],
            custom_timeouts=pulumi.CustomTimeouts(
                create=timeout, update=timeout, delete=f"{leave}s"
            ),
            # Whoever scales has the number; ours is only the first one.
            ignore_changes=None if fixed else ["spec.replicas"],
            hooks=refuse_new_version(slot) if strategy.moved_by_rollout else None,
        ),
    )
    scaler = scaling.autoscaler(
        slot.name, namespace, labels, settings.scaling, slot.min_replicas, slot.max_replicas
    )
    if scaler is not None:
        options = pulumi.ResourceOptions(
            parent=parent,
            depends_on=[pods],
            # KEDA refuses pods that another autoscaler still scales, so that one goes first.
            aliases=[pulumi.Alias(type_=each) for each in scaling.AUTOSCALER_TYPES],
            replace_on_changes=["kind"],
            delete_before_replace=True,
        )
        KubernetesObject(slot.child("autoscaler"), scaler, options)
    budget = scaling.disruption_budget(
        slot.name, namespace, labels, selector, settings.scaling, slot.min_replicas
    )
    if budget is not None:
        KubernetesObject(slot.child("disruption-budget"), budget, child)
    return [pods, *own]
