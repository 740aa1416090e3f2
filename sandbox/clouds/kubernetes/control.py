"""The seam to a control plane: what the stand-in of the provider asks of an API server.

`ControlPlane` is all of it: validate, apply, read, delete. `StoredPlane` answers from the
sandbox's store; a real API server behind the same four methods could take its place: `validate`
by a request with `dryRun=All`, the others by the requests of the same names.
"""

import contextlib
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sandbox.check import Problem
from sandbox.clouds.base import RefusedError, moment
from sandbox.clouds.kubernetes import defaults, rules, schema
from sandbox.clouds.kubernetes.cel import Rules
from sandbox.clouds.kubernetes.ownership import Manager, Owned, applied, fields, updated
from sandbox.clouds.kubernetes.registered import Registered
from sandbox.kinds import Kind, Kinds
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped
from sandbox.wire import has_unknown

__all__ = ["ControlPlane", "Key", "Object", "StoredPlane", "Written", "judged", "served", "stamped"]

Object = dict[str, Any]
_FREE: Mapping[str, Any] = {"type": "object", schema.PRESERVE: True}
_CORE = ("core", "")
_NODE_PORTS = (30000, 32767)


@dataclass(frozen=True, slots=True)
class Key:
    """Which object: `namespace` is empty for kinds that live in none."""

    version: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """An object as the API server has it, and who owns its fields."""

    object: Object
    owned: Owned = field(default_factory=Owned)


class ControlPlane(Protocol):
    """What is asked of an API server."""

    def validate(self, wanted: Object, live: Object | None, *, shape: bool) -> list[Problem]:
        """What is wrong with an object; `shape`: undeclared and missing fields are reported too."""
        ...

    def apply(
        self,
        wanted: Object,
        live: Written | None,
        manager: Manager,
        how: Literal["create", "apply", "merge"],
        *,
        force: bool,
        before: Object | None = None,
    ) -> Written:
        """Write an object: create it, apply it server-side, or merge what a client changed.

        `before`: what the client gave last time, for `merge`.

        Raises:
            ConflictError: Another manager owns a field that is applied with another value.
            RefusedError: The result is not allowed.
        """
        ...

    def read(self, key: Key) -> Object | None:
        """An object as it is now."""
        ...

    def delete(self, key: Key) -> None:
        """Delete an object; one that is gone is no error."""
        ...


def served(token: str) -> tuple[str, str, str]:
    """Group (empty for the core one), version and kind of a type of Pulumi."""
    api, _, kind = token.split(":", 1)[1].rpartition(":")
    group, _, version = api.rpartition("/")
    return ("" if group in _CORE else group), version, kind


