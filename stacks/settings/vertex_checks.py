"""Rules over files for Vertex AI: places, images and routes, what a batch run needs."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from facts.pods import VARIABLE_NAME
from facts.vertex_serving import (
    ARTIFACT_FILE,
    BATCH_PAGE,
    CONTAINERS_PAGE,
    COPY_PAGE,
    IMAGE,
    PREBUILT,
    RESERVED_VARIABLE,
    registry_region,
    registry_version,
)
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.capabilities.vertex import machine, size
from stacks.settings.environment import Environment
from stacks.settings.models import AnySettings
from stacks.settings.pairs import count_without_accelerator, keys_of_an_image
from stacks.settings.pinning import registered
from stacks.settings.places import images, uris
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.variables import key_of_a_cloud, told_secret
from stacks.settings.vertex import VertexModel
from stacks.settings.vertex_batch import VertexBatch
from stacks.settings.yaml_source import dotted

__all__ = ["vertex"]

# What says how an image of one's own is called.
_IMAGE_KEYS: Final = ("port", "predict_route", "health_route", "arguments", "env")
_SECRETS_GO: Final = "a secret of Secret Manager, which the code asks for by its service account"
_READ: Final = re.compile(r"gs://[a-z0-9._-]+/.+|bq://[^.\s]+\.[^.\s]+\.[^.\s]+")
_WRITTEN: Final = re.compile(r"gs://[a-z0-9._-]+/.+|bq://[^.\s]+\.[^.\s]+")


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: VertexModel | VertexBatch
    where: PlaceOf
    site: Environment | None


@dataclass(frozen=True, slots=True)
class _Endpoint:
    settings: VertexModel
    where: PlaceOf
    site: Environment | None


@dataclass(frozen=True, slots=True)
class _Batch:
    settings: VertexBatch
    where: PlaceOf
    site: Environment | None


def vertex(settings: AnySettings, where: PlaceOf, site: Environment | None) -> list[Problem]:
    """Problems of one file for Vertex AI, beside those of all targets."""
    if isinstance(settings, VertexModel):
        return [
            *apply(_RULES, _Asked(settings, where, site)),
            *apply(_ENDPOINT, _Endpoint(settings, where, site)),
        ]
    if isinstance(settings, VertexBatch):
        return [
            *apply(_RULES, _Asked(settings, where, site)),
            *apply(_BATCH, _Batch(settings, where, site)),
        ]
    return []


def _folders(asked: _Asked) -> Iterator[Problem]:
    for path, uri in uris(asked.settings):
        if ARTIFACT_FILE.fullmatch(uri):
            yield Problem(
                asked.where(path),
                "MS0106",
                dotted(path),
                f"got {shown(uri)}, and Vertex AI takes the folder of an artifact",
                allowed="gs://bucket/folder/",
                fix=f"write {uri.rpartition('/')[0]}/",
            )


def _regions(asked: _Asked) -> Iterator[Problem]:
    site = asked.site.targets.vertex if asked.site else None
    for path, uri in uris(asked.settings) if site else ():
        found = registry_region(uri)
        if found is not None and site is not None and found != site.region:
            yield Problem(
                asked.where(path),
                "MS0106",
                dotted(path),
                f"got {shown(uri)}, and model-serving:targets.vertex.region is {site.region}",
                allowed=f"a version in {site.region}",
                fix="copy the version to that region, and name the copy",
                source=COPY_PAGE,
            )


def _images(asked: _Asked) -> Iterator[Problem]:
    for path, image in images(asked.settings):
        if not re.fullmatch(IMAGE, image):
            yield Problem(
                asked.where(path),
                "MS0106",
                dotted(path),
                f"got {shown(image)}, and Vertex AI pulls from Artifact Registry alone",
                allowed="<place>-docker.pkg.dev/<project>/<repository>/<name>@sha256:…",
                fix="copy the image there",
                source="https://cloud.google.com/vertex-ai/docs/predictions/"
                "custom-container-requirements",
            )


def _image_keys(asked: _Asked) -> Iterator[Problem]:
    if not any(True for _ in images(asked.settings)):
        yield from keys_of_an_image(asked.where, asked.settings, _IMAGE_KEYS)


def _gpu(asked: _Asked) -> Iterator[Problem]:
    settings = asked.settings
    model, accelerator = settings.model, settings.resources.accelerator
    known = PREBUILT.get(model.framework or "")
    if accelerator and known and not known.gpu and not model.image and not registered(model.uri):
        yield Problem(
            asked.where(("resources", "accelerator")),
            "MS0214",
            "resources.accelerator",
            f"got {accelerator}, and Google's container for {model.framework} uses no GPU",
            allowed=", ".join(name for name, each in PREBUILT.items() if each.gpu),
            fix="remove it, or add model.image with a server that uses it",
            source=CONTAINERS_PAGE,
        )


def _env(asked: _Asked) -> Iterator[Problem]:
    for name, value in asked.settings.env.items():
        path = ("env", name)
        found = (
            told_secret(asked.where, path, value, _SECRETS_GO)
            or _wrong_name(asked, path)
            or key_of_a_cloud(asked.where, path)
        )
        if found:
            yield found


def _wrong_name(asked: _Asked, path: tuple[str, str]) -> Problem | None:
    name = path[-1]
    if not name.startswith(RESERVED_VARIABLE) and VARIABLE_NAME.fullmatch(name):
        return None
    return Problem(
        asked.where(path),
        "MS0217",
        dotted(path),
        f"got {shown(name)}",
        allowed=f"letters, digits and _, without {RESERVED_VARIABLE} first",
        fix="another name",
    )


def _network(asked: _Endpoint) -> Iterator[Problem]:
    """What the kind of endpoint needs of the environment."""
    site = asked.site.targets.vertex if asked.site else None
    if site is None:
        return
    kind = asked.settings.endpoint_type or site.endpoint_type
    needed = {"peered": "network", "private_service_connect": "allowed_projects"}.get(kind)
    if needed is not None and not getattr(site, needed):
        path = ("endpoint_type",) if asked.settings.endpoint_type else ("target",)
        yield Problem(
            asked.where(path),
            "MS0208",
            dotted(path),
            f"an endpoint that is {kind} needs model-serving:targets.vertex.{needed}",
            fix=f"add `{needed}: …` under `model-serving:targets.vertex`",
        )


def _something_scores(asked: _Batch) -> Iterator[Problem]:
    model = asked.settings.model
    if registry_version(model.uri) is None and not model.framework and not model.image:
        yield Problem(
            asked.where(("model", "framework"), key=True),
            "MS0205",
            "model.framework",
            "missing, and so is model.image: nothing says what scores",
            fix="add `framework: sklearn`, or `image: …-docker.pkg.dev/…@sha256:…`",
        )


def _framework(asked: _Batch) -> Iterator[Problem]:
    framework = asked.settings.model.framework
    if framework and framework not in PREBUILT and asked.settings.model.image is None:
        path, allowed = ("model", "framework"), ", ".join(PREBUILT)
        yield refuse("any/framework", path, framework, asked, allowed, source=BATCH_PAGE)


def _registered(asked: _Batch) -> Iterator[Problem]:
    model = asked.settings.model
    if not model.uri.startswith("vertex:"):
        return
    if registry_version(model.uri) is None:
        yield refuse("vertex/registry-version", ("model", "uri"), model.uri, asked)
    elif model.image is not None:
        yield refuse("vertex/registry-version", ("model", "image"), model.image, asked)


def _input(asked: _Batch) -> Iterator[Problem]:
    if not _READ.fullmatch(asked.settings.input_uri):
        yield refuse("vertex_batch/place", ("input_uri",), asked.settings.input_uri, asked)


def _output(asked: _Batch) -> Iterator[Problem]:
    if not _WRITTEN.fullmatch(asked.settings.output_uri):
        yield refuse("vertex_batch/place", ("output_uri",), asked.settings.output_uri, asked)


def _formats(asked: _Batch) -> Iterator[Problem]:
    for key, uri in (
        ("input_format", asked.settings.input_uri),
        ("output_format", asked.settings.output_uri),
    ):
        value = getattr(asked.settings, key)
        if value is not None and (value == "bigquery") != uri.startswith("bq:"):
            yield Problem(
                asked.where((key,)),
                "MS0214",
                key,
                f"got {value}, and it is at {shown(uri)}",
                allowed="bigquery with bq://, the others with gs://",
                fix="remove it, and the usual one is taken",
            )


def _every(asked: _Batch) -> Iterator[Problem]:
    schedule = asked.settings.schedule
    if schedule is not None and schedule.startswith("@every"):
        yield Problem(
            asked.where(("schedule",)),
            "MS0227",
            "schedule",
            f"got {shown(schedule)}, which Cloud Scheduler does not read",
            allowed="five fields, or @hourly and its likes",
            fix='write the fields in quotes, such as "0 */6 * * *"',
            source="https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules",
        )


def _batch_size(asked: _Batch) -> Iterator[Problem]:
    yield from size(asked, asked.settings.resources)


def _batch_machine(asked: _Batch) -> Iterator[Problem]:
    yield from machine(asked, asked.settings.machine_type, asked.settings.resources)


def _count(asked: _Batch) -> Iterator[Problem]:
    yield from count_without_accelerator(asked.where, asked.settings.resources)


def _once_keys(asked: _Batch) -> Iterator[Problem]:
    """What is of a schedule alone, and what of a run that is waited for."""
    run = asked.settings
    if run.schedule is None and run.retries is not None:
        yield Problem(
            asked.where(("retries",)),
            "MS0228",
            "retries",
            f"got {run.retries}, and there is no schedule",
            fix="remove it: the next update makes a run again that failed; or add `schedule`",
        )
    if run.schedule is not None and run.timeout_seconds is not None:
        yield Problem(
            asked.where(("timeout_seconds",)),
            "MS0228",
            "timeout_seconds",
            f"got {run.timeout_seconds}, and runs come by a schedule",
            fix="remove it; an update never waits for a scheduled run",
        )


_RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _folders,
    _regions,
    _images,
    _image_keys,
    _gpu,
    _env,
)
_ENDPOINT: Final[tuple[Callable[[_Endpoint], Iterator[Problem]], ...]] = (_network,)
_BATCH: Final[tuple[Callable[[_Batch], Iterator[Problem]], ...]] = (
    _something_scores,
    _framework,
    _registered,
    _input,
    _output,
    _formats,
    _every,
    _batch_size,
    _batch_machine,
    _count,
    _once_keys,
)
