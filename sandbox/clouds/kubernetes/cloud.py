"""The stand-in of pulumi-kubernetes: objects of any kind in the sandbox's clusters."""

import json
import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from typing_extensions import override

from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call, Cloud, Naming, RefusedError, Scope, hexadecimal, moment
from sandbox.clouds.kubernetes import custom, replace, status
from sandbox.diff import Replaces
from sandbox.protocol import provider_pb2
from sandbox.schema import Resource, UnknownTokenError
from sandbox.store import Row, Store
from sandbox.values import mapped
from sandbox.wire import UNKNOWN

__all__ = ["Kubernetes", "is_cluster_wide"]

NAMESPACE = "kubernetes:core/v1:Namespace"
AUTONAMED = "pulumi.com/autonamed"
# Kinds that live in no namespace, of those that people write.
_CLUSTER_WIDE = {
    "APIService",
    "CertificateSigningRequest",
    "ClusterIssuer",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterServingRuntime",
    "ClusterStorageContainer",
    "ClusterTriggerAuthentication",
    "ClusterPolicy",
    "CSIDriver",
    "CSINode",
    "CustomResourceDefinition",
    "DeviceClass",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
}
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME_LENGTH = 253


class Kubernetes(Cloud):
    """Objects with metadata, in namespaces that exist."""

    provider = "kubernetes"

    @override
    def configure(self, settings: Mapping[str, Any], store: Store) -> Scope:
        clusters = [identity.id for identity in store.identities("cluster")]
        contexts, current = _contexts(settings.get("kubeconfig"))
        known = [name for name in contexts if name in clusters] if contexts else clusters
        wanted = settings.get("context")
        if wanted is UNKNOWN or settings.get("kubeconfig") is UNKNOWN:
            wanted = None
        name = str(wanted) if wanted else current or (known[0] if known else "")
        if name not in known:
            meant = nearest(name, known)
            hint = f'; did you mean "{meant}"?' if meant else ""
            raise RefusedError(
                f'context "{name}" does not exist in the kubeconfig, which has'
                f" {', '.join(known) or 'none'}{hint}"
            )
        return Scope(name, "", settings)

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
    def constraints(self, call: Call) -> list[Problem]:
        found = _metadata_problems(call)
        if call.declared is None:
            found += custom.problems(call)
        found += status.problems(call)
        return found

    @override
    def moves(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        """As the provider's DiffConfig: another active cluster, or one that is not known yet."""
        names = ("kubeconfig", "context", "cluster")
        changed = frozenset(name for name in names if old.get(name) != new.get(name))
        if UNKNOWN in (new.get(name) for name in names):
            return changed
        return changed if _active(old) != _active(new) else frozenset()

    @override
    def replaces(self, call: Call) -> Replaces:
        return Replaces(replace.paths(call))

    # ---- life ----

    @override
    def references(self, call: Call) -> list[Problem]:
        if _kind(call) in _CLUSTER_WIDE:
            return []
        namespace = _namespace(call)
        rows = call.store.list("kubernetes", NAMESPACE, account=call.scope.account)
        names = [row.name for row in rows]
        if namespace in names:
            return []
        meant = nearest(namespace, names)
        hint = f'; did you mean "{meant}"?' if meant else ""
        return [
            Problem(
                "metadata.namespace",
                f'namespaces "{namespace}" not found in {call.scope.account}{hint}',
            )
        ]

    @override
    def create(self, call: Call) -> Row:
        metadata = cast("dict[str, Any]", call.inputs.get("metadata") or {})
        generated = f"{metadata.get('generateName', f'{call.logical_name}-')}{hexadecimal(5)}"
        name = str(metadata.get("name") or call.inputs.get("name") or generated)
        cluster_wide = _kind(call) in _CLUSTER_WIDE
        namespace = "" if cluster_wide else _namespace(call)
        added: dict[str, Any] = {
            **metadata,
            "name": name,
            "uid": str(uuid.uuid4()),
            "resourceVersion": "1",
            "generation": 1,
            "creationTimestamp": moment(),
        }
        if namespace:
            added["namespace"] = namespace
        if _kind(call) == "Namespace":
            added["labels"] = {
                **(metadata.get("labels") or {}),
                "kubernetes.io/metadata.name": name,
            }
        notes: dict[str, Any] = {}
        return Row(
            provider=self.provider,
            account=call.scope.account,
            token=call.token,
            id=f"{namespace}/{name}" if namespace else name,
            name=name,
            inputs=call.inputs,
            outputs=_object(call, added, None, notes),
            live=notes,
        )

    @override
    def update(self, call: Call, row: Row) -> Row:
        before = row.outputs["metadata"]
        given = cast("dict[str, Any]", call.inputs.get("metadata") or {})
        changed = call.changed - {"metadata"}
        owned = ("name", "namespace", "uid", "creationTimestamp")
        metadata = {
            **given,
            **{key: before[key] for key in owned if key in before},
            "resourceVersion": str(int(before.get("resourceVersion", "1")) + 1),
            "generation": int(before.get("generation", 1)) + (1 if changed else 0),
        }
        if _kind(call) == "Namespace":
            labels = {**mapped(given.get("labels")), "kubernetes.io/metadata.name": row.name}
            metadata["labels"] = labels
        notes = dict(row.live)
        outputs = _object(call, metadata, row, notes)
        return row.replace(inputs=call.inputs, outputs=outputs, live=notes)

    @override
    def overwrites(self, call: Call) -> bool:
        return call.scope.settings.get("upsertExistingObjects") is True

    @override
    def volatile(self, call: Call) -> frozenset[str]:
        return frozenset({"status"}) if "spec" in call.changed else frozenset()

    @override
    def previewed(self, call: Call) -> dict[str, Any]:
        """The namespace is known beforehand; the rest of what the server adds is not."""
        metadata: Any = call.inputs.get("metadata")
        if not isinstance(metadata, dict) or _kind(call) in _CLUSTER_WIDE:
            return {}
        given = cast("dict[str, Any]", metadata)
        return {"metadata": {"namespace": "default", **given}}

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
        from sandbox import construct  # noqa: PLC0415 - few programs have such components

        return construct.build(
            request,
            namespace=_default_namespace(scope),
            version=_version(store, scope),
            plugin=self.library.version,
            is_cluster_wide=is_cluster_wide,
        )

    @override
    def invoke(
        self, token: str, arguments: dict[str, Any], store: Store, scope: Scope
    ) -> dict[str, Any]:
        """The functions by which older components read manifests and charts."""
        from sandbox import construct  # noqa: PLC0415 - few programs use them

        match token:
            case "kubernetes:yaml:decode":
                text, namespace = str(arguments.get("text") or ""), arguments
            case "kubernetes:helm:template":
                namespace = cast("dict[str, Any]", json.loads(str(arguments.get("jsonOpts"))))
                given = {**namespace, "chart": namespace.get("path") or namespace.get("chart")}
                name = str(namespace.get("releaseName") or namespace.get("name") or "")
                text = construct.chart(given, name, version=_version(store, scope))
            case "kubernetes:kustomize:directory":
                text, namespace = construct.kustomization(str(arguments.get("directory"))), {}
            case _:
                return super().invoke(token, arguments, store, scope)
        wanted = namespace.get("defaultNamespace") or namespace.get("namespace")
        return {
            "result": construct.normalized(
                construct.decoded(text),
                str(wanted or _default_namespace(scope)),
                is_cluster_wide,
            )
        }

    @override
    def row_of(self, call: Call, resource_id: str) -> Row | None:
        scope = call.scope.account
        return call.store.get(self.provider, call.token, resource_id, account=scope) or (
            # `pulumi import` takes a bare name for what is in the default namespace.
            call.store.get(self.provider, call.token, f"default/{resource_id}", account=scope)
        )

    @override
    def inputs_of(self, row: Row, declared: Resource | None) -> dict[str, Any]:
        del declared
        if row.inputs:
            return row.inputs
        return {name: value for name, value in row.outputs.items() if name != "status"}


def _object(
    call: Call, metadata: dict[str, Any], before: Row | None, notes: dict[str, Any]
) -> dict[str, Any]:
    found = {**call.inputs, "metadata": metadata}
    found |= status.status_of(call, metadata, before, notes)
    return found


def is_cluster_wide(kind: str) -> bool:
    """Whether objects of a kind live in no namespace."""
    return kind in _CLUSTER_WIDE


def _kind(call: Call) -> str:
    return str(call.inputs.get("kind") or call.token.rpartition(":")[2])


def _namespace(call: Call) -> str:
    given = mapped(call.inputs.get("metadata")).get("namespace") or call.inputs.get("namespace")
    return str(given or _default_namespace(call.scope))


def _default_namespace(scope: Scope) -> str:
    return str(scope.settings.get("namespace") or "default")


def _version(store: Store, scope: Scope) -> str:
    """The version of the cluster's API server, as `1.34.4`."""
    found = [i for i in store.identities("cluster") if i.id == scope.account]
    return str(found[0].details.get("version", "")).removeprefix("v") if found else ""


def _metadata_problems(call: Call) -> list[Problem]:
    metadata: Any = call.inputs.get("metadata")
    if not isinstance(metadata, dict):
        return []
    found: list[Problem] = []
    given = cast("dict[str, Any]", metadata)
    name = given.get("name")
    text = name if isinstance(name, str) and "rbac.authorization" not in call.token else "x"
    # Kinds of RBAC may have colons in their names.
    if not _LABEL.fullmatch(text) or len(text) > _NAME_LENGTH:
        found.append(
            Problem(
                "metadata.name",
                f'got "{name}"; use lower-case letters, digits, "-" and ".", with a letter or'
                f" digit at both ends, at most {_NAME_LENGTH} characters",
            )
        )
    for block in ("labels", "annotations"):
        values = given.get(block)
        if not isinstance(values, dict):
            continue
        for key, value in cast("dict[str, Any]", values).items():
            if value is not UNKNOWN and not isinstance(value, str):
                found.append(Problem(f'metadata.{block}["{key}"]', f"got {value!r}; use a string"))
    return found


def _document(text: str) -> Any:  # noqa: ANN401 - a document
    if text.lstrip().startswith("{"):
        return json.loads(text)
    # A tenth of a second, which a plugin without a kubeconfig does not pay.
    from ruamel.yaml import YAML, YAMLError  # noqa: PLC0415

    try:
        return YAML(typ="safe").load(text)  # pyright: ignore[reportUnknownMemberType]
    except YAMLError as error:
        raise ValueError(str(error)) from error


def _active(settings: Mapping[str, Any]) -> str:
    """The context that a provider of these settings works in."""
    _, current = _contexts(settings.get("kubeconfig"))
    return str(settings.get("context") or current)


def _contexts(given: Any) -> tuple[list[str], str]:  # noqa: ANN401
    """Contexts of a kubeconfig, and its current one; empty when there is no kubeconfig."""
    text = ""
    if isinstance(given, str) and given.strip():
        path = Path(given).expanduser() if "\n" not in given and "{" not in given else None
        text = path.read_text(encoding="utf-8") if path is not None and path.exists() else given
    elif os.environ.get("KUBECONFIG"):
        path = Path(os.environ["KUBECONFIG"].split(os.pathsep)[0])
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not text:
        return [], ""
    try:
        document: Any = _document(text)
        names = [str(context["name"]) for context in document["contexts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"the kubeconfig cannot be read: {error}") from error
    return names, str(document.get("current-context") or "")
