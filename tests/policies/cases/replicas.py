"""Cases of rules about the fewest replicas, and where they are."""

from typing import Any

from policies import Resource
from tests.policies.cases.disruption import scaled
from tests.policies.cases.probes import AZURE_ML
from tests.policies.cases.resources import DEPLOYMENT, ENDPOINT, HPA, KSERVE, LANGUAGE
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

FEW = "resources/too-few-replicas"
TOGETHER = "resources/replicas-together"
AWS = {"tags": {"model-serving:environment": "prod"}}


def server(environment: object = "prod", **spec: object) -> dict[str, Any]:
    labels = {} if environment is None else {"model-serving/environment": environment}
    return {"metadata": {"namespace": "models", "name": "ranker", "labels": labels}, "spec": spec}


def endpoint(**more: object) -> dict[str, Any]:
    variant = {"instanceType": "ml.m5.large"}
    return {"productionVariants": [{**variant, **more}], **AWS}


def azure(**more: object) -> dict[str, Any]:
    return {**more, **AWS}


def spread(**spec: object) -> dict[str, Any]:
    return server(replicas=2, template={"spec": spec})


def few(
    name: str,
    kind: str,
    properties: dict[str, Any],
    faults: tuple[str, ...] = (),
    *,
    others: tuple[Resource, ...] = (),
    says: str = "",
    **settings: object,
) -> Case:
    """Where it is asked for production, unless something else is said."""
    asked = {"environments": ["prod"], **settings}
    return Case(FEW, name, kind, properties, faults, asked, others, says=says)


SPREAD = "spec.template.spec.topologySpreadConstraints"
AFFINITY: dict[str, Any] = {
    "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{}]}
}

CASES = (
    few("two", DEPLOYMENT, server(replicas=2)),
    few("one", DEPLOYMENT, server(replicas=1), ("spec.replicas",)),
    few("absent", DEPLOYMENT, server(), ("spec.replicas",), says="found 1"),
    few("elsewhere", DEPLOYMENT, server("dev", replicas=1)),
    Case(FEW, "not asked for", DEPLOYMENT, server(replicas=1)),
    few("no tag", DEPLOYMENT, server(None, replicas=1)),
    few(
        "asked everywhere",
        DEPLOYMENT,
        server(None, replicas=1),
        ("spec.replicas",),
        environments=["*"],
    ),
    few(
        "more are asked",
        DEPLOYMENT,
        server(replicas=2),
        ("spec.replicas",),
        min_replicas=3,
    ),
    few("its autoscaler's", DEPLOYMENT, server(), others=scaled(HPA, minReplicas=2)),
    few(
        "its autoscaler's, one",
        DEPLOYMENT,
        server(),
        ("spec.replicas",),
        others=scaled(HPA),
    ),
    few("unknown", DEPLOYMENT, server(replicas=UNKNOWN)),
    few("unknown environment", DEPLOYMENT, server(UNKNOWN, replicas=1)),
    few("KServe", KSERVE, server(predictor={"minReplicas": 2})),
    few("KServe, absent", KSERVE, server(predictor={}), ("spec.predictor.minReplicas",)),
    few("a language model", LANGUAGE, server(replicas=1), ("spec.replicas",)),
    few(
        "a language model, scaled",
        LANGUAGE,
        server(scaling={"minReplicas": 1, "maxReplicas": 3}),
        ("spec.scaling.minReplicas",),
    ),
    few("SageMaker", ENDPOINT, endpoint(initialInstanceCount=2)),
    few(
        "SageMaker, one",
        ENDPOINT,
        endpoint(initialInstanceCount=1),
        ("productionVariants[0].initialInstanceCount",),
    ),
    few(
        "SageMaker, its own scaling",
        ENDPOINT,
        endpoint(managedInstanceScaling={"minInstanceCount": 1}, initialInstanceCount=2),
        ("productionVariants[0].managedInstanceScaling.minInstanceCount",),
    ),
    few("SageMaker, serverless", ENDPOINT, endpoint(serverlessConfig={"maxConcurrency": 5})),
    few("SageMaker, asynchronous", ENDPOINT, {**endpoint(), "asyncInferenceConfig": {}}),
    few("Azure ML", AZURE_ML, azure(sku={"capacity": 2})),
    few("Azure ML, one", AZURE_ML, azure(sku={"capacity": 1}), ("sku.capacity",)),
    Case(TOGETHER, "spread", DEPLOYMENT, spread(topologySpreadConstraints=[{"maxSkew": 1}])),
    Case(TOGETHER, "apart", DEPLOYMENT, spread(affinity=AFFINITY)),
    Case(TOGETHER, "nothing said", DEPLOYMENT, spread(), (SPREAD,)),
    Case(TOGETHER, "none", DEPLOYMENT, spread(topologySpreadConstraints=[]), (SPREAD,)),
    Case(TOGETHER, "one replica", DEPLOYMENT, server(replicas=1)),
    Case(
        TOGETHER,
        "two of an autoscaler",
        DEPLOYMENT,
        server(),
        (SPREAD,),
        others=scaled(HPA, minReplicas=2),
    ),
    Case(TOGETHER, "unknown", DEPLOYMENT, spread(topologySpreadConstraints=UNKNOWN)),
    Case(TOGETHER, "unknown affinity", DEPLOYMENT, spread(affinity=UNKNOWN_OBJECT)),
)
