"""Who calls a model on Kubernetes and what it calls, as arguments of its component."""

from typing import Any

from stacks.settings.load import Settings
from stacks.settings.network_access import Caller, NetworkAccess
from stacks.targets.identity import identity, identity_egress, identity_pod_labels
from stacks.targets.request_logs import collector_egress

__all__ = ["network_access"]


def network_access(settings: Settings, name: str) -> dict[str, Any]:
    """The arguments about network, mesh and service account; what is not set is None."""
    model, cluster = settings.models[name], settings.site.targets.kubernetes
    if not isinstance(model, NetworkAccess) or cluster is None:
        return {}
    its_own = getattr(model, "service_account_name", None)
    made = identity(settings, name)
    return {
        "callers": [_text(caller) for caller in model.callers] or None,
        "egress": _egress(settings, name, model) or None,
        "storage_cidrs": list(cluster.storage_cidrs) or None,
        "mesh": cluster.mesh if cluster.mesh != "none" else None,
        "ingress_namespace": cluster.ingress_namespace,
        "metrics_namespace": cluster.metrics_namespace,
        "service_account_name": its_own or (made.name if made else None),
        "pod_labels": identity_pod_labels(settings, name) or None,
    }


def _egress(settings: Settings, name: str, model: NetworkAccess) -> list[str]:
    said = [*model.egress, *identity_egress(settings, name)]
    return [*said, *(place for place in collector_egress(settings, name) if place not in said)]


def _text(caller: Caller) -> str:
    account = caller.service_account
    return f"{caller.namespace}/{account}" if account else caller.namespace
