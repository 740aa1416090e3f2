"""How a model stands in an environment: its settings, where they are written, what was served."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from delivery import project
from delivery.failure import Failure
from delivery.json_values import mapping
from delivery.one_model import settings_of
from delivery.state import outputs
from stacks.served import NewerRecordError, Record, versions
from stacks.settings import stack_values
from stacks.settings.common import Artifact, Candidate, Common
from stacks.settings.files import stack_file
from stacks.settings.model_server import ModelServerModel
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.yaml_source import read

__all__ = [
    "KEYS",
    "Layers",
    "Standing",
    "described",
    "layers",
    "named",
    "nearest_version",
    "standing",
    "was_served",
]

KEYS: Final = ("uri", "version", "digest", "framework", "image")
"""What says which model is served."""
Said: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A model of one environment, all layers of settings together."""

    environment: str
    model: str
    settings: Common

    @property
    def stable(self) -> Record:
        """The version in `model`."""
        return described(self.settings.model)

    @property
    def candidate(self) -> Record | None:
        """The version in `candidate`, with what it has of the stable one; None without one."""
        if self.settings.candidate is None:
            return None
        of_stable = {
            key: value for key, value in self.stable.items() if key in {"framework", "image"}
        }
        return of_stable | described(self.settings.candidate)


def described(holder: Artifact | Candidate) -> Record:
    """What says which model it is, as far as it is said."""
    found = {key: getattr(holder, key, None) for key in KEYS}
    return {key: value for key, value in found.items() if value is not None}


def standing(folder: Path, environment: str, model: str) -> Standing:
    """How the model stands.

    Raises:
        Failure: no such environment or model; settings that are wrong; no version of its own.
    """
    found = settings_of(folder, environment, model).models[model]
    if not isinstance(found, Common):
        raise Failure(
            f"{model!r} (target: {found.target}) has no version of its own that could be moved\n"
            "  fix: name a model; what it calls or serves is a file of its own"
        )
    if parts := sorted(_parts_with_candidates(found)):
        raise Failure(
            f"{model!r} has candidates in {', '.join(parts)} too, which is more than one version\n"
            "  fix: move them together by hand: candidate_uri to uri, candidate_image to image"
        )
    return Standing(environment, model, found)


def _parts_with_candidates(settings: Common) -> list[str]:
    named: dict[str, Any] = {}
    if isinstance(settings, ModelServerModel):
        named |= {f"parts.{name}": part for name, part in settings.parts.items()}
    if isinstance(settings, SageMakerModel):
        named |= {f"containers.{each.hostname}": each for each in settings.containers}
    keys = ("candidate_uri", "candidate_image")
    return [name for name, each in named.items() if any(getattr(each, k, None) for k in keys)]


@dataclass(frozen=True, slots=True)
class Layers:
    """What a model's file and each environment's entry for it say, unread and unmerged."""

    file: Path
    """Of the model, in the project's folder."""
    own: Said
    """What it says."""
    entries: Mapping[str, Said]
    """By environment."""
    defaults: Mapping[str, Said]

    def below(self, environment: str, key: str) -> Any:  # noqa: ANN401 - YAML
        """What holds of a key where the environment's entry says nothing."""
        return self.own[key] if key in self.own else self.defaults[environment].get(key)


def layers(folder: Path, model: str) -> Layers:
    """The layers of all environments; of one that cannot be read, nothing."""
    names = ("yaml", "yml")
    file = next(
        path
        for name in names
        if (folder / (path := project.MODELS_FOLDER / f"{model}.{name}")).is_file()
    )
    entries: dict[str, Said] = {}
    defaults: dict[str, Said] = {}
    for environment in project.environments(folder):
        name = stack_file(environment)
        values = stack_values.from_file(read(folder / name, name), [])
        models = mapping(values.get("models"))
        entries[environment] = mapping(models.get(model))
        defaults[environment] = mapping(values.get("defaults"))
    return Layers(file, read(folder / file, file.as_posix()).data, entries, defaults)


def was_served(
    resources: Sequence[Mapping[str, Any]], model: str, kind: str = "stable"
) -> list[Record]:
    """What the stack has recorded of a model, stable or candidate, the newest first.

    Raises:
        Failure: a newer release has recorded it.
    """
    try:
        return versions(outputs(resources), model, kind)
    except NewerRecordError as error:
        raise Failure(f"{model}: {error}\n  fix: update this checkout") from None


def named(version: Mapping[str, Any]) -> str:
    """A version as people name it: with the beginning of its digest where it has one."""
    digest = str(version.get("digest") or "")
    return f"{version['version']}{f' ({digest[:19]}…)' if digest else ''}"


def nearest_version(asked: str, versions: Sequence[Record]) -> str:
    """`did you mean …` where something is near."""
    close = difflib.get_close_matches(asked, [str(each["version"]) for each in versions], n=1)
    return f"\n  did you mean: {close[0]}?" if close else ""
