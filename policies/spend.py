"""What resources are paid for by time: machines, memory and cores, at the fewest and at the most.

Raw resources alone are read, whoever wrote them. What no bound of a resource ends, such as
requests, is not here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

from facts.accelerators import ACCELERATORS
from facts.prices import services
from facts.prices.list_prices import MACHINE_SERVICES, attached_item
from facts.prices.monthly import Use, any_of, ends
from facts.prices.services import Number
from facts.prices.table import Priced, PriceTable
from facts.vertex_serving import ACCELERATOR_TYPES
from policies import machine_types
from policies.azure_ml import deployment
from policies.machines import ScalingTargets, by_template, stack_pools
from policies.pool import Machine, Pool
from policies.properties import Property
from policies.quantities import quantity
from policies.regions import cloud_of, region_of
from policies.resource_types import (
    AZURE_ML_DEPLOYMENT,
    CLOUD_RUN_SERVICE,
    ENDPOINT_CONFIGURATION,
    FUNCTION,
    GKE_NODE_POOL,
    NODE_GROUP,
    PROVISIONED_CONCURRENCY,
    VERTEX_DEPLOYED_MODEL,
)
from policies.tokens import fold
from policies.view import Stack, View

__all__ = ["SPENDING_TYPES", "Spent", "spent"]

SPENDING_TYPES: Final = (
    *(ENDPOINT_CONFIGURATION, FUNCTION, CLOUD_RUN_SERVICE),
    *(AZURE_ML_DEPLOYMENT, VERTEX_DEPLOYED_MODEL),
)
# What is taken where nothing is said. https://docs.aws.amazon.com/eks/latest/APIReference/
# API_CreateNodegroup.html, https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html,
# https://cloud.google.com/run/docs/configuring/services/cpu and …/memory-limits and …/max-instances
_USUAL_MACHINE: Final = {NODE_GROUP: "t3.medium", GKE_NODE_POOL: "e2-medium"}
_USUAL_LAMBDA_MIB: Final = Decimal(128)
_USUAL_CPU: Final = Decimal(1)
_USUAL_GIB: Final = Decimal("0.5")
_USUAL_INSTANCES: Final = Decimal(100)
_GIB: Final = Decimal(2**30)
_KINDS: Final = {word: kind for kind, word in ACCELERATOR_TYPES.items()}
_ATTACHED: Final = {fact.gke_name: kind for kind, fact in ACCELERATORS.items()}


@dataclass(frozen=True, slots=True)
class Spent:
    """What one place of a resource makes run."""

    view: View
    place: Property
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A stack with the prices, and regions of resources that name none, by cloud."""

    stack: Stack
    table: PriceTable
    regions: dict[str, str]
    targets: ScalingTargets
    kept_warm: Sequence[View]

    def priced(self, view: View, service: str, item: str) -> Priced:
        return self.of(view, cloud_of(view), service, item)

    def of(self, view: View, cloud: str, service: str, item: str) -> Priced:
        return Priced(cloud, service, item, region_of(view) or self.regions.get(cloud))


def spent(stack: Stack, table: PriceTable, regions: dict[str, str]) -> Iterator[Spent]:
    """Everything in the stack that is paid for by time; what the update decides is left out."""
    asked = _Asked(stack, table, regions, ScalingTargets(stack), stack.of(PROVISIONED_CONCURRENCY))
    yield from _pools(asked)
    for token, read in _READERS.items():
        for view in stack.of(token):
            yield from read(asked, view)


def _number(place: Property, usual: float = 0) -> Decimal | None:
    """The number there; the usual one where nothing is said, None where the update decides."""
    if place.absent:
        return Decimal(str(usual))
    found = place.number()
    return None if found is None else Decimal(str(found))


def _pools(asked: _Asked) -> Iterator[Spent]:
    for view, pool in stack_pools(asked.stack):
        least, most = pool.least(), pool.most()
        if most is None and pool.unbounded() is None:
            continue
        ceiling = "nothing bounds the pool" if most is None else Decimal(str(most.count))
        fewest = Decimal(str(least.count)) if least else Decimal(0)
        floor = services.spot(fewest) if pool.spot() else fewest
        place = most.place if most else pool.unbounded() or pool.place
        yield Spent(view, place, _nodes(asked, view, pool, floor, ceiling))


def _nodes(
    asked: _Asked, view: View, pool: Pool, floor: Number, ceiling: Number
) -> tuple[Use, ...]:
    machines = [*pool.machines(), *by_template(asked.stack, view)]
    names = [_item(one) for one in machines if one.name]
    usual = _USUAL_MACHINE.get(view.token)
    if usual and not machines and view.get("launchTemplate").absent:
        names = [usual]
    if not names:
        reason = ceiling if isinstance(ceiling, str) else "no machine type is named"
        return (Use(asked.priced(view, "", ""), reason if floor else floor, reason),)
    # Karpenter's pools are objects of Kubernetes: the machine's name tells whose it is.
    cloud = machine_types.cloud(names[0])
    items = [asked.of(view, cloud, MACHINE_SERVICES[cloud], name) for name in names]
    return any_of(ends(items, asked.table), floor, ceiling)


def _item(one: Machine) -> str:
    """Of N1 the name alone does not tell the price: GPUs are attached to it."""
    if one.count is None or not (one.attached and one.name.startswith("n1-")):
        return one.name
    return attached_item(one.name, int(one.count), _ATTACHED.get(one.attached, one.attached))


