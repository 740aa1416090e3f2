"""Whether the cluster of an environment reaches the internet."""

from typing import Final

from stacks.settings.environment import Environment, Layer

__all__ = ["NO_INTERNET", "reaches_internet"]

# How a cluster is told to have none, for reports.
NO_INTERNET: Final = "(targets.kubernetes.internet, else platform.network.internet)"


def reaches_internet(site: Environment) -> bool:
    """As its target says; else as the network has it that this stack makes; else it does."""
    cluster, network = site.targets.kubernetes, site.platform.network
    if cluster is not None and cluster.internet is not None:
        return cluster.internet
    if network is not None and site.layer is not Layer.SERVING:
        return bool(network.internet)
    return True
