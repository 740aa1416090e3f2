"""Where a model's data may be, and what it needs of the internet: residency, private clusters."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from facts.images import is_of_a_cloud, registry_of
from facts.stores import STORES
from stacks.settings.artifacts import artifacts
from stacks.settings.batch import Batch
from stacks.settings.common import Common
from stacks.settings.environment import Environment
from stacks.settings.kserve import KServeModel
from stacks.settings.kubernetes_batch import KubernetesBatch
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.platforms.gpu_pools import clusters, region_of
from stacks.settings.platforms.internet import NO_INTERNET, reaches_internet
from stacks.settings.problems import Problem
from stacks.settings.sagemaker import SageMakerContainer, SageMakerModel
from stacks.settings.sagemaker_components import SharedEndpoint
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["images", "places", "uris"]

# Schemes that only the internet answers.
_PUBLIC: Final = ("hf", "http", "https")
_OCI: Final = "oci://"


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: AnySettings
    where: PlaceOf
    site: Environment


def places(settings: AnySettings, where: PlaceOf, site: Environment | None) -> list[Problem]:
    """Problems of one model; none where the environment itself is wrong."""
    return apply(_RULES, _Asked(settings, where, site)) if site is not None else []


def _residency(asked: _Asked) -> Iterator[Problem]:
    """The region of what serves it, and so of its logs and of what is captured of its data."""
    classification = asked.settings.data_classification
    allowed = asked.site.residency.get(classification)
    # Of a target that is wrong nobody knows where it runs.
    if allowed is None or not hasattr(asked.settings, "needs"):
        return
    region, key = _region(asked)
    if region in allowed:
        return
    path: KeyPath = ("data_classification",)
    got = f"got {classification}, and it would run in {region or 'a region that nobody names'}"
    yield Problem(
        asked.where(path),
        "MS0247",
        dotted(path),
        f"{got} (model-serving:targets.{key})",
        allowed=f"model-serving:residency.{classification}: {', '.join(allowed)}",
        fix="deploy it by an environment in one of these regions"
        if region
        else f"say where the cluster is: `region: …` under `model-serving:targets.{key}`",
    )


def _region(asked: _Asked) -> tuple[str | None, str]:
    """Where the model runs, and which target says so."""
    targets = asked.site.targets
    regional = {"aws": targets.aws, "vertex": targets.vertex, "cloud_run": targets.cloud_run}
    for name in regional.keys() & asked.settings.needs:
        return (placed.region if (placed := regional[name]) else None), name
    if asked.settings.needs & {"azure_ml", "azure_functions"}:
        return (targets.azure.location if targets.azure else None), "azure"
    return _region_of_cluster(asked)


def _region_of_cluster(asked: _Asked) -> tuple[str | None, str]:
    cluster = asked.site.targets.kubernetes
    if cluster is not None and cluster.region is not None:
        return cluster.region, "kubernetes"
    there = clusters(asked.site)
    if len(there) != 1:
        return None, "kubernetes"
    return region_of(asked.site, there[0]), there[0]


def _artifacts(asked: _Asked) -> Iterator[Problem]:
    cluster = asked.site.targets.kubernetes
    if not _without_internet(asked) or cluster is None:
        return
    for path, uri in uris(asked.settings):
        if _is_elsewhere(uri, cluster.image_mirror):
            yield Problem(
                asked.where(path),
                "MS0248",
                dotted(path),
                f"got {uri}, and the cluster has no internet {NO_INTERNET}",
                allowed="the cloud's own store: s3://, gs://, https://….blob.core.windows.net/; "
                "oci:// of its own registry or of the mirror",
                fix="copy the artifact there once, and name the copy",
            )


def _is_elsewhere(uri: str, mirror: str | None) -> bool:
    """Whether only the internet has it; a mirror moves images, and no artifacts."""
    if uri.startswith(_OCI):
        image = uri.removeprefix(_OCI)
        return not is_of_a_cloud(image) and not (mirror and image.startswith(f"{mirror}/"))
    return uri.partition(":")[0] in _PUBLIC and not re.match(STORES["blob"].begins, uri)


def _images(asked: _Asked) -> Iterator[Problem]:
    cluster = asked.site.targets.kubernetes
    if not _without_internet(asked) or cluster is None or cluster.image_mirror is not None:
        return
    for path, image in images(asked.settings):
        if not is_of_a_cloud(image):
            yield Problem(
                asked.where(path),
                "MS0248",
                dotted(path),
                f"got an image of {registry_of(image)}, and the cluster has no internet "
                f"{NO_INTERNET}",
                allowed="images of the cloud's own registries",
                fix="say `image_mirror: …` under `model-serving:targets.kubernetes`, where they "
                "are copied to, or name a copy",
            )


def _without_internet(asked: _Asked) -> bool:
    on_it = "kubernetes" in getattr(asked.settings, "needs", ())
    return on_it and not reaches_internet(asked.site)


def uris(settings: AnySettings) -> Iterator[tuple[KeyPath, str]]:
    """Every artifact that a file names, or place of them, with its key."""
    yield from _shared(settings, "artifact_prefixes")
    for artifact in artifacts(settings):
        yield artifact.path, artifact.uri


def _shared(
    settings: AnySettings, key: Literal["artifact_prefixes", "images"]
) -> list[tuple[KeyPath, str]]:
    """What an endpoint that models share reads or pulls, without a model of its own."""
    if not isinstance(settings, SharedEndpoint):
        return []
    return [((key, number), each) for number, each in enumerate(getattr(settings, key))]


def _containers(settings: AnySettings) -> list[SageMakerContainer]:
    return settings.containers if isinstance(settings, SageMakerModel) else []


def images(settings: AnySettings) -> Iterator[tuple[KeyPath, str]]:
    """Every image that a file names, with its key."""
    found: list[tuple[KeyPath, str | None]] = []
    if isinstance(settings, Common | Batch):
        found.append((("model", "image"), settings.model.image))
    if isinstance(settings, Common) and settings.candidate is not None:
        found.append((("candidate", "image"), settings.candidate.image))
    if isinstance(settings, KubernetesBatch | ModelServerModel):
        found.append((("download_image",), settings.download_image))
    if isinstance(settings, KServeModel):
        for key in ("transformer", "explainer"):
            companion = getattr(settings, key)
            found.append(((key, "image"), companion.image if companion else None))
    for name, part in settings.parts.items() if isinstance(settings, ModelServerModel) else ():
        found.append((("parts", name, "image"), part.image))
        found.append((("parts", name, "candidate_image"), part.candidate_image))
    found += _shared(settings, "images")
    for number, each in enumerate(_containers(settings)):
        found.append((("containers", number, "image"), each.image))
        found.append((("containers", number, "candidate_image"), each.candidate_image))
    yield from ((path, image) for path, image in found if image is not None)


_RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _residency,
    _artifacts,
    _images,
)
