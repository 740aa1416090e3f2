"""Who may reach the pods of an LLMInferenceService, by the network and, in a mesh, by name.

The gateway asks the endpoint picker which pod, then calls that pod; the picker reads the pods'
metrics and the cluster's API; pods of one replica talk to each other on ports of their choice.
Labels: GetWorkloadLabelSelector and SchedulerLabels in pkg/controller/v1alpha2/llmisvc.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import pulumi

from components.kubernetes import mesh, network
from components.kubernetes.labels import NAME, PART_OF
from components.kubernetes.network import Access
from components.kubernetes.objects import KubernetesObject

__all__ = ["llm_access"]

# vLLM (behind the routing sidecar of decode pods: 8001), and the endpoint picker.
_PORTS: Final = (8000, 8001, 9002)
_METRICS: Final = (8000, 8001, 9090)


def llm_access(  # noqa: PLR0917 - one member of a routing group
    parent: pulumi.Resource,
    role: str,
    name: str,
    namespace: pulumi.Input[str],
    access: Access,
    labels: Mapping[str, str],
    service_account_name: str,
) -> Iterator[KubernetesObject]:
    """The policies of one member; `role` begins the names of its resources."""
    child = pulumi.ResourceOptions(parent=parent)
    selector = {
        NAME: name,
        PART_OF: "llminferenceservice",
    }
    policy = network.network_policy(
        name,
        namespace,
        labels,
        selector=selector,
        access=access,
        ports=_PORTS,
        metrics_ports=_METRICS,
        exposed=True,
        # The picker's way to the API server, too.
        https=True,
        own_any_port=True,
    )
    yield KubernetesObject(f"{role}-network-policy", policy, child)
    if access.mesh == "none":
        return
    rights = mesh.authorization_policy(
        name,
        namespace,
        labels,
        selector=selector,
        access=access,
        ports=_PORTS,
        metrics_ports=_METRICS,
        exposed=True,
        own_accounts=(service_account_name, f"{name}-epp-sa"),
        own_any_port=True,
    )
    yield KubernetesObject(f"{role}-authorization-policy", rights, child)
