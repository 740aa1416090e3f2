"""Security: what a container of SageMaker's can reach, and who can reach it."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.configuration import setting
from policies.properties import Property
from policies.resource_types import ENDPOINT_CONFIGURATION, MODEL
from policies.rule import Faults, Level, Severity, Unknown, resource_rule, stack_rule
from policies.view import Stack, View


@dataclass(frozen=True)
class Isolation:
    """Settings."""

    accept_vpc: bool = setting(
        True,
        "A model in a VPC of your own need not be isolated: its security groups bound it.",
    )


@stack_rule(
    "security/model-not-isolated",
    severity=Severity.HIGH,
    types=(MODEL, ENDPOINT_CONFIGURATION),
    fix="Set enableNetworkIsolation to true, or vpcConfig where the model needs a network.",
    unknown=Unknown.REST,
    settings=Isolation,
    checkov=("CKV_AWS_370",),
    level=Level.ADVISORY,
)
def model_not_isolated(stack: Stack, settings: Isolation) -> Faults:
    """A model's container can send to the internet whatever it sees.

    So it is where nothing is said. SageMaker brings the artifact itself, so that few containers
    need a network. Serverless endpoints refuse isolation and a VPC: a model that only those of the
    stack use is left alone.
    https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """
    configurations = stack.of(ENDPOINT_CONFIGURATION)
    for model in stack.of(MODEL):
        isolated, network = model.get("enableNetworkIsolation"), model.get("vpcConfig")
        if not isolated.off or (settings.accept_vpc and not network.absent):
            continue
        users = [one for one in configurations if _uses(one, model)]
        if not users or not all(map(_serverless, users)):
            yield Stack.fault(model, isolated, "true, or a vpcConfig")


def _variants(configuration: View) -> Iterator[Property]:
    for key in ("productionVariants", "shadowProductionVariants"):
        yield from configuration.get(key).items()


def _uses(configuration: View, model: View) -> bool:
    if model.urn in configuration.resource.dependencies:
        return True
    name = model.get("name")
    return isinstance(name.raw, str) and any(
        variant.get("modelName").raw == name.raw for variant in _variants(configuration)
    )


def _serverless(configuration: View) -> bool:
    return any(not variant.get("serverlessConfig").absent for variant in _variants(configuration))


@dataclass(frozen=True)
class ModelNetwork:
    """Settings."""

    require_vpc: bool = setting(False, "Ask for a VPC of each model.")


@resource_rule(
    "security/model-network",
    severity=Severity.MEDIUM,
    types=(MODEL,),
    fix="Give vpcConfig two subnets in two zones, and the security groups that bound the model.",
    unknown=Unknown.LATER,
    settings=ModelNetwork,
    level=Level.ADVISORY,
)
def model_network(view: View, settings: ModelNetwork) -> Faults:
    """A model's network has one subnet, or none where its image asks for one.

    With one subnet all instances stand in one zone:
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-best-practices.html. An image of a
    registry in your VPC is pulled through it:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ImageConfig.html
    """
    network = view.get("vpcConfig")
    private = any(
        place.get("imageConfig", "repositoryAccessMode").text() == "Vpc"
        for place in [view.get("primaryContainer"), *view.get("containers").items()]
    )
    if network.absent:
        if private:
            yield network.fault("the VPC of the registry that repositoryAccessMode names")
        elif settings.require_vpc:
            yield network.fault("a VPC of your own")
    for place in network.items():
        subnets = place.get("subnets")
        if len(subnets.items()) == 1:
            yield subnets.fault("two subnets, in two zones")


RULES = (model_not_isolated, model_network)
