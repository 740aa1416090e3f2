"""Rules over SageMaker's inference components."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from facts.accelerators import ACCELERATORS
from facts.inference_components import (
    BATCH_PERCENT,
    CPU,
    DEFAULT_BATCH_PERCENT,
    MEMORY_MIB,
    component_name,
    instances_for,
    misfit,
    shared_endpoint_name,
)
from facts.limits import SAGEMAKER_WAIT_SECONDS
from facts.machines.ec2 import EC2_GPU_INSTANCE_TYPES
from facts.sagemaker import HOSTING
from facts.sagemaker_hosting import METRICS, OWN_METRIC, most_of
from stacks.settings.capabilities import sagemaker_shared
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.capabilities.sagemaker_scaling import nothing_scales, schedule_problems
from stacks.settings.graph_checks import Others
from stacks.settings.pairs import low_above_high
from stacks.settings.pinning import pinned_image
from stacks.settings.problems import Problem, shown
from stacks.settings.problems import nearest as nearest_word
from stacks.settings.sagemaker_components import ComponentModel, SharedEndpoint
from stacks.settings.sagemaker_shared_endpoint_checks import ECR, copy_of, gpus_of, machine_problems
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["component"]

_LONGEST_NAME: Final = 63


@dataclass(frozen=True, slots=True)
class _OfComponent:
    settings: ComponentModel
    where: PlaceOf
    others: Others
    name: str

    @property
    def server(self) -> SharedEndpoint | None:
        """The shared endpoint, where it is known."""
        server = self.others.models.get(self.settings.server or "")
        return server if isinstance(server, SharedEndpoint) else None


_ComponentRule: TypeAlias = Callable[[_OfComponent], Iterator[Problem]]


def component(name: str, settings: ComponentModel, where: PlaceOf, others: Others) -> list[Problem]:
    """Problems of one component beside those that every model may have."""
    return apply(_COMPONENT_RULES, _OfComponent(settings, where, others, name))


def _candidate(asked: _OfComponent) -> Iterator[Problem]:
    if asked.settings.candidate is not None:
        got = asked.settings.candidate.version
        yield refuse("sagemaker_component/candidate", ("candidate",), got, asked)


def _where_it_runs(asked: _OfComponent) -> Iterator[Problem]:
    settings = asked.settings
    if settings.server is None and settings.instance_type is None:
        yield _problem(
            asked,
            "MS0446",
            ("instance_type",),
            "missing, and there is no `server`",
            fix="add `instance_type: ml.…` for an endpoint of its own, or `server: …`",
            key=True,
        )
    for key in ("instance_type", "min_instances", "max_instances"):
        value: object = getattr(settings, key)
        if settings.server is not None and value is not None:
            yield _problem(
                asked,
                "MS0446",
                (key,),
                f"got {shown(value)}, and the instances are those of {settings.server}",
                fix="remove it here, and say it in the server's file",
            )


def _server_is_there(asked: _OfComponent) -> Iterator[Problem]:
    name = asked.settings.server
    if name is None or asked.server is not None:
        return
    if name in asked.others.names:
        server = asked.others.models.get(name)
        if not asked.others.all_read or server is None:
            return
        message = f"got {shown(name)}, whose target is {server.target}"
    else:
        message = f"got {shown(name)}, and there is no such file"
    models = asked.others.models.items()
    close = nearest_word(name, (key for key, its in models if isinstance(its, SharedEndpoint)))
    yield Problem(
        asked.where(("server",)),
        "MS0447",
        "server",
        message,
        allowed="a file with target: sagemaker_shared_endpoint",
        nearest=close,
        fix=f"write `{close}`" if close else "add such a file, or name another server",
    )


def _server_reads_it(asked: _OfComponent) -> Iterator[Problem]:
    """The endpoint's role, which does not know its models, reads and pulls what its file says."""
    server, artifact = asked.server, asked.settings.model
    if server is None:
        return
    if not artifact.uri.startswith(tuple(server.artifact_prefixes)):
        yield _problem(
            asked,
            "MS0448",
            ("model", "uri"),
            f"got {shown(artifact.uri)}, which {asked.settings.server} may not read",
            allowed=f"below {', '.join(server.artifact_prefixes)}",
            fix="copy the artifact there, or have its place added to `artifact_prefixes`",
        )
    image = ECR.fullmatch(artifact.image) if artifact.image is not None else None
    known = {found[1] for each in server.images if (found := ECR.fullmatch(each))}
    if image is not None and image[1] not in known:
        yield _problem(
            asked,
            "MS0448",
            ("model", "image"),
            f"got an image of {image[1]}, which {asked.settings.server} may not pull",
            allowed=f"images of {', '.join(sorted(known)) or 'no repository but AWS’s own'}",
            fix="have an image of that repository added to `images` of the server",
        )


