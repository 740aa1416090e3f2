"""Rules over the parts that are one unit with a plain model server."""

from collections.abc import Iterator
from typing import Final

from facts.model_servers import MODEL_SERVERS, reads_a_folder
from facts.pods import (
    CLOUD_KEYS,
    OUR_VARIABLES,
    VARIABLE_NAME,
    is_fetched,
    looks_like_a_secret,
    wrong_artifact,
)
from facts.resource_bounds import BOUNDS
from facts.strategies import address_variable, slug
from stacks.settings.artifacts import artifacts
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.model_server import ModelServerModel
from stacks.settings.pairs import count_without_accelerator
from stacks.settings.pinning import floating, pinned_image
from stacks.settings.problems import Problem, shown
from stacks.settings.takeover import Part
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

# As ModelServer has it, where the settings say nothing.
_LOAD_SECONDS: Final = 60


def _parts(asked: Asked) -> Iterator[tuple[ModelServerModel, str, Part]]:
    if isinstance(asked.settings, ModelServerModel):
        for name, part in asked.settings.parts.items():
            yield asked.settings, name, part


def _problem(
    asked: Asked, code: str, path: KeyPath, message: str, *, fix: str, allowed: str = ""
) -> Problem:
    return Problem(asked.where(path), code, dotted(path), message, allowed=allowed, fix=fix)


def _images(asked: Asked) -> Iterator[Problem]:
    for _, name, part in _parts(asked):
        for key in ("image", "candidate_image"):
            image: str | None = getattr(part, key)
            if image is not None and not pinned_image(image):
                yield _problem(
                    asked,
                    "MS0202",
                    ("parts", name, key),
                    f"got {shown(image)}, a tag that can move",
                    allowed="registry/name@sha256: and 64 hexadecimal digits",
                    fix="pin the image by its digest",
                )


def _artifacts(asked: Asked) -> Iterator[Problem]:
    if not isinstance(asked.settings, ModelServerModel):
        return
    model = asked.settings
    for artifact in artifacts(model):
        if not isinstance(part := artifact.holder, Part):
            continue
        folder = reads_a_folder(MODEL_SERVERS[part.server])
        brings_none = folder and model.download_image is None
        uri, path = artifact.uri, artifact.path
        if uri.startswith("oci:") and not model.image_volumes:
            yield refuse("kubernetes/image-volume", path, uri, asked)
        elif wrong_artifact(uri):
            yield refuse("kubernetes/artifact-spelling", path, uri, asked)
        elif is_fetched(uri) and brings_none:
            yield _problem(
                asked,
                "MS0222",
                path,
                f"got {shown(uri)}, and nothing brings it: {part.server} reads a folder",
                fix="add download_image of the model or under targets.kubernetes, or take "
                "image:/path, pvc:// or oci://",
            )
        elif not uri.startswith("image:") and floating(uri):
            yield _problem(
                asked,
                "MS0202",
                path,
                f"got {shown(uri)}, which can change under the same settings",
                allowed="a URI that holds the release, a 40-digit commit or a sha256 digest",
                fix="point to that release",
            )


def _candidates(asked: Asked) -> Iterator[Problem]:
    for model, name, part in _parts(asked):
        for key in ("candidate_image", "candidate_uri"):
            value: str | None = getattr(part, key)
            if value is not None and model.candidate is None:
                yield _problem(
                    asked,
                    "MS0203",
                    ("parts", name, key),
                    f"got {shown(value)}, and there is no candidate that it is of",
                    fix="add `candidate: {uri: …, version: …}`, or leave it out",
                )


def _replicas(asked: Asked) -> Iterator[Problem]:
    for model, name, part in _parts(asked):
        low, high = part.min_replicas or max(1, model.min_replicas), part.max_replicas
        if high is not None and low > high:
            yield _problem(
                asked,
                "MS0201",
                ("parts", name, "max_replicas"),
                f"got {high}, below the part's min_replicas, {low}",
                fix=f"raise it to {low} or more, or lower the part's min_replicas",
            )


