"""Cases of pools on GKE and AKS, also in their clusters; EKS's are beside their rules."""

from typing import Any

from policies import Resource
from tests.policies.cases.resources import NODES, TEMPLATE
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case, resource

GKE = "gcp:container/nodePool:NodePool"
GKE_CLUSTER = "gcp:container/cluster:Cluster"
AKS = "azure-native:containerservice:AgentPool"
AKS_CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "resources/node-pool-over-cap"
INSTANCE = "resources/instance-type-over-cap"
TAINT = "resources/accelerator-pool-untainted"
STACK = "resources/stack-accelerators-over-cap"
ORDER = "resources/replicas-order"
IDLE = "cost/idle-accelerator-pool"
TAGS = "tags/missing"
A_ZONE = {"location": "europe-west4-b"}


def gke(machine: object = "g2-standard-8", **config: object) -> dict[str, Any]:
    return {"nodeConfig": {"machineType": machine, **config}}


def attached(count: object, machine: str = "n1-standard-8") -> dict[str, Any]:
    return gke(machine, guestAccelerators=[{"type": "nvidia-tesla-t4", "count": count}])


def scaled(**bounds: object) -> dict[str, Any]:
    return {"autoscaling": bounds}


def aks(size: object = "Standard_NC4as_T4_v3", **more: object) -> dict[str, Any]:
    return {"vmSize": size, "enableAutoScaling": True, **more}


def profile(**more: object) -> dict[str, Any]:
    return {"agentPoolProfiles": [{"name": "system", "vmSize": "Standard_D4s_v5"}, aks(**more)]}


def provisioning(*limits: tuple[str, int]) -> dict[str, Any]:
    found = [{"resourceType": kind, "maximum": most} for kind, most in limits]
    return {"clusterAutoscaling": {"enabled": True, "resourceLimits": found}}


def naming(pool: str, *, nodes: int) -> tuple[Resource, ...]:
    """A cluster with a pool of its own."""
    own = gke("a2-highgpu-4g") | {"name": pool, "nodeCount": nodes}
    return (resource("cluster", GKE_CLUSTER, {"nodePools": [own]}),)


