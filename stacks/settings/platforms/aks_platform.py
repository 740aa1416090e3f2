"""Rules over the cluster and the network that an environment makes on Azure."""

from collections.abc import Iterator
from typing import Any, cast

from facts.aks_platform_rules import (
    SERVICE_ARGUMENTS,
    ClusterAsk,
    NetworkAsk,
    cluster_faults,
    network_faults,
)
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.cluster import AksCluster, AksNetwork, Cluster, Network
from stacks.settings.environment import Layer
from stacks.settings.fields import NotKnown
from stacks.settings.platforms.gpu_pools import clusters
from stacks.settings.problems import Problem, shown
from stacks.settings.yaml_source import KeyPath

__all__ = ["made_on_azure"]


def made_on_azure(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """What the components would refuse, where it is written."""
    if asked.site.layer is Layer.SERVING or clusters(asked.site) != ["aks"]:
        return
    try:
        yield from _cluster(asked)
        yield from _network(asked)
    except NotKnown:
        return


def _cluster(asked: AskedOfEnvironment) -> Iterator[Problem]:
    platform = asked.site.platform
    cluster, network = platform.cluster, platform.network
    if cluster is None:
        return
    own = cluster.aks or AksCluster()
    outbound = own.outbound or "none"
    if network is not None:
        outbound = "nat_gateway" if network.internet else "none"
    said: dict[str, Any] = {
        "log_retention_days": cluster.log_retention_days,
        "pod_cidr": own.pod_cidr,
        "service_cidr": own.service_cidr,
        "maintenance_start": own.maintenance_start,
    }
    ask = ClusterAsk(
        administrators=cluster.administrators,
        key=cluster.key,
        outbound=outbound,
        registry=own.registry_id is not None,
        authorized_networks=cluster.authorized_networks,
        in_network=network is not None or own.api_server_subnet_id is not None,
        zones=own.zones,
        **{key: value for key, value in said.items() if value is not None},
    )
    for key, got, use in cluster_faults(ask):
        yield _problem(asked, ("platform", "cluster"), cluster, key, got, use)


def _network(asked: AskedOfEnvironment) -> Iterator[Problem]:
    network = asked.site.platform.network
    if network is None:
        return
    own = network.aks or AksNetwork()
    given = {service: list(getattr(own, key)) for service, key in SERVICE_ARGUMENTS.items()}
    ask = NetworkAsk(cidr=network.cidr, services=network.services, given=given)
    for key, got, use in network_faults(ask):
        yield _problem(asked, ("platform", "network"), network, key, got, use)


def _problem(  # noqa: PLR0917 - what a problem is made of
    asked: AskedOfEnvironment,
    path: KeyPath,
    settings: Cluster | Network,
    key: str,
    got: object,
    use: str,
) -> Problem:
    """Of a word that all clouds have, or of one below `aks`."""
    of_all = key in type(settings).model_fields
    place: KeyPath = (*path, key) if of_all else (*path, "aks", key)
    values = getattr(settings if of_all else settings.aks, key, None)
    if isinstance(values, list) and got in values:
        place = (*place, cast("list[Any]", values).index(got))
    missing = got == []
    return asked.problem(
        place,
        "MS0242",
        "missing" if missing else f"got {shown(got)}",
        key=missing,
        allowed=use,
        fix=f"write `{key}: …`" if missing else "",
    )