class StoredPlane:
    """The API server of one of the sandbox's clusters."""

    def __init__(
        self, kinds: Kinds, registered: Registered, rules_: Rules, store: Store, cluster: str
    ) -> None:
        self._kinds = kinds
        self._registered = registered
        self._rules = rules_
        self._store = store
        self._cluster = cluster

    # ---- kinds ----

    def kind(self, group: str, version: str, name: str) -> Kind | None:
        """A kind that the cluster serves, by its own definitions or those of a program."""
        found = self._kinds.get(group, version, name)
        if found is not None and not found.custom:
            return found
        return self._registered.get(self._store, self._cluster, (group, version, name)) or found

    def serves(self, group: str, version: str, name: str) -> bool:
        """Whether objects of a kind may be; so it is, too, of groups that nothing is known of."""
        if not self._kinds.known or self.kind(group, version, name) is not None:
            return True
        return group not in {known for known, _, _ in self._kinds.names()}

    def _of(self, value: Object) -> Kind | None:
        group, _, version = str(value.get("apiVersion", "")).rpartition("/")
        return self.kind(group, version, str(value.get("kind", "")))

    def schema(self, value: Object) -> Mapping[str, Any]:
        """The schema of an object's kind; a free one where the kind is not known."""
        kind = self._of(value)
        return kind.schema if kind is not None else _FREE

    # ---- the seam ----

    def validate(self, wanted: Object, live: Object | None, *, shape: bool) -> list[Problem]:
        """See ControlPlane."""
        return judged(self._of(wanted), wanted, live, self._rules, shape=shape)

    def apply(
        self,
        wanted: Object,
        live: Written | None,
        manager: Manager,
        how: Literal["create", "apply", "merge"],
        *,
        force: bool,
        before: Object | None = None,
    ) -> Written:
        """See ControlPlane."""
        form = self.schema(wanted)
        group, _, _ = str(wanted.get("apiVersion", "")).rpartition("/")
        if live is None:
            # What the server chooses itself belongs to nobody.
            given = self._defaulted(wanted) if how == "create" else wanted
            owned = Owned({manager: frozenset(fields(given, form))})
            return Written(self._filled(wanted, None), owned)
        if how == "merge":
            given = dict.fromkeys(fields(before or {}, form))
            mine = Owned({**live.owned.managers, manager: frozenset(given)})
            merged, _ = applied(
                live.object, wanted, form, mine, manager, force=True, version=str(group)
            )
            owned = live.owned
        else:
            kind = self._of(wanted)
            if kind is not None and not kind.custom:
                _refuse(wanted, schema.problems(wanted, form, shape=False))
            merged, owned = applied(
                live.object,
                wanted,
                form,
                live.owned,
                manager,
                force=force,
                version=str(wanted.get("apiVersion")),
            )
        made = self._filled(merged, live.object)
        if how == "merge":
            owned = updated(live.object, made, form, owned, manager)
        self._refuse_changes(group, live.object, made)
        return Written(made, owned)

    def read(self, key: Key) -> Object | None:
        """See ControlPlane."""
        row = self.row(key)
        return row.outputs if row is not None else None

    def delete(self, key: Key) -> None:
        """See ControlPlane."""
        row = self.row(key)
        if row is not None:
            self._store.remove(row)

    # ---- inside ----

    def row(self, key: Key) -> Row | None:
        """Where the store has an object."""
        api = key.version if "/" in key.version else f"core/{key.version}"
        resource_id = f"{key.namespace}/{key.name}" if key.namespace else key.name
        token = f"kubernetes:{api}:{key.kind}"
        return self._store.get("kubernetes", token, resource_id, account=self._cluster)

    def _defaulted(self, value: Object) -> Object:
        """The object with the server's defaults."""
        kind = self._of(value)
        if kind is None:
            return value
        if kind.custom:
            return schema.defaulted(value, kind.schema)
        return defaults.filled(kind.kind, kind.group, value)

    def _filled(self, value: Object, live: Object | None) -> Object:
        """The object with the server's defaults, and what it chooses itself."""
        kind = self._of(value)
        found = self._defaulted(value)
        return found if kind is None or kind.custom else self._chosen(found, live)

    def _chosen(self, value: Object, live: Object | None) -> Object:
        """Addresses, ports and selectors that the server gives; those that it has given, stay."""
        kind = (str(value.get("apiVersion")), str(value.get("kind")))
        spec = mapped(value.get("spec"))
        if kind == ("v1", "Service") and spec.get("type") != "ExternalName":
            self._exposed(value, spec, mapped(live))
        elif kind == ("batch/v1", "Job") and not spec.get("manualSelector"):
            uid = str(at(value, "metadata", "uid") or "")
            label = {"batch.kubernetes.io/controller-uid": uid}
            if live is None and uid:
                spec["selector"] = {"matchLabels": label}
                metadata = mapped(spec.get("template")).setdefault("metadata", {})
                own = {**label, "controller-uid": uid}
                name = str(at(value, "metadata", "name") or "")
                own |= {"batch.kubernetes.io/job-name": name, "job-name": name}
                metadata["labels"] = {**mapped(metadata.get("labels")), **own}
        return value

    def _exposed(self, value: Object, spec: Object, live: Object) -> None:
        name = f"{at(value, 'metadata', 'namespace')}/{at(value, 'metadata', 'name')}"
        kept = at(live, "spec", "clusterIP")
        digest = hashlib.sha256(f"{self._cluster}/{name}".encode()).digest()
        address = spec.get("clusterIP") or kept or f"10.100.{digest[0]}.{digest[1] % 254 + 1}"
        spec["clusterIP"], spec["clusterIPs"] = address, [address]
        if spec.get("type") not in {"NodePort", "LoadBalancer"}:
            return
        chance = random.Random(digest)  # noqa: S311 - no secret
        for item in listed(spec.get("ports")):
            port = mapped(item)
            if not port.get("nodePort"):
                port["nodePort"] = chance.randint(*_NODE_PORTS)

    def _refuse_changes(self, group: str, live: Object, made: Object) -> None:
        kind = self._of(made)
        found = list(rules.changes(group, str(made.get("kind")), live, made))
        if kind is not None and not has_unknown(made):
            own = schema.problems(
                made, kind.schema, old=live, shape=kind.custom, duplicates=kind.custom
            )
            found += own or self._rules.problems(made, kind.schema, live)
        _refuse(made, found)


def judged(
    kind: Kind | None, wanted: Object, live: Object | None, expressions: Rules, *, shape: bool
) -> list[Problem]:
    """What is wrong with an object of a kind; see `ControlPlane.validate`."""
    group = str(wanted.get("apiVersion", "")).rpartition("/")[0]
    found: list[Problem] = []
    # What is mistyped is said by the check of the shape; rules read values of their types.
    if kind is None:
        with contextlib.suppress(TypeError):  # Nothing says of which type a value is.
            found += rules.problems(group, str(wanted.get("kind")), wanted)
        return found
    if schema.is_typed(wanted, kind.schema):
        found += rules.problems(group, kind.kind, wanted)
    old = schema.MISSING if live is None else live
    value = schema.defaulted(wanted, kind.schema) if kind.custom else wanted
    own = schema.problems(
        value, kind.schema, old=old, shape=shape, duplicates=kind.custom or live is not None
    )
    # As the API server: rules judge only what has the right shape.
    own = own or expressions.problems(value, kind.schema, old)
    return list(dict.fromkeys([*own, *found]))


def _refuse(value: Object, found: list[Problem]) -> None:
    if found:
        lines = "".join(f"\n  - {problem.path}: {problem.reason}" for problem in found)
        raise RefusedError(
            f'{value.get("kind")} "{at(value, "metadata", "name")}" is invalid, so that the API'
            f" server refuses the update:{lines}"
        )


def stamped(value: Object, live: Object | None, uid: str) -> Object:
    """The object with what the server writes into its metadata."""
    metadata = dict(mapped(value.get("metadata")))
    if live is None:
        metadata |= {"uid": uid, "resourceVersion": "1", "generation": 1}
        metadata["creationTimestamp"] = moment()
    else:
        before = mapped(live.get("metadata"))
        for name in ("uid", "creationTimestamp", "name", "namespace"):
            if name in before:
                metadata[name] = before[name]
        ignored = ("metadata", "status")
        changed = any(
            value.get(name) != live.get(name)
            for name in value.keys() | live.keys()
            if name not in ignored
        )
        metadata["resourceVersion"] = str(int(before.get("resourceVersion", "1")) + 1)
        metadata["generation"] = int(before.get("generation", 1)) + (1 if changed else 0)
    return {**value, "metadata": metadata}
