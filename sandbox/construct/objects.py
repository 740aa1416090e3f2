"""Kubernetes objects out of manifests: read, made single, named, put into order."""

import glob
import graphlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

import yaml

from sandbox.clouds.base import RefusedError
from sandbox.values import at, listed, mapped

__all__ = ["Identity", "decoded", "identity", "normalized", "ordered", "read", "texts"]

DEPENDS_ON = "config.kubernetes.io/depends-on"
_DEFINITION = "CustomResourceDefinition"
Identity = tuple[str, str, str, str]


class _Loader(yaml.CSafeLoader):
    """As the API server's clients read YAML: dates are strings."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def read(files: Iterable[str]) -> list[dict[str, Any]]:
    """The objects of files; a name may be a glob.

    Raises:
        RefusedError: A file is not there, is no YAML, or would come over the network.
    """
    found: list[dict[str, Any]] = []
    for name in files:
        if "://" in name:
            raise RefusedError(
                f"{name}: the sandbox fetches nothing; save the manifest in a file and name that"
            )
        # What looks like no pattern must exist: a glob would find nothing and say nothing.
        paths = sorted(glob.glob(name)) if any(sign in name for sign in "*?[") else [name]  # noqa: PTH207 - as the provider: relative to the program
        for path in paths:
            try:
                text = Path(path).read_text(encoding="utf-8")
            except OSError as error:
                raise RefusedError(f"{path}: {error.strerror}") from error
            found += decoded(text, path)
    return found


def decoded(text: str, origin: str = "yaml") -> list[dict[str, Any]]:
    """The objects of a YAML stream; empty documents are none.

    Raises:
        RefusedError: It is no YAML, or a document is no object.
    """
    try:
        documents: list[Any] = list(yaml.load_all(text, Loader=_Loader))
    except yaml.YAMLError as error:
        raise RefusedError(f"{origin}: {error}") from error
    for number, document in enumerate(documents, start=1):
        if document and not isinstance(document, dict):
            kind = type(document).__name__
            raise RefusedError(f"{origin}: document {number} is a {kind}; use objects")
    return [cast("dict[str, Any]", document) for document in documents if document]


def normalized(
    objects: Iterable[dict[str, Any]], namespace: str, is_cluster_wide: Callable[[str], bool]
) -> list[dict[str, Any]]:
    """Single objects instead of lists, each with a kind, a name and, where it has one, a namespace.

    Raises:
        RefusedError: An object lacks kind, apiVersion or name.
    """
    found: list[dict[str, Any]] = []
    single = _single(objects)
    # A definition in the same manifest says where its objects live.
    scopes = {
        str(at(item, "spec", "names", "kind")): at(item, "spec", "scope")
        for item in single
        if item.get("kind") == _DEFINITION
    }
    for given in single:
        item = dict(given)
        metadata = dict(mapped(item.get("metadata")))
        # Which object it is, without its values: some are secret.
        said = f"an object with {', '.join(map(str, given))}"
        if not item.get("kind") or not item.get("apiVersion"):
            raise RefusedError(f"Kubernetes resources require a kind and apiVersion; got {said}")
        if not metadata.get("name"):
            raise RefusedError(f"{item['kind']}: Kubernetes resources require a .metadata.name")
        item["apiVersion"] = str(item["apiVersion"]).removeprefix("core/")
        kind = str(item["kind"])
        wide = scopes[kind] == "Cluster" if kind in scopes else is_cluster_wide(kind)
        if not wide and not metadata.get("namespace"):
            metadata["namespace"] = namespace
        item["metadata"] = metadata
        found.append(item)
    return found


def _single(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for item in objects:
        items = item.get("items")
        if isinstance(items, list) and str(item.get("kind", "")).endswith("List"):
            found += _single(map(mapped, cast("list[Any]", items)))
        else:
            found.append(item)
    return found


def identity(item: Mapping[str, Any]) -> Identity:
    """Group, kind, namespace and name."""
    group = str(item["apiVersion"]).rpartition("/")[0]
    metadata = mapped(item["metadata"])
    return group, str(item["kind"]), str(metadata.get("namespace") or ""), str(metadata["name"])


def ordered(
    objects: list[dict[str, Any]],
) -> list[list[tuple[dict[str, Any], list[Identity]]]]:
    """Layers of objects, each with what it depends on, which is in earlier layers.

    An object depends on its namespace, on its definition, and on what its annotation
    `config.kubernetes.io/depends-on` names, as pulumi-kubernetes has it from cli-utils.

    Raises:
        RefusedError: They depend on one another in a circle, or on what is not among them.
    """
    by_identity = {identity(item): item for item in objects}
    namespaces = {key[3]: key for key in by_identity if key[:2] == ("", "Namespace")}
    definitions = {
        (str(at(item, "spec", "group")), str(at(item, "spec", "names", "kind"))): key
        for key, item in by_identity.items()
        if key[1] == _DEFINITION
    }
    needs: dict[Identity, list[Identity]] = {}
    for key, item in by_identity.items():
        found = [
            other
            for other in (namespaces.get(key[2]), definitions.get((key[0], key[1])))
            if other is not None and other != key
        ]
        needs[key] = found + _explicit(item, by_identity)
    sorter = graphlib.TopologicalSorter(needs)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = " → ".join("/".join(filter(None, key)) for key in error.args[1])
        raise RefusedError(f"objects depend on one another in a circle: {circle}") from error
    layers: list[list[tuple[dict[str, Any], list[Identity]]]] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        layers.append([(by_identity[key], needs[key]) for key in ready])
        sorter.done(*ready)
    return layers


def _explicit(item: dict[str, Any], known: Mapping[Identity, object]) -> list[Identity]:
    """`<group>/namespaces/<namespace>/<kind>/<name>` or `<group>/<kind>/<name>`, by commas."""
    text = str(mapped(at(item, "metadata", "annotations")).get(DEPENDS_ON) or "")
    found: list[Identity] = []
    for reference in filter(None, map(str.strip, text.split(","))):
        match reference.split("/"):
            case [group, "namespaces", namespace, kind, name]:
                key = (group, kind, namespace, name)
            case [group, kind, name]:
                key = (group, kind, "", name)
            case _:
                raise RefusedError(
                    f'{DEPENDS_ON}: got "{reference}"; use <group>/namespaces/<namespace>/<kind>/'
                    "<name>, or <group>/<kind>/<name> for what is in no namespace"
                )
        if key not in known:
            raise RefusedError(f"{DEPENDS_ON}: {reference} is not among these objects")
        found.append(key)
    return found


def texts(value: object) -> list[str]:
    """The strings of a list."""
    return [item for item in listed(value) if isinstance(item, str)]
