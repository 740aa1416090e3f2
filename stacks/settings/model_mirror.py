"""Copies in the environment's own mirror: which of a model's artifacts are copied, and to where.

Where a copy will be is known from the settings alone, so that all rules speak of what is served;
what is copied is judged by those over pinning. What a registry is still to say is copied by its
answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from facts.model_mirror import copied, copy_uri
from stacks.settings.artifacts import Holder, Named, artifacts, loads_pickles, with_holders
from stacks.settings.common import Artifact, Candidate, Described
from stacks.settings.environment import Environment
from stacks.settings.fields import NotKnown
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, shown
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = [
    "COPY_TYPE",
    "Copy",
    "copies",
    "copy_name",
    "has_mirror",
    "in_mirror",
    "is_copied",
    "mirror_problems",
]

COPY_TYPE: Final = "serving:index:ModelCopy"
_Settings = TypeVar("_Settings", bound=Described)
_STORES: Final = ("s3", "gs", "https")
_STORE_OF: Final[Mapping[str, str]] = {"aws": "s3", "gcp": "gs", "azure": "https"}
_PLACES: Final[Mapping[str, str]] = {
    "s3": "s3://…",
    "gs": "gs://…",
    "https": "https://<account>.blob.core.windows.net/<container>/…",
}
_STORES_OF_IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "none": _STORES,
    "eks_pod_identity": ("s3",),
    "eks_irsa": ("s3",),
    "gke": ("gs",),
    "aks": ("https",),
}


@dataclass(frozen=True, slots=True)
class Copy:
    """One artifact: what is copied, to where; `pickles`: what serves it loads nothing else.

    `judged`: there is a rule for what serves it, so that its files are looked into before.
    """

    path: KeyPath
    source: str
    uri: str
    digest: str
    pickles: bool
    judged: bool = False


def copies(settings: Described, name: str, site: Environment | None) -> list[Copy]:
    """What of a model is copied; nothing where the environment has no mirror for its target."""
    mirror = _mirror(settings, site)
    found = [_copy(settings, name, mirror, each) for each in artifacts(settings) if mirror]
    return [each for each in found if each is not None]


def copy_name(name: str, path: KeyPath) -> str:
    """The name of a copy's resource, by where it is said: it stays, whatever is copied.

    With a dot, which is in no model's name: `churn.copy`, and all of this model's begin so.
    """
    *whose, key = map(str, path)
    said = [*whose, *(["candidate"] if key == "candidate_uri" else [])]
    return ".".join([name, "copy", *(said if said != ["model"] else [])])


def in_mirror(settings: _Settings, name: str, site: Environment | None) -> _Settings:
    """The settings with each copy's URI in the place of what is copied."""
    made: dict[KeyPath, Holder] = {}
    known = {each.path: each.uri for each in copies(settings, name, site)}
    for artifact in artifacts(settings):
        if (uri := known.get(artifact.path)) is not None:
            *path, key = artifact.path
            holder = made.get(tuple(path), artifact.holder)
            made[tuple(path)] = holder.model_copy(update={str(key): uri})
    return with_holders(settings, made) if made else settings


def has_mirror(settings: Described, site: Environment | None) -> bool:
    """Whether what of a model can be copied is copied."""
    return _mirror(settings, site) is not None


def is_copied(settings: Described, artifact: Named, site: Environment | None) -> bool:
    """Whether what serves an artifact reads a copy of it."""
    mirror = _mirror(settings, site)
    return mirror is not None and _copy(settings, "", mirror, artifact) is not None


def mirror_problems(
    settings: AnySettings, name: str, where: PlaceOf, site: Environment | None
) -> Iterator[Problem]:
    """Where models are kept, and no place there is one that this target reads."""
    places, stores = _places(site), _stores(settings, site)
    if not places or not stores or _mirror(settings, site) is not None:
        return
    store = stores[0]
    for artifact in artifacts(settings):
        # No place is one that is copied from.
        if _copy(settings, name, "mirror:", artifact) is None:
            continue
        yield Problem(
            where(artifact.path),
            "MS0567",
            dotted(artifact.path),
            f"got {shown(artifact.uri)}, whose copy {getattr(settings, 'target', 'this target')} "
            f"would have to read from {', '.join(places)}",
            allowed=f"a mirror at {_PLACES[store]}",
            fix=f"add a place to the environment: `model-serving:model_mirror: [{places[0]}, "
            f"{_PLACES[store]}]`",
        )


def _copy(settings: Described, name: str, mirror: str | None, artifact: Named) -> Copy | None:
    if mirror is None:
        return None
    try:
        if _is_live(settings, artifact):
            return None
        source = copied(artifact.uri, artifact.digest)
        # A part has no version of its own beside it.
        version = artifact.version or (source.version if source else "") or artifact.holder_name
    except NotKnown:
        return None
    # What is in the mirror is a copy, whoever made it.
    if source is None or artifact.uri.startswith(f"{mirror.rstrip('/')}/"):
        return None
    digest = "" if source.kind == "hf" else artifact.digest or ""
    rule = loads_pickles(settings, artifact)
    pickles = rule is True
    uri = copy_uri(mirror, name, version, source, digest, pickles=pickles)
    return Copy(artifact.path, artifact.uri, uri, digest, pickles, judged=rule is not None)


def _is_live(settings: Described, artifact: Named) -> bool:
    """Whether models come and go below a URI while it is served from."""
    return (
        isinstance(settings, SageMakerModel)
        and settings.many_models
        and isinstance(artifact.holder, Artifact | Candidate)
    )


def _mirror(settings: Described, site: Environment | None) -> str | None:
    """The first place that the target reads."""
    stores = _stores(settings, site)
    return next((each for each in _places(site) if each.partition(":")[0] in stores), None)


def _places(site: Environment | None) -> list[str]:
    try:
        return list(site.model_mirror) if site is not None else []
    except NotKnown:
        return []


def _stores(settings: Described, site: Environment | None) -> tuple[str, ...]:
    """The schemes of stores that a target reads, of those in which a mirror can be."""
    needs: frozenset[str] = getattr(settings, "needs", frozenset())
    for cloud, store in _STORE_OF.items():
        if cloud in needs:
            return (store,)
    if "kubernetes" not in needs or site is None:
        return ()
    try:
        cluster = site.targets.kubernetes
    except NotKnown:
        return _STORES
    if cluster is None or getattr(settings, "service_account_name", None) is not None:
        return _STORES
    # The model's own identity reads its cloud's store alone.
    return _STORES_OF_IDENTITY[cluster.identity]
