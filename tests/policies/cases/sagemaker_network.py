"""Cases of rules about the network of SageMaker's models."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case, resource

MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ISOLATION = "security/model-not-isolated"
NETWORK = "security/model-network"

FLAG = ("enableNetworkIsolation",)
VPC = {"vpcConfig": {"subnets": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}}
ONE_SUBNET = {"vpcConfig": {"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}}
IN_VPC = {"image": "registry.example.com/x:1", "imageConfig": {"repositoryAccessMode": "Vpc"}}
INSTANCES = {"instanceType": "ml.m5.large"}
SERVERLESS = {"serverlessConfig": {"memorySizeInMb": 2048, "maxConcurrency": 5}}


def using(variant: dict[str, Any], name: str = "configuration", model: object = "fraud") -> Any:  # noqa: ANN401
    variants = [{"modelName": model, **variant}]
    return resource(name, CONFIGURATION, {"productionVariants": variants})


def computed(variant: dict[str, Any]) -> Any:  # noqa: ANN401
    variants = [{"modelName": UNKNOWN, **variant}]
    of = {"productionVariants": ("subject",)}
    return resource("configuration", CONFIGURATION, {"productionVariants": variants}, of=of)


CASES = (
    Case(ISOLATION, "isolated", MODEL, {"enableNetworkIsolation": True}),
    Case(ISOLATION, "not isolated", MODEL, {"enableNetworkIsolation": False}, FLAG),
    Case(ISOLATION, "absent", MODEL, {}, FLAG),
    Case(ISOLATION, "in a VPC", MODEL, VPC),
    Case(
        ISOLATION, "in a VPC, which is not enough", MODEL, VPC, FLAG, settings={"accept_vpc": False}
    ),
    Case(ISOLATION, "on machines", MODEL, {"name": "fraud"}, FLAG, others=(using(INSTANCES),)),
    Case(ISOLATION, "serverless", MODEL, {"name": "fraud"}, others=(using(SERVERLESS),)),
    Case(
        ISOLATION,
        "serverless by what it is computed from",
        MODEL,
        {},
        others=(computed(SERVERLESS),),
    ),
    Case(
        ISOLATION,
        "serverless and on machines",
        MODEL,
        {"name": "fraud"},
        FLAG,
        others=(using(SERVERLESS), using(INSTANCES, "further")),
    ),
    Case(
        ISOLATION,
        "another model is serverless",
        MODEL,
        {"name": "fraud"},
        FLAG,
        others=(using(SERVERLESS, model="churn"),),
    ),
    Case(ISOLATION, "unknown", MODEL, {"enableNetworkIsolation": UNKNOWN}),
    Case(ISOLATION, "unknown VPC", MODEL, {"vpcConfig": UNKNOWN_OBJECT}),
    Case(NETWORK, "two subnets", MODEL, VPC),
    Case(NETWORK, "one subnet", MODEL, ONE_SUBNET, ("vpcConfig.subnets",)),
    Case(NETWORK, "no VPC", MODEL, {}),
    Case(
        NETWORK,
        "no VPC where one is asked for",
        MODEL,
        {},
        ("vpcConfig",),
        settings={"require_vpc": True},
    ),
    Case(
        NETWORK, "no VPC for an image in one", MODEL, {"primaryContainer": IN_VPC}, ("vpcConfig",)
    ),
    Case(
        NETWORK,
        "no VPC for one of several images",
        MODEL,
        {"containers": [{}, IN_VPC]},
        ("vpcConfig",),
    ),
    Case(NETWORK, "an image in the VPC", MODEL, {"primaryContainer": IN_VPC, **VPC}),
    Case(NETWORK, "unknown", MODEL, {"primaryContainer": IN_VPC, "vpcConfig": UNKNOWN_OBJECT}),
    Case(NETWORK, "unknown subnets", MODEL, {"vpcConfig": {"subnets": UNKNOWN}}),
)
