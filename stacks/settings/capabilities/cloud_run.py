"""Asks that Cloud Run cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.cloud_run import CPUS, GPUS, PUBLIC_MEMBERS, STARTUP_SECONDS, cpu_misfit
from stacks.settings.asked import Asked
from stacks.settings.capabilities.names import one_name_for_two
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.common import DataClassification
from stacks.settings.problems import Problem, nearest

__all__ = ["RULES", "least_warm"]

_USUAL_CPU: Final = 1
_USUAL_MEMORY_MIB: Final = 1024


def _model(asked: Asked) -> CloudRunModel | None:
    return asked.settings if isinstance(asked.settings, CloudRunModel) else None


def least_warm(model: CloudRunModel) -> int:
    """Instances kept warm: as said, and at least one where mode or budget of a cold start ask."""
    mode = model.cold_start.mode
    warm = mode == "provisioned" or (mode is None and _starts_too_slowly(model))
    return max(model.min_replicas, 1) if warm else model.min_replicas


def _starts_too_slowly(model: CloudRunModel) -> bool:
    budget = model.cold_start.budget_ms
    seconds = model.load_seconds or STARTUP_SECONDS.maximum or 0
    return budget is not None and budget < seconds * 1000


def _cpu(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.resources.accelerator is not None:
        return
    cpu = model.resources.cpu
    if cpu is not None and cpu not in CPUS:
        path = ("resources", "cpu")
        yield refuse("cloud_run/cpu", path, cpu, asked, ", ".join(map(str, CPUS)))


def _memory(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.resources.accelerator is not None:
        return
    cpu, memory = model.resources.cpu, model.resources.memory_mib
    if memory is None and cpu is None:
        return
    got = _USUAL_MEMORY_MIB if memory is None else memory
    used = _USUAL_CPU if cpu is None else cpu
    if used in CPUS and (wrong := cpu_misfit(used, got, None)):
        path = ("resources", "cpu" if memory is None else "memory_mib")
        yield refuse("cloud_run/memory", path, cpu if memory is None else memory, asked, wrong)


def _accelerator(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or (name := model.resources.accelerator) is None:
        return
    count = model.resources.accelerator_count or 1
    if name not in GPUS:
        path, allowed = ("resources", "accelerator"), ", ".join(GPUS)
        close = nearest(name, tuple(GPUS))
        yield refuse("cloud_run/accelerator", path, name, asked, allowed, close)
    elif count > 1:
        yield refuse("cloud_run/accelerator", ("resources", "accelerator_count"), count, asked, "1")


def _gpu_size(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    gpu = GPUS.get(model.resources.accelerator or "") if model else None
    if model is None or gpu is None:
        return
    cpu, memory = model.resources.cpu, model.resources.memory_mib
    if cpu is not None and (wrong := cpu_misfit(cpu, gpu.memory_mib, gpu)):
        yield refuse("cloud_run/gpu-size", ("resources", "cpu"), cpu, asked, wrong)
    if memory is not None and (wrong := cpu_misfit(gpu.cpu, memory, gpu)):
        yield refuse("cloud_run/gpu-size", ("resources", "memory_mib"), memory, asked, wrong)


def _gpu_region(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    gpu = GPUS.get(model.resources.accelerator or "") if model else None
    site = asked.site.targets.cloud_run if asked.site else None
    if gpu is None or site is None or site.region in (*gpu.regions, *gpu.invited):
        return
    path, got = ("resources", "accelerator"), f"{gpu.name} in {site.region}"
    yield refuse("cloud_run/gpu-region", path, got, asked, ", ".join(gpu.regions))


def _gpu_billing(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.resources.accelerator in GPUS and model.cpu_always is False:
        yield refuse("cloud_run/gpu-billing", ("cpu_always",), False, asked)  # noqa: FBT003 - got


def _snap_start(asked: Asked) -> Iterator[Problem]:
    if (model := _model(asked)) and model.cold_start.mode == "snap_start":
        yield refuse("cloud_run/snap-start", ("cold_start", "mode"), "snap_start", asked)


def _cold_start(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.cold_start.mode != "none" or model.min_replicas > 0:
        return
    if _starts_too_slowly(model):
        path = ("cold_start", "budget_ms")
        yield refuse("cloud_run/cold-start", path, model.cold_start.budget_ms, asked)


def _everybody(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    public = model.data_classification is DataClassification.PUBLIC
    if model.public_access and public:
        return
    for number, member in enumerate(model.callers):
        if member in PUBLIC_MEMBERS:
            yield refuse("cloud_run/everybody", ("callers", number), member, asked)


def _names(asked: Asked) -> Iterator[Problem]:
    yield from one_name_for_two(asked, _model(asked))


RULES: Final[tuple[Rule, ...]] = (
    _cpu,
    _memory,
    _accelerator,
    _gpu_size,
    _gpu_region,
    _gpu_billing,
    _snap_start,
    _cold_start,
    _everybody,
    _names,
)
