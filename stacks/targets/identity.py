"""By what a model's pods may use the cloud's storage: the component beside the model's own."""

from dataclasses import dataclass
from typing import Any, Final

from facts.captured_requests import captured_by_kserve
from stacks.settings.artifacts import artifacts
from stacks.settings.cluster_security import IDENTITIES
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_graph import KServeGraph
from stacks.settings.kserve_shared import SharedServer, TrainedModel
from stacks.settings.kubernetes_batch import KubernetesBatch
from stacks.settings.load import Settings
from stacks.settings.stored_capture import stored_capture
from stacks.targets.component_kind import ComponentKind
from stacks.targets.translation import given

__all__ = ["Identity", "identity", "identity_egress", "identity_pod_labels"]

# Where a pod asks for credentials, beside HTTPS: EKS's agent on the node; Google's metadata server,
# by the address that a policy sees: with Dataplane V2 the one that pods ask, else the one that the
# node translates it to.
# https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html
# https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy
_EGRESS: Final[dict[str, tuple[str, ...]]] = {
    "eks_pod_identity": ("169.254.170.23/32:80", "fd00:ec2::23/128:80"),
    "gke": (
        *("169.254.169.254/32:80", "169.254.169.254/32:8080"),
        *("169.254.169.252/32:988", "169.254.169.252/32:987"),
    ),
}
# https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html
_POD_LABELS: Final = {"aks": {"azure.workload.identity/use": "true"}}


@dataclass(frozen=True, slots=True)
class Identity(ComponentKind):
    """The component of a model's identity, with its name and its arguments."""

    name: str
    arguments: dict[str, Any]


def identity(settings: Settings, name: str) -> Identity | None:
    """The identity of a model on Kubernetes; None where it names a service account of its own."""
    kind, model = _kind(settings, name), settings.models[name]
    loaded, inputs, outputs = (of(settings, name) for of in (_artifacts, _inputs, _outputs))
    uris = [*loaded, *inputs]
    if kind is None or not uris:
        return None
    common = {
        "environment": settings.environment,
        "owner": model.owner,
        "model": name,
        "namespace": getattr(model, "namespace", None),
        "artifact_uris": list(dict.fromkeys(uris)),
        "output_uris": outputs or None,
        "tags": dict(model.tags) or None,
    }
    targets = settings.site.targets
    if kind == "gke":
        return Identity(
            "components.gcp.gke_model_identity",
            "GkeModelIdentity",
            ("gcp", "kubernetes"),
            f"{name}-identity",
            given({**common, "project": targets.gcp.project if targets.gcp else None}),
        )
    if kind == "aks":
        azure = targets.azure
        place = {
            "subscription_id": azure.subscription_id if azure else None,
            "resource_group": azure.resource_group if azure else None,
            "storage_resource_group": azure.storage_resource_group if azure else None,
            "location": azure.location if azure else None,
            "oidc_issuer_url": azure.oidc_issuer_url if azure else None,
        }
        return Identity(
            "components.azure.aks_model_identity",
            "AksModelIdentity",
            ("azure", "kubernetes"),
            f"{name}-identity",
            given({**common, "artifact_uris": loaded, "input_uris": inputs or None, **place}),
        )
    cluster = targets.kubernetes
    return Identity(
        "components.aws.eks_model_identity",
        "EksModelIdentity",
        ("aws", "kubernetes"),
        f"{name}-identity",
        given(
            {
                **common,
                "cluster_name": targets.eks.cluster_name if targets.eks else None,
                "method": kind.removeprefix("eks_"),
                "artifact_key_arn": cluster.artifact_key_arn if cluster else None,
            }
        ),
    )


def _artifacts(settings: Settings, name: str) -> list[str]:
    """The models that pods load, of a shared server too, and their parts'."""
    model = settings.models[name]
    if isinstance(model, SharedServer):
        others = settings.models.values()
        on_it = (m for m in others if isinstance(m, TrainedModel) and m.server == name)
        return list(dict.fromkeys(each.model.uri for each in on_it))
    return list(dict.fromkeys(artifact.uri for artifact in artifacts(model)))


def _inputs(settings: Settings, name: str) -> list[str]:
    model = settings.models[name]
    if isinstance(model, KServeModel) and model.drift is not None:
        # Its job reads what is captured, and the profile.
        captured = _captured(settings, name)
        return [*captured, model.drift.baseline_uri] if captured else []
    return [model.input_uri] if isinstance(model, KubernetesBatch) else []


def _outputs(settings: Settings, name: str) -> list[str]:
    model = settings.models[name]
    if isinstance(model, KServeModel):
        return _captured(settings, name)
    return [model.output_uri] if isinstance(model, KubernetesBatch) else []


def _captured(settings: Settings, name: str) -> list[str]:
    """Where KServe's logger stores, in the pods' own name: not what is of other models."""
    model = settings.models[name]
    if not isinstance(model, KServeModel):
        return []
    uri = stored_capture(model, settings.origins[name])
    return [f"{captured_by_kserve(uri, model.namespace, name)}/"] if uri else []


def identity_egress(settings: Settings, name: str) -> list[str]:
    """Where the pods ask for credentials."""
    return list(_EGRESS.get(_kind(settings, name) or "", ()))


def identity_pod_labels(settings: Settings, name: str) -> dict[str, str]:
    """What the cloud's webhook looks for."""
    return dict(_POD_LABELS.get(_kind(settings, name) or "", {}))


def _kind(settings: Settings, name: str) -> str | None:
    cluster, model = settings.site.targets.kubernetes, settings.models[name]
    # A model on servers that others run, as Seldon's, has no pods of its own.
    if cluster is None or "kubernetes" not in model.needs or not hasattr(model, "namespace"):
        return None
    # Nor has one on a shared server; a graph's router reads no artifact.
    if isinstance(model, KServeGraph | TrainedModel):
        return None
    own = getattr(model, "service_account_name", None)
    return cluster.identity if own is None and cluster.identity in IDENTITIES else None
