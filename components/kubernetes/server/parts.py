"""Further services that make one unit with a model's server: all of a version, or none of it.

Each version of the model has all of its parts, in Deployments and Services of their own, and its
pods find the parts of their own version by name. Requests come in at the model's server alone, and
move to a version only when every part of it is ready.
"""

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict, cast

from components.checks import Checks
from components.kubernetes.labels import PART_OF
from components.kubernetes.server.model_server_settings import ServerSettings, read_server_settings
from components.kubernetes.server.model_source import check_artifact
from components.kubernetes.server.slots import Slot
from components.kubernetes.server.strategy import Strategy
from components.serving import Core
from facts.model_servers import reads_a_folder
from facts.strategies import address_variable

__all__ = ["ModelServerPart", "Part", "as_one", "read_parts"]

_NAME: Final = re.compile(r"[a-z]([-a-z0-9]{0,18}[a-z0-9])?")
_LONGEST_NAME: Final = 63
# What a part has of the model's server, unless it says otherwise.
_SHARED: Final = (
    "namespace",
    "profile",
    "service_account_name",
    "user_id",
    "image_pull_policy",
    "image_pull_secrets",
    "download_image",
    "download_cpu",
    "download_memory_mib",
    "image_volumes",
    "drain_seconds",
    "grace_seconds",
    "node_selector",
    "tolerations",
    "priority_class_name",
    "pod_labels",
    "pod_annotations",
    "egress",
    "storage_cidrs",
    "mesh",
    "ingress_namespace",
    "metrics_namespace",
    "ready_timeout_seconds",
)


class ModelServerPart(TypedDict):
    """One service beside the model's own; it has its own image, and what the server says else."""

    name: str
    """Name of the part, a DNS label of at most 20 signs; pods of the same version find it by the
    variable `<NAME>_URL`."""
    image: str
    """Image of the part, by its digest."""
    uri: NotRequired[str]
    """Artifact of the part; given to `download_image`. Default: none."""
    candidate_image: NotRequired[str]
    """Image of the part in the candidate. Default: `image`."""
    candidate_uri: NotRequired[str]
    """Artifact of the part in the candidate. Default: `uri`."""
    server: NotRequired[str]
    """Kind of server, by its name in facts/model_servers.py. Default: reference."""
    port: NotRequired[int]
    """Port of the part. Default: the server kind's."""
    live_path: NotRequired[str]
    """Path of the liveness probe. Default: the server kind's."""
    ready_path: NotRequired[str]
    """Path of the readiness probe. Default: the server kind's."""
    startup_path: NotRequired[str]
    """Path of the startup probe. Default: the server kind's."""
    arguments: NotRequired[list[str]]
    """Arguments of the part. Default: the image's own."""
    env: NotRequired[dict[str, str]]
    """Environment variables; nothing secret. Default: none."""
    secret_env: NotRequired[dict[str, str]]
    """Secret environment variables, each as `secret-name/key` of a Secret that is there. Default:
    none."""
    cpu: NotRequired[float]
    """CPU cores per pod. Default: 1."""
    memory_mib: NotRequired[int]
    """Memory per pod in MiB. Default: 2048."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py. Default: none."""
    accelerator_count: NotRequired[int]
    """Whole GPUs per pod. Default: 1 when `accelerator` is given."""
    gpu_node_labels: NotRequired[dict[str, str]]
    """Labels of the GPU nodes that the pods run on: a pool's output `node_selector`. Default: all
    nodes that carry the accelerator."""
    gpu_resource: NotRequired[str]
    """What a pod requests of those nodes: the pool's output of that name. Default:
    nvidia.com/gpu, whole GPUs."""
    gpu_tolerations: NotRequired[list[str]]
    """Taints of those nodes that the pods tolerate beside nvidia.com/gpu, `key=value:Effect`: of
    spot machines on AKS, of a ComputeClass on GKE. Default: none."""
    min_replicas: NotRequired[int]
    """Fewest pods. Default: the model's."""
    max_replicas: NotRequired[int]
    """Most pods. Default: the model's, or `min_replicas` where that is more."""
    load_seconds: NotRequired[int]
    """How long the part may take to start. Default: 60."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: what it is made from, and the versions of it that run."""

    settings: ServerSettings
    slots: list[Slot]

    @property
    def name(self) -> str:
        """Name of all that is the part's, whatever the version."""
        return self.slots[0].model


def read_parts(
    checks: Checks, core: Core, strategy: Strategy, slots: Sequence[Slot], args: Mapping[str, Any]
) -> list[Part]:
    """Reads and notes what is wrong; `slots` are the model server's own."""
    given = args.get("parts")
    if given is None:
        return []
    if not isinstance(given, Sequence) or isinstance(given, str):
        checks.problem("parts", given, "a list of parts")
        return []
    if not strategy.kind.takes_candidate:
        checks.problem(
            "strategy",
            strategy.kind.name,
            "blue_green, canary, ab or shadow with parts: changed in place, they would not change "
            "as one",
        )
        return []
    found: list[Part] = []
    for index, each in enumerate(cast("Sequence[Mapping[str, Any]]", given)):
        name = str(each.get("name"))
        place = f"parts[{name if each.get('name') else index}]"
        if not _NAME.fullmatch(name) or name in {part.name for part in found}:
            checks.problem(f"{place}.name", each.get("name"), "a DNS label of at most 20 signs")
            continue
        found.append(_read(checks, place, core, slots, args, each))
    _check_names(checks, slots, found)
    _check_addresses(checks, core, args, found)
    return found


