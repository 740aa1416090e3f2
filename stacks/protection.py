"""Registers what serves with Pulumi's option `protect`: the engine then refuses to lose it.

Which resources: those that callers have the address of, what models run on, and what goes with all
that is in it. What is made anew for each version (SageMaker's configurations, Vertex AI's and Azure
ML's deployments, slots of a server) stays free, or no version could follow another. See
docs/adr/0053-protected-environments.md.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import pulumi

from stacks.settings.load import Settings
from stacks.settings.protection import allowed_deletions, is_protected

__all__ = ["KEPT", "prepare"]

KEPT: Final = frozenset(
    {
        # Whose address callers have.
        *("aws:sagemaker/endpoint:Endpoint", "aws:lambda/function:Function"),
        *("aws:lambda/alias:Alias", "aws:lambda/functionUrl:FunctionUrl"),
        *("aws:apigatewayv2/api:Api", "gcp:vertex/aiEndpoint:AiEndpoint"),
        # An inference component of SageMaker.
        "aws:cloudcontrol/resource:Resource",
        *("gcp:cloudrunv2/service:Service", "azure-native:web:WebApp"),
        "azure-native:machinelearningservices:OnlineEndpoint",
        "azure-native:machinelearningservices:BatchEndpoint",
        "kubernetes:serving.kserve.io/v1beta1:InferenceService",
        "kubernetes:serving.kserve.io/v1alpha1:InferenceGraph",
        "kubernetes:serving.kserve.io/v1alpha1:TrainedModel",
        "kubernetes:serving.kserve.io/v1alpha1:LLMInferenceService",
        "kubernetes:serving.kserve.io/v1alpha2:LLMInferenceService",
        "kubernetes:mlops.seldon.io/v1alpha1:Model",
        # What models run on.
        *("aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"),
        *("gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"),
        "azure-native:containerservice:ManagedCluster",
        "azure-native:containerservice:AgentPool",
        # What goes with all that is in it, or with all that it encrypted.
        "kubernetes:core/v1:Namespace",
        *("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey", "azure-native:keyvault:Key"),
    }
)
# The one Service that callers of a plain model server meet; its slots' come and go.
_SERVICE: Final = "kubernetes:core/v1:Service"
_OURS: Final = "model-serving:index:"


def prepare(settings: Settings, *, in_gitops: bool) -> None:
    """Before anything is registered: what of it will be protected.

    `in_gitops` is whether the last update left the Kubernetes part to a controller.
    """
    if not is_protected(settings.environment, settings.site):
        return
    free = allowed_deletions(settings.site, datetime.now(UTC).date())
    for each in free.values():
        pulumi.log.warn(f"{each.name} may be deleted or replaced {each}")
    cluster = settings.site.targets.kubernetes
    # What is handed over leaves the state and stays in the cluster, which `protect` would refuse.
    # What comes back from there is a replacement to the engine: the update after it protects it.
    left = in_gitops or (cluster is not None and cluster.applied_by != "pulumi")
    pulumi.runtime.register_stack_transformation(_Protecting(free, left_in_the_cluster=left))


class _Protecting:
    """Knows for each resource the outermost component of ours that it belongs to."""

    def __init__(self, free: Mapping[str, object], *, left_in_the_cluster: bool) -> None:
        self._free = free
        self._left_in_the_cluster = left_in_the_cluster
        self._owners: dict[pulumi.Resource, str] = {}

    def __call__(
        self, asked: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        owner = self._owner(asked)
        if owner is None:
            return None
        self._owners[asked.resource] = owner
        if owner in self._free or not _kept(asked, owner) or asked.opts.protect is not None:
            return None
        if self._left_in_the_cluster and asked.type_.startswith("kubernetes:"):
            return None
        opts = pulumi.ResourceOptions.merge(asked.opts, pulumi.ResourceOptions(protect=True))
        return pulumi.ResourceTransformationResult(asked.props, opts)

    def _owner(self, asked: pulumi.ResourceTransformationArgs) -> str | None:
        parent = asked.opts.parent
        if parent is not None and parent in self._owners:
            return self._owners[parent]
        return asked.name if asked.type_.startswith(_OURS) else None


def _kept(asked: pulumi.ResourceTransformationArgs, owner: str) -> bool:
    return asked.type_ in KEPT or (asked.type_ == _SERVICE and asked.name == f"{owner}-service")
