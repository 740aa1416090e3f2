"""What models, containers, candidates and machines of SageMaker cannot be combined with."""

import re
from collections.abc import Iterator
from typing import Final

from facts.sagemaker import (
    MULTI_MODEL_GPU,
    family,
    gpus,
    has_local_disks,
    is_neuron,
)
from facts.sagemaker_hosting import (
    CAPTURE_URI,
    S3_URI,
    too_much_environment,
)
from stacks.settings.artifacts import artifacts
from stacks.settings.asked import Asked
from stacks.settings.capabilities import sagemaker_shared
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.common import Shift
from stacks.settings.pinning import floating, pinned_image, registered
from stacks.settings.problems import Problem, shown
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

_ARCHIVES: Final = (".tar.gz", ".tgz")


def _model(asked: Asked) -> SageMakerModel | None:
    return asked.settings if isinstance(asked.settings, SageMakerModel) else None


def _uris(model: SageMakerModel) -> list[tuple[KeyPath, str]]:
    return [(each.path, each.uri) for each in artifacts(model) if each.path[0] != "containers"]


def _of_containers(model: SageMakerModel | None) -> list[tuple[KeyPath, str]]:
    found = artifacts(model) if model is not None else ()
    return [(each.path, each.uri) for each in found if each.path[0] == "containers"]


def _instance_type(asked: Asked) -> Iterator[Problem]:
    if model := _model(asked):
        yield from sagemaker_shared.instance_type(asked, model.instance_type)