def _read(  # noqa: PLR0917
    checks: Checks,
    place: str,
    core: Core,
    slots: Sequence[Slot],
    args: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Part:
    """One part, read as a model server is."""
    known = ModelServerPart.__annotations__
    shared = {key: args[key] for key in _SHARED if key in args}
    shared.setdefault("service_account_name", core.name)
    merged = {**shared, **given}
    inner = Checks("", "", merged, {*known, *_SHARED})
    for key in given.keys() - known.keys():
        inner.problem(key, given[key], f"one of {', '.join(sorted(known))}")
    for key in ("candidate_image", "candidate_uri"):
        if core.candidate_version is None and inner.given(key):
            inner.problem(key, given[key], "candidate_version and candidate_uri of the model")
    for key in ("uri", "candidate_uri"):
        inner.optional_text(key, r"[a-z][a-z0-9+.-]*:\S+", "a URI, such as s3://bucket/1.4.0/")
    least = inner.whole("min_replicas", max(1, core.min_replicas), 1, 1000)
    most = inner.whole("max_replicas", max(core.max_replicas, least), 1, 1000)
    if most < least:
        inner.problem("max_replicas", most, f"at least min_replicas ({least})")
    full = f"{core.name}-{given['name']}"
    named = dataclasses.replace(core, name=full, min_replicas=least, max_replicas=most)
    settings = read_server_settings(inner, named, merged)
    folder, images = reads_a_folder(settings.server), args.get("image_volumes") is True
    for key in ("uri", "candidate_uri"):
        if isinstance(uri := given.get(key), str):
            check_artifact(inner, key, uri, images=images, folder=folder)
    checks.take(place, inner)
    made: list[Slot] = []
    for slot in slots:
        first = slot is slots[0]
        image, uri = given.get("image", ""), given.get("uri", "")
        made.append(
            dataclasses.replace(
                slot,
                model=full,
                image=image if first else given.get("candidate_image", image),
                uri=uri if first else given.get("candidate_uri", uri),
                min_replicas=least,
                max_replicas=most,
            )
        )
    return Part(settings, made)


def _check_names(checks: Checks, slots: Sequence[Slot], parts: Sequence[Part]) -> None:
    names = [slot.name for slot in (*slots, *(slot for part in parts for slot in part.slots))]
    for name in dict.fromkeys(names):
        if len(name) > _LONGEST_NAME:
            checks.problem("parts", name, f"shorter names: at most {_LONGEST_NAME} signs in all")
        if names.count(name) > 1:
            checks.problem(
                "parts", name, "parts and versions whose objects have names of their own"
            )


def _check_addresses(
    checks: Checks, core: Core, args: Mapping[str, Any], parts: Sequence[Part]
) -> None:
    """What leads to the parts of a version is nobody else's to set."""
    names = {part.name: part.name.removeprefix(f"{core.name}-") for part in parts}
    ours = {address_variable(name) for name in names.values()}
    given: dict[str, Collection[str]] = {
        key: args.get(key) or () for key in ("env", "secret_env", "secrets")
    }
    for part in parts:
        place, environment = f"parts[{names[part.name]}]", part.settings.environment
        given |= {
            f"{place}.env": environment.plain,
            f"{place}.secret_env": environment.references,
        }
    for place, variables in given.items():
        for name in sorted(ours.intersection(variables)):
            checks.problem(place, name, "another name: this one leads to a part of the unit")


def as_one(
    settings: ServerSettings, slots: Sequence[Slot], parts: Sequence[Part], model: str
) -> tuple[ServerSettings, list[Slot], list[Part]]:
    """The model's server and its parts, with the label and the addresses of their unit."""
    if not parts:
        return settings, list(slots), []
    label = {PART_OF: model}

    def labelled(of: ServerSettings) -> ServerSettings:
        return dataclasses.replace(of, pod_labels={**of.pod_labels, **label})

    def addressed(slot: Slot, index: int) -> Slot:
        urls = {
            address_variable(
                part.name.removeprefix(f"{model}-")
            ): f"http://{part.slots[index].name}"
            for part in parts
        }
        return dataclasses.replace(slot, addresses=urls)

    return (
        labelled(settings),
        [addressed(slot, index) for index, slot in enumerate(slots)],
        [
            Part(
                labelled(part.settings),
                [addressed(slot, index) for index, slot in enumerate(part.slots)],
            )
            for part in parts
        ],
    )