def _name(asked: _OfComponent) -> Iterator[Problem]:
    server = asked.settings.server
    on = shared_endpoint_name(server, asked.others.environment) if server is not None else None
    name = component_name(asked.name, asked.others.environment, on)
    if len(name) > _LONGEST_NAME:
        path = ("server",) if server is not None else ("target",)
        yield _problem(
            asked,
            "MS0449",
            path,
            f"the component would be called {name}, {len(name)} characters",
            allowed=f"at most {_LONGEST_NAME} characters",
            fix="shorten the name of the model's file, or of the server's",
        )


def _needs(asked: _OfComponent) -> Iterator[Problem]:
    """What a copy needs has to be said, within SageMaker's least."""
    resources = asked.settings.resources
    path: KeyPath = ("resources", "memory_mib")
    if resources.memory_mib is None:
        yield _problem(
            asked,
            "MS0102",
            path,
            "missing: SageMaker places copies by their memory",
            allowed=f"a whole number from {MEMORY_MIB.minimum:g}",
            fix="add `memory_mib: …` under `resources`",
            key=True,
        )
    for key, limit in (("memory_mib", MEMORY_MIB), ("cpu", CPU)):
        value: float | None = getattr(resources, key)
        if value is not None and not limit.allows(value):
            yield _problem(
                asked,
                "MS0104",
                ("resources", key),
                f"got {value:g} on sagemaker_component",
                allowed=str(limit),
                fix=f"write {limit.minimum:g} or more",
            )


def _own_machine(asked: _OfComponent) -> Iterator[Problem]:
    if asked.settings.instance_type is not None:
        yield from machine_problems(asked, asked.settings.instance_type)


def _accelerator(asked: _OfComponent) -> Iterator[Problem]:
    wanted, instance_type = asked.settings.resources.accelerator, _instance_type(asked)
    if wanted is None or instance_type not in HOSTING:
        return
    machine = EC2_GPU_INSTANCE_TYPES.get(str(instance_type).removeprefix("ml."))
    if machine is None or machine.accelerator != wanted:
        has = ACCELERATORS[machine.accelerator].name if machine else "no GPU"
        allowed = f"{instance_type} has {has}"
        path = ("resources", "accelerator")
        yield refuse("sagemaker_component/accelerator", path, wanted, asked, allowed)


def _fits(asked: _OfComponent) -> Iterator[Problem]:
    """On an endpoint of its own; what is on a shared one, that one's file is held to."""
    settings = asked.settings
    if settings.server is not None or settings.instance_type not in HOSTING:
        return
    instance_type, copy = str(settings.instance_type), copy_of(settings)
    batch = settings.rollout.size_percent or DEFAULT_BATCH_PERCENT
    enough = instances_for(copy, instance_type, settings.max_replicas, batch)
    most = settings.max_instances or max(enough, settings.min_instances or 0, 1)
    wrong = misfit({asked.name: (copy, settings.max_replicas)}, instance_type, most)
    if wrong is not None:
        key = "max_instances" if settings.max_instances is not None else "instance_type"
        yield refuse("sagemaker_component/fit", (key,), getattr(settings, key), asked, wrong)


