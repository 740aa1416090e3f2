"""Cases of Karpenter's pools."""

from typing import Any

from tests.policies.cases.pools import (
    A_ZONE,
    AKS,
    GKE,
    IDLE,
    INSTANCE,
    POOL,
    STACK,
    TAGS,
    TAINT,
    aks,
    attached,
)
from tests.policies.cases.table import UNKNOWN_OBJECT, Case, resource

KARPENTER = "kubernetes:karpenter.sh/v1:NodePool"


def karpenter(
    types: object = None, *, template: dict[str, Any] | None = None, **spec: object
) -> dict[str, Any]:
    wanted = (
        []
        if types is None
        else [{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": types}]
    )
    return {"spec": {"template": {"spec": {"requirements": wanted, **(template or {})}}, **spec}}


def requiring(key: str, operator: str, *values: object, **spec: object) -> dict[str, Any]:
    one = {"key": key, "operator": operator, "values": list(values)}
    return karpenter(template={"requirements": [one]}, **spec)


GPU_COUNT = "karpenter.k8s.aws/instance-gpu-count"
REQUIRED = "spec.template.spec.requirements[0].values"

CASES = (
    Case(POOL, "Karpenter at the cap", KARPENTER, karpenter(limits={"nodes": 10})),
    Case(
        POOL, "Karpenter over", KARPENTER, karpenter(limits={"nodes": "11"}), ("spec.limits.nodes",)
    ),
    Case(POOL, "Karpenter without limits", KARPENTER, karpenter(), ("spec.limits",)),
    Case(POOL, "Karpenter with no limit", KARPENTER, karpenter(limits={}), ("spec.limits",)),
    Case(POOL, "Karpenter with unknown limits", KARPENTER, karpenter(limits=UNKNOWN_OBJECT)),
    Case(POOL, "Karpenter with a fixed number", KARPENTER, karpenter(replicas=10)),
    Case(
        POOL,
        "Karpenter with a large fixed number",
        KARPENTER,
        karpenter(replicas=11),
        ("spec.replicas",),
    ),
    Case(
        POOL,
        "Karpenter by GPUs",
        KARPENTER,
        karpenter(["g6.12xlarge"], limits={"nvidia.com/gpu": 43}),
    ),
    Case(
        POOL,
        "Karpenter over by GPUs",
        KARPENTER,
        karpenter(["g6.12xlarge", "g6.48xlarge"], limits={"nvidia.com/gpu": 44}),
        ("spec.limits.nvidia.com/gpu",),
        says="found 11 nodes; expected at most 10",
    ),
    Case(
        POOL,
        "Karpenter by the tightest limit",
        KARPENTER,
        karpenter(["g6.xlarge"], limits={"nvidia.com/gpu": 90, "cpu": 43}),
    ),
    Case(
        POOL,
        "Karpenter over by memory",
        KARPENTER,
        karpenter(["g6.xlarge"], limits={"memory": "176Gi", "ephemeral-storage": "1Ti"}),
        ("spec.limits.memory",),
    ),
    Case(POOL, "Karpenter by cores of any machine", KARPENTER, karpenter(limits={"cpu": 1000})),
    Case(
        INSTANCE,
        "Karpenter's types",
        KARPENTER,
        karpenter(["g6.xlarge", "p5.48xlarge"]),
        (f"{REQUIRED}[1]",),
    ),
    Case(
        INSTANCE,
        "Karpenter, all but some",
        KARPENTER,
        requiring("node.kubernetes.io/instance-type", "NotIn", "p5.48xlarge"),
    ),
    Case(
        INSTANCE,
        "Karpenter's number of GPUs",
        KARPENTER,
        requiring(GPU_COUNT, "In", "4", "8"),
        (f"{REQUIRED}[1]",),
    ),
    Case(INSTANCE, "Karpenter, fewer GPUs than", KARPENTER, requiring(GPU_COUNT, "Lt", "5")),
    Case(
        INSTANCE,
        "Karpenter, fewer than many",
        KARPENTER,
        requiring(GPU_COUNT, "Lt", "6"),
        (f"{REQUIRED}[0]",),
    ),
    Case(INSTANCE, "Karpenter without requirements", KARPENTER, {"spec": {}}),
    Case(
        TAINT,
        "Karpenter",
        KARPENTER,
        karpenter(["g6.xlarge"], template={"taints": [{"key": "a", "effect": "NoExecute"}]}),
    ),
    Case(
        TAINT,
        "Karpenter untainted",
        KARPENTER,
        karpenter(["g6.xlarge"]),
        ("spec.template.spec.taints",),
        says="expected a taint with the effect NoSchedule",
    ),
    *(
        Case(
            TAINT,
            f"Karpenter untainted by {key} {operator}",
            KARPENTER,
            requiring(key, operator, *values),
            ("spec.template.spec.taints",),
        )
        for key, operator, values in (
            (GPU_COUNT, "In", ("1",)),
            (GPU_COUNT, "Gt", ("0",)),
            ("karpenter.k8s.aws/instance-gpu-name", "Exists", ()),
            ("karpenter.k8s.aws/instance-category", "In", ("g", "p")),
            ("karpenter.k8s.aws/instance-family", "In", ("g6", "p5en")),
            ("karpenter.azure.com/sku-family", "In", ("N",)),
            ("karpenter.azure.com/sku-name", "In", ("Standard_NC4as_T4_v3",)),
        )
    ),
    *(
        Case(
            TAINT,
            f"Karpenter, none by {key} {operator}",
            KARPENTER,
            requiring(key, operator, *values),
        )
        for key, operator, values in (
            (GPU_COUNT, "In", ("0",)),
            (GPU_COUNT, "DoesNotExist", ()),
            ("karpenter.k8s.aws/instance-category", "In", ("c", "g")),
            ("karpenter.k8s.aws/instance-category", "NotIn", ("g", "p")),
        )
    ),
    Case(
        STACK,
        "one of three clouds",
        GKE,
        attached(4) | A_ZONE | {"nodeCount": 5},
        ("nodeCount",),
        others=(
            resource("a", AKS, aks("Standard_NC64as_T4_v3", maxCount=2)),
            resource("b", KARPENTER, karpenter(["g6.xlarge"], limits={"nvidia.com/gpu": 5})),
        ),
        says="found 33 in the stack",
    ),
    Case(
        STACK,
        "Karpenter by its nodes",
        KARPENTER,
        karpenter(["g6.12xlarge", "g6.xlarge"], limits={"nodes": 9, "nvidia.com/gpu": 90}),
        ("spec.limits.nodes",),
    ),
    Case(IDLE, "Karpenter", KARPENTER, karpenter(["g6.xlarge"], limits={"nodes": 9})),
    Case(
        IDLE,
        "Karpenter with a fixed number",
        KARPENTER,
        karpenter(["g6.xlarge"], replicas=3),
        ("spec.replicas",),
    ),
    Case(TAGS, "Karpenter without an owner", KARPENTER, karpenter(), ("metadata.labels",)),
)
