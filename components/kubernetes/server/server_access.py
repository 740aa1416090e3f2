"""Who may reach the pods of a model server, by the network and, in a mesh, by name."""

from collections.abc import Iterable, Sequence

import pulumi

from components.kubernetes import mesh, network
from components.kubernetes.labels import NAME, PART_OF
from components.kubernetes.network import Peers
from components.kubernetes.objects import KubernetesObject
from components.kubernetes.server.model_server_settings import ServerSettings
from components.kubernetes.server.parts import Part
from components.kubernetes.server.slots import Slot
from components.serving import Core
from facts import tags

__all__ = ["server_access"]


def server_access(  # noqa: PLR0917
    parent: pulumi.Resource,
    core: Core,
    settings: ServerSettings,
    namespace: pulumi.Input[str],
    slots: Sequence[Slot],
    parts: Sequence[Part],
) -> list[pulumi.Resource]:
    """Registers the policies: the server's, and each part's, which its own unit alone may call."""
    unit = network.labelled({PART_OF: core.name})
    ports = [part.settings.port for part in parts]
    calls = Peers(unit, ports) if parts else None
    made = _policies(parent, core, settings, namespace, slots, calls)
    for part in parts:
        only = Peers(unit, ports, alone=True)
        made += _policies(parent, core, part.settings, namespace, part.slots, only)
    return made


def _policies(  # noqa: PLR0917
    parent: pulumi.Resource,
    core: Core,
    settings: ServerSettings,
    namespace: pulumi.Input[str],
    slots: Sequence[Slot],
    peers: Peers | None,
) -> list[pulumi.Resource]:
    name, access = slots[0].model, settings.access
    selector = {NAME: name}
    labels = {**selector, **tags.kubernetes(core.vocabulary())}
    child = pulumi.ResourceOptions(parent=parent)
    metrics_ports = [settings.metrics_port] if settings.metrics_port else []
    exposed, ports = settings.host is not None, [settings.port]
    if settings.grpc_port is not None:
        ports.append(settings.grpc_port)
    policy = network.network_policy(
        name,
        namespace,
        labels,
        selector=selector,
        access=access,
        ports=ports,
        metrics_ports=metrics_ports,
        exposed=exposed,
        https=any(network.fetches(slot.uri) for slot in slots),
        peers=peers,
    )
    made: list[pulumi.Resource] = [KubernetesObject(f"{name}-network-policy", policy, child)]
    if access.mesh != "none":
        rights = mesh.authorization_policy(
            name,
            namespace,
            labels,
            selector=selector,
            access=access,
            ports=ports,
            paths=[] if peers and peers.alone else list(_paths(settings)),
            metrics_ports=metrics_ports,
            metrics_path=settings.metrics_path,
            exposed=exposed,
        )
        made.append(KubernetesObject(f"{name}-authorization-policy", rights, child))
    return made


def _paths(settings: ServerSettings) -> Iterable[str]:
    """What callers use; the paths of gRPC are its services' names."""
    for prefix in settings.exposure.predict_paths:
        yield from (prefix, f"{prefix}/*")
    for service in settings.server.grpc_services:
        yield f"/{service}/*"