def _instances(asked: _OfComponent) -> Iterator[Problem]:
    low, high = asked.settings.min_instances, asked.settings.max_instances
    if low is not None and high is not None:
        yield from low_above_high(asked.where, ("min_instances", low), ("max_instances", high))


def _batches(asked: _OfComponent) -> Iterator[Problem]:
    rollout = asked.settings.rollout
    if rollout.size_percent is not None and not BATCH_PERCENT.allows(rollout.size_percent):
        path = ("rollout", "size_percent")
        got, allowed = rollout.size_percent, str(BATCH_PERCENT)
        yield refuse("sagemaker_component/shift-size", path, got, asked, allowed)
    wait = rollout.wait_seconds
    if wait is not None and not SAGEMAKER_WAIT_SECONDS.allows(wait):
        path = ("rollout", "wait_seconds")
        allowed = str(SAGEMAKER_WAIT_SECONDS)
        yield refuse("sagemaker_component/shift-size", path, wait, asked, allowed)


def _artifact(asked: _OfComponent) -> Iterator[Problem]:
    uri, image = asked.settings.model.uri, asked.settings.model.image
    yield from sagemaker_shared.artifact(asked, ("model", "uri"), uri)
    if image is not None and pinned_image(image) and not ECR.fullmatch(image):
        yield refuse("sagemaker/image", ("model", "image"), image, asked)


def _env(asked: _OfComponent) -> Iterator[Problem]:
    yield from sagemaker_shared.secrets(asked, asked.settings.env)


def _metric(asked: _OfComponent) -> Iterator[Problem]:
    scaling = asked.settings.scaling
    metric, path = scaling.metric, ("scaling", "metric")
    if metric is not None and metric not in METRICS:
        if not re.fullmatch(OWN_METRIC, metric):
            close = nearest_word(metric, METRICS)
            yield refuse("sagemaker/scaling", path, metric, asked, close=close)
        elif scaling.target is None:
            allowed = "a target beside a metric of one's own"
            yield refuse("sagemaker/scaling", path, metric, asked, allowed)
    if metric == "gpu" and not gpus_of(asked.settings):
        allowed = "another metric: a copy has no GPU"
        yield refuse("sagemaker/scaling", path, metric, asked, allowed)
    most = most_of(metric or "requests")
    if scaling.target is not None and not 0.001 <= scaling.target <= most:  # noqa: PLR2004 - the least that the component takes
        path = ("scaling", "target")
        yield refuse("sagemaker/scaling", path, scaling.target, asked, f"0.001 to {most:,}")


def _schedules(asked: _OfComponent) -> Iterator[Problem]:
    yield from schedule_problems(asked, asked.settings.scaling)


def _nothing_scales(asked: _OfComponent) -> Iterator[Problem]:
    yield from nothing_scales(asked, asked.settings.scaling, "copies")


def _instance_type(asked: _OfComponent) -> str | None:
    server = asked.server
    return server.instance_type if server is not None else asked.settings.instance_type


def _problem(  # noqa: PLR0917
    asked: _OfComponent,
    code: str,
    path: KeyPath,
    message: str,
    allowed: str = "",
    fix: str = "",
    *,
    key: bool = False,
) -> Problem:
    place = asked.where(path, key=key)
    return Problem(place, code, dotted(path), message, allowed=allowed, fix=fix)


_COMPONENT_RULES: Final[tuple[_ComponentRule, ...]] = (
    _candidate,
    _where_it_runs,
    _server_is_there,
    _server_reads_it,
    _name,
    _needs,
    _own_machine,
    _accelerator,
    _fits,
    _instances,
    _batches,
    _artifact,
    _env,
    _metric,
    _schedules,
    _nothing_scales,
)