def _endpoint(asked: _Asked, view: View) -> Iterator[Spent]:
    for key in ("productionVariants", "shadowProductionVariants"):
        for variant in view.get(key).items():
            serverless = variant.get("serverlessConfig").items()
            if serverless:
                yield from _serverless(asked, view, serverless[0])
                continue
            name, count = variant.get("instanceType").text(), variant.get("initialInstanceCount")
            began = _number(count, 1)
            if name is None or began is None:
                continue
            managed = variant.get("managedInstanceScaling")
            floor, most = began, max(began, Decimal(str(asked.targets.most(view, variant))))
            if managed.get("status").text() == "ENABLED":
                floor = _number(managed.get("minInstanceCount"), float(began)) or Decimal(0)
                most = max(most, _number(managed.get("maxInstanceCount")) or Decimal(0))
            what = asked.priced(view, "sagemaker", name)
            yield Spent(view, count, (Use(what, min(floor, most), most),))


def _serverless(asked: _Asked, view: View, config: Property) -> Iterator[Spent]:
    memory = _number(config.get("memorySizeInMb"), 2048)
    warm = _number(config.get("provisionedConcurrency"))
    most = _number(config.get("maxConcurrency"))
    if memory is None or warm is None or most is None:
        return
    of = partial(asked.priced, view, "sagemaker_serverless")
    uses = services.serverless_endpoint(of, int(memory), warm, most)
    yield Spent(view, config.get("maxConcurrency"), uses)


def _function(asked: _Asked, view: View) -> Iterator[Spent]:
    """What is kept warm, and what may run at once: without a reservation nothing ends that."""
    memory = _number(view.get("memorySize"), float(_USUAL_LAMBDA_MIB))
    architectures = [one.text() for one in view.get("architectures").items()]
    reserved = view.get("reservedConcurrentExecutions")
    most = _number(reserved, -1)
    if memory is None or most is None:
        return
    gb, kind = memory / 1024, (architectures or ["x86_64"])[0]
    warm = _warm(asked, view)

    def of(item: str) -> Priced:
        return asked.priced(view, "lambda", f"{item}-{kind}")

    # -1 is what the provider says for no reservation.
    on_demand: Number = "no reserved concurrency bounds a function"
    if most >= 0:
        on_demand = max(most - warm, Decimal(0))
    yield Spent(view, reserved, services.lambda_function(of, gb, warm, on_demand))


def _warm(asked: _Asked, function: View) -> Decimal:
    found = Decimal(0)
    for view in asked.kept_warm:
        name = view.get("functionName")
        if function.urn in asked.stack.upstream(view, "functionName", "qualifier") or (
            name.text() is not None and name.text() == function.get("name").text()
        ):
            found += _number(view.get("provisionedConcurrentExecutions")) or Decimal(0)
    return found


def _cloud_run(asked: _Asked, view: View) -> Iterator[Spent]:
    """By the service's own bounds where it has them, else by its template's."""
    template = view.get("template")
    own, ours = view.get("scaling"), template.get("scaling")
    fewest = (ours if _zero(own, "min") else own).get("minInstanceCount")
    place = (ours if _zero(own, "max") else own).get("maxInstanceCount")
    least, most = _number(fewest), _number(place, float(_USUAL_INSTANCES))
    if least is None or most is None:
        return
    cpu = gib = Decimal(0)
    idle = True
    for each in template.get("containers").items():
        resources = each.get("resources")
        limits = resources.get("limits")
        cpu += _amount(limits.get("cpu"), _USUAL_CPU)
        gib += _amount(limits.get("memory"), _USUAL_GIB * _GIB) / _GIB
        idle = idle and resources.get("cpuIdle").flag() is not False
    of = partial(asked.priced, view, "cloud_run")
    uses = services.cloud_run(of, (cpu, gib), least, most, always=not idle)
    gpu = template.get("nodeSelector", "accelerator").text()
    if gpu is not None:
        redundant = not template.get("gpuZonalRedundancyDisabled").flag()
        uses += (Use(of(services.cloud_run_gpu(gpu, redundant=redundant)), least, most),)
    yield Spent(view, place, uses)


def _zero(scaling: Property, end: str) -> bool:
    """Whether the service leaves this bound to its template; outputs have it as 0 then."""
    place = scaling.get(f"{end}InstanceCount")
    return place.absent or place.number() == 0


def _amount(place: Property, usual: Decimal) -> Decimal:
    return usual if place.absent else quantity(place) or Decimal(0)


def _azure_ml(asked: _Asked, view: View) -> Iterator[Spent]:
    name = deployment(view).get("instanceType").text()
    count = view.get("sku", "capacity")
    instances = _number(count, 1)
    if name is not None and instances is not None:
        what = asked.priced(view, "virtual_machines", name)
        yield Spent(view, count, (Use(what, instances, instances),))


def _vertex(asked: _Asked, view: View) -> Iterator[Spent]:
    name, place = view.get("machineType").text(), view.get("maxReplicaCount")
    least = _number(view.get("minReplicaCount"), 1)
    most = _number(place, float(least or 1))
    if name is None or least is None or most is None:
        return
    gpu, each = view.get("acceleratorType").text(), _number(view.get("acceleratorCount"), 1)
    gpus = None if gpu is None or each is None else (_KINDS.get(gpu, gpu), each)
    floor = services.spot(least) if view.get("spot").flag() else least
    of = partial(asked.priced, view, "vertex")
    yield Spent(view, place, services.vertex(of, name, gpus, floor, most))


_READERS: Final[dict[str, Callable[[_Asked, View], Iterator[Spent]]]] = {
    ENDPOINT_CONFIGURATION: _endpoint,
    FUNCTION: _function,
    CLOUD_RUN_SERVICE: _cloud_run,
    fold(AZURE_ML_DEPLOYMENT): _azure_ml,
    VERTEX_DEPLOYED_MODEL: _vertex,
}
