"""The Kubernetes objects in a preview: which there are, in what order, and what cannot be written.

Kinds are not named here: an object is whatever the engine would hand to the Kubernetes provider.
See docs/adr/0015-rendering-for-gitops.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["Contents", "RenderedObject", "WithheldSecret", "contents"]

# What remains after the step; reads and deletions do not.
_REMAINS: Final = ("same", "create", "update", "replace", "create-replacement", "import")
_KUBERNETES: Final = "kubernetes:"
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# The engine's word for a secret's value; it is not asked to show them.
_SECRET: Final = "[secret]"  # noqa: S105
_PULUMI: Final = "pulumi.com/"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_OURS: Final = "model-serving:index:"
_ADD_ONS: Final = f"{_OURS}ClusterAddOns$"
_AUTONAMED: Final = "pulumi.com/autonamed"
_WAVE: Final = "argocd.argoproj.io/sync-wave"
_REPLICAS: Final = "spec.replicas"
_SYNC_OPTIONS: Final = "argocd.argoproj.io/sync-options"
_KEPT: Final = {
    _SYNC_OPTIONS: "Delete=false,Prune=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}
# Somebody else's object, of which only these fields are ours.
_PATCH: Final = {
    _SYNC_OPTIONS: "Delete=false,Prune=false,ServerSideApply=true",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
    "kustomize.toolkit.fluxcd.io/ssa": "Merge",
}

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class RenderedObject:
    """A manifest as GitOps applies it, and the folder that it belongs to."""

    folder: str
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WithheldSecret:
    """A Secret that is not written: its identity and its keys, never a value."""

    folder: str
    name: str
    namespace: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """All objects of a preview."""

    objects: tuple[RenderedObject, ...]
    secrets: tuple[WithheldSecret, ...]
    charts: tuple[str, ...] = ()
    """Names of the cluster's add-ons, which are no objects: they stay with Pulumi."""


@dataclass(frozen=True, slots=True)
class _Resource:
    """A resource after the preview's step."""

    urn: str
    op: str
    state: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.state.get("type", ""))

    @property
    def inputs(self) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", self.state.get("inputs") or {})

    @property
    def is_object(self) -> bool:
        # What a GitOps controller applies is known to the engine as a component with a manifest.
        is_applied = self.state.get("custom") or {"apiVersion", "kind"} <= self.inputs.keys()
        return self.type.startswith(_KUBERNETES) and bool(is_applied)

    @property
    def metadata(self) -> Mapping[str, Any]:
        found = self.inputs.get("metadata")
        return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}

    @property
    def shown(self) -> str:
        place = f"{self.metadata['namespace']}/" if "namespace" in self.metadata else ""
        return f"{self.inputs.get('kind', self.type)} {place}{self.metadata.get('name', '?')}"


def contents(
    steps: Sequence[Mapping[str, Any]],
    models: Mapping[str, str],
    *,
    retained: bool = True,
) -> Contents:
    """The objects that an update would apply, in the order of the preview.

    Args:
        steps: those of `pulumi preview --json --show-sames`.
        models: name by URN of the components that have a folder of their own.
        retained: whether an object that Pulumi would leave in the cluster was asked to be kept.

    Raises:
        Failure: with everything that keeps an object from being written.
    """
    resources: dict[str, _Resource] = {}
    for step in steps:
        state = cast("Mapping[str, Any]", step.get("newState") or {})
        if step["op"] in _REMAINS and not state.get("external"):
            resources[step["urn"]] = _Resource(step["urn"], step["op"], state)
    folders = {r.urn: _folder(r, resources, models) for r in resources.values() if r.is_object}
    waves = _Waves(resources, folders)
    objects: list[RenderedObject] = []
    secrets: list[WithheldSecret] = []
    problems: list[str] = []
    charts: list[str] = []
    for urn, folder in folders.items():
        resource = resources[urn]
        if resource.type == _RELEASE and _ADD_ONS in resource.urn:
            charts.append(resource.urn.rpartition("::")[2])
            continue
        if (keys := _withheld(resource)) is not None:
            name, namespace = (str(resource.metadata.get(k, "")) for k in ("name", "namespace"))
            secrets.append(WithheldSecret(folder, name, namespace, keys))
            continue
        found = list(_problems(resource, resources))
        problems += found
        if not found:
            # The environment's own protection is of Pulumi's updates. A controller deletes what a
            # reviewed change takes out of the folder.
            protected = bool(resource.state.get("protect")) and f"::{_OURS}" not in urn
            keep = protected or (retained and bool(resource.state.get("retainOnDelete")))
            manifest = _manifest(resource, waves.of(urn), keep=keep)
            objects.append(RenderedObject(folder, manifest))
    problems += _twice(objects)
    if problems:
        count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
        raise Failure(f"{count}; nothing was written\n" + "\n".join(problems), Exit.ERROR)
    return Contents(tuple(objects), tuple(secrets), tuple(sorted(charts)))