def _amounts(asked: Asked) -> Iterator[Problem]:
    bounds = BOUNDS["kubernetes"]
    for _, name, part in _parts(asked):
        for key, (low, high) in {"cpu": bounds.cpu, "memory_mib": bounds.memory_mib}.items():
            value: float | None = getattr(part.resources, key)
            if value is not None and not low <= value <= high:
                yield _problem(
                    asked,
                    "MS0104",
                    ("parts", name, "resources", key),
                    f"got {value:.10g} on kubernetes",
                    allowed=f"{low:.10g} to {high:.10g}",
                    fix=f"write {low if value < low else high:.10g}, or leave it out",
                )


def _accelerators(asked: Asked) -> Iterator[Problem]:
    for _, name, part in _parts(asked):
        path: KeyPath = ("parts", name, "resources")
        yield from count_without_accelerator(asked.where, part.resources, path)


def _times(asked: Asked) -> Iterator[Problem]:
    for model, name, part in _parts(asked):
        load, budget = part.load_seconds or _LOAD_SECONDS, model.ready_timeout_seconds
        if budget is not None and budget < load:
            yield _problem(
                asked,
                "MS0213",
                ("parts", name, "load_seconds"),
                f"got {load}, and ready_timeout_seconds is {budget}: the update fails before that",
                allowed=f"at most {budget}",
                fix=f"raise ready_timeout_seconds to {load} or more",
            )


def _variables(asked: Asked) -> Iterator[Problem]:
    if not isinstance(asked.settings, ModelServerModel):
        return
    model = asked.settings
    addresses = {address_variable(name) for name in model.parts}
    for key, names in (("env", model.env), ("secret_env", model.secret_env)):
        for name in sorted(addresses & names.keys()):
            yield _address(asked, (key, name))
    for part_name, part in model.parts.items():
        names = {("env", name): value for name, value in part.env.items()}
        for (key, name), value in {
            **names,
            **{("secret_env", name): "" for name in part.secret_env},
        }.items():
            path: KeyPath = ("parts", part_name, key, name)
            if name in CLOUD_KEYS:
                yield refuse("kubernetes/cloud-key", path, name, asked)
            elif looks_like_a_secret(name, value):
                # The value is not repeated: it may be one.
                yield refuse("kubernetes/secret-in-env", path, name, asked)
            elif name in addresses:
                yield _address(asked, path)
            elif what := _wrong_name(name, key, part):
                fix = "give it another name, or leave it out"
                yield _problem(asked, "MS0217", path, what, fix=fix)


def _wrong_name(name: str, key: str, part: Part) -> str:
    if not VARIABLE_NAME.fullmatch(name):
        return "no name of a variable: letters, digits and _"
    if name in OUR_VARIABLES:
        return "set for every model server"
    return "in env too" if key == "secret_env" and name in part.env else ""


def _address(asked: Asked, path: KeyPath) -> Problem:
    return _problem(
        asked,
        "MS0217",
        path,
        "set for the whole unit: it leads to the part of the pod's own version",
        fix="give it another name, or leave it out",
    )


def _names(asked: Asked) -> Iterator[Problem]:
    """`ranker` in version a-1 and its part `a` in version 1 would both be ranker-a-1."""
    if not isinstance(asked.settings, ModelServerModel):
        return
    model = asked.settings
    versions = [slug(model.model.version)]
    if model.candidate is not None:
        versions.append(slug(model.candidate.version))
    for name in model.parts:
        for version in versions:
            if f"{name}-{version}" in versions:
                yield refuse("kubernetes/part-named-as-a-version", ("parts", name), name, asked)


RULES: Final[tuple[Rule, ...]] = (
    _images,
    _artifacts,
    _candidates,
    _replicas,
    _amounts,
    _accelerators,
    _times,
    _variables,
    _names,
)
