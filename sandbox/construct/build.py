"""Builds a component: registers it, then its objects layer by layer, then what it answers."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.clouds.base import RefusedError
from sandbox.construct import objects, render
from sandbox.construct.monitor import Monitor, Registered
from sandbox.protocol import provider_pb2
from sandbox.values import listed, mapped
from sandbox.wire import RESOURCE, SIGNATURE, decode, encode, has_unknown

__all__ = ["BUILDERS", "build"]

Objects = list[dict[str, Any]]


def _group(inputs: Mapping[str, Any], name: str, version: str) -> Objects:
    del name, version
    found = objects.read(objects.texts(inputs.get("files")))
    found += objects.decoded(str(inputs.get("yaml") or ""))
    return found + [mapped(item) for item in listed(inputs.get("objs"))]


def _file(inputs: Mapping[str, Any], name: str, version: str) -> Objects:
    del name, version
    return objects.read([str(inputs.get("file") or "")])


def _chart(inputs: Mapping[str, Any], name: str, version: str) -> Objects:
    return objects.decoded(render.chart(inputs, name, version=version), "helm template")


def _directory(inputs: Mapping[str, Any], name: str, version: str) -> Objects:
    del name, version
    return objects.decoded(render.kustomization(str(inputs.get("directory") or "")), "kustomize")


BUILDERS: dict[str, Callable[[Mapping[str, Any], str, str], Objects]] = {
    "kubernetes:yaml/v2:ConfigGroup": _group,
    "kubernetes:yaml/v2:ConfigFile": _file,
    "kubernetes:helm.sh/v4:Chart": _chart,
    "kubernetes:kustomize/v2:Directory": _directory,
}


def build(
    request: provider_pb2.ConstructRequest,
    *,
    namespace: str,
    version: str,
    plugin: str,
    is_cluster_wide: Callable[[str], bool],
) -> provider_pb2.ConstructResponse:
    """Register a component and its objects with the engine; answers what the program gets.

    `namespace` is the provider's default one, `version` the cluster's, `plugin` the provider's;
    `is_cluster_wide` tells of a kind whether its objects live in no namespace.

    Raises:
        RefusedError: The component is not built here, or its objects cannot be.
    """
    builder = BUILDERS.get(request.type)
    if builder is None:
        raise RefusedError(
            f"the sandbox does not build the component {request.type}: the real provider does so"
            " in its own code. Write its resources out, or run this program on the real cloud"
        )
    inputs, _ = decode(request.inputs)
    with Monitor(request, plugin) as monitor:
        component = monitor.component()
        if has_unknown(inputs):
            # Only a preview has such: what is in the component is not known either.
            return provider_pb2.ConstructResponse(urn=component)
        found = objects.normalized(
            builder(inputs, request.name, version),
            str(inputs.get("namespace") or namespace),
            is_cluster_wide,
        )
        prefix = inputs.get("resourcePrefix")
        prefix = request.name if prefix is None else str(prefix)
        made = _register(monitor, component, found, prefix, skip=bool(inputs.get("skipAwait")))
        answer = {"resources": [_reference(item, plugin) for item in made]}
        monitor.outputs(component, answer)
    response = provider_pb2.ConstructResponse(urn=component, state=encode(answer))
    response.stateDependencies["resources"].urns.extend(item.urn for item in made)
    return response


def _register(
    monitor: Monitor, component: str, found: Objects, prefix: str, *, skip: bool
) -> list[Registered]:
    made: dict[objects.Identity, Registered] = {}

    def register(item: dict[str, Any], needs: list[objects.Identity]) -> Registered:
        _, kind, space, name = objects.identity(item)
        own = f"{space}/{name}" if space else name
        if skip:
            metadata = dict(item["metadata"])
            notes = {**mapped(metadata.get("annotations")), "pulumi.com/skipAwait": "true"}
            item = {**item, "metadata": {**metadata, "annotations": notes}}
        version = str(item["apiVersion"])
        token = f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}"
        secret = {"data", "stringData"} if token == "kubernetes:core/v1:Secret" else set[str]()  # noqa: S105 - a type
        return monitor.resource(
            token,
            f"{prefix}:{own}" if prefix else own,
            encode(item, secret & item.keys()),
            parent=component,
            needs=[made[key].urn for key in needs],
        )

    for layer in objects.ordered(found):
        # The engine answers a registration when the resource is there: one does not wait for
        # another that it does not need.
        with ThreadPoolExecutor(max_workers=len(layer)) as workers:
            waiting = {
                objects.identity(item): workers.submit(register, item, needs)
                for item, needs in layer
            }
        made |= {key: done.result() for key, done in waiting.items()}
    return list(made.values())


def _reference(item: Registered, version: str) -> dict[str, Any]:
    return {SIGNATURE: RESOURCE, "urn": item.urn, "id": item.id, "packageVersion": version}