def _withheld(resource: _Resource) -> tuple[str, ...] | None:
    """The keys of a Secret that holds values; None for everything else."""
    if (resource.inputs.get("apiVersion"), resource.inputs.get("kind")) != ("v1", "Secret"):
        return None
    keys: list[str] = []
    for field in ("data", "stringData"):
        values = resource.inputs.get(field)
        if isinstance(values, Mapping):
            keys += cast("Mapping[str, object]", values)
        elif values is not None:
            keys.append(f"all of {field}")
    return tuple(sorted(set(keys))) or None


def _problems(resource: _Resource, resources: Mapping[str, _Resource]) -> Iterator[str]:
    if not {"apiVersion", "kind"} <= resource.inputs.keys():
        yield (
            f"{resource.type} {resource.urn.rpartition('::')[2]}: is no Kubernetes object but "
            "something that the provider turns into some\n"
            "  fix: register the objects themselves (a chart as kubernetes:helm.sh/v4:Chart)"
        )
        return
    annotations = cast("Mapping[str, Any]", resource.metadata.get("annotations") or {})
    is_known = isinstance(resource.inputs.get("metadata"), Mapping)
    if is_known and ("name" not in resource.metadata or _AUTONAMED in annotations):
        yield (
            f"{resource.shown}: metadata.name is made up anew by each run\n"
            "  fix: give the object a name"
        )
    for path, value in _leaves(resource.inputs, ()):
        if _UNKNOWN in str(value):
            waits = _waits_for(resource, str(path[0]), resources)
            stack = resource.urn.split(":")[2]
            yield (
                f"{resource.shown}: {_dotted(path)} is not known yet\n"
                f"  waits for: {', '.join(waits) or 'a resource that is to be made or changed'}\n"
                f"  fix: run `serving up --env {stack}`, which makes it, then render again"
            )
        elif value == _SECRET:
            yield (
                f"{resource.shown}: {_dotted(path)} is a secret, and would be readable in the "
                "folder\n"
                "  fix: put the value into a Secret and refer to that"
            )


def _waits_for(resource: _Resource, key: str, resources: Mapping[str, _Resource]) -> list[str]:
    by_key = cast("Mapping[str, Sequence[str]]", resource.state.get("propertyDependencies") or {})
    pending = [resources[u] for u in by_key.get(key) or () if u in resources]
    names = {f"{r.type} {r.urn.rpartition('::')[2]}" for r in pending if r.op != "same"}
    return sorted(names)