FIRST_SIZE = "virtualMachinesProfile.scale.manual[0]"
NO_SCHEDULE = {"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "present"}
SOFT = NO_SCHEDULE | {"effect": "PREFER_NO_SCHEDULE"}
TEXT_TAINT = "nvidia.com/gpu=present:NoSchedule"

CASES = (
    # Most nodes.
    Case(POOL, "GKE at the cap", GKE, gke() | A_ZONE | scaled(maxNodeCount=10)),
    Case(
        POOL,
        "GKE over",
        GKE,
        gke() | A_ZONE | scaled(maxNodeCount=11),
        ("autoscaling.maxNodeCount",),
    ),
    Case(
        POOL,
        "GKE in three zones of a region",
        GKE,
        gke() | {"location": "europe-west4"} | scaled(maxNodeCount=4),
        ("autoscaling.maxNodeCount",),
        says="found 4 in each of 3 zones; expected at most 10",
    ),
    Case(
        POOL,
        "GKE in two zones that are named",
        GKE,
        gke() | {"location": "europe-west4", "nodeLocations": ["a", "b"]} | scaled(maxNodeCount=5),
    ),
    Case(POOL, "GKE in an unknown place", GKE, gke() | {"location": UNKNOWN, "nodeCount": 90}),
    Case(POOL, "GKE in unknown zones", GKE, gke() | {"nodeLocations": UNKNOWN, "nodeCount": 90}),
    Case(POOL, "GKE in all zones together", GKE, gke() | scaled(totalMaxNodeCount=10)),
    Case(
        POOL,
        "GKE over in all zones together",
        GKE,
        gke() | scaled(totalMaxNodeCount=11),
        ("autoscaling.totalMaxNodeCount",),
    ),
    Case(
        POOL,
        "GKE, as outputs say it",
        GKE,
        gke() | A_ZONE | scaled(maxNodeCount=11, totalMaxNodeCount=0),
        ("autoscaling.maxNodeCount",),
    ),
    Case(POOL, "GKE that nothing scales", GKE, gke() | {"nodeCount": 11}, ("nodeCount",)),
    Case(POOL, "GKE with unknown bounds", GKE, gke() | {"autoscaling": UNKNOWN_OBJECT}),
    Case(POOL, "GKE absent", GKE, {}),
    Case(
        POOL,
        "GKE pool in its cluster",
        GKE_CLUSTER,
        {"location": "europe-west4", "nodePools": [gke() | scaled(maxNodeCount=4)]},
        ("nodePools[0].autoscaling.maxNodeCount",),
    ),
    Case(
        POOL,
        "GKE pool in its cluster in one zone",
        GKE_CLUSTER,
        {"nodeLocations": ["europe-west4-b"], "nodePools": [gke() | scaled(maxNodeCount=10)]},
    ),
    Case(
        POOL,
        "GKE, what a cluster begins with",
        GKE_CLUSTER,
        A_ZONE | {"initialNodeCount": 11},
        ("initialNodeCount",),
    ),
    Case(
        POOL,
        "GKE, and what is taken away",
        GKE_CLUSTER,
        A_ZONE | {"initialNodeCount": 11, "removeDefaultNodePool": True},
    ),
    Case(POOL, "GKE Autopilot", GKE_CLUSTER, {"enableAutopilot": True, "initialNodeCount": 99}),
    Case(POOL, "AKS at the cap", AKS, aks(maxCount=10)),
    Case(POOL, "AKS over", AKS, aks(maxCount=11, count=1), ("maxCount",)),
    Case(POOL, "AKS that nothing scales", AKS, {"vmSize": "x", "count": 11}, ("count",)),
    Case(
        POOL,
        "AKS, where the most does not count",
        AKS,
        {"vmSize": "x", "count": 1, "maxCount": 11},
    ),
    Case(
        POOL,
        "AKS, whether it scales is unknown",
        AKS,
        {"enableAutoScaling": UNKNOWN, "count": 11},
    ),
    Case(
        POOL,
        "AKS in another version",
        "azure-native:containerservice/v20240901:AgentPool",
        aks(maxCount=11),
        ("maxCount",),
    ),
    Case(
        POOL,
        "AKS in a local package of another version",
        "azure-native_containerservice_v20240901:containerservice:AgentPool",
        aks(maxCount=11),
        ("maxCount",),
    ),
    Case(
        POOL,
        "AKS pool in its cluster",
        AKS_CLUSTER,
        profile(maxCount=11),
        ("agentPoolProfiles[1].maxCount",),
    ),
    Case(
        POOL,
        "AKS machines of several sizes",
        AKS,
        {"virtualMachinesProfile": {"scale": {"manual": [{"size": "a", "count": 11}]}}},
        (f"{FIRST_SIZE}.count",),
    ),
    # Accelerators of one machine.
    Case(INSTANCE, "GKE with four", GKE, gke("a2-highgpu-4g")),
    Case(
        INSTANCE,
        "GKE with eight",
        GKE,
        gke("a3-highgpu-8g", guestAccelerators=[{"type": "nvidia-h100-80gb", "count": 8}]),
        ("nodeConfig.machineType",),
        says="found a3-highgpu-8g with 8",
    ),
    Case(
        INSTANCE,
        "GKE with eight by a name alone",
        GKE,
        gke("a9-ultragpu-8g"),
        ("nodeConfig.machineType",),
    ),
    Case(INSTANCE, "TPUs", GKE, gke("ct6e-standard-8t"), ("nodeConfig.machineType",)),
    Case(
        INSTANCE,
        "one too large after one that is allowed",
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {
            "productionVariants": [
                {"instanceType": "ml.p4d.24xlarge"},
                {"instanceType": "ml.p5.48xlarge"},
            ]
        },
        ("productionVariants[1].instanceType",),
        {"allowed": ["ml.p4d.24xlarge"]},
    ),
    Case(INSTANCE, "four TPUs", GKE, gke("ct6e-standard-4t")),
    Case(INSTANCE, "four attached", GKE, attached(4)),
    Case(
        INSTANCE,
        "eight attached",
        GKE,
        attached("8"),
        ("nodeConfig.guestAccelerators[0].count",),
        says="found n1-standard-8 with 8",
    ),
    Case(INSTANCE, "unknown number attached", GKE, attached(UNKNOWN)),
    Case(INSTANCE, "allowed attached", GKE, attached(8), (), {"allowed": ["n1-standard-8"]}),
    Case(INSTANCE, "GKE without accelerators", GKE, gke("n2-standard-8")),
    Case(INSTANCE, "GKE absent", GKE, {}),
    Case(
        INSTANCE,
        "GKE pool in a cluster",
        GKE_CLUSTER,
        {"nodePools": [gke("a2-megagpu-16g")]},
        ("nodePools[0].nodeConfig.machineType",),
    ),
    Case(INSTANCE, "AKS with four", AKS, aks("Standard_NC64as_T4_v3")),
    Case(INSTANCE, "AKS in another case", AKS, aks("standard_nd96isr_h100_v5"), ("vmSize",)),
    Case(INSTANCE, "AKS whole machine", AKS, aks("Standard_ND96isr_MI300X_v5"), ("vmSize",)),
    Case(INSTANCE, "AKS unknown", AKS, aks(UNKNOWN)),
    Case(
        INSTANCE,
        "AKS pool in a cluster",
        AKS_CLUSTER,
        profile(size="Standard_ND96asr_v4"),
        ("agentPoolProfiles[1].vmSize",),
    ),
    Case(
        INSTANCE,
        "AKS machines of several sizes",
        AKS,
        {"virtualMachinesProfile": {"scale": {"manual": [{"size": "Standard_ND96asr_v4"}]}}},
        (f"{FIRST_SIZE}.size",),
    ),
    # Taints.
    Case(TAINT, "GKE", GKE, gke(taints=[NO_SCHEDULE])),
    Case(TAINT, "GKE untainted", GKE, gke(), ("nodeConfig.taints",)),
    Case(
        TAINT, "GKE with a soft one", GKE, attached(1) | gke(taints=[SOFT]), ("nodeConfig.taints",)
    ),
    Case(TAINT, "GKE with an unknown one", GKE, gke(taints=[NO_SCHEDULE | {"effect": UNKNOWN}])),
    Case(
        TAINT, "GKE with one of no effect", GKE, gke(taints=[{"key": "a"}]), ("nodeConfig.taints",)
    ),
    Case(TAINT, "GKE without accelerators", GKE, gke("n1-standard-8")),
    Case(TAINT, "GKE, untainted with GPUs attached", GKE, attached(1), ("nodeConfig.taints",)),
    Case(TAINT, "AKS", AKS, aks(nodeTaints=[TEXT_TAINT])),
    Case(TAINT, "AKS untainted", AKS, aks(nodeTaints=[]), ("nodeTaints",)),
    Case(TAINT, "AKS soft", AKS, aks(nodeTaints=["a=b:PreferNoSchedule"]), ("nodeTaints",)),
    Case(TAINT, "AKS spot is tainted", AKS, aks(scaleSetPriority="Spot")),
    Case(TAINT, "AKS, perhaps spot", AKS, aks(scaleSetPriority=UNKNOWN)),
    Case(TAINT, "AKS in its cluster", AKS_CLUSTER, profile(), ("agentPoolProfiles[1].nodeTaints",)),
    # All pools together.
    Case(STACK, "GKE", GKE, gke("a2-highgpu-4g") | scaled(totalMaxNodeCount=8)),
    Case(
        STACK,
        "GKE over",
        GKE,
        gke("a2-highgpu-4g") | scaled(totalMaxNodeCount=9),
        ("autoscaling.totalMaxNodeCount",),
        says="found 36 in the stack",
    ),
    Case(
        STACK,
        "a pool that its cluster's outputs name too",
        GKE,
        gke("a2-highgpu-4g") | scaled(totalMaxNodeCount=8) | {"name": "a"},
        others=naming("a", nodes=8),
    ),
    Case(
        STACK,
        "a cluster's own pool beside another one",
        GKE,
        gke("a2-highgpu-4g") | scaled(totalMaxNodeCount=8) | {"name": "a"},
        ("autoscaling.totalMaxNodeCount",),
        others=naming("b", nodes=1),
    ),
    Case(
        STACK,
        "what GKE may provision",
        GKE_CLUSTER,
        provisioning(("cpu", 900), ("nvidia-l4", 32)),
    ),
    Case(
        STACK,
        "what GKE may provision, over",
        GKE_CLUSTER,
        provisioning(("memory", 900), ("nvidia-l4", 30), ("nvidia-tesla-t4", 3)),
        ("clusterAutoscaling.resourceLimits[1].maximum",),
        says="found 33 in the stack",
    ),
    Case(
        STACK,
        "machines that a launch template names",
        NODES,
        {"scalingConfig": {"maxSize": 5}},
        ("scalingConfig.maxSize",),
        others=(resource("block", TEMPLATE, {"instanceType": "p5.48xlarge"}),),
        of={"launchTemplate": ("block",)},
        says="found 40 in the stack",
    ),
    # In order.
    Case(ORDER, "GKE", GKE, gke() | scaled(minNodeCount=0, maxNodeCount=4)),
    Case(
        ORDER,
        "GKE in all zones",
        GKE,
        gke() | scaled(totalMinNodeCount=5, totalMaxNodeCount=4),
        ("autoscaling.totalMinNodeCount",),
    ),
    Case(ORDER, "AKS", AKS, aks(minCount=1, count=1, maxCount=1)),
    Case(ORDER, "AKS desired below min", AKS, aks(minCount=2, count=1, maxCount=3), ("minCount",)),
    Case(ORDER, "AKS that nothing scales", AKS, {"minCount": 2, "count": 1}),
    # When nobody asks.
    Case(IDLE, "GKE at the cap", GKE, gke() | scaled(totalMinNodeCount=2)),
    Case(
        IDLE,
        "GKE over",
        GKE,
        gke() | scaled(totalMinNodeCount=3),
        ("autoscaling.totalMinNodeCount",),
    ),
    Case(
        IDLE,
        "GKE, one in each zone",
        GKE,
        gke() | {"nodeLocations": ["a", "b", "c"]} | scaled(minNodeCount=1, maxNodeCount=3),
        ("autoscaling.minNodeCount",),
        says="found 1 in each of 3 zones",
    ),
    Case(IDLE, "GKE without accelerators", GKE, gke("e2-small") | scaled(totalMinNodeCount=3)),
    Case(IDLE, "GKE unknown", GKE, gke() | scaled(totalMinNodeCount=UNKNOWN)),
    Case(IDLE, "AKS over", AKS, aks(minCount=3), ("minCount",)),
    Case(
        IDLE,
        "AKS that nothing scales",
        AKS,
        aks(count=3) | {"enableAutoScaling": False},
        ("count",),
    ),
    # Whose it is.
    Case(
        TAGS,
        "GKE labels",
        GKE,
        gke(resourceLabels={"model-serving-owner": "a", "model-serving-environment": "dev"}),
    ),
    Case(
        TAGS,
        "GKE without labels",
        GKE,
        gke(),
        ("nodeConfig.resourceLabels",),
        says="a value for model-serving-owner, model-serving-environment",
    ),
    Case(TAGS, "GKE unknown labels", GKE, gke(resourceLabels=UNKNOWN_OBJECT)),
    Case(
        TAGS, "AKS without an owner", AKS, aks(tags={"model-serving:environment": "d"}), ("tags",)
    ),
    Case(
        "tags/malformed",
        "GKE label",
        GKE,
        gke(resourceLabels={"model-serving-data-classification": "hidden"}),
        ("nodeConfig.resourceLabels.model-serving-data-classification",),
    ),
)
