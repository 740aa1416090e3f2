"""Asks that Vertex AI cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.vertex_serving import (
    ACCELERATOR_TYPES,
    ENDPOINT_KINDS,
    REPLICAS,
    SCALING_METRICS,
    SCALING_PERCENT,
    USUAL_ENDPOINT,
    EndpointKind,
    machine_for,
    misfit,
    registry_version,
    shares_pools,
)
from stacks.settings.asked import Asked
from stacks.settings.capabilities.names import one_name_for_two
from stacks.settings.capabilities.refusing import Placed, Rule, refuse
from stacks.settings.common import Resources
from stacks.settings.managed_targets import VertexTarget
from stacks.settings.problems import Problem, nearest
from stacks.settings.vertex import VertexModel
from stacks.settings.yaml_source import KeyPath

__all__ = ["RULES", "machine", "size"]

_REQUESTS: Final = "requests"


def _model(asked: Asked) -> VertexModel | None:
    return asked.settings if isinstance(asked.settings, VertexModel) else None


def _site(asked: Asked) -> VertexTarget | None:
    return asked.site.targets.vertex if asked.site else None


def _kind(asked: Asked, model: VertexModel) -> EndpointKind:
    site = _site(asked)
    usual = site.endpoint_type if site else USUAL_ENDPOINT
    return ENDPOINT_KINDS[model.endpoint_type or usual]


def _where_kind(model: VertexModel, otherwise: KeyPath) -> KeyPath:
    """The key that says the kind; without it the environment does, and the ask is what is wrong."""
    return ("endpoint_type",) if model.endpoint_type else otherwise


def _shadow(asked: Asked) -> Iterator[Problem]:
    if (model := _model(asked)) and model.strategy == "shadow":
        yield refuse("vertex/shadow", ("strategy",), model.strategy, asked)


def _ab(asked: Asked) -> Iterator[Problem]:
    if (model := _model(asked)) and model.strategy == "ab":
        yield refuse("vertex/ab", ("strategy",), model.strategy, asked)


def _zero(asked: Asked) -> Iterator[Problem]:
    # A pool that is there has its own bounds, whatever the environment's defaults say.
    if (model := _model(asked)) and not model.resource_pool and model.min_replicas == 0:
        yield refuse("vertex/zero", ("min_replicas",), 0, asked, str(REPLICAS))


def _size(asked: Asked) -> Iterator[Problem]:
    if model := _model(asked):
        yield from size(asked, model.resources)


def size(asked: Placed, resources: Resources) -> Iterator[Problem]:
    """CPU and memory are the machine's."""
    for key in ("cpu", "memory_mib"):
        if (value := getattr(resources, key)) is not None:
            yield refuse("vertex/cpu-and-memory", ("resources", key), value, asked)


def _machine(asked: Asked) -> Iterator[Problem]:
    if model := _model(asked):
        yield from machine(asked, model.machine_type, model.resources)


def machine(asked: Placed, machine_type: str | None, resources: Resources) -> Iterator[Problem]:
    """GPUs that there are, and a machine that carries them."""
    accelerator, count = resources.accelerator, resources.accelerator_count or 1
    if accelerator is not None and accelerator not in ACCELERATOR_TYPES:
        allowed, close = ", ".join(ACCELERATOR_TYPES), nearest(accelerator, ACCELERATOR_TYPES)
        path = ("resources", "accelerator")
        yield refuse("vertex/accelerator", path, accelerator, asked, allowed, close)
    elif machine_type is not None:
        if wrong := misfit(machine_type, accelerator, count):
            yield refuse("vertex/machine", ("machine_type",), machine_type, asked, wrong)
    elif machine_for(accelerator, count) is None:
        got = f"{count} of {accelerator}"
        yield refuse("vertex/accelerator", ("resources", "accelerator"), got, asked)