def _registry(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    aws = asked.site.targets.aws if asked.site else None
    for path, uri in _uris(model):
        if not uri.startswith("arn:"):
            continue
        region = uri.split(":")[3] if registered(uri) else None
        if region is None or (aws is not None and region != aws.region):
            allowed = f"a version in {aws.region}" if aws is not None else ""
            yield refuse("sagemaker/registry", path, uri, asked, allowed)


def _s3(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    for path, uri in _uris(model) if model is not None else ():
        yield from sagemaker_shared.artifact(asked, path, uri)


def _registry_image(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    for key, artifact in (("model", model.model), ("candidate", model.candidate)):
        if artifact is not None and artifact.image and registered(artifact.uri):
            # The stable model's image is the candidate's too, where that is no registered one.
            other = model.candidate if key == "model" else None
            if other is None or registered(other.uri) or other.image:
                path = (key, "image")
                yield refuse("sagemaker/registry-image", path, artifact.image, asked)


def _serves_the_candidate(asked: Asked) -> Iterator[Problem]:
    """A candidate in S3 beside a stable model in the registry, which has no image for it."""
    model = _model(asked)
    if model is None or model.candidate is None or not registered(model.model.uri):
        return
    if registered(model.candidate.uri) or model.candidate.image or model.model.image:
        return
    if model.model.framework is None:
        yield Problem(
            asked.where(("candidate", "image"), key=True),
            "MS0205",
            "candidate.image",
            "missing: the stable model's image is in the registry, and not the candidate's",
            fix="add `image: …@sha256:…`, or name a version in the registry",
        )


def _many_models(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or not model.many_models:
        return
    kind = model.instance_type
    if is_neuron(kind) or (gpus(kind) and kind not in MULTI_MODEL_GPU):
        allowed = f"with a GPU: {', '.join(MULTI_MODEL_GPU)}"
        yield refuse("sagemaker/many-models-machine", ("instance_type",), kind, asked, allowed)
    for path, uri in _uris(model):
        if not (uri.startswith("s3:") and uri.endswith("/")):
            yield refuse("sagemaker/many-models-artifact", path, uri, asked)
    for path, uri in _of_containers(model):
        if not uri.endswith(_ARCHIVES):
            yield refuse("sagemaker/many-models-artifact", path, uri, asked, "a .tar.gz here")


def _model_cache(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.model_cache is not None and not model.many_models:
        yield _vain(asked, "model_cache", model.model_cache, "many_models: true")


def _container_call(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.container_call is None:
        return
    if not model.containers:
        yield _vain(asked, "container_call", model.container_call, "`containers`")
    if model.container_call == "direct":
        for number, each in enumerate(model.containers):
            if each.first:
                path = ("containers", number, "first")
                yield refuse("sagemaker/direct", path, each.first, asked)
        if model.many_models:
            yield refuse("sagemaker/direct", ("many_models",), True, asked)  # noqa: FBT003 - what was asked


def _vain(asked: Asked, key: str, got: object, needs: str) -> Problem:
    return Problem(
        asked.where((key,)),
        "MS0228",
        key,
        f"got {shown(got)}, which says nothing without {needs}",
        fix=f"remove it, or add {needs}",
    )


def _hostnames(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    seen = {"model"}
    for number, each in enumerate(model.containers if model is not None else ()):
        path = ("containers", number, "hostname")
        if each.hostname in seen:
            yield Problem(
                asked.where(path),
                "MS0239",
                dotted(path),
                f"got {shown(each.hostname)}, which another container of the model is called",
                fix="give each another name; `model` is the model's own",
            )
        seen.add(each.hostname)


def _containers(asked: Asked) -> Iterator[Problem]:
    """Artifacts of further containers are pinned and in S3, as the model's own."""
    for path, uri in _of_containers(_model(asked)):
        if not re.fullmatch(S3_URI, uri):
            yield refuse("any/artifact", path, uri, asked, "s3:", source=_SOURCE)
        elif floating(uri) or not any(c.isdigit() for c in uri):
            yield _unpinned(asked, path, uri, "a URI that holds a version")


def _images(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    found: list[tuple[KeyPath, str | None]] = [(("model", "image"), model.model.image)]
    if model.candidate is not None:
        found.append((("candidate", "image"), model.candidate.image))
    for number, each in enumerate(model.containers):
        for key in ("image", "candidate_image"):
            path, image = ("containers", number, key), getattr(each, key)
            found.append((path, image))
            if image is not None and not pinned_image(image):
                yield _unpinned(asked, path, image, "registry/name@sha256: and 64 digits")
    for path, image in found:
        yield from sagemaker_shared.image(asked, path, image)


def _unpinned(asked: Asked, path: KeyPath, got: str, allowed: str) -> Problem:
    return Problem(
        asked.where(path),
        "MS0202",
        dotted(path),
        f"got {shown(got)}, which can change under the same settings",
        allowed=allowed,
        fix="pin it to one version",
    )


def _secrets(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    yield from sagemaker_shared.secrets(asked, model.env)
    for number, each in enumerate(model.containers):
        yield from sagemaker_shared.secrets(asked, each.env, ("containers", number, "env"))


def _environment(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    given: dict[KeyPath, dict[str, str]] = {("env",): model.env}
    given |= {("containers", n, "env"): each.env for n, each in enumerate(model.containers)}
    much = too_much_environment(list(given.values()))
    if much:
        # All containers share the room: named is who takes most of it.
        path = max(given, key=lambda one: sum(map(len, given[one].values())))
        yield refuse("sagemaker/environment", path, f"{len(given[path])} variables", asked, much)


def _strategy(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.strategy == "canary":
        return
    if model.candidate is None:
        yield Problem(
            asked.where(("strategy",)),
            "MS0203",
            "strategy",
            f"got {model.strategy}, and there is no candidate to be tried",
            fix="add `candidate: {uri: …, version: …}`, or remove it",
        )
    several = model.many_models or model.containers or family(model.instance_type) == "inf1"
    if model.strategy == "shadow" and several:
        yield refuse("sagemaker/shadow-beside", ("strategy",), "shadow", asked)


def _shift(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.rollout.shift in {None, Shift.ALL_AT_ONCE}:
        return
    if family(model.instance_type) == "inf1":
        path = ("rollout", "shift")
        yield refuse("sagemaker/shift-machine", path, str(model.rollout.shift), asked)


def _disk(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.disk_gib is not None and has_local_disks(model.instance_type):
        yield refuse("sagemaker/disk", ("disk_gib",), model.disk_gib, asked)


def _capture(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.capture is None:
        return
    shared = asked.site.targets.sagemaker if asked.site else None
    uri = model.capture.uri or (shared.capture_uri if shared else None)
    if asked.site is not None and (uri is None or not re.fullmatch(CAPTURE_URI, uri)):
        yield refuse("sagemaker/capture", ("capture", "uri"), uri, asked)


_SOURCE: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html"
RULES: Final[tuple[Rule, ...]] = (
    _instance_type,
    _registry,
    _s3,
    _registry_image,
    _serves_the_candidate,
    _many_models,
    _model_cache,
    _container_call,
    _hostnames,
    _containers,
    _images,
    _secrets,
    _environment,
    _strategy,
    _shift,
    _disk,
    _capture,
)
