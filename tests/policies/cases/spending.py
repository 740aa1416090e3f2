"""Cases of budgets: over a stack, and of one model. A month has 730 hours."""

from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION, PROVISIONED
from tests.policies.cases.pools import AKS, GKE, gke
from tests.policies.cases.resources import ENDPOINT, NODES, TARGET, TEMPLATE
from tests.policies.cases.table import UNKNOWN, Case, resource

CLOUD_RUN = "gcp:cloudrunv2/service:Service"
AZURE_ML = "azure-native:machinelearningservices:OnlineDeployment"
VERTEX = "serving:index:VertexDeployedModel"
KARPENTER = "kubernetes:karpenter.sh/v1:NodePool"
OVER = "cost/over-budget"
MODEL = "cost/model-over-budget"
# 0.115 dollars an hour of ml.m5.large make 83.95 a month, 0.8048 of g6.xlarge 587.504.
US = {"region": "us-east-1"}
FIRST = "productionVariants[0].initialInstanceCount"
MOST = "scalingConfig.maxSize"


def endpoint(
    count: object = 1, kind: object = "ml.m5.large", place: dict[str, Any] = US, **more: object
) -> dict[str, Any]:
    variant = {"variantName": "a", "instanceType": kind, "initialInstanceCount": count, **more}
    return {"productionVariants": [variant], **place}


def nodes(least: object, most: object, *types: object, **more: object) -> dict[str, Any]:
    scaling = {"minSize": least, "maxSize": most}
    given = {"instanceTypes": list(types)} if types else {}
    return {"scalingConfig": scaling, **given, **US, **more}


def run(least: object = 0, most: object = 1, **more: object) -> dict[str, Any]:
    limits = {"cpu": "2", "memory": "4Gi"}
    container = {"resources": {"limits": limits, **more}}
    scaling = {"minInstanceCount": least, "maxInstanceCount": most}
    return {
        "location": "us-central1",
        "template": {"containers": [container], "scaling": scaling},
    }


def ceiling(most: float, **more: object) -> dict[str, Any]:
    return {"monthly_ceiling": most, **more}


def budgeted(amount: str, model: str = "fraud") -> dict[str, Any]:
    return {"tags": {"model-serving:model": model, "model-serving:monthly-budget": amount}}


UNKNOWN_TOO: dict[str, Any] = {"unknown_is_a_finding": True}

