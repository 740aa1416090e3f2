"""The models' namespaces, as arguments of ModelNamespace."""

from typing import Any, Final

from stacks.settings.common import Common
from stacks.settings.load import Settings
from stacks.targets.translation import given

__all__ = ["NAMESPACE_TYPE", "namespace_arguments", "namespaces"]

NAMESPACE_TYPE: Final = "model-serving:index:ModelNamespace"
# Targets whose pods hold our own containers alone.
_OURS: Final = ("kubernetes", "kubernetes_batch")


def namespaces(settings: Settings) -> list[str]:
    """The namespaces that the stack makes for its models."""
    cluster = settings.site.targets.kubernetes
    if cluster is None or not cluster.create_namespaces:
        return []
    named = (getattr(model, "namespace", None) for model in settings.models.values())
    return sorted({namespace for namespace in named if namespace})


def namespace_arguments(settings: Settings, namespace: str) -> dict[str, Any]:
    """The arguments of one namespace."""
    cluster = settings.site.targets.kubernetes
    if cluster is None:
        return {}
    quota = cluster.quota
    return given(
        {
            "pod_security": cluster.pod_security or _pod_security(settings, namespace),
            "mesh": cluster.mesh if cluster.mesh != "none" else None,
            "quota_pods": quota.pods,
            "quota_cpu": quota.cpu,
            "quota_memory_mib": quota.memory_mib,
            "quota_gpus": quota.gpus,
            "reader_groups": list(cluster.reader_groups) or None,
            "operator_groups": list(cluster.operator_groups) or None,
        }
    )


def _pod_security(settings: Settings, namespace: str) -> str:
    """Baseline where anything but our own containers is in the pods.

    What KServe injects to fetch a model meets no more; see docs/adr/0010.
    """
    for model in settings.models.values():
        # The router that KServe makes for a graph has no seccompProfile.
        fetched = not isinstance(model, Common) or not model.model.uri.startswith("pvc:")
        injected = model.target not in _OURS and fetched
        if getattr(model, "namespace", None) == namespace and injected:
            return "baseline"
    return "restricted"
