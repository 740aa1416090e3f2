"""Components and functions of the provider that read manifests and charts."""

import json
from typing import Any, cast

from sandbox.clouds.base import Scope
from sandbox.clouds.kubernetes import objects
from sandbox.protocol import provider_pb2
from sandbox.store import Store

__all__ = ["answer", "construct"]


def construct(
    request: provider_pb2.ConstructRequest, store: Store, scope: Scope, *, plugin: str
) -> provider_pb2.ConstructResponse:
    """Build a component of the provider; `plugin` is its version.

    Raises:
        RefusedError: The sandbox does not build it, or what it is made of is wrong.
    """
    from sandbox import construct as components  # noqa: PLC0415 - few programs have any

    return components.build(
        request,
        namespace=objects.default_namespace(scope),
        version=objects.version(store, scope),
        plugin=plugin,
        is_cluster_wide=objects.is_cluster_wide,
    )


def answer(
    token: str, arguments: dict[str, Any], store: Store, scope: Scope
) -> dict[str, Any] | None:
    """What a function by which older components read manifests answers; None for any other.

    Raises:
        RefusedError: What is to be read is not there, or wrong.
    """
    from sandbox import construct as components  # noqa: PLC0415 - few programs use them

    match token:
        case "kubernetes:yaml:decode":
            text, given = str(arguments.get("text") or ""), arguments
        case "kubernetes:helm:template":
            given = cast("dict[str, Any]", json.loads(str(arguments.get("jsonOpts"))))
            chart = {**given, "chart": given.get("path") or given.get("chart")}
            name = str(given.get("releaseName") or given.get("name") or "")
            text = components.chart(chart, name, version=objects.version(store, scope))
        case "kubernetes:kustomize:directory":
            text, given = components.kustomization(str(arguments.get("directory"))), {}
        case _:
            return None
    wanted = given.get("defaultNamespace") or given.get("namespace")
    return {
        "result": components.normalized(
            components.decoded(text),
            str(wanted or objects.default_namespace(scope)),
            objects.is_cluster_wide,
        )
    }
