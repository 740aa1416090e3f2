"""Which types are clusters of Kubernetes, and what is in those that were made."""

from collections.abc import Iterable

from sandbox.rows import Row
from sandbox.store import Store

__all__ = ["CLUSTERS", "contents"]

CLUSTERS = (
    ("aws", "aws:eks/cluster:Cluster"),
    ("gcp", "gcp:container/cluster:Cluster"),
    ("azure-native", "azure-native:containerservice:ManagedCluster"),
)


def contents(rows: Iterable[Row], store: Store) -> list[Row]:
    """What is gone with these, where they are clusters that were made and reached."""
    clusters = [row for row in rows if (row.provider, row.token) in CLUSTERS]
    if not clusters:
        return []
    # Kubernetes as a whole, of which the plugins of other clouds need nothing else.
    from sandbox.clouds.kubernetes import made_clusters  # noqa: PLC0415

    return [each for row in clusters for each in made_clusters.inside(row, store)]
