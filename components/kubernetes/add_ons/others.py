"""Values of the charts beside those of GPUs: KServe and what it stands on, metrics, autoscalers."""

from typing import Any, Final

import pulumi

from components.kubernetes.add_ons.release import Values
from facts.add_ons import FOLDER_ANNOTATION

__all__ = [
    "cert_manager",
    "cluster_autoscaler",
    "karpenter",
    "keda",
    "kserve",
    "language_models",
    "prometheus",
    "runtimes",
]

_MODES: Final = {"standard": "Standard", "knative": "Knative"}
_LEAST: Final = {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}
# The autoscaler's minor version is the cluster's; the chart has a later one's.
# https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler#releases
_AUTOSCALER_TAG: Final = "v1.34.5"


def cert_manager() -> Values:
    """With its definitions, which stay when the release goes: certificates would go with them."""
    return {
        "crds": {"enabled": True, "keep": True},
        "resources": _LEAST,
        "webhook": {"resources": _LEAST},
        "cainjector": {"resources": _LEAST},
    }


def kserve(mode: str, *, gateway: str | None, domain: str | None) -> Values:
    """The controller in its mode; without a gateway models are reached in the cluster alone."""
    ingress: Values = {"disableIngressCreation": True}
    if gateway:
        ingress = {
            "disableIngressCreation": False,
            "ingressGateway": {"enableGatewayApi": True, "kserveGateway": gateway},
        }
    if mode == "knative":
        # Knative has gateways of its own.
        ingress = {}
    if domain:
        ingress["domain"] = domain
    controller: Values = {"deploymentMode": _MODES[mode], "gateway": ingress}
    return {"kserve": {"controller": controller}}


def runtimes() -> Values:
    """The servers that models are served by where they name none."""
    return {"kserve": {"servingruntime": {"enabled": True}}}


def language_models(*, alone: bool) -> Values:
    """The controller of LLMInferenceServices; what it shares with KServe's is made once."""
    return {"kserve": {"createSharedResources": alone}}


def keda(*, monitored: bool) -> Values:
    """Operator, metrics server, webhooks."""
    watched: Values = {"enabled": True, "serviceMonitor": {"enabled": monitored}}
    return {"prometheus": dict.fromkeys(("operator", "metricServer", "webhooks"), watched)}


def prometheus(*, retention_days: int, disk_gib: int, dashboards: bool) -> Values:
    """Prometheus that sees every monitor of the cluster; a managed control plane shows nothing."""
    everything = {
        f"{kind}SelectorNilUsesHelmValues": False
        for kind in ("serviceMonitor", "podMonitor", "rule", "probe")
    }
    claim: dict[str, Any] = {
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{disk_gib}Gi"}},
        }
    }
    # Without a password of the chart's own, which everybody knows, it makes one up.
    grafana: Values = {"enabled": dashboards, "adminPassword": ""}
    if dashboards:
        # Of a ConfigMap without the annotation the dashboard is in no folder, as before.
        folders = {
            "folderAnnotation": FOLDER_ANNOTATION,
            "provider": {"foldersFromFilesStructure": True},
        }
        grafana["sidecar"] = {"dashboards": folders}
    return {
        "grafana": grafana,
        "kubeControllerManager": {"enabled": False},
        "kubeScheduler": {"enabled": False},
        "kubeEtcd": {"enabled": False},
        "kubeProxy": {"enabled": False},
        "prometheus": {
            "prometheusSpec": {
                "retention": f"{retention_days}d",
                # A disk that is full stops it.
                "retentionSize": f"{max(1, disk_gib * 9 // 10)}GiB",
                "storageSpec": {"volumeClaimTemplate": claim},
                **everything,
            }
        },
    }


def cluster_autoscaler(
    cluster_name: pulumi.Input[str],
    region: str,
    role_arn: pulumi.Input[str] | None,
    *,
    priorities: bool,
    monitored: bool,
) -> Values:
    """The autoscaler of EKS, by the tags of Auto Scaling groups."""
    return {
        "cloudProvider": "aws",
        "awsRegion": region,
        "autoDiscovery": {"clusterName": cluster_name},
        "image": {"tag": _AUTOSCALER_TAG},
        "extraArgs": {
            "expander": "priority,least-waste" if priorities else "least-waste",
            # Nodes of GPUs have local caches of images and weights.
            "skip-nodes-with-local-storage": False,
        },
        "rbac": {"serviceAccount": {"name": "cluster-autoscaler", **_role(role_arn)}},
        "resources": {"requests": {"cpu": "100m", "memory": "600Mi"}, "limits": {"memory": "1Gi"}},
        "containerSecurityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "fsGroup": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "serviceMonitor": {"enabled": monitored, "namespace": "kube-system"},
    }


def karpenter(
    cluster_name: pulumi.Input[str],
    interruption_queue: pulumi.Input[str] | None,
    role_arn: pulumi.Input[str] | None,
    *,
    internet: bool,
    monitored: bool,
) -> Values:
    """Karpenter; with a queue it drains spot machines before they are taken.

    Prices have no VPC endpoint everywhere: without internet it goes by those that it came with.
    """
    queue = {} if interruption_queue is None else {"interruptionQueue": interruption_queue}
    return {
        "settings": {"clusterName": cluster_name, "isolatedVPC": not internet, **queue},
        "serviceAccount": {"name": "karpenter", **_role(role_arn)},
        # https://karpenter.sh/docs/getting-started/: as much as it has there.
        "controller": {
            "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
        },
        "serviceMonitor": {"enabled": monitored},
    }


def _role(arn: pulumi.Input[str] | None) -> Values:
    """A role for the service account by its OIDC provider; Pod Identity needs none here."""
    return {} if arn is None else {"annotations": {"eks.amazonaws.com/role-arn": arn}}
