"""Asks that a managed online endpoint of Azure ML cannot honour."""

import re
from collections.abc import Iterator
from typing import Final

from facts.azure_ml import (
    ENDPOINT_SIZES,
    MIRROR_PERCENT,
    REGISTRY_MODEL,
    WORKSPACE_MODEL,
    carrying,
    endpoint_size,
)
from facts.capabilities.azure_ml import TARGET
from facts.images import registry_of
from facts.stores import STORES
from facts.strategies import slug
from stacks.settings.asked import Asked
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.capabilities.refusing import Placed, Rule, refuse
from stacks.settings.managed_targets import AzureMlTarget
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.yaml_source import KeyPath

__all__ = ["RULES", "unknown_artifact"]

_BLOB: Final = STORES["blob"]
_PUBLIC: Final = "mcr.microsoft.com"
# Of an image of one's own.
_IMAGE_KEYS: Final = ("port", "live_path", "ready_path", "score_path", "model_mount_path")


def _model(asked: Asked) -> AzureMlModel | None:
    return asked.settings if isinstance(asked.settings, AzureMlModel) else None


def _workspace(asked: Asked) -> AzureMlTarget | None:
    return asked.site.targets.azure_ml if asked.site else None


def _zero(asked: Asked) -> Iterator[Problem]:
    if (model := _model(asked)) and model.min_replicas == 0:
        yield refuse("azure_ml/zero", ("min_replicas",), 0, asked)


def _mirror(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.strategy != "shadow" or model.candidate is None:
        return
    share = model.canary_percent
    if not MIRROR_PERCENT.allows(share):
        allowed = str(MIRROR_PERCENT)
        yield refuse("azure_ml/mirror", ("canary_percent",), share, asked, allowed)


def _strategy(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.strategy != "canary" and model.candidate is None:
        yield Problem(
            asked.where(("strategy",)),
            "MS0203",
            "strategy",
            f"got {model.strategy}, and there is no candidate to be tried",
            fix="add `candidate: {uri: …, version: …}`, or remove it",
        )


def _size(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and endpoint_size(model.instance_type) is None:
        got, close = model.instance_type, nearest(model.instance_type, ENDPOINT_SIZES)
        yield refuse("azure_ml/size", ("instance_type",), got, asked, close=close)


def _accelerator(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.resources.accelerator is None:
        return
    fitting = carrying(model.resources.accelerator, model.resources.accelerator_count or 1)
    size = endpoint_size(model.instance_type)
    if size is not None and size.name not in fitting:
        allowed = ", ".join(fitting) or "none: managed online endpoints have no such GPUs"
        yield refuse(
            "azure_ml/accelerator", ("instance_type",), model.instance_type, asked, allowed
        )


def _cpu(asked: Asked) -> Iterator[Problem]:
    if (model := _model(asked)) and model.resources.cpu is not None:
        yield refuse("azure_ml/cpu-and-memory", ("resources", "cpu"), model.resources.cpu, asked)


def _memory(asked: Asked) -> Iterator[Problem]:
    if (model := _model(asked)) and model.resources.memory_mib is not None:
        got = model.resources.memory_mib
        yield refuse("azure_ml/cpu-and-memory", ("resources", "memory_mib"), got, asked)


def _artifacts(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    named = {"model": model.model, **({"candidate": model.candidate} if model.candidate else {})}
    for key, artifact in named.items():
        yield from unknown_artifact(asked, (key, "uri"), artifact.uri)


def unknown_artifact(asked: Placed, path: KeyPath, uri: str) -> Iterator[Problem]:
    """A model that Azure ML cannot find; of other schemes `any/artifact` says it."""
    known = (_BLOB.pattern, WORKSPACE_MODEL, REGISTRY_MODEL)
    ours = uri.partition(":")[0] in TARGET.uri_schemes
    if ours and not any(re.fullmatch(pattern, uri) for pattern in known):
        yield refuse("azure_ml/artifact", path, uri, asked)


def _images(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    named = {"model": model.model, **({"candidate": model.candidate} if model.candidate else {})}
    for key, artifact in named.items():
        registry = registry_of(artifact.image) if artifact.image else ""
        if registry and not (registry.endswith(".azurecr.io") or registry == _PUBLIC):
            yield refuse("azure_ml/image", (key, "image"), artifact.image, asked)


def _registry(asked: Asked) -> Iterator[Problem]:
    """What Azure ML builds for a framework is in the workspace's registry."""
    model, workspace = _model(asked), _workspace(asked)
    if model is None or workspace is None or workspace.registry_id is not None:
        return
    images = [model.model.image, model.candidate.image if model.candidate else None]
    public = all(image is None or registry_of(image) == _PUBLIC for image in images)
    if model.model.image is None or not public:
        yield Problem(
            asked.where(("target",)),
            "MS0208",
            "target",
            "the environment names no registry that the images come from",
            fix="add `registry_id: …` under `model-serving:targets.azure_ml`: of the images, else "
            "of the workspace",
        )


def _names(asked: Asked) -> Iterator[Problem]:
    """A version is in the names of its deployment and of its assets."""
    model = _model(asked)
    if model is None or model.candidate is None:
        return
    here, other = model.candidate.version, model.model.version
    if here != other and slug(here) == slug(other):
        yield Problem(
            asked.where(("candidate", "version")),
            "MS0204",
            "candidate.version",
            f"got {shown(here)}, which Azure ML cannot tell from {shown(other)}",
            fix="a version that differs in more than punctuation",
        )


def _candidate_image(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.candidate is None or model.model.image is not None:
        return
    image = model.candidate.image
    if image is not None:
        yield Problem(
            asked.where(("candidate", "image")),
            "MS0214",
            "candidate.image",
            f"got {shown(image)}, and Azure ML itself serves the stable model",
            fix="remove it, or add `model.image`",
        )


def _keys_of_an_image(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.model.image is not None:
        return
    for key in _IMAGE_KEYS:
        value = getattr(model, key)
        if value is not None:
            yield Problem(
                asked.where((key,)),
                "MS0214",
                key,
                f"got {shown(value)}, and the server is Azure ML's own",
                fix="remove it, or add `model.image`",
            )


def _capture(asked: Asked) -> Iterator[Problem]:
    model, workspace = _model(asked), _workspace(asked)
    if model is None or model.capture is None:
        return
    uri = model.capture.uri
    if uri is None and workspace is not None and workspace.capture_uri is None:
        yield refuse("azure_ml/capture-place", ("capture",), "no uri", asked)
    elif uri is not None and not re.fullmatch(_BLOB.pattern, uri):
        yield refuse("azure_ml/capture-place", ("capture", "uri"), uri, asked)


RULES: Final[tuple[Rule, ...]] = (
    _zero,
    _mirror,
    _strategy,
    _size,
    _accelerator,
    _cpu,
    _memory,
    _artifacts,
    _images,
    _registry,
    _names,
    _candidate_image,
    _keys_of_an_image,
    _capture,
)