CASES = (
    Case(OVER, "no budget", ENDPOINT, endpoint(1000)),
    Case(OVER, "at the budget", ENDPOINT, endpoint(2), settings=ceiling(167.9)),
    Case(
        OVER,
        "over the budget",
        ENDPOINT,
        endpoint(2),
        (FIRST,),
        settings=ceiling(167.89),
        says="found 167.90 USD in all, of which 167.90 here; expected at most 167.89 USD",
    ),
    Case(OVER, "absent, one instance", ENDPOINT, endpoint(None), (FIRST,), settings=ceiling(80)),
    Case(
        OVER,
        "shadow variants run too",
        ENDPOINT,
        endpoint() | {"shadowProductionVariants": endpoint(2)["productionVariants"]},
        ("shadowProductionVariants[0].initialInstanceCount",),
        settings=ceiling(200),
        says="251.85 USD in all, of which 167.90 here",
    ),
    Case(
        OVER,
        "as far as it is scaled",
        ENDPOINT,
        endpoint(),
        (FIRST,),
        settings=ceiling(300),
        others=(
            resource(
                "target",
                TARGET,
                {"resourceId": "endpoint/e/variant/a", "maxCapacity": 4},
                of={"resourceId": ("subject",)},
            ),
        ),
    ),
    Case(
        OVER,
        "managed scaling",
        ENDPOINT,
        endpoint(
            managedInstanceScaling={
                "status": "ENABLED",
                "minInstanceCount": 0,
                "maxInstanceCount": 4,
            }
        ),
        (FIRST,),
        settings=ceiling(300, monthly_floor=1.0),
    ),
    Case(
        OVER,
        "the floor alone",
        ENDPOINT,
        endpoint(2),
        (FIRST,),
        settings={"monthly_floor": 100},
        says="at most 100.00 USD as the floor of a month",
    ),
    Case(
        OVER,
        "both are found",
        ENDPOINT,
        endpoint(2),
        (FIRST, FIRST),
        settings=ceiling(100, monthly_floor=100),
    ),
    Case(OVER, "unknown count", ENDPOINT, endpoint(UNKNOWN), settings=ceiling(1)),
    Case(OVER, "unknown type", ENDPOINT, endpoint(1, UNKNOWN), settings=ceiling(1)),
    Case(
        OVER,
        "what is unknown does not hide the rest",
        ENDPOINT,
        endpoint(2),
        (FIRST,),
        settings=ceiling(100),
        others=(resource("other", ENDPOINT, endpoint(UNKNOWN)),),
    ),
    Case(OVER, "no price is not found", ENDPOINT, endpoint(9, "ml.z9"), settings=ceiling(1)),
    Case(
        OVER,
        "no price is found where it is asked for",
        ENDPOINT,
        endpoint(9, "ml.z9"),
        (FIRST,),
        settings=ceiling(1, **UNKNOWN_TOO),
        says="found no price of sagemaker ml.z9; expected what makes the ceiling of a month known",
    ),
    Case(
        OVER,
        "another region has no price",
        ENDPOINT,
        endpoint(place={"region": "eu-west-1"}),
        (FIRST,),
        settings=ceiling(1, **UNKNOWN_TOO),
        says="no price of sagemaker ml.m5.large in eu-west-1; known in us-east-1",
    ),
    Case(
        OVER,
        "another region stands in",
        ENDPOINT,
        endpoint(place={"region": "eu-west-1"}),
        (FIRST,),
        settings=ceiling(1, stand_in_regions=["aws/us-east-1"]),
        says="found 83.95 USD",
    ),
    Case(
        OVER,
        "a region that is configured",
        ENDPOINT,
        endpoint(place={}),
        (FIRST,),
        settings=ceiling(1, regions=["aws/us-east-1"]),
    ),
    Case(
        OVER,
        "a price of one's own",
        ENDPOINT,
        endpoint(1, "ml.z9"),
        (FIRST,),
        settings=ceiling(1, prices=["aws,sagemaker,ml.z9,*,hour,2,EUR,2026-11-01,our contract"]),
        says="found 1,460.00 EUR in all",
    ),
    Case(
        OVER,
        "a node group at its largest",
        NODES,
        nodes(0, 3, "g6.xlarge"),
        (MOST,),
        settings=ceiling(1700, monthly_floor=1),
        says="1,762.51 USD in all",
    ),
    Case(
        OVER,
        "of several types the dearest is the ceiling",
        NODES,
        nodes(1, 1, "g6.xlarge", "g6.2xlarge"),
        (MOST,),
        settings=ceiling(700, monthly_floor=600),
        says="713.65 USD",
    ),
    Case(
        OVER,
        "a node group without a type",
        NODES,
        nodes(1, 1),
        (MOST,),
        settings=ceiling(1, prices=["aws,ec2,t3.medium,us-east-1,hour,0.04,USD,2026-11-01,ours"]),
        says="29.20 USD",
    ),
    Case(
        OVER,
        "a type of the launch template",
        NODES,
        nodes(1, 1, launchTemplate={"id": "lt-1"}),
        (MOST,),
        settings=ceiling(1),
        says="587.50 USD",
        others=(resource("template", TEMPLATE, {"instanceType": "g6.xlarge"}),),
        of={"launchTemplate": ("template",)},
    ),
    Case(
        OVER,
        "spot nodes have a ceiling and no floor",
        NODES,
        nodes(1, 1, "g6.xlarge", capacityType="SPOT"),
        (MOST, MOST),
        settings=ceiling(1, monthly_floor=1, **UNKNOWN_TOO),
        says="",
    ),
    Case(
        OVER,
        "GKE",
        GKE,
        gke("g2-standard-4") | {"location": "us-central1-b", "autoscaling": {"maxNodeCount": 2}},
        ("autoscaling.maxNodeCount",),
        settings=ceiling(1000),
        says="1,031.93 USD",
    ),
    Case(
        OVER,
        "GPUs that are attached are in the price",
        GKE,
        gke("n1-standard-8", guestAccelerators=[{"type": "nvidia-tesla-t4", "count": 1}])
        | {"location": "us-central1-a", "nodeCount": 1},
        ("nodeCount",),
        settings=ceiling(500),
        says="532.90 USD",
    ),
    Case(
        OVER,
        "GPUs that are attached to a machine without a price",
        GKE,
        gke("n1-highmem-8", guestAccelerators=[{"type": "nvidia-tesla-t4", "count": 1}])
        | {"location": "us-central1-a", "nodeCount": 1},
        ("nodeCount",),
        settings=ceiling(1, **UNKNOWN_TOO),
        says="no price of compute_engine n1-highmem-8+1xnvidia-t4",
    ),
    Case(
        OVER,
        "AKS, whose pool names no location",
        AKS,
        {"vmSize": "standard_nc4as_t4_v3", "count": 2},
        ("count",),
        settings=ceiling(700, regions=["azure/westus2"]),
        says="767.96 USD",
    ),
    Case(
        OVER,
        "Karpenter",
        KARPENTER,
        {
            "spec": {
                "limits": {"nodes": "2"},
                "template": {
                    "spec": {
                        "requirements": [
                            {
                                "key": "node.kubernetes.io/instance-type",
                                "operator": "In",
                                "values": ["g6.xlarge"],
                            }
                        ]
                    }
                },
            }
        },
        ("spec.limits.nodes",),
        settings=ceiling(1000, regions=["aws/us-east-1"]),
        says="1,175.01 USD",
    ),
    Case(
        OVER,
        "a pool that nothing bounds",
        KARPENTER,
        {"spec": {"template": {"spec": {"requirements": []}}}},
        ("spec.limits",),
        settings=ceiling(1, **UNKNOWN_TOO),
        says="nothing bounds the pool",
    ),
    Case(
        OVER,
        "a function that is bounded",
        FUNCTION,
        {"memorySize": 1024, "reservedConcurrentExecutions": 10, **US},
        ("reservedConcurrentExecutions",),
        settings=ceiling(400),
        says="438.00 USD",
    ),
    Case(
        OVER,
        "a function that nothing bounds",
        FUNCTION,
        {"memorySize": 1024, "architectures": ["arm64"], **US},
        ("reservedConcurrentExecutions",),
        settings=ceiling(400, **UNKNOWN_TOO),
        says="no reserved concurrency bounds a function",
    ),
    Case(
        OVER,
        "a function that is kept warm",
        FUNCTION,
        {"memorySize": 1024, **US},
        ("reservedConcurrentExecutions",),
        settings={"monthly_floor": 50},
        says="54.75 USD",
        others=(
            resource(
                "warm",
                PROVISIONED,
                {"provisionedConcurrentExecutions": 5},
                of={"functionName": ("subject",)},
            ),
        ),
    ),
    Case(
        OVER,
        "a serverless endpoint",
        ENDPOINT,
        {
            "productionVariants": [
                {"serverlessConfig": {"memorySizeInMb": 3072, "maxConcurrency": 2}}
            ],
            **US,
        },
        ("productionVariants[0].serverlessConfig.maxConcurrency",),
        settings=ceiling(300),
        says="315.36 USD",
    ),
    Case(
        OVER,
        "Cloud Run while requests run",
        CLOUD_RUN,
        run(most=2),
        ("template.scaling.maxInstanceCount",),
        settings=ceiling(300),
        says="304.85 USD",
    ),
    Case(
        OVER,
        "Cloud Run with cores all the time",
        CLOUD_RUN,
        run(least=1, most=1, cpuIdle=False),
        ("template.scaling.maxInstanceCount",),
        settings={"monthly_floor": 100},
        says="115.63 USD",
    ),
    Case(
        OVER,
        "Cloud Run by the bounds of the service",
        CLOUD_RUN,
        run(most=100) | {"scaling": {"maxInstanceCount": 1, "minInstanceCount": 0}},
        settings=ceiling(160),
    ),
    Case(
        OVER,
        "Azure ML",
        AZURE_ML,
        {
            "location": "West Europe",
            "onlineDeploymentProperties": {"instanceType": "Standard_DS3_v2"},
            "sku": {"capacity": 3},
        },
        ("sku.capacity",),
        settings=ceiling(
            500, prices=["azure,virtual_machines,Standard_DS3_v2,*,hour,0.3,USD,2026-11-01,ours"]
        ),
        says="657.00 USD",
    ),
    Case(
        OVER,
        "Vertex AI",
        VERTEX,
        {"region": "us-central1", "machineType": "n1-standard-2", "maxReplicaCount": 2},
        ("maxReplicaCount",),
        settings=ceiling(100),
        says="159.87 USD",
    ),
    Case(
        OVER,
        "Vertex AI with GPUs that are attached",
        VERTEX,
        {
            "region": "us-central1",
            "machineType": "n1-standard-2",
            "acceleratorType": "NVIDIA_TESLA_T4",
            "acceleratorCount": 1,
            "minReplicaCount": 1,
        },
        ("maxReplicaCount",),
        settings={"monthly_floor": 1000, **UNKNOWN_TOO},
        says="no price of vertex nvidia-t4",
    ),
    Case(
        OVER,
        "GPUs that are attached to spot machines have no floor either",
        VERTEX,
        {
            "region": "us-central1",
            "machineType": "n1-standard-2",
            "acceleratorType": "NVIDIA_TESLA_T4",
            "acceleratorCount": 1,
            "minReplicaCount": 1,
            "spot": True,
        },
        settings={
            "monthly_floor": 1,
            "prices": ["gcp,vertex,nvidia-t4,*,hour,0.4,USD,2026-11-01,ours"],
        },
    ),
    Case(MODEL, "within", ENDPOINT, endpoint() | budgeted("83.95")),
    Case(
        MODEL,
        "over",
        ENDPOINT,
        endpoint() | budgeted("83.94"),
        (FIRST,),
        says="at most 83.94 USD as the ceiling of a month",
    ),
    Case(MODEL, "no budget", ENDPOINT, endpoint(50)),
    Case(MODEL, "a budget that nothing can read", ENDPOINT, endpoint(50) | budgeted("much")),
    Case(MODEL, "unknown count", ENDPOINT, endpoint(UNKNOWN) | budgeted("1")),
    Case(
        MODEL,
        "all that serves the model counts",
        ENDPOINT,
        endpoint(2) | budgeted("200"),
        (FIRST,),
        others=(resource("second", ENDPOINT, endpoint() | budgeted("200")),),
        says="251.85 USD in all, of which 167.90 here",
    ),
    Case(
        MODEL,
        "another model does not count",
        ENDPOINT,
        endpoint(2) | budgeted("200"),
        others=(resource("second", ENDPOINT, endpoint() | budgeted("90", "churn")),),
    ),
    Case(
        MODEL,
        "no price is found where it is asked for",
        ENDPOINT,
        endpoint(1, "ml.z9") | budgeted("10"),
        (FIRST,),
        settings=UNKNOWN_TOO,
        says="no price of sagemaker ml.z9",
    ),
)
