"""What the clusters have in common on every cloud: outputs, and arguments read once."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import pulumi

from components.checks import Checks
from components.serving import check_name
from components.tags import read_tags

__all__ = ["Cluster", "ClusterSettings", "read_cluster", "read_version"]

_VERSION: Final = r"1\.\d{2}"
_MOST_SYSTEM_NODES: Final = 100


class Cluster(Protocol):
    """The outputs that every cluster has, whatever the cloud."""

    cluster_name: pulumi.Output[str]
    """The name by which the cloud knows it."""
    endpoint: pulumi.Output[str]
    """URL of its API server."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig that gets its tokens from the cloud's own tool: no secret in it."""
    oidc_issuer_url: pulumi.Output[str]
    """Issuer of its service accounts' tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """The arguments that all clusters share, checked."""

    name: str
    kubernetes_version: str | None
    administrators: list[str]
    authorized_networks: list[str]
    system_instance_type: str
    system_nodes: int
    log_retention_days: int
    vocabulary: Mapping[str, str]
    """Tags, in the words of facts/tags.py, to be encoded for the cloud."""


def read_cluster(
    checks: Checks,
    name: str,
    *,
    system_instance_type: str,
    log_retention_days: int = 90,
    longest_name: int = 40,
) -> ClusterSettings:
    """The shared arguments, each with the cloud's own default."""
    check_name(checks, name, longest_name)
    networks = checks.texts("authorized_networks", [])
    for network in networks:
        if not _is_network(network):
            checks.problem("authorized_networks", network, "networks such as 203.0.113.0/24")
        elif ipaddress.ip_network(network).prefixlen == 0:
            checks.problem("authorized_networks", network, "the networks of your own, not all")
    return ClusterSettings(
        name=name,
        kubernetes_version=read_version(checks),
        administrators=checks.texts("administrators", []),
        authorized_networks=networks,
        system_instance_type=checks.plain("system_instance_type", system_instance_type),
        # Without any, nothing of the cluster's own has a place: GPU nodes are tainted.
        system_nodes=checks.whole("system_nodes", 2, 1, _MOST_SYSTEM_NODES),
        log_retention_days=checks.whole("log_retention_days", log_retention_days, 1, 3653),
        vocabulary=read_tags(checks),
    )


def read_version(checks: Checks) -> str | None:
    """The argument `kubernetes_version`, of clusters and of their pools."""
    checks.optional_text("kubernetes_version", _VERSION, "a minor version such as 1.34")
    return checks.optional("kubernetes_version")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