def _peered_candidate(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.candidate and not (kind := _kind(asked, model)).splits_traffic:
        path = _where_kind(model, ("candidate", "version"))
        yield refuse("vertex/peered-candidate", path, kind.name, asked)


def _peered_capture(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.capture and not (kind := _kind(asked, model)).logs_requests:
        path = _where_kind(model, ("capture", "percent"))
        yield refuse("vertex/peered-capture", path, kind.name, asked)


def _perimeter(asked: Asked) -> Iterator[Problem]:
    model, site = _model(asked), _site(asked)
    if model is None or site is None or not site.service_perimeter:
        return
    if not (kind := _kind(asked, model)).service_controls:
        path = _where_kind(model, ("target",))
        yield refuse("vertex/service-controls", path, kind.name, asked)


def _payload(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.payload_mb is None:
        return
    kind = _kind(asked, model)
    if not kind.payload.allows(model.payload_mb):
        allowed = f"{kind.payload} on {kind.title}"
        yield refuse("vertex/payload", ("payload_mb",), model.payload_mb, asked, allowed)


def _capture_payload(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.capture and set(model.capture.payload) != {"request", "response"}:
        got = ", ".join(model.capture.payload)
        yield refuse("vertex/capture-payload", ("capture", "payload"), got, asked)


def _capture_place(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.capture is None or model.capture.uri is None:
        return
    uri = model.capture.uri
    if not uri.startswith("bq://") or uri.count(".") < 2:  # noqa: PLR2004 - project, dataset, table
        yield refuse("vertex/capture-place", ("capture", "uri"), uri, asked)


def _pace(asked: Asked) -> Iterator[Problem]:
    if (model := _model(asked)) is None:
        return
    scaling = model.scaling
    for key in ("scale_out_cooldown_seconds", "scale_in_cooldown_seconds"):
        if (value := getattr(scaling, key)) is not None:
            yield refuse("vertex/scaling-pace", ("scaling", key), value, asked)
    if scaling.schedules:
        got = f"{len(scaling.schedules)} schedules"
        yield refuse("vertex/scaling-pace", ("scaling", "schedules"), got, asked)


def _metric(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or (metric := model.scaling.metric) is None:
        return
    without_gpu = metric == "gpu" and model.resources.accelerator is None
    if metric not in SCALING_METRICS or without_gpu:
        allowed = "cpu, requests" if without_gpu else ", ".join(SCALING_METRICS)
        close = nearest(metric, SCALING_METRICS)
        yield refuse("vertex/scaling-metric", ("scaling", "metric"), metric, asked, allowed, close)


def _aim(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    metric, target = model.scaling.metric, model.scaling.target
    if target is None:
        if metric == _REQUESTS:
            yield Problem(
                asked.where(("scaling", "metric")),
                "MS0220",
                "scaling.metric",
                "got requests, and nothing says how many a replica answers in a minute",
                fix="add `target: 600` beside it, as measured",
            )
        return
    percent = metric != _REQUESTS
    if target != int(target) or (percent and not SCALING_PERCENT.allows(target)):
        path = ("scaling", "target")
        yield refuse("vertex/scaling-target", path, target, asked, str(SCALING_PERCENT))


def _pool(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or not (model.resource_pool or model.own_resource_pool):
        return
    path = ("resource_pool",) if model.resource_pool else ("own_resource_pool",)
    if not shares_pools(model.model.framework, own_image=model.model.image is not None):
        yield refuse("vertex/shared-pool", path, model.model.framework or "an image", asked)
    elif model.resource_pool and (theirs := _of_a_pool(model)):
        yield refuse("vertex/shared-pool", theirs, "it beside resource_pool", asked)
    elif model.spot:
        yield refuse("vertex/shared-pool", ("spot",), model.spot, asked)


def _of_a_pool(model: VertexModel) -> KeyPath:
    """The first key that a pool which is there has said already."""
    if model.own_resource_pool:
        return ("own_resource_pool",)
    if model.machine_type is not None:
        return ("machine_type",)
    if model.resources.accelerator is not None:
        return ("resources", "accelerator")
    for key in ("metric", "target"):
        if getattr(model.scaling, key) is not None:
            return ("scaling", key)
    return ()


def _pool_bounds(asked: Asked) -> Iterator[Problem]:
    """An environment's defaults are for all models, and those in a pool take no notice of them."""
    model = _model(asked)
    if model is None or model.resource_pool is None:
        return
    for key in ("min_replicas", "max_replicas"):
        if asked.of_its_own((key,)):
            yield refuse("vertex/pool-replicas", (key,), getattr(model, key), asked)


def _registry(asked: Asked) -> Iterator[Problem]:
    if (model := _model(asked)) is None:
        return
    parts = {"model": model.model, **({"candidate": model.candidate} if model.candidate else {})}
    for key, artifact in parts.items():
        if not artifact.uri.startswith("vertex:"):
            continue
        if registry_version(artifact.uri) is None:
            yield refuse("vertex/registry-version", (key, "uri"), artifact.uri, asked)
        elif artifact.image is not None:
            yield refuse("vertex/registry-version", (key, "image"), artifact.image, asked)


def _names(asked: Asked) -> Iterator[Problem]:
    yield from one_name_for_two(asked, _model(asked))


RULES: Final[tuple[Rule, ...]] = (
    _shadow,
    _ab,
    _zero,
    _size,
    _machine,
    _peered_candidate,
    _peered_capture,
    _perimeter,
    _payload,
    _capture_payload,
    _capture_place,
    _pace,
    _metric,
    _aim,
    _pool,
    _pool_bounds,
    _registry,
    _names,
)
