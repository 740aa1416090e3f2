"""What models on managed platforms are paid for by, target by target."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Final

from delivery.costs.lines import Asked, between
from facts.azure_functions import FLEX_MEMORY_MIB, PREMIUM_SIZES
from facts.cloud_run import GPUS
from facts.prices import services
from facts.prices.monthly import Use
from facts.prices.table import Priced
from facts.vertex_serving import machine_for
from stacks.settings.azure_functions import AzureFunctionsModel
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.capabilities.azure_functions import least_ready
from stacks.settings.capabilities.cloud_run import least_warm
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.environment import Environment
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.managed import Scaling
from stacks.settings.models import AnySettings
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.sagemaker_async import SageMakerAsync
from stacks.settings.sagemaker_components import ComponentModel, SharedEndpoint
from stacks.settings.sagemaker_serverless import SageMakerServerless
from stacks.settings.vertex import VertexModel

__all__ = ["MANAGED"]

# What the components take where nothing is said.
_LAMBDA_MEMORY_MIB: Final = 1024
_SERVERLESS_MEMORY_MIB: Final = 2048
_CLOUD_RUN_CPU: Final = 1
_CLOUD_RUN_MEMORY_MIB: Final = 1024
_PREMIUM_INSTANCES: Final = 20
_REQUESTS: Final = "each request is paid for besides"


def _bounds(model: Any) -> tuple[Decimal, Decimal]:  # noqa: ANN401 - what scales
    """Fewest and most replicas, at whichever time of the schedules that is."""
    scaling: Scaling | None = getattr(model, "scaling", None)
    schedules = scaling.schedules if scaling else []
    least = [each.min_replicas for each in schedules if each.min_replicas is not None]
    most = [each.max_replicas for each in schedules if each.max_replicas is not None]
    return Decimal(min([model.min_replicas, *least])), Decimal(max([model.max_replicas, *most]))


def _gib(mib: int) -> Decimal:
    return Decimal(mib) / 1024


def _aws(site: Environment, service: str, item: str) -> Priced:
    return Priced("aws", service, item, site.targets.aws.region if site.targets.aws else None)


def _azure(site: Environment, service: str, item: str) -> Priced:
    azure = site.targets.azure
    region = azure.location.replace(" ", "").lower() if azure else None
    return Priced("azure", service, item, region)


def _instances(what: Priced, least: Decimal, most: Decimal | str) -> Asked:
    return Asked((Use(what, least, most),), between(least, most, what.item))


def _sagemaker(model: SageMakerModel | SageMakerAsync, site: Environment) -> Asked:
    least, most = _bounds(model)
    if model.candidate is not None:
        usual = model.max_replicas if isinstance(model, SageMakerModel) else 1
        beside = Decimal(model.candidate_replicas or usual)
        least, most = least + beside, most + beside
    return _instances(_aws(site, "sagemaker", model.instance_type), least, most)


def _shared_endpoint(model: SharedEndpoint, site: Environment) -> Asked:
    least, most = Decimal(model.min_replicas), Decimal(model.max_replicas)
    return _instances(_aws(site, "sagemaker", model.instance_type), least, most)


def _component(model: ComponentModel, site: Environment) -> Asked:
    if model.server is not None or model.instance_type is None:
        return Asked((), "copies on a shared endpoint", inside=str(model.server))
    said = model.min_instances
    least = Decimal(min(1, model.min_replicas) if said is None else said)
    most: Decimal | str = "its instances follow its copies, and max_instances does not end them"
    if model.max_instances is not None:
        most = Decimal(model.max_instances)
    return _instances(_aws(site, "sagemaker", model.instance_type), least, most)


def _serverless(model: SageMakerServerless, site: Environment) -> Asked:
    warm, most = _bounds(model)
    memory = model.resources.memory_mib or _SERVERLESS_MEMORY_MIB
    uses = services.serverless_endpoint(
        partial(_aws, site, "sagemaker_serverless"), memory, warm, most
    )
    return Asked(uses, between(warm, most, f"{memory} MiB"), beside="data in and out")


def _lambda(model: LambdaModel, site: Environment) -> Asked:
    least, most = _bounds(model)
    gb = _gib(model.resources.memory_mib or _LAMBDA_MEMORY_MIB)

    def of(item: str) -> Priced:
        return _aws(site, "lambda", f"{item}-{model.architecture}")

    uses = services.lambda_function(of, gb, least, max(most - least, Decimal(0)))
    says = between(least, most, f"{gb * 1024:f} MiB on {model.architecture}")
    return Asked(uses, says, beside=_REQUESTS)


def _vertex(model: VertexModel, site: Environment) -> Asked:
    region = site.targets.vertex.region if site.targets.vertex else None
    count = model.resources.accelerator_count or 1
    machine = model.machine_type or machine_for(model.resources.accelerator, count) or "a machine"
    versions = 1 if model.candidate is None else 2
    bounds = _bounds(model)
    least: Decimal | str = bounds[0] * versions
    most: Decimal | str = bounds[1] * versions
    if model.resource_pool is not None:
        least = most = f"the machines of pool {model.resource_pool} are somebody else's"
    says = between(least, most, machine)
    gpu = model.resources.accelerator
    gpus = None if gpu is None else (gpu, Decimal(count))
    floor = services.spot(least) if model.spot else least

    def of(item: str) -> Priced:
        return Priced("gcp", "vertex", item, region)

    return Asked(services.vertex(of, machine, gpus, floor, most), says)


def _cloud_run(model: CloudRunModel, site: Environment) -> Asked:
    region = site.targets.cloud_run.region if site.targets.cloud_run else None
    asked, gpu = model.resources, GPUS.get(model.resources.accelerator or "")
    said = gpu is None or "max_replicas" in model.model_fields_set
    most = Decimal(model.max_replicas if said or gpu is None else gpu.most_instances)
    least = Decimal(least_warm(model))
    cpu = Decimal(str(asked.cpu or (gpu.cpu if gpu else _CLOUD_RUN_CPU)))
    gib = _gib(asked.memory_mib or (gpu.memory_mib if gpu else _CLOUD_RUN_MEMORY_MIB))

    def of(item: str) -> Priced:
        return Priced("gcp", "cloud_run", item, region)

    says = between(least, most, f"{cpu:f} vCPU and {gib:f} GiB")
    always = model.cpu_always if model.cpu_always is not None else gpu is not None
    uses = services.cloud_run(of, (cpu, gib), least, most, always=always)
    if not always:
        return Asked(uses, says, beside=_REQUESTS)
    if gpu is not None:
        item = services.cloud_run_gpu(gpu.name, redundant=model.gpu_zonal_redundancy)
        uses = (*uses, Use(of(item), least, most))
        says += f" with {gpu.name}"
    return Asked(uses, says)


def _azure_ml(model: AzureMlModel, site: Environment) -> Asked:
    versions = 1 if model.candidate is None else 2
    least, most = (bound * versions for bound in _bounds(model))
    return _instances(_azure(site, "virtual_machines", model.instance_type), least, most)


def _azure_functions(model: AzureFunctionsModel, site: Environment) -> Asked:
    ready = least_ready(model)
    if model.plan == "premium":
        size = PREMIUM_SIZES[model.instance_type or "EP1"]
        said = "max_replicas" in model.model_fields_set
        # One instance is always there.
        least = Decimal(max(ready or 1, 1))
        most = Decimal(max(model.max_replicas if said else _PREMIUM_INSTANCES, least))
        uses = (
            Use(_azure(site, "functions", "premium-vcpu"), least * size.cores, most * size.cores),
            Use(
                _azure(site, "functions", "premium-memory"),
                least * _gib(size.memory_mib),
                most * _gib(size.memory_mib),
            ),
        )
        return Asked(uses, between(least, most, size.name))
    least, most = Decimal(ready or 0), Decimal(model.max_replicas)
    memory = model.resources.memory_mib or FLEX_MEMORY_MIB[1]
    gb, on_demand = _gib(memory), max(most - least, Decimal(0))
    uses = (
        Use(_azure(site, "functions", "flex-ready"), least * gb, least * gb),
        Use(_azure(site, "functions", "flex-ready-execution"), Decimal(0), least * gb),
        Use(_azure(site, "functions", "flex-execution"), Decimal(0), on_demand * gb),
    )
    return Asked(uses, between(least, most, f"{memory} MiB"), beside=_REQUESTS)


MANAGED: Final[dict[type[AnySettings], Callable[[Any, Environment], Asked]]] = {
    SageMakerModel: _sagemaker,
    SageMakerAsync: _sagemaker,
    SharedEndpoint: _shared_endpoint,
    ComponentModel: _component,
    SageMakerServerless: _serverless,
    LambdaModel: _lambda,
    VertexModel: _vertex,
    CloudRunModel: _cloud_run,
    AzureMlModel: _azure_ml,
    AzureFunctionsModel: _azure_functions,
}
