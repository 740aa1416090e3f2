"""Resources: a model outlives the loss of one machine, where it matters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from facts import tags
from policies.azure_ml import deployment
from policies.configuration import setting
from policies.pods import components, pods
from policies.properties import Property
from policies.resource_types import (
    AZURE_ML_DEPLOYMENT,
    ENDPOINT_CONFIGURATION,
    INFERENCE_SERVICE,
    LANGUAGE_MODEL,
)
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, stack_rule
from policies.scalers import SCALERS, fewest
from policies.tokens import fold
from policies.view import Stack, View
from policies.workloads import SERVERS

_SERVERS: Final = {fold(one) for one in SERVERS}
_SEVERAL: Final = 2
_MODELS: Final = (
    *SERVERS,
    INFERENCE_SERVICE,
    LANGUAGE_MODEL,
    ENDPOINT_CONFIGURATION,
    AZURE_ML_DEPLOYMENT,
)


@dataclass(frozen=True)
class ReplicasInProduction:
    """Settings."""

    min_replicas: int = setting(2, "Fewest replicas of a model.", minimum=1)
    environments: tuple[str, ...] = setting(
        (),
        "Values of the tag environment for which it is asked, such as prod; * for all. None named: "
        "it is asked for none.",
    )


@stack_rule(
    "resources/too-few-replicas",
    severity=Severity.MEDIUM,
    types=(*_MODELS, *SCALERS),
    fix="Keep two replicas: minReplicas, replicas, initialInstanceCount, or sku.capacity.",
    unknown=Unknown.REST,
    settings=ReplicasInProduction,
    level=Level.ADVISORY,
)
def too_few_replicas(stack: Stack, settings: ReplicasInProduction) -> Faults:
    """The loss of one machine, or its maintenance, is an outage of a model.

    Asked of the environments that the setting names: a second copy on GPUs costs as much as the
    first. SageMaker spreads two instances over zones; serverless and asynchronous ones are left
    out, as is Cloud Run, which replaces an instance by itself. Of an autoscaled Deployment its
    autoscaler's bound counts.
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-best-practices.html
    """
    for view in stack.of(*_MODELS):
        everywhere = "*" in settings.environments
        if not everywhere and (
            view.tags_unknown() or view.tags.get(tags.ENVIRONMENT) not in settings.environments
        ):
            continue
        for place, number in _least(stack, view):
            if number is not None and number < settings.min_replicas:
                found = f"{number:g}" if place.absent else None
                yield Stack.fault(view, place, f"{settings.min_replicas} or more", found)


def _least(stack: Stack, view: View) -> Iterator[tuple[Property, float | None]]:
    """Where the fewest replicas are said, and how many that are."""
    if view.token in _SERVERS:
        # The finding is on the server, whoever says it.
        yield view.get("spec", "replicas"), fewest(stack, view)[1]
    elif view.token == fold(INFERENCE_SERVICE):
        for part in components(view):
            if ".canary[" not in part.path:
                yield _or(part.get("minReplicas"), 1)
    elif view.token == fold(LANGUAGE_MODEL):
        scaling = view.get("spec", "scaling")
        alone = scaling.absent
        yield _or(view.get("spec", "replicas") if alone else scaling.get("minReplicas"), 1)
    elif view.token == ENDPOINT_CONFIGURATION:
        yield from _of_variants(view)
    else:
        scale = view.get("sku", "capacity")
        yield _or(deployment(view).get("instanceCount") if scale.absent else scale, 1)


def _or(place: Property, usual: float) -> tuple[Property, float | None]:
    return place, (usual if place.absent else place.number())


def _of_variants(view: View) -> Iterator[tuple[Property, float | None]]:
    if not view.get("asyncInferenceConfig").absent:
        return
    for variant in view.get("productionVariants").items():
        if not variant.get("serverlessConfig").absent:
            continue
        for managed in variant.get("managedInstanceScaling").items():
            if not managed.get("minInstanceCount").absent:
                yield managed.get("minInstanceCount"), managed.get("minInstanceCount").number()
                break
        else:
            yield _or(variant.get("initialInstanceCount"), 1)


@stack_rule(
    "resources/replicas-together",
    severity=Severity.LOW,
    types=(*SERVERS, *SCALERS),
    fix="Set topologySpreadConstraints over kubernetes.io/hostname, or podAntiAffinity.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def replicas_together(stack: Stack, _settings: NoSettings) -> Faults:
    """All replicas of a server may be on one node.

    Kubernetes spreads by itself only where nodes differ by more than three pods: two replicas may
    well be neighbours, and go together. KServe's are left out: Knative takes no such constraints
    unless its operator switches them on.
    https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#internal-default-constraints
    """
    for view in stack.of(*SERVERS):
        least = fewest(stack, view)[1]
        for pod in pods(view):
            spread = pod.spec.get("topologySpreadConstraints")
            apart = pod.spec.get("affinity", "podAntiAffinity")
            if least is None or least < _SEVERAL:
                continue
            if not spread.items() and not spread.unknown and apart.absent:
                yield Stack.fault(view, spread, "replicas on several nodes")


RULES = (
    too_few_replicas,
    replicas_together,
)