def _manifest(resource: _Resource, wave: int, *, keep: bool) -> dict[str, Any]:
    """Without what only Pulumi reads; with what Argo CD and Flux read instead."""
    metadata = dict(resource.metadata)
    asked = cast("Mapping[str, Any]", metadata.pop("annotations", None) or {})
    annotations = {k: v for k, v in asked.items() if not k.startswith(_PULUMI)}
    is_patch = resource.type.rpartition(":")[2] != resource.inputs["kind"]
    if is_patch:
        annotations |= _PATCH
    elif keep:
        annotations |= _KEPT
    if wave:
        annotations.setdefault(_WAVE, str(wave))
    if annotations:
        metadata["annotations"] = annotations
    made = {**resource.inputs, "metadata": metadata}
    if _REPLICAS in (resource.state.get("ignoreChanges") or ()):
        # An autoscaler owns it: a controller that applied it would undo each scaling.
        made["spec"] = {k: v for k, v in made["spec"].items() if k != "replicas"}
    return made


def _folder(
    resource: _Resource, resources: Mapping[str, _Resource], models: Mapping[str, str]
) -> str:
    """That of the model that registered it, else of its namespace, else the cluster's."""
    for urn in _ancestors(resource, resources):
        if urn in models:
            return f"models/{models[urn]}"
    namespace = resource.metadata.get("namespace")
    if (resource.inputs.get("apiVersion"), resource.inputs.get("kind")) == ("v1", "Namespace"):
        namespace = resource.metadata.get("name")
    return f"namespaces/{namespace}" if namespace else "cluster"


def _ancestors(resource: _Resource, resources: Mapping[str, _Resource]) -> Iterator[str]:
    """The URNs of a resource and of all that it is part of."""
    here: _Resource | None = resource
    while here is not None:
        yield here.urn
        here = resources.get(str(here.state.get("parent")))


class _Waves:
    """How many objects of the same folder have to be there before this one, one after the other.

    That is the order in which an update waits: a resource for what it and the components that it is
    part of depend on, and for everything below a component that is depended on. Other folders do
    not count: an object of one model waits for no other model, and namespaces come first anyway.
    """

    def __init__(self, resources: Mapping[str, _Resource], folders: Mapping[str, str]) -> None:
        self._resources = resources
        self._folders = folders
        self._known: dict[tuple[str, str], int] = {}
        self._below: dict[str, list[str]] = {}
        for resource in resources.values():
            self._below.setdefault(str(resource.state.get("parent")), []).append(resource.urn)

    def of(self, urn: str) -> int:
        """The wave of an object, from 0."""
        return self._counted(urn, self._folders[urn])

    def _counted(self, urn: str, folder: str) -> int:
        if (urn, folder) not in self._known:
            # Until it is known: what is met again on the way adds nothing.
            self._known[urn, folder] = 0
            around = list(_ancestors(self._resources[urn], self._resources))
            before = {
                needed
                for ancestor in around
                for dependency in self._resources[ancestor].state.get("dependencies") or ()
                if dependency not in around
                for needed in self._with_all_below(dependency)
            }
            self._known[urn, folder] = max(
                (self._counted(u, folder) + (self._folders.get(u) == folder) for u in before),
                default=0,
            )
        return self._known[urn, folder]

    def _with_all_below(self, urn: str) -> Iterator[str]:
        if urn in self._resources:
            yield urn
            if not self._resources[urn].state.get("custom"):
                for below in self._below.get(urn, ()):
                    yield from self._with_all_below(below)


def _twice(objects: Sequence[RenderedObject]) -> Iterator[str]:
    seen: set[tuple[str, ...]] = set()
    for each in objects:
        metadata = each.manifest["metadata"]
        group = str(each.manifest["apiVersion"]).rpartition("/")[0]
        identity = (group, each.manifest["kind"], metadata.get("namespace", ""), metadata["name"])
        if identity in seen:
            yield (
                f"{' '.join(filter(None, identity))}: registered twice\n"
                "  fix: register it once; each run would undo the other's"
            )
        seen.add(identity)


def _leaves(value: object, path: _Path) -> Iterator[tuple[_Path, object]]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


def _dotted(path: _Path) -> str:
    made = ""
    for part in path:
        if isinstance(part, int) or not part.replace("_", "").isalnum():
            made += f"[{part!r}]"
        else:
            made += f".{part}" if made else part
    return made
