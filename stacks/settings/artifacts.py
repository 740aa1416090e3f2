"""Every artifact that a model file names: the model's, the candidate's, those of its parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from facts.model_files import judged_as
from stacks.settings.common import Artifact, Candidate, Described
from stacks.settings.model_server import ModelServerModel
from stacks.settings.sagemaker import SageMakerContainer
from stacks.settings.takeover import Part
from stacks.settings.yaml_source import KeyPath

__all__ = ["Holder", "Named", "artifacts", "loads_pickles", "versions", "with_holders"]

Holder: TypeAlias = Artifact | Candidate | Part | SageMakerContainer
"""What of a file names artifacts. A part and a container may name the candidate's too, and have no
`version` or `digest` beside them."""
_Settings = TypeVar("_Settings", bound=Described)


@dataclass(frozen=True, slots=True)
class Named:
    """One artifact: its URI, the path of that in the file, and what says it."""

    uri: str
    path: KeyPath
    holder: Holder

    @property
    def version(self) -> str | None:
        """The version beside the URI; None where none can be said."""
        return self.holder.version if isinstance(self.holder, Artifact | Candidate) else None

    @property
    def digest(self) -> str | None:
        """The digest beside the URI; None where none is said."""
        return self.holder.digest if isinstance(self.holder, Artifact | Candidate) else None

    @property
    def holder_name(self) -> str:
        """What names it among its like: the part's name, the container's."""
        name: str | int = getattr(self.holder, "hostname", self.path[-2])
        return str(name)


def artifacts(settings: Described) -> Iterator[Named]:
    """All artifacts of a file, as far as they are there and known."""
    for path, holder in _holders(settings):
        for key in ("uri", "candidate_uri"):
            uri: str | None = getattr(holder, key, None)
            if uri is not None:
                yield Named(uri, (*path, key), holder)


def loads_pickles(settings: Described, artifact: Named) -> bool | None:
    """Whether what serves an artifact loads nothing but pickles; None where nobody says by what."""
    if not isinstance(artifact.holder, Artifact | Candidate):
        return judged_as(None, getattr(artifact.holder, "server", None))
    # What is wrong in the file is not known yet.
    framework: str | None = getattr(getattr(settings, "model", None), "framework", None)
    of_server = isinstance(settings, ModelServerModel)
    return judged_as(framework, getattr(settings, "server", None) if of_server else None)


def versions(settings: Described) -> Iterator[tuple[str, Artifact | Candidate]]:
    """The stable model and the candidate, as far as they are there and known."""
    for key in ("model", "candidate"):
        holder = getattr(settings, key, None)
        if isinstance(holder, Artifact | Candidate):
            yield key, holder


def with_holders(settings: _Settings, holders: Mapping[KeyPath, Holder]) -> _Settings:
    """The settings with others in the places of what names artifacts."""
    made: dict[str, Any] = {}
    for path, holder in _holders(settings):
        (key, *below), new = path, holders.get(path, holder)
        if not below:
            made[str(key)] = new
        elif isinstance(holder, Part):
            made.setdefault(str(key), {})[below[0]] = new
        else:
            made.setdefault(str(key), []).append(new)
    return settings.model_copy(update=made)


def _holders(settings: Described) -> Iterator[tuple[KeyPath, Holder]]:
    for key, version in versions(settings):
        yield (key,), version
    parts: Mapping[str, Part] = getattr(settings, "parts", {})
    for name, part in parts.items():
        yield ("parts", name), part
    containers: list[SageMakerContainer] = getattr(settings, "containers", [])
    for number, container in enumerate(containers):
        yield ("containers", number), container
