"""The stand-in of pulumi-kubernetes: objects of any kind in the sandbox's clusters."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from typing_extensions import override

from sandbox import eventual
from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call, Cloud, Depth, Naming, RefusedError, Scope
from sandbox.clouds.clusters import lost, reached
from sandbox.clouds.kubeconfig import active, contexts
from sandbox.clouds.kubernetes import (
    applying,
    custom,
    defaults,
    depth,
    drifting,
    functions,
    many_models,
    objects,
    provided,
    readiness,
    releases,
    replace,
    status,
)
from sandbox.clouds.kubernetes.cel import Rules
from sandbox.clouds.kubernetes.control import Key, Object, StoredPlane, served
from sandbox.clouds.kubernetes.declarations import DEFINITION, Declarations
from sandbox.clouds.kubernetes.objects import NAMESPACE
from sandbox.clouds.kubernetes.ownership import Manager, pruned
from sandbox.clouds.kubernetes.readiness import Cluster, Trouble
from sandbox.clouds.kubernetes.registered import Registered
from sandbox.diff import Change, Replaces
from sandbox.kinds import Kind, Kinds
from sandbox.protocol import provider_pb2
from sandbox.schema import Library, Resource, UnknownTokenError
from sandbox.store import Row, Store
from sandbox.values import at, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["Kubernetes"]

AUTONAMED = "pulumi.com/autonamed"
_MANAGED = "app.kubernetes.io/managed-by"
_TIMEOUT = "pulumi.com/timeoutSeconds"
# What of the metadata only the server writes.
_SERVERS = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation"),
    *("managedFields", "resourceVersion", "uid"),
)
# What the provider says, and the variable by which it takes for gone what it cannot reach:
# https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/#deleteunreachable_python
_NO_ANSWER = "unable to load schema information from the API server: {} does not answer"
_FORGETS = "PULUMI_K8S_DELETE_UNREACHABLE"
_RELEASE = "kubernetes:helm.sh/v3:Release"
# For how long the provider waits, and repeats a creation whose namespace is not there yet.
_WAIT = eventual.Transition(600)
_LEAST_WAIT = 3.0
_REPEATED = 0.5


class Kubernetes(Cloud):
    """Objects with metadata, in namespaces that exist."""

    provider = "kubernetes"

    def __init__(self, library: Library) -> None:
        super().__init__(Declarations(library))
        self._kinds = Kinds()
        self._registered = Registered(self._kinds)
        self._rules = Rules()
        self._runtimes: list[Object] | None = None

    @override
    def configure(self, settings: Mapping[str, Any], store: Store) -> Scope:
        clusters = [identity.id for identity in store.identities("cluster")]
        found, current = contexts(settings.get("kubeconfig"))
        made = reached(settings, store, clusters)
        known = [name for name in found if name in clusters or name in made] if found else clusters
        wanted = settings.get("context")
        if wanted is UNKNOWN or settings.get("kubeconfig") is UNKNOWN:
            wanted = None
        name = str(wanted) if wanted else current or (known[0] if known else "")
        if name not in known and (gone := lost(settings, store).get(name)):
            account, server = gone
            return Scope(account, "", settings, unreachable=_NO_ANSWER.format(server))
        if name not in known:
            meant = nearest(name, known)
            hint = f'; did you mean "{meant}"?' if meant else ""
            raise RefusedError(
                f'context "{name}" does not exist in the kubeconfig, which has'
                f" {', '.join(known) or 'none'}{hint}"
            )
        return Scope(made.get(name, name), "", settings)

    @override
    def answers(self, call: Call, operation: str) -> bool:
        """As the provider, which found out that it reaches no cluster when it was configured.

        Its `skipUpdateUnreachable` is not known here.
        """
        if not (why := call.scope.unreachable):
            return True
        forgets = call.scope.settings.get("deleteUnreachable")
        if forgets is None:
            forgets = os.environ.get(_FORGETS) == "true"
        if operation == "delete" and call.token == _RELEASE:
            raise RefusedError(f"can't delete Helm Release with unreachable cluster. Reason: {why}")
        if operation in {"read", "delete"}:
            if forgets:
                return False
            said = {
                "read": "failed to read resource state due to unreachable cluster",
                "delete": "configured Kubernetes cluster is unreachable",
            }
            raise RefusedError(
                f"{said[operation]}. If the cluster was deleted, you can remove this resource from"
                f" Pulumi state by rerunning the operation with the {_FORGETS} environment variable"
                f' set to "true" ({why})'
            )
        raise RefusedError(f"configured Kubernetes cluster is unreachable: {why}")

    # ---- declarations and names ----

    @override
    def declared(self, token: str) -> Resource | None:
        try:
            return self.library.resource(token)
        except UnknownTokenError:
            # A custom resource: `kubernetes:serving.kserve.io/v1beta1:InferenceService`.
            if custom.is_custom(token):
                return None
            raise

    @override
    def naming(self, token: str) -> Naming | None:
        if token.startswith("pulumi:") or token.endswith(("List", "Patch")):
            return None
        declared = self.declared(token)
        if declared is not None and "metadata" not in declared.inputs:
            return None  # A Helm release is no object.
        return Naming("metadata.name", max_length=63, lower=True, within=("metadata.namespace",))

    @override
    def automatic_name(self, token: str, inputs: dict[str, Any], name: str) -> dict[str, Any]:
        del token
        metadata: Any = inputs.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            return {}  # Not known yet, or wrong: the check of the shape says so.
        own = mapped(cast("object", metadata))
        if "generateName" in own:
            return {}
        annotations = {**mapped(own.get("annotations")), AUTONAMED: "true"}
        return {"metadata": {**own, "name": name, "annotations": annotations}}

    @override
    def defaults(self, call: Call, old: Mapping[str, Any]) -> dict[str, Any]:
        """As the provider: what it makes without server-side apply has its label."""
        metadata = mapped(call.inputs.get("metadata"))
        labels: Any = metadata.get("labels") or {}
        labelled = _MANAGED in mapped(at(old, "metadata", "labels"))
        skipped = objects.server_side(call) or not self._is_object(call) or (old and not labelled)
        if skipped or not metadata or not isinstance(labels, dict):
            return {}
        marked = {**cast("dict[str, Any]", labels), _MANAGED: "pulumi"}
        return {"metadata": {**metadata, "labels": marked}}

    @override
    def tokens(self) -> list[str]:
        custom_kinds = self._kinds.names(custom=True)
        return [*super().tokens(), *(f"kubernetes:{g}/{v}:{k}" for g, v, k in custom_kinds)]

    @override
    def depth(self, token: str) -> Depth:
        if token.startswith("pulumi:"):
            return super().depth(token)
        known = self._known(token)
        if known is not None:
            return depth.of(known, token, self._rules)
        groups = {group for group, _, _ in self._kinds.names()}
        return depth.unknown(super().depth(token), token, groups)

    @override
    def constraints(self, call: Call) -> list[Problem]:
        if not self._is_object(call):
            return []
        found = provided.provider_problems(call)
        if call.scope.unreachable:
            return found
        value = objects.wanted(call)
        value.pop("status", None)  # Only controllers write it.
        if objects.is_patch(call.token):
            return found
        shape = call.declared is None or call.token == DEFINITION
        if call.declared is None:
            found += custom.problems(call)
        return found + self._plane(call).validate(value, None, shape=shape)

    @override
    def moves(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        """As the provider's DiffConfig: another active cluster, or one that is not known yet."""
        names = ("kubeconfig", "context", "cluster")
        changed = frozenset(name for name in names if old.get(name) != new.get(name))
        if UNKNOWN in (new.get(name) for name in names):
            return changed
        return changed if active(old) != active(new) else frozenset()

    @override
    def relocated(self, call: Call, found: list[Change], state: Mapping[str, Any]) -> list[Change]:
        """Nothing moves; but a Job that is not done may have to be made again."""
        metadata = mapped(state.get("metadata"))
        row_id = "/".join(str(metadata[key]) for key in ("namespace", "name") if key in metadata)
        row = call.store.get("kubernetes", call.token, row_id, account=call.scope.account)
        return [*found, *replace.unready(call, row)]

    @override
    def replaces(self, call: Call) -> Replaces:
        return Replaces(replace.paths(call))

    # ---- life ----

    @override
    def references(self, call: Call) -> list[Problem]:
        plane, found = self._plane(call), list[Problem]()
        group, version, kind = served(call.token)
        kind = kind.removesuffix("Patch")
        if self._is_object(call) and not plane.serves(group, version, kind):
            others = self._kinds.versions(group, kind)
            names = [name for known, _, name in self._kinds.names() if known == group]
            meant = nearest(kind, names)
            hint = f"; it is served as {', '.join(others)}" if others else ""
            hint = f"; did you mean {meant}?" if meant and not others else hint
            text = f'no matches for kind "{kind}" in version "{group}/{version}"{hint}'
            found.append(Problem("kind", text))
        if not self._is_wide(call):
            found += provided.namespace_problems(call)
        if kind == "Pod" and call.previous is None and not found:
            found += self._pod_problems(call)
        return found

    @override
    def patience(self, call: Call) -> float:
        return _REPEATED if eventual.seconds(_WAIT) else 0.0

    @override
    def create(self, call: Call) -> Row:
        key = objects.key(call, wide=self._is_wide(call))
        resource_id = f"{key.namespace}/{key.name}" if key.namespace else key.name
        manager = objects.manager(call, None)
        row = Row(
            provider=self.provider,
            account=call.scope.account,
            token=call.token,
            id=resource_id,
            name=key.name,
            inputs=call.inputs,
            live={"fieldManager": manager.name},
        )
        if not self._is_object(call):
            return row.replace(outputs=releases.outputs(call, key))
        live = None
        if self.overwrites(call) or objects.is_patch(call.token):
            live = self._plane(call).row(key)
        if objects.is_patch(call.token):
            written = applying.patched(self._plane(call), call, key, live, manager)
            return row.replace(outputs=written.object, parent=manager.name)
        return self._written(call, row, key, live, manager)

    @override
    def update(self, call: Call, row: Row) -> Row:
        if not self._is_object(call):
            return row.replace(inputs=call.inputs, outputs={**row.outputs, **call.inputs})
        key = objects.key(call, wide=self._is_wide(call))
        manager = objects.manager(call, row)
        if objects.is_patch(call.token):
            written = applying.patched(
                self._plane(call), call, key, self._plane(call).row(key), manager
            )
            return row.replace(inputs=call.inputs, outputs=written.object)
        return self._written(call, row.replace(inputs=call.inputs), key, row, manager)

    @override
    def doubts(self, call: Call) -> list[Problem]:
        return releases.doubts(call)

    @override
    def overwrites(self, call: Call) -> bool:
        return call.scope.settings.get("upsertExistingObjects") is True

    @override
    def volatile(self, call: Call) -> frozenset[str]:
        return frozenset({"status"}) if "spec" in call.changed else frozenset()

    @override
    def previewed(self, call: Call) -> dict[str, Any]:
        """The namespace and the defaults are known beforehand; the rest that is added is not.

        Raises:
            RefusedError: The server's dry run of an update refuses it.
        """
        metadata: Any = call.inputs.get("metadata")
        if not isinstance(metadata, dict) or not self._is_object(call):
            return {}
        found: dict[str, Any] = {"status": UNKNOWN} if call.previous is None else {}
        if not self._is_wide(call):
            found["metadata"] = {"namespace": "default", **cast("dict[str, Any]", metadata)}
        if has_unknown(call.inputs) or objects.is_patch(call.token):
            return found
        if call.previous is not None and call.previous.outputs:
            key = objects.key(call, wide=self._is_wide(call))
            manager = objects.manager(call, call.previous)
            written = applying.applied(self._plane(call), call, key, call.previous, manager)
            made = written.object
        else:
            group, _, kind = served(call.token)
            made = defaults.filled(kind, group, call.inputs) if call.declared else call.inputs
        return {**{n: made[n] for n in call.inputs if n in made and n != "metadata"}, **found}

    @override
    def watched(self, call: Call, row: Row) -> tuple[Row, str]:
        kind = objects.kind(call)
        if not self._is_object(call) or not readiness.is_awaited(kind, row.outputs):
            return row, ""
        troubles = self._troubles(call, kind, row.outputs)
        noted = [[t.reason, t.message] for t in troubles]
        if noted != row.live.get("troubles", []):
            notes = {**row.live, "troubles": noted}
            found = {**row.outputs, **status.status_of(kind, row.outputs, row, notes, troubles)}
            row = call.store.put(row.replace(outputs=found, live=notes), operation="ready")
        reason = readiness.awaited(kind, row.outputs, troubles)
        if not reason:
            return row, ""
        return row, (
            f'the Kubernetes API server reported that "{row.id}" failed to fully initialize or'
            f" become live: {reason}"
        )

    @override
    def watching(self, call: Call) -> float:
        seconds = eventual.seconds(_WAIT)
        given = objects.annotated(call.inputs, _TIMEOUT)
        patience = max(seconds, _LEAST_WAIT) if seconds else 0.0
        return min(patience, float(given)) if given.isdecimal() else patience

    @override
    def released(self, call: Call, row: Row) -> None:
        """A patch that goes gives its fields up; what nobody owns then, goes too."""
        if not objects.is_patch(row.token):
            return
        group, version, kind = served(row.token)
        api = f"{group}/{version}" if group else version
        namespace = str(at(row.outputs, "metadata", "namespace") or "")
        plane = self._plane(call)
        target = plane.row(Key(api, kind.removesuffix("Patch"), namespace, row.name))
        if target is None:
            return
        manager = Manager(str(row.live.get("fieldManager")), "Apply")
        nothing = {"apiVersion": api, "kind": kind.removesuffix("Patch")}
        live = applying.live(target)
        written = plane.apply(nothing, live, manager, "apply", force=True)
        call.store.put(applying.with_written(target, written), operation="update")

    @override
    def drift_problems(self, before: Row, after: Row) -> list[Problem]:
        if objects.is_patch(before.token) or not mapped(after.outputs.get("metadata")):
            return []
        return drifting.problems(self._known(before.token), before, after, self._rules)

    @override
    def drifted(self, before: Row, after: Row, manager: str) -> Row:
        if objects.is_patch(before.token) or not mapped(after.outputs.get("metadata")):
            return after
        return drifting.drifted(self._known(before.token), before, after, manager)

    @override
    def dependents(self, call: Call, row: Row) -> list[Row]:
        """A namespace goes with everything in it."""
        if row.token != NAMESPACE:
            return []
        return call.store.below("kubernetes", f"{row.name}/", account=row.account)

    @override
    def construct(
        self, request: provider_pb2.ConstructRequest, store: Store, scope: Scope
    ) -> provider_pb2.ConstructResponse:
        return functions.construct(request, store, scope, plugin=self.library.version)

    @override
    def invoke(
        self, token: str, arguments: dict[str, Any], store: Store, scope: Scope
    ) -> dict[str, Any]:
        answer = functions.answer(token, arguments, store, scope)
        return super().invoke(token, arguments, store, scope) if answer is None else answer

    @override
    def row_of(self, call: Call, resource_id: str) -> Row | None:
        account = call.scope.account
        if objects.is_patch(call.token):
            return applying.patch_row(call, resource_id)
        return call.store.get(self.provider, call.token, resource_id, account=account) or (
            # `pulumi import` takes a bare name for what is in the default namespace.
            call.store.get(self.provider, call.token, f"default/{resource_id}", account=account)
        )

    @override
    def inputs_of(self, row: Row, declared: Resource | None) -> dict[str, Any]:
        """As the provider reads: what is live of the fields that the program gives."""
        del declared
        if not row.inputs:
            return {name: value for name, value in row.outputs.items() if name != "status"}
        if "metadata" not in row.inputs:
            return row.inputs
        group, version, kind = served(row.token)
        known = self._kinds.get(group, version, kind.removesuffix("Patch"))
        found = pruned(row.outputs, row.inputs, known.schema if known is not None else {})
        # The provider takes what only the server writes out of a program's inputs.
        given = mapped(row.inputs.get("metadata"))
        own = {name: given[name] for name in _SERVERS if name in given}
        return {**found, "metadata": {**mapped(found.get("metadata")), **own}}

    # ---- inside ----

    def _plane(self, call: Call) -> StoredPlane:
        account = call.scope.account
        return StoredPlane(self._kinds, self._registered, self._rules, call.store, account)

    def _known(self, token: str) -> Kind | None:
        """A kind by its type: one of the cluster's, or one that a program has defined."""
        group, version, kind = served(token)
        name = kind.removesuffix("Patch")
        return self._kinds.get(group, version, name) or self._registered.met((group, version, name))

    def _is_object(self, call: Call) -> bool:
        """Whether it is an object of the cluster; a Helm release is none."""
        return call.declared is None or "metadata" in call.declared.inputs

    def _is_wide(self, call: Call) -> bool:
        group, version, _ = served(call.token)
        kind = objects.kind(call)
        known = self._plane(call).kind(group, version, kind)
        if known is not None and known.custom:
            return not known.namespaced
        return objects.is_cluster_wide(kind)

    def _written(self, call: Call, row: Row, key: Key, live: Row | None, manager: Manager) -> Row:
        """The row of an object that is created, or applied to what is there."""
        written = applying.applied(self._plane(call), call, key, live, manager)
        notes = {
            **(live.live if live is not None else {}),
            "fieldManager": manager.name,
            "managers": written.owned.to_json(),
        }
        troubles = self._troubles(call, key.kind, written.object)
        notes["troubles"] = [[t.reason, t.message] for t in troubles]
        found = status.status_of(key.kind, written.object, live, notes, troubles)
        return row.replace(outputs={**written.object, **found}, live=notes)

    def _pod_problems(self, call: Call) -> list[Problem]:
        """A pod whose namespace does not take it is refused, as no workload is."""
        value = objects.wanted(call)
        value.pop("status", None)  # Only controllers write it.
        metadata = {**mapped(value.get("metadata")), "namespace": objects.namespace(call)}
        cluster = Cluster(call.store, call.scope.account)
        found = cluster.troubles("Pod", {**value, "metadata": metadata})
        return [Problem("spec", t.message) for t in found if t.reason == "FailedCreate"]

    def _troubles(self, call: Call, kind: str, value: Object) -> list[Trouble]:
        cluster = Cluster(call.store, call.scope.account)
        group, _, _ = served(call.token)
        if (group, kind) == ("serving.kserve.io", "InferenceService"):
            if self._runtimes is None:
                self._runtimes = self._kinds.document("runtimes") or []
            if not self._runtimes:
                return []
            return list(cluster.serving_troubles(value, self._runtimes))
        controllers: dict[tuple[str, str], Callable[[Cluster, Object], Iterator[Trouble]]] = {
            ("serving.kserve.io", "LLMInferenceService"): Cluster.llm_troubles,
            ("serving.kserve.io", "InferenceGraph"): many_models.graph_troubles,
            ("serving.kserve.io", "TrainedModel"): many_models.trained_troubles,
            ("mlops.seldon.io", "Experiment"): many_models.experiment_troubles,
            ("networking.k8s.io", "Ingress"): Cluster.ingress_troubles,
        }
        if (group, kind) in controllers:
            return list(controllers[group, kind](cluster, value))
        return cluster.troubles(kind, value) if call.declared is not None else []
