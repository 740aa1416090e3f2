"""The kinds that programs define in a cluster by CustomResourceDefinitions of their own."""

import threading
from typing import Any, cast

from sandbox.kinds import Kind, Kinds
from sandbox.kinds.definition import kinds_of
from sandbox.store import Store
from sandbox.values import listed, mapped

__all__ = ["Registered"]

_DEFINITIONS = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
Name = tuple[str, str, str]


class Registered:
    """Kinds by cluster; a definition is read anew when it has come, changed or gone."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._lock = threading.Lock()
        # By cluster: the last event that was seen, and the kinds by the definition's name.
        self._seen: dict[str, tuple[int, dict[str, list[Kind]]]] = {}

    def get(self, store: Store, cluster: str, name: Name) -> Kind | None:
        """What a program has defined under a group, a version and a name."""
        with self._lock:
            last, kinds = self._seen.get(cluster, (-1, {}))
            # Definitions are long: only the log of what happened since is looked through.
            since = store.query(
                "SELECT sequence, token, id FROM events WHERE sequence > ?", (last,)
            )
            for changed in {str(each) for _, token, each in since if token == _DEFINITIONS}:
                kinds[changed] = self._read(store, cluster, changed)
            last = max((int(sequence) for sequence, _, _ in since), default=last)
            self._seen[cluster] = (last, kinds)
            for made in kinds.values():
                for kind in made:
                    if (kind.group, kind.version, kind.kind) == name:
                        return kind
            return None

    def met(self, name: Name) -> Kind | None:
        """What is known by now, of any cluster, without looking into the store."""
        with self._lock:
            made = [each for _, kinds in self._seen.values() for each in kinds.values()]
        found = (kind for kinds in made for kind in kinds)
        return next((k for k in found if (k.group, k.version, k.kind) == name), None)

    def _read(self, store: Store, cluster: str, definition: str) -> list[Kind]:
        row = store.get("kubernetes", _DEFINITIONS, definition, account=cluster)
        if row is None:
            return []
        base = self._kinds.get("", "v1", "ConfigMap")
        found: Any = base.schema["properties"]["metadata"] if base is not None else None
        metadata: dict[str, Any] = {"properties": {}, "type": "object", **mapped(found)}
        source = f"{row.name} of this cluster"
        return list(kinds_of(_dashed(row.outputs), source, metadata))


def _dashed(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The names of a schema as Kubernetes writes them, where the SDK has underscores."""
    if isinstance(value, dict):
        return {
            name.replace("_", "-") if name.startswith("x_kubernetes_") else name: _dashed(item)
            for name, item in mapped(cast("Any", value)).items()
        }
    if isinstance(value, list):
        return [_dashed(item) for item in listed(cast("Any", value))]
    return value
