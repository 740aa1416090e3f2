"""Clusters that were made in the sandbox's clouds: a kubeconfig reaches them by their API's URL.

Each cloud knows them, and needs nothing else of Kubernetes.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.clouds.kubeconfig import servers
from sandbox.rows import Identity, Row
from sandbox.store import Store

__all__ = ["CLUSTERS", "contents", "known", "lost", "reached"]

_MADE = "made_cluster"
CLUSTERS = (
    ("aws", "aws:eks/cluster:Cluster"),
    ("gcp", "gcp:container/cluster:Cluster"),
    ("azure-native", "azure-native:containerservice:ManagedCluster"),
)


def known(store: Store) -> list[Identity]:
    """All clusters: those that were always there, and those that were made and then reached."""
    return [*store.identities("cluster"), *store.identities(_MADE)]


def reached(settings: Mapping[str, Any], store: Store, there: list[str]) -> dict[str, str]:
    """The sandbox's own name of the cluster behind each context, where its cloud made it.

    A cluster is as empty as a new one when it is first reached, also after one of the same name.
    """
    found: dict[str, str] = {}
    for context, server in servers(settings.get("kubeconfig")).items():
        row = _at(server, store)
        if row is None:
            continue
        name = row.name if row.name in there else f"{row.provider}/{row.name}"
        found[context] = name
        if name not in there:
            _open(store, name, server)
    return found


def lost(settings: Mapping[str, Any], store: Store) -> dict[str, tuple[str, str]]:
    """By context whose cluster is gone from its cloud: what it was called, and its API's URL."""
    before = {
        server: i.id
        for i in store.identities(_MADE)
        for server in (i.details.get("server"), *i.details.get("gone", ()))
    }
    return {
        context: (before[server], server)
        for context, server in servers(settings.get("kubeconfig")).items()
        if server in before and _at(server, store) is None
    }


def contents(rows: Iterable[Row], store: Store) -> list[Row]:
    """What is gone with these, where they are clusters that were made and reached."""
    clusters = (row for row in rows if (row.provider, row.token) in CLUSTERS)
    return [each for row in clusters for each in _inside(row, store)]


def _inside(row: Row, store: Store) -> list[Row]:
    name = f"{row.provider}/{row.name}"
    made = next((each for each in store.identities(_MADE) if each.id == name), None)
    # Another one of its name may have been reached since.
    behind = _at(made.details["server"], store) if made else None
    if behind is None or _key(behind) != _key(row):
        return []
    return store.list("kubernetes", account=name)


def _key(row: Row) -> tuple[str, ...]:
    return row.provider, row.account, row.region, row.parent, row.token, row.id


def _at(server: str, store: Store) -> Row | None:
    host = urlsplit(server).hostname or ""
    for provider, token in CLUSTERS:
        for row in store.list(provider, token):
            # Names of hosts are the same in any case.
            outputs = json.dumps(row.outputs).lower()
            if host and (f'"{host}"' in outputs or f'"https://{host}"' in outputs):
                return row
    return None


def _open(store: Store, name: str, server: str) -> None:
    """A new cluster with the namespaces that every cluster has."""
    from sandbox import seed  # noqa: PLC0415 - who only asks does without what all clouds have

    before = next((i for i in store.identities(_MADE) if i.id == name), None)
    objects = store.list("kubernetes", account=name)
    if before is not None and before.details.get("server") == server and objects:
        return
    for row in objects:
        store.remove(row, operation="gone with its cluster")
    gone: list[str] = []
    if before is not None:
        gone = sorted({before.details["server"], *before.details.get("gone", ())} - {server})
    details = {"server": server, "version": f"v{seed.KUBERNETES_VERSION}.4", "gone": gone}
    store.add_identity(Identity(_MADE, name, details))
    for columns in seed.namespaces(name):
        store.insert(Row(**columns), operation="seed")
