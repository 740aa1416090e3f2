"""What callers meet: a Service, and outside of the cluster a host, with the strategy's routes."""

import dataclasses
from collections.abc import Sequence

import pulumi

from components.kubernetes.labels import NAME
from components.kubernetes.objects import KubernetesObject, Manifest
from components.kubernetes.server import exposure
from components.kubernetes.server.gateway import grpc_route, http_route
from components.kubernetes.server.istio import virtual_service
from components.kubernetes.server.model_server_settings import ServerSettings
from components.kubernetes.server.share import owned, share_options
from components.kubernetes.server.slots import Slot, inner_host
from components.kubernetes.server.strategy import Strategy
from components.kubernetes.server.traffic import Rule, front, rules
from components.serving import Core
from facts import tags

__all__ = ["entrance"]


def entrance(  # noqa: PLR0917 - what there is to know about a model's callers
    parent: pulumi.Resource,
    core: Core,
    settings: ServerSettings,
    strategy: Strategy,
    slots: Sequence[Slot],
    namespace: pulumi.Input[str],
    ready: Sequence[pulumi.Resource],
) -> KubernetesObject:
    """Registers the Service and the routes after all of `ready`, the versions that they lead to."""
    name = core.name
    labels = {NAME: name, **tags.kubernetes(core.vocabulary())}
    stable, candidate = slots[0], slots[1] if len(slots) > 1 else None
    chosen = front(strategy, stable, candidate)
    shown = settings.exposure
    ports = exposure.Ports(settings.grpc_port, settings.metrics_port)
    # A model that sleeps has no pods, and is not changed the less for it.
    awaited = core.min_replicas > 0
    service = exposure.service(
        name, namespace, labels, chosen.selector(), ports=ports, exposure=shown, awaited=awaited
    )
    child = f"{name}-service"
    options = pulumi.ResourceOptions(parent=parent, depends_on=ready)
    if strategy.kind.share == "ends":
        # Its selector is the share.
        service = owned(service, strategy, slots)
        options = share_options(parent, strategy, child, "spec.selector", ready)
    made = KubernetesObject(child, service, options)
    if strategy.routed:
        field = "spec.http" if strategy.router == "istio" else "spec.rules"
        for role, route in _routes(core, settings, strategy, slots, namespace).items():
            child = f"{name}-{role}"
            options = share_options(parent, strategy, child, field, [made, *ready])
            KubernetesObject(child, owned(route, strategy, slots), options)
    after = pulumi.ResourceOptions(parent=parent, depends_on=[made])
    if shown.internal_load_balancer is not None:
        opened = exposure.load_balancer_policy(
            name, namespace, labels, {NAME: name}, shown, settings.port
        )
        KubernetesObject(
            f"{name}-load-balancer-policy", opened, pulumi.ResourceOptions(parent=parent)
        )
    if shown.headless:
        pods = exposure.service(
            f"{name}-pods",
            namespace,
            labels,
            chosen.selector(),
            ports=ports,
            headless=True,
            awaited=awaited,
        )
        KubernetesObject(f"{name}-pods-service", pods, after)
    if shown.host is None or strategy.routed:
        return made
    if strategy.gateway is not None:
        # One Service for all versions: what it selects is the strategy's.
        every = Rule("stable", (), ((dataclasses.replace(stable, slug=""), 100),))
        route = http_route(
            name,
            namespace,
            labels,
            rules=[every],
            timeout_seconds=shown.request_timeout_seconds,
            host=shown.host,
            gateway=strategy.gateway,
            paths=shown.predict_paths,
        )
        KubernetesObject(f"{name}-outside-route", route, after)
        return made
    if shown.certificate_issuer is not None:
        wanted = exposure.certificate(name, namespace, labels, shown)
        KubernetesObject(f"{name}-certificate", wanted, pulumi.ResourceOptions(parent=parent))
    KubernetesObject(f"{name}-ingress", exposure.ingress(name, namespace, labels, shown), after)
    return made


def _routes(
    core: Core,
    settings: ServerSettings,
    strategy: Strategy,
    slots: Sequence[Slot],
    namespace: pulumi.Input[str],
) -> dict[str, Manifest]:
    """The route inside of the cluster, and the one of the host outside, by role."""
    name = core.name
    labels = {NAME: name, **tags.kubernetes(core.vocabulary())}
    stable, candidate = slots[0], slots[1] if len(slots) > 1 else None
    parted = rules(strategy, stable, candidate)
    # As long as a pod that goes lets requests finish.
    timeout, host, paths = settings.grace_seconds, settings.host, settings.exposure.predict_paths
    longest = settings.exposure.request_timeout_seconds
    outside = f"{name}-outside"
    if strategy.router == "istio":
        inner = inner_host(name, namespace)
        found = {
            "route": virtual_service(
                name, namespace, labels, rules=parted, host=inner, timeout_seconds=timeout
            )
        }
        if host is not None:
            found["outside-route"] = virtual_service(
                outside,
                namespace,
                labels,
                rules=parted,
                host=host,
                timeout_seconds=longest,
                gateway=strategy.gateway,
                paths=paths,
            )
        return found
    found = {"route": http_route(name, namespace, labels, rules=parted, timeout_seconds=timeout)}
    if settings.grpc_port is not None:
        port = settings.grpc_port
        found["grpc-route"] = grpc_route(name, namespace, labels, rules=parted, port=port)
    if host is not None:
        found["outside-route"] = http_route(
            outside,
            namespace,
            labels,
            rules=parted,
            timeout_seconds=longest,
            host=host,
            gateway=strategy.gateway,
            paths=paths,
        )
    return found
