"""Cases of which machines are taken, how they are bought, and in how many zones."""

from typing import Any

from tests.policies.cases.karpenter_pool import KARPENTER, karpenter, requiring
from tests.policies.cases.pools import AKS, GKE, GKE_CLUSTER, aks, gke, scaled
from tests.policies.cases.resources import ENDPOINT, NODES, TEMPLATE, pool
from tests.policies.cases.spending import AZURE_ML, VERTEX
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

TYPES = "resources/instance-type-not-allowed"
CAPACITY = "cost/pool-capacity"
ZONES = "resources/node-pool-one-zone"
G6: dict[str, Any] = {"allowed": ["g6.*", "ml.m5.large", "standard_nc*", "g2-standard-4"]}
SPOT = {"capacity": "spot"}
ON_DEMAND = {"capacity": "on_demand"}


def variant(kind: object) -> dict[str, Any]:
    return {"productionVariants": [{"instanceType": kind}]}


def subnets(*ids: str, most: int = 3, types: str = "m7i.large") -> dict[str, Any]:
    return pool([types], minSize=1, maxSize=most) | {"subnetIds": list(ids)}


CASES = (
    Case(TYPES, "no list", NODES, pool(["p5.48xlarge"])),
    Case(TYPES, "on the list", NODES, pool(["g6.xlarge"]), settings=G6),
    Case(
        TYPES,
        "not on the list",
        NODES,
        pool(["g6.xlarge", "g5.xlarge"]),
        ("instanceTypes[1]",),
        settings=G6,
        says="found g5.xlarge; expected one of g6.*, ml.m5.large",
    ),
    Case(TYPES, "nothing named", NODES, {}, settings=G6),
    Case(TYPES, "without accelerators", NODES, pool(["m7i.large"]), settings=G6),
    Case(
        TYPES,
        "every machine is judged",
        NODES,
        pool(["m7i.large"]),
        ("instanceTypes[0]",),
        settings={**G6, "accelerated_alone": False},
    ),
    Case(TYPES, "unknown type", NODES, pool([UNKNOWN, "g6.xlarge"]), settings=G6),
    Case(
        TYPES,
        "a template",
        TEMPLATE,
        {"instanceType": "p5.48xlarge"},
        ("instanceType",),
        settings=G6,
    ),
    Case(
        TYPES,
        "an endpoint",
        ENDPOINT,
        variant("ml.g6.xlarge"),
        ("productionVariants[0].instanceType",),
        settings=G6,
    ),
    Case(TYPES, "Azure takes any case", AKS, aks("Standard_NC4as_T4_v3"), settings=G6),
    Case(TYPES, "AKS", AKS, aks("Standard_ND96isr_H100_v5"), ("vmSize",), settings=G6),
    Case(TYPES, "GKE", GKE, gke("g2-standard-8"), ("nodeConfig.machineType",), settings=G6),
    Case(
        TYPES,
        "Karpenter",
        KARPENTER,
        karpenter(["g6.xlarge", "p5.48xlarge"]),
        ("spec.template.spec.requirements[0].values[1]",),
        settings=G6,
    ),
    Case(
        TYPES,
        "Azure ML",
        AZURE_ML,
        {"onlineDeploymentProperties": {"instanceType": "Standard_ND96isr_H100_v5"}},
        ("onlineDeploymentProperties.instanceType",),
        settings=G6,
    ),
    Case(
        TYPES, "Vertex AI", VERTEX, {"machineType": "a3-highgpu-8g"}, ("machineType",), settings=G6
    ),
    Case(CAPACITY, "nothing asked", NODES, pool(["g6.xlarge"]) | {"capacityType": "SPOT"}),
    Case(
        CAPACITY,
        "spot where it should be on demand",
        NODES,
        pool(["g6.xlarge"]) | {"capacityType": "SPOT"},
        ("capacityType",),
        settings=ON_DEMAND,
    ),
    Case(CAPACITY, "on demand, absent", NODES, pool(["g6.xlarge"]), settings=ON_DEMAND),
    Case(
        CAPACITY,
        "on demand where it should be spot, absent",
        NODES,
        pool(["g6.xlarge"]),
        ("capacityType",),
        settings=SPOT,
    ),
    Case(
        CAPACITY,
        "spot where it should be",
        NODES,
        pool(["g6.xlarge"]) | {"capacityType": "SPOT"},
        settings=SPOT,
    ),
    Case(CAPACITY, "no accelerators", NODES, pool(["m7i.large"]), settings=SPOT),
    Case(
        CAPACITY,
        "unknown capacity",
        NODES,
        pool(["g6.xlarge"]) | {"capacityType": UNKNOWN},
        settings=SPOT,
    ),
    Case(
        CAPACITY,
        "GKE, preemptible",
        GKE,
        gke(preemptible=True),
        ("nodeConfig.preemptible",),
        settings=ON_DEMAND,
    ),
    Case(CAPACITY, "GKE, spot", GKE, gke(spot=True), ("nodeConfig.spot",), settings=ON_DEMAND),
    Case(CAPACITY, "GKE on demand", GKE, gke(), ("nodeConfig.spot",), settings=SPOT),
    Case(
        CAPACITY,
        "AKS",
        AKS,
        aks(scaleSetPriority="Spot"),
        ("scaleSetPriority",),
        settings=ON_DEMAND,
    ),
    Case(
        CAPACITY,
        "Karpenter",
        KARPENTER,
        {
            "spec": {
                "template": {
                    "spec": {
                        "requirements": [
                            {
                                "key": "karpenter.sh/capacity-type",
                                "operator": "In",
                                "values": ["on-demand", "spot"],
                            },
                            {
                                "key": "karpenter.k8s.aws/instance-gpu-count",
                                "operator": "Gt",
                                "values": ["0"],
                            },
                        ]
                    }
                }
            }
        },
        ("spec.template.spec.requirements[0].values[1]",),
        settings=ON_DEMAND,
    ),
    Case(
        CAPACITY,
        "Karpenter, after the zones",
        KARPENTER,
        {
            "spec": {
                "template": {
                    "spec": {
                        "requirements": [
                            {
                                "key": "topology.kubernetes.io/zone",
                                "operator": "In",
                                "values": ["eu-west-1a"],
                            },
                            {
                                "key": "karpenter.sh/capacity-type",
                                "operator": "In",
                                "values": ["spot"],
                            },
                            {
                                "key": "karpenter.k8s.aws/instance-gpu-count",
                                "operator": "Gt",
                                "values": ["0"],
                            },
                        ]
                    }
                }
            }
        },
        ("spec.template.spec.requirements[1].values[0]",),
        settings=ON_DEMAND,
    ),
    Case(ZONES, "two subnets", NODES, subnets("a", "b")),
    Case(
        ZONES, "one subnet", NODES, subnets("a"), ("subnetIds",), says="found 1; expected 2 zones"
    ),
    Case(ZONES, "absent subnets", NODES, pool(["m7i.large"], minSize=1, maxSize=3)),
    Case(
        ZONES,
        "unknown subnets",
        NODES,
        pool(["m7i.large"], minSize=1, maxSize=3) | {"subnetIds": UNKNOWN_OBJECT},
    ),
    Case(ZONES, "one node", NODES, subnets("a", most=1)),
    Case(ZONES, "accelerators are scarce", NODES, subnets("a", types="g6.xlarge")),
    Case(
        ZONES,
        "accelerators too",
        NODES,
        subnets("a", types="g6.xlarge"),
        ("subnetIds",),
        settings={"accelerated_too": True},
    ),
    Case(
        ZONES,
        "three are asked for",
        NODES,
        subnets("a", "b"),
        ("subnetIds",),
        settings={"min_zones": 3},
    ),
    Case(
        ZONES,
        "GKE in a region",
        GKE,
        gke("e2-standard-4") | {"location": "europe-west4"} | scaled(maxNodeCount=3),
    ),
    Case(
        ZONES,
        "GKE in a zone",
        GKE,
        gke("e2-standard-4") | {"location": "europe-west4-a"} | scaled(maxNodeCount=3),
        ("nodeLocations",),
    ),
    Case(
        ZONES,
        "GKE, one zone of a region",
        GKE,
        gke("e2-standard-4")
        | {"location": "europe-west4", "nodeLocations": ["europe-west4-a"]}
        | scaled(maxNodeCount=3),
        ("nodeLocations",),
    ),
    Case(
        ZONES,
        "GKE, one zone of an unknown region",
        GKE,
        gke("e2-standard-4") | {"nodeLocations": ["europe-west4-a"]} | scaled(maxNodeCount=3),
        ("nodeLocations",),
    ),
    Case(ZONES, "GKE, nobody says", GKE, gke("e2-standard-4") | scaled(maxNodeCount=3)),
    Case(
        ZONES,
        "GKE, a cluster's pool",
        GKE_CLUSTER,
        {
            "location": "europe-west4-a",
            "nodePools": [gke("e2-standard-4") | scaled(maxNodeCount=3)],
        },
        ("nodePools[0].nodeLocations",),
    ),
    Case(
        ZONES,
        "AKS in three zones",
        AKS,
        aks("Standard_D4ds_v5", maxCount=3, availabilityZones=["1", "2", "3"]),
    ),
    Case(
        ZONES,
        "AKS in none",
        AKS,
        aks("Standard_D4ds_v5", maxCount=3),
        ("availabilityZones",),
    ),
    Case(
        ZONES,
        "Karpenter in one zone",
        KARPENTER,
        requiring("topology.kubernetes.io/zone", "In", "eu-west-1a"),
        ("spec.template.spec.requirements[0].values[0]",),
    ),
    Case(
        ZONES,
        "Karpenter in two zones",
        KARPENTER,
        requiring("topology.kubernetes.io/zone", "In", "eu-west-1a", "eu-west-1b"),
    ),
)
