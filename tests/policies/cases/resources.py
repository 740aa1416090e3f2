"""Cases of the family `resources`."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case, resource

NODES = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ENDPOINT = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
TARGET = "aws:appautoscaling/target:Target"
HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
KSERVE = "kubernetes:serving.kserve.io/v1beta1:InferenceService"
LANGUAGE = "kubernetes:serving.kserve.io/v1alpha2:LLMInferenceService"
TRAINED = "kubernetes:serving.kserve.io/v1alpha1:TrainedModel"
SELDON = "kubernetes:mlops.seldon.io/v1alpha1:Model"
SCALED = "kubernetes:keda.sh/v1alpha1:ScaledObject"
POD = "kubernetes:core/v1:Pod"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
BOUND = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}


def pod(**container: object) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "server", **container}]}}


def limits(**amounts: object) -> dict[str, Any]:
    return pod(resources={"limits": {key.replace("__", "/"): v for key, v in amounts.items()}})


def gpus(limit: object, request: object = None) -> dict[str, Any]:
    given: dict[str, Any] = {"limits": {"nvidia.com/gpu": limit}}
    if request is not None:
        given["requests"] = {"nvidia.com/gpu": request}
    return pod(resources=given)


def predictor(**part: object) -> dict[str, Any]:
    return {"spec": {"predictor": part}}


def pool(types: list[str] | str, **scaling: object) -> dict[str, Any]:
    return {"instanceTypes": types, "scalingConfig": scaling}


def variants(*types: str) -> dict[str, Any]:
    return {"productionVariants": [{"variantName": "v", "instanceType": one} for one in types]}


SERVER = "spec.containers[0]"
FOUR: dict[str, Any] = {"resources": {"limits": {"nvidia.com/gpu": 4}}}
LIMITS = "resources/container-limits"
REQUEST = "resources/accelerator-request"
PER_POD = "resources/accelerators-over-cap"
UNBOUNDED = "resources/replicas-unbounded"
ORDER = "resources/replicas-order"
POOL = "resources/node-pool-over-cap"
INSTANCE = "resources/instance-type-over-cap"
TAINT = "resources/accelerator-pool-untainted"
STACK = "resources/stack-accelerators-over-cap"
GPU = "resources.limits.nvidia.com/gpu"
CUSTOM = predictor(containers=[{"name": "kserve-container", "resources": BOUND}])
TAINTED = {"taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]}

CASES = (
    Case(
        LIMITS,
        "a language model's presets",
        LANGUAGE,
        {"spec": {"template": {"containers": [{"name": "main"}]}}},
    ),
    Case(LIMITS, "bound", POD, pod(resources=BOUND)),
    Case(LIMITS, "limits count as requests", POD, limits(cpu="1", memory="1Gi")),
    Case(LIMITS, "no CPU", POD, limits(memory="1Gi"), (f"{SERVER}.resources.requests.cpu",)),
    Case(
        LIMITS,
        "no memory limit",
        POD,
        pod(resources={"requests": {"cpu": 1, "memory": "1Gi"}}),
        (f"{SERVER}.resources.limits.memory",),
    ),
    Case(
        LIMITS,
        "nothing",
        "kubernetes:apps/v1:DeploymentPatch",
        {"spec": {"template": pod()}},
        tuple(
            f"spec.template.{SERVER}.resources.{one}"
            for one in ("requests.cpu", "requests.memory", "limits.memory")
        ),
    ),
    Case(
        LIMITS,
        "init container",
        "kubernetes:batch/v1:CronJob",
        {
            "spec": {
                "jobTemplate": {
                    "spec": {
                        "template": {
                            "spec": {
                                "initContainers": [{"resources": {"limits": {"memory": "1Gi"}}}]
                            }
                        }
                    }
                }
            }
        },
        ("spec.jobTemplate.spec.template.spec.initContainers[0].resources.requests.cpu",),
    ),
    Case(
        LIMITS,
        "pods of a list",
        "kubernetes:core/v1:PodList",
        {"items": [pod(resources=BOUND), limits(memory="1Gi")]},
        (f"items[1].{SERVER}.resources.requests.cpu",),
    ),
    Case(LIMITS, "unknown", POD, pod(resources=UNKNOWN_OBJECT)),
    Case(LIMITS, "KServe fills in a model's", KSERVE, predictor(model={"storageUri": "s3://m/1"})),
    Case(LIMITS, "custom predictor", KSERVE, CUSTOM),
    Case(
        LIMITS,
        "transformer",
        KSERVE,
        {"spec": {"transformer": {"containers": [{"resources": {"limits": {"cpu": 1}}}]}}},
        (
            "spec.transformer.containers[0].resources.requests.memory",
            "spec.transformer.containers[0].resources.limits.memory",
        ),
    ),
    Case(LIMITS, "CPU limit is not asked for", POD, pod(resources=BOUND)),
    Case(
        LIMITS,
        "CPU limit when configured",
        POD,
        pod(resources=BOUND),
        (f"{SERVER}.resources.limits.cpu",),
        {"require_cpu_limit": True},
    ),
    Case(REQUEST, "limit only", POD, gpus("1")),
    Case(REQUEST, "equal", POD, gpus(1, "1")),
    Case(REQUEST, "none", POD, pod(resources=BOUND)),
    Case(REQUEST, "fraction", POD, gpus("500m"), (f"{SERVER}.{GPU}",)),
    Case(REQUEST, "unlike", POD, gpus(2, 1), (f"{SERVER}.resources.requests.nvidia.com/gpu",)),
    Case(REQUEST, "unknown request", POD, gpus(2, UNKNOWN)),
    Case(
        REQUEST,
        "request without limit",
        POD,
        pod(resources={"requests": {"nvidia.com/gpu": 1}}),
        (f"{SERVER}.{GPU}",),
        says="expected the same as the request, 1",
    ),
    Case(REQUEST, "text that is no quantity", POD, gpus("one"), (f"{SERVER}.{GPU}",)),
    Case(PER_POD, "at the cap", POD, gpus(4)),
    Case(PER_POD, "above the cap", POD, gpus("8"), (f"{SERVER}.{GPU}",), says="found 8"),
    Case(PER_POD, "above a lower cap", POD, gpus(1), (f"{SERVER}.{GPU}",), {"max_accelerators": 0}),
    Case(PER_POD, "none", POD, pod(resources=BOUND)),
    Case(PER_POD, "other devices do not count", POD, limits(example__nic=9)),
    Case(
        PER_POD,
        "a language model's workers",
        LANGUAGE,
        {"spec": {"worker": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": 8}}}]}}},
        ("spec.worker.containers[0].resources.limits.nvidia.com/gpu",),
    ),
    Case(
        PER_POD,
        "over-sized model",
        KSERVE,
        predictor(model={"resources": {"limits": {"nvidia.com/gpu": 8}}}),
        (f"spec.predictor.model.{GPU}",),
    ),
    Case(PER_POD, "unknown", KSERVE, predictor(model={"resources": {"limits": UNKNOWN_OBJECT}})),
    Case(UNBOUNDED, "at the cap", KSERVE, predictor(minReplicas=1, maxReplicas=20)),
    Case(UNBOUNDED, "over", KSERVE, predictor(maxReplicas=21), ("spec.predictor.maxReplicas",)),
    Case(UNBOUNDED, "absent", KSERVE, predictor(model={}), ("spec.predictor.maxReplicas",)),
    Case(UNBOUNDED, "zero", KSERVE, predictor(maxReplicas=0), ("spec.predictor.maxReplicas",)),
    Case(UNBOUNDED, "unknown", KSERVE, predictor(maxReplicas=UNKNOWN)),
    Case(
        UNBOUNDED,
        "absent in Standard mode is the minimum",
        KSERVE,
        {
            "metadata": {"annotations": {"serving.kserve.io/deploymentMode": "Standard"}},
            **predictor(model={}),
        },
    ),
    Case(UNBOUNDED, "autoscaler", HPA, {"spec": {"maxReplicas": 3}}),
    Case(UNBOUNDED, "Seldon, a fixed number", SELDON, {"spec": {"replicas": 20}}),
    Case(UNBOUNDED, "Seldon, one", SELDON, {"spec": {}}),
    Case(UNBOUNDED, "Seldon over", SELDON, {"spec": {"replicas": 21}}, ("spec.replicas",)),
    Case(
        UNBOUNDED,
        "Seldon without an upper bound",
        SELDON,
        {"spec": {"minReplicas": 1}},
        ("spec.maxReplicas",),
    ),
    Case(UNBOUNDED, "KEDA", SCALED, {"spec": {"maxReplicaCount": 20}}),
    Case(
        UNBOUNDED, "KEDA over", SCALED, {"spec": {"maxReplicaCount": 21}}, ("spec.maxReplicaCount",)
    ),
    Case(UNBOUNDED, "KEDA absent", SCALED, {"spec": {}}, ("spec.maxReplicaCount",)),
    Case(
        UNBOUNDED,
        "a language model at the cap",
        LANGUAGE,
        {"spec": {"scaling": {"maxReplicas": 20}, "prefill": {"replicas": 20}}},
    ),
    Case(
        UNBOUNDED,
        "a language model over",
        LANGUAGE,
        {
            "spec": {
                "scaling": {"maxReplicas": 21},
                "prefill": {"replicas": 22, "scaling": {"maxReplicas": 23}},
            }
        },
        ("spec.scaling.maxReplicas", "spec.prefill.scaling.maxReplicas", "spec.prefill.replicas"),
    ),
    Case(UNBOUNDED, "a language model without scaling", LANGUAGE, {"spec": {"model": {}}}),
    Case(UNBOUNDED, "autoscaler over", HPA, {"spec": {"maxReplicas": 99}}, ("spec.maxReplicas",)),
    Case(
        PER_POD,
        "one container after the other",
        POD,
        {"spec": {"initContainers": [FOUR], "containers": [FOUR]}},
    ),
    Case(
        PER_POD,
        "one container beside the other",
        POD,
        {"spec": {"initContainers": [FOUR | {"restartPolicy": "Always"}], "containers": [FOUR]}},
        ("spec.initContainers[0].resources.limits.nvidia.com/gpu",),
        says="found 8",
    ),
    Case(PER_POD, "four", POD, limits(**{"nvidia.com/gpu": 4})),
    Case(
        PER_POD,
        "five",
        POD,
        limits(**{"nvidia.com/gpu": 5}),
        (f"{SERVER}.resources.limits.nvidia.com/gpu",),
    ),
    Case(UNBOUNDED, "target", TARGET, {"minCapacity": 1, "maxCapacity": 4}),
    Case(UNBOUNDED, "target over", TARGET, {"maxCapacity": 50}, ("maxCapacity",)),
    Case(
        UNBOUNDED,
        "a table's units",
        TARGET,
        {"maxCapacity": 100, "scalableDimension": "dynamodb:table:ReadCapacityUnits"},
    ),
    Case(
        UNBOUNDED,
        "an endpoint's instances",
        TARGET,
        {"maxCapacity": 100, "scalableDimension": "sagemaker:variant:DesiredInstanceCount"},
        ("maxCapacity",),
    ),
    Case(UNBOUNDED, "target as configured", TARGET, {"maxCapacity": 50}, (), {"max_replicas": 50}),
    Case(UNBOUNDED, "Deployment", DEPLOYMENT, {"spec": {"replicas": 2}}),
    Case(UNBOUNDED, "Deployment over", DEPLOYMENT, {"spec": {"replicas": 21}}, ("spec.replicas",)),
    Case(UNBOUNDED, "Deployment absent", DEPLOYMENT, {"spec": {}}),
    Case(
        ORDER,
        "KEDA",
        SCALED,
        {"spec": {"minReplicaCount": 5, "maxReplicaCount": 4}},
        ("spec.minReplicaCount",),
    ),
    Case(
        ORDER,
        "a language model's prefill",
        LANGUAGE,
        {"spec": {"prefill": {"scaling": {"minReplicas": 3, "maxReplicas": 2}}}},
        ("spec.prefill.scaling.minReplicas",),
    ),
    Case(ORDER, "KEDA, none at all", SCALED, {"spec": {"maxReplicaCount": 0}}),
    Case(ORDER, "in order", KSERVE, predictor(minReplicas=2, maxReplicas=2)),
    Case(
        ORDER,
        "min above max",
        KSERVE,
        predictor(minReplicas=3, maxReplicas=2),
        ("spec.predictor.minReplicas",),
        says="found 3; expected at most maxReplicas, which is 2",
    ),
    Case(ORDER, "negative", TARGET, {"minCapacity": -1, "maxCapacity": 2}, ("minCapacity",)),
    Case(ORDER, "unknown max", KSERVE, predictor(minReplicas=3, maxReplicas=UNKNOWN)),
    Case(ORDER, "absent", KSERVE, predictor(model={})),
    Case(ORDER, "pool", NODES, pool(["g6.xlarge"], minSize=0, desiredSize=1, maxSize=4)),
    Case(
        ORDER,
        "pool desired above max",
        NODES,
        pool(["g6.xlarge"], minSize=0, desiredSize=5, maxSize=4),
        ("scalingConfig.desiredSize",),
    ),
    Case(POOL, "at the cap", NODES, pool(["g6.xlarge"], maxSize=10)),
    Case(POOL, "over", NODES, pool(["g6.xlarge"], maxSize=11), ("scalingConfig.maxSize",)),
    Case(POOL, "absent", NODES, {}),
    Case(POOL, "unknown", NODES, pool(["g6.xlarge"], maxSize=UNKNOWN)),
    Case(INSTANCE, "one accelerator", NODES, pool(["g6.xlarge", "g6.12xlarge"])),
    Case(INSTANCE, "eight", NODES, pool(["g6.xlarge", "p5.48xlarge"]), ("instanceTypes[1]",)),
    Case(
        INSTANCE,
        "the rest beside an unknown one",
        NODES,
        pool([UNKNOWN, "p5.48xlarge"]),
        ("instanceTypes[1]",),
    ),
    Case(INSTANCE, "unknown", NODES, pool(UNKNOWN)),
    Case(INSTANCE, "absent", TEMPLATE, {}),
    Case(INSTANCE, "template", TEMPLATE, {"instanceType": "p4d.24xlarge"}, ("instanceType",)),
    Case(INSTANCE, "whole machine", TEMPLATE, {"instanceType": "p9x.48xlarge"}, ("instanceType",)),
    Case(
        INSTANCE,
        "the latest families",
        NODES,
        pool(["g7e.24xlarge", "p6-b300.48xlarge", "p6e-gb200.36xlarge"]),
        ("instanceTypes[1]", "instanceTypes[2]"),
    ),
    Case(INSTANCE, "small one without facts", TEMPLATE, {"instanceType": "g6f.4xlarge"}),
    Case(INSTANCE, "large without accelerators", TEMPLATE, {"instanceType": "m7i.48xlarge"}),
    Case(INSTANCE, "SageMaker", ENDPOINT, variants("ml.m5.large", "ml.g5.12xlarge")),
    Case(
        INSTANCE,
        "over-sized model",
        ENDPOINT,
        variants("ml.m5.large", "ml.p4d.24xlarge"),
        ("productionVariants[1].instanceType",),
        says="found ml.p4d.24xlarge with 8; expected a machine with at most 4 accelerators",
    ),
    Case(
        INSTANCE,
        "allowed",
        ENDPOINT,
        variants("ml.p5.48xlarge"),
        (),
        {"allowed": ["ml.p5.48xlarge"]},
    ),
    Case(TAINT, "tainted", NODES, pool(["g6.xlarge"]) | TAINTED),
    Case(TAINT, "no accelerators", NODES, pool(["m7i.large"])),
    Case(TAINT, "untainted", NODES, pool(["g6.xlarge"]), ("taints",)),
    Case(
        TAINT,
        "a soft taint",
        NODES,
        pool(["g6.xlarge"]) | {"taints": [{"key": "a", "effect": "PREFER_NO_SCHEDULE"}]},
        ("taints",),
    ),
    Case(TAINT, "unknown", NODES, pool(["g6.xlarge"]) | {"taints": UNKNOWN}),
    Case(STACK, "one pool", NODES, pool(["g6.xlarge"], maxSize=32)),
    Case(STACK, "one too many", NODES, pool(["g6.xlarge"], maxSize=33), ("scalingConfig.maxSize",)),
    Case(
        STACK,
        "two pools",
        NODES,
        pool(["g6.12xlarge"], maxSize=6),
        ("scalingConfig.maxSize",),
        others=(resource("other", NODES, pool(["g6.12xlarge"], maxSize=3)),),
        says="found 36 in the stack",
    ),
    Case(
        STACK,
        "endpoint by its scaling target",
        ENDPOINT,
        variants("ml.g5.12xlarge"),
        ("productionVariants[0].initialInstanceCount",),
        others=(
            resource(
                "target",
                TARGET,
                {"resourceId": "endpoint/e/variant/v", "maxCapacity": 9},
                of={"resourceId": ("subject",)},
            ),
        ),
    ),
    Case(
        STACK,
        "another endpoint's scaling target",
        ENDPOINT,
        variants("ml.g5.12xlarge"),
        others=(
            resource("target", TARGET, {"resourceId": "endpoint/x/variant/v", "maxCapacity": 9}),
        ),
    ),
    Case(STACK, "unknown", NODES, pool(UNKNOWN, maxSize=UNKNOWN)),
    Case(STACK, "absent", NODES, {}),
)
