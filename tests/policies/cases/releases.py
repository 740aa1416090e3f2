"""Cases of the rule about Helm releases."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

RELEASE = "kubernetes:helm.sh/v3:Release"
OPAQUE = "resources/opaque-release"


def release(chart: object, **values: object) -> dict[str, Any]:
    return {"chart": chart, "values": values}


GPU = {"resources": {"limits": {"nvidia.com/gpu": 1}}}

CASES = (
    Case(OPAQUE, "a controller", RELEASE, release("keda", replicas=2)),
    Case(OPAQUE, "absent values", RELEASE, {"chart": "cert-manager"}),
    Case(OPAQUE, "a model server", RELEASE, release("vllm-stack"), ("chart",)),
    Case(OPAQUE, "from a registry", RELEASE, release("oci://ghcr.io/team/vllm"), ("chart",)),
    Case(
        OPAQUE,
        "accelerators",
        RELEASE,
        release("ranker", server=GPU),
        ("values.server.resources.limits.nvidia.com/gpu",),
    ),
    Case(
        OPAQUE,
        "accelerators in a list",
        RELEASE,
        release("ranker", servers=[{"name": "a"}, GPU]),
        ("values.servers[1].resources.limits.nvidia.com/gpu",),
    ),
    Case(OPAQUE, "a toleration", RELEASE, release("a", tolerations=[{"key": "nvidia.com/gpu"}])),
    Case(OPAQUE, "no accelerators", RELEASE, release("a", limits={"nvidia.com/gpu": "0"})),
    Case(OPAQUE, "a label", RELEASE, release("a", nodeSelector={"nvidia.com/gpu": "present"})),
    Case(OPAQUE, "unknown", RELEASE, release(UNKNOWN)),
    Case(OPAQUE, "unknown values", RELEASE, {"chart": "ranker", "values": UNKNOWN_OBJECT}),
)
