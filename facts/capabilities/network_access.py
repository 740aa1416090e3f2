"""What network and mesh cannot tell of a caller, and why."""

from typing import Final

from facts.capabilities.shapes import Refusal

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0370",
        "kserve/callers-in-knative-mode",
        "in Knative mode requests reach the pods from the gateway or from Knative's activator, in "
        "whoever's name they were sent: the pods cannot tell callers apart",
        "deployment_mode: standard with the same callers; or no callers, and rules at the gateway",
        "https://knative.dev/docs/serving/istio-authorization/",
        "2026-11-25",
    ),
    Refusal(
        "MS0371",
        "any/caller-account-without-mesh",
        "a NetworkPolicy knows namespaces and pods; which service account calls, only a mesh that "
        "encrypts can tell",
        "the namespace alone; or `mesh: istio_sidecar` or istio_ambient under "
        "`model-serving:targets.kubernetes`",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    ),
    Refusal(
        "MS0372",
        "kserve/hdfs-without-egress",
        "the models' namespace lets nothing out but names and HTTPS; name nodes and data nodes of "
        "HDFS listen on ports of their own",
        "the same URI, and `egress` with the nodes' addresses and ports, such as 10.1.0.0/16:9871",
        "https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/hdfs-default.xml",
    ),
)
