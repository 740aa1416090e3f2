"""Kubernetes objects, registered by their manifest.

A manifest is what everybody knows, what the API server checks, and what `serving render` writes.
See docs/adr/0012-kubernetes-objects-are-manifests.md.
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

__all__ = ["KubernetesObject", "Manifest", "is_applied", "manifest", "record_only"]

Manifest = dict[str, Any]
_CORE: Final = "core/v1"


class _Applying:
    """Whether the engine applies objects, or only records them."""

    by_engine = True


def record_only(*, on: bool = True) -> None:
    """From now on objects are recorded and not applied: a GitOps controller does that.

    The engine knows them as components, which have inputs and no provider: a preview shows what
    changes, resource hooks run, guardrails see type and manifest, and no cluster is asked. See
    docs/adr/0015-rendering-for-gitops.md.
    """
    _Applying.by_engine = not on


def is_applied() -> bool:
    """Whether the engine applies objects, so that a cluster can be asked for what is live."""
    return _Applying.by_engine


class KubernetesObject(pulumi.CustomResource):
    """One object, by a manifest as YAML would spell it; values may be outputs of other resources.

    `status` is None until the object's controller speaks.
    """

    metadata: pulumi.Output[dict[str, Any]]
    status: pulumi.Output[dict[str, Any] | None]

    def __init__(
        self,
        resource_name: str,
        manifest: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        version = manifest["apiVersion"]
        group = _CORE if version == "v1" else version
        token = f"kubernetes:{group}:{manifest['kind']}"
        properties = {**manifest, "status": None}
        if _Applying.by_engine:
            super().__init__(token, resource_name, properties, opts)
        else:
            pulumi.Resource.__init__(
                self, token, resource_name, custom=False, props=properties, opts=opts
            )


def manifest(
    api_version: str,
    kind: str,
    name: pulumi.Input[str],
    namespace: pulumi.Input[str] | None,
    labels: Mapping[str, str],
    **more: object,
) -> Manifest:
    """The frame of an object; `annotations` go to its metadata, the rest beside it.

    Names are explicit: clients, selectors and people on call use them, and what is rendered for
    GitOps has to be the same tomorrow.
    """
    metadata: dict[str, Any] = {"name": name, "labels": dict(labels)}
    if namespace is not None:
        metadata["namespace"] = namespace
    if annotations := more.pop("annotations", None):
        metadata["annotations"] = annotations
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}
