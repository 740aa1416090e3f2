"""Rules over files for Cloud Run: images, what belongs to them, variables, times, packages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from facts.cloud_run import IMAGE, LONGEST_DESCRIPTION, LONGEST_SERVICE, RESERVED_VARIABLES
from facts.pods import VARIABLE_NAME
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.environment import Environment
from stacks.settings.models import AnySettings
from stacks.settings.pairs import keys_of_an_image
from stacks.settings.places import images, uris
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.variables import key_of_a_cloud, told_secret
from stacks.settings.yaml_source import dotted

__all__ = ["cloud_run"]

# What says how an image of one's own is called.
_IMAGE_KEYS: Final = ("port", "startup_path", "liveness_path", "tcp_health", "predict_route")
_SECRETS_GO: Final = "secret_environment_variables, by the secret's version"
# What the runtime is told by other settings.
_SAID: Final = (
    *("MODEL_SERVING_MODEL_NAME", "MODEL_SERVING_MODEL_VERSION", "MODEL_SERVING_MODEL_URI"),
    *("MODEL_SERVING_MODEL_DIGEST", "MODEL_SERVING_TIMEOUT_SECONDS"),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    """The service's."""
    settings: CloudRunModel
    where: PlaceOf
    site: Environment | None


def cloud_run(
    name: str, environment: str, settings: AnySettings, where: PlaceOf, site: Environment | None
) -> list[Problem]:
    """Problems of one file for Cloud Run, beside those of all targets."""
    if not isinstance(settings, CloudRunModel):
        return []
    return apply(_RULES, _Asked(f"{name}-{environment}", settings, where, site))


def _name(asked: _Asked) -> Iterator[Problem]:
    if len(asked.name) > LONGEST_SERVICE:
        yield refuse("cloud_run/name", ("target",), asked.name, asked)


def _description(asked: _Asked) -> Iterator[Problem]:
    if (signs := len(asked.settings.description)) > LONGEST_DESCRIPTION:
        yield Problem(
            asked.where(("description",)),
            "MS0106",
            "description",
            f"got {signs} signs, and a service's description has fewer",
            allowed=f"at most {LONGEST_DESCRIPTION}",
            fix="shorten it",
        )


def _images(asked: _Asked) -> Iterator[Problem]:
    for path, image in images(asked.settings):
        if not re.fullmatch(IMAGE, image):
            yield Problem(
                asked.where(path),
                "MS0106",
                dotted(path),
                f"got {shown(image)}, and Cloud Run does not pull from there",
                allowed="<place>-docker.pkg.dev/<project>/<repository>/<name>@sha256:…",
                fix="copy the image to Artifact Registry, or make a remote repository there",
                source="https://cloud.google.com/run/docs/deploying#images",
            )


def _candidate_image(asked: _Asked) -> Iterator[Problem]:
    """Both versions are packages, or both are images."""
    candidate, stable = asked.settings.candidate, asked.settings.model.image
    if candidate is not None and candidate.image is not None and stable is None:
        yield Problem(
            asked.where(("candidate", "image")),
            "MS0214",
            "candidate.image",
            "got an image, and the stable model has none",
            fix="name the stable model's image too, or none",
        )


def _image_keys(asked: _Asked) -> Iterator[Problem]:
    if asked.settings.model.image is None:
        yield from keys_of_an_image(asked.where, asked.settings, _IMAGE_KEYS)


def _code(asked: _Asked) -> Iterator[Problem]:
    """Without an image the runtime's package runs, from a bucket."""
    settings = asked.settings
    if settings.model.image is not None:
        return
    site = asked.site.targets.cloud_run if asked.site else None
    if site is not None and site.bucket is None:
        yield Problem(
            asked.where(("target",)),
            "MS0208",
            "target",
            "a model without an image needs model-serving:targets.cloud_run.bucket, where its "
            "package is put",
            fix="add `bucket: …` under `model-serving:targets.cloud_run`, or model.image",
        )


def _folders(asked: _Asked) -> Iterator[Problem]:
    """What the runtime pulls is a file."""
    settings = asked.settings
    for path, uri in uris(settings) if settings.model.image is None else ():
        if uri.endswith("/"):
            yield Problem(
                asked.where(path),
                "MS0106",
                dotted(path),
                f"got {shown(uri)}, and each instance pulls one file",
                allowed="gs://bucket/folder/model.onnx",
                fix="name the file",
            )


def _in_an_image(asked: _Asked) -> Iterator[Problem]:
    """A file of this machine gets into a package, and into no image."""
    settings = asked.settings
    for path, uri in uris(settings) if settings.model.image is not None else ():
        if uri.startswith("file:"):
            yield Problem(
                asked.where(path),
                "MS0106",
                dotted(path),
                f"got {shown(uri)}, and nothing brings it to an image",
                allowed="gs://bucket/path, or https://…",
                fix="upload it, and name it there; or leave the image out",
            )


def _times(asked: _Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.slo.latency_p95_ms >= settings.timeout_seconds * 1000:
        yield Problem(
            asked.where(("timeout_seconds",)),
            "MS0214",
            "timeout_seconds",
            f"got {settings.timeout_seconds}, and the objective is "
            f"{settings.slo.latency_p95_ms:g} ms: requests fail before they are late",
            fix="a longer timeout, or a shorter objective",
        )


def _variables(asked: _Asked) -> Iterator[Problem]:
    for name, value in asked.settings.environment_variables.items():
        path = ("environment_variables", name)
        found = (
            told_secret(asked.where, path, value, _SECRETS_GO)
            or _of_others(asked, path)
            or key_of_a_cloud(asked.where, path)
        )
        if found:
            yield found


def _secrets(asked: _Asked) -> Iterator[Problem]:
    """A variable has one value, from here or from there."""
    for name in asked.settings.secret_environment_variables:
        path = ("secret_environment_variables", name)
        if found := _of_others(asked, path):
            yield found
        elif name in asked.settings.environment_variables:
            yield Problem(
                asked.where(path),
                "MS0217",
                dotted(path),
                "it is in environment_variables too",
                fix="remove one of them",
            )


def _of_others(asked: _Asked, path: tuple[str, str]) -> Problem | None:
    """A name that Cloud Run or another setting has, or that nothing can have."""
    name = path[-1]
    if name not in (*RESERVED_VARIABLES, *_SAID) and VARIABLE_NAME.fullmatch(name):
        return None
    return Problem(
        asked.where(path),
        "MS0217",
        dotted(path),
        f"got {shown(name)}",
        allowed=f"letters, digits and _; not {', '.join(RESERVED_VARIABLES)}, nor what other "
        "settings say",
        fix="another name, or the setting for it",
    )


_RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _name,
    _description,
    _images,
    _candidate_image,
    _image_keys,
    _code,
    _folders,
    _in_an_image,
    _times,
    _variables,
    _secrets,
)
