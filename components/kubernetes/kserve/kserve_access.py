"""Who may reach the pods of an InferenceService, by the network and, in a mesh, by name.

Knative's requests come by the ingress gateway or by its activator, which holds them until a pod is
there; its autoscaler counts them. Both are in `knative-serving`. Ports: knative.dev/serving
pkg/networking/constants.go. (8022 is the kubelet's, which is always let in.)
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pulumi

from components.kubernetes import mesh, network
from components.kubernetes.network import Access
from components.kubernetes.objects import KubernetesObject
from facts.captured_requests import is_stored

__all__ = [
    "KNATIVE",
    "LOCAL_GATEWAY",
    "POD_LABEL",
    "QUEUE_COUNTS",
    "QUEUE_METRICS",
    "QUEUE_PORTS",
    "QUEUE_PROXY_METRICS",
    "SERVER_PORTS",
    "kserve_access",
]

# On every pod of the service: predictor, transformer, explainer.
# KServe, pkg/constants: InferenceServicePodLabelKey.
POD_LABEL: Final = "serving.kserve.io/inferenceservice"
KNATIVE: Final = "knative-serving"
# HTTP/1, HTTP/2 and TLS of the queue proxy.
QUEUE_PORTS: Final = (8012, 8013, 8112)
QUEUE_COUNTS: Final = 9090
# HTTP and gRPC of KServe's runtimes, and the agent that batches and logs.
SERVER_PORTS: Final = (8080, 8081, 9000, 9081)
# Of the servers (Triton has its own, as has TorchServe), of the queue proxy, of both together.
_SERVER_METRICS: Final = (8080, 8002, 8082)
QUEUE_PROXY_METRICS: Final = 9091
QUEUE_METRICS: Final = (9088, QUEUE_PROXY_METRICS)
# In Knative mode a transformer calls its predictor by the cluster-local gateway, whose pods listen
# here (net-istio and net-kourier).
LOCAL_GATEWAY: Final = (8080, 8081)
# The protocols of KServe's runtimes: v1, v2 and OpenAI's by HTTP, v2 and TensorFlow's by gRPC.
_PATHS: Final = (
    "/v1/*",
    "/v2/*",
    "/openai/*",
    "/inference.GRPCInferenceService/*",
    "/tensorflow.serving.PredictionService/*",
)


def kserve_access(
    parent: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    access: Access,
    labels: Mapping[str, str],
    *,
    knative: bool,
    server_ports: Iterable[int] = (),
    hooks: pulumi.ResourceHookBinding | None = None,
) -> Iterator[KubernetesObject]:
    """The policies of one InferenceService, as children of its component.

    `server_ports`: what the server listens to beside the usual ones. `hooks` are the network
    policy's, which is there from the first day on.
    """
    child = pulumi.ResourceOptions(parent=parent)
    selector = {POD_LABEL: name}
    ports = QUEUE_PORTS if knative else tuple(sorted({*SERVER_PORTS, *server_ports}))
    metrics_ports = (*QUEUE_METRICS, *_SERVER_METRICS) if knative else _SERVER_METRICS
    also_from = {KNATIVE: (*QUEUE_PORTS, QUEUE_COUNTS)} if knative else {}
    outward = access
    if knative and ("transformer_image" in args or "explainer_image" in args):
        gateway = tuple((access.ingress_namespace, port) for port in LOCAL_GATEWAY)
        outward = dataclasses.replace(access, egress=(*access.egress, *gateway))
    uris = [args[key] for key in ("model_uri", "candidate_uri") if key in args]
    policy = network.network_policy(
        name,
        args["namespace"],
        labels,
        selector=selector,
        access=outward,
        ports=ports,
        metrics_ports=metrics_ports,
        exposed=True,
        # The agent that logs stores them by HTTPS too.
        https=any(map(network.fetches, uris)) or is_stored(args.get("capture_uri")),
        also_from=also_from,
        own_pods=True,
    )
    first = pulumi.ResourceOptions(parent=parent, hooks=hooks)
    yield KubernetesObject(f"{name}-network-policy", policy, first)
    if access.mesh != "none":
        rights = mesh.authorization_policy(
            name,
            args["namespace"],
            labels,
            selector=selector,
            access=access,
            ports=ports,
            # An own image may answer on any path.
            paths=() if "image" in args else _PATHS,
            metrics_ports=metrics_ports,
            exposed=True,
            also_from=also_from,
            own_accounts=(str(args.get("service_account_name", "default")),),
        )
        yield KubernetesObject(f"{name}-authorization-policy", rights, child)
