"""The container that a model on Vertex AI is served by, and the model as the registry has it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.gcp.vertex.vertex_model import VertexModel
from facts import tags
from facts.pods import CLOUD_KEYS, VARIABLE_NAME, looks_like_a_secret
from facts.strategies import slug
from facts.vertex_serving import (
    ARTIFACT_FILE,
    IMAGE,
    PREBUILT,
    RESERVED_VARIABLE,
    prebuilt_image,
    registry_region,
    registry_version,
)

__all__ = [
    "CONTAINER_KEYS",
    "Container",
    "Registered",
    "check_gpu",
    "check_uri",
    "read_container",
    "upload",
]

# What says how an image of one's own is called.
CONTAINER_KEYS: Final = ("port", "predict_route", "health_route", "arguments", "env")
_URI: Final = r"gs://[a-z0-9._-]+/.+|vertex://.+"
_ROUTE: Final = r"/[^\s?#]*"
_HIGHEST_PORT: Final = 65_535
_LONGEST_ID: Final = 63
_HASH_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Container:
    """How a model is served: Google's image for its framework, or one's own and how to call it."""

    image: pulumi.Input[str] | None
    framework: str
    port: int | None
    predict_route: str | None
    health_route: str | None
    arguments: list[str]
    env: dict[str, str]

    def image_in(self, region: str, *, gpu: bool) -> pulumi.Input[str]:
        """The image for a region."""
        if self.image is not None:
            return self.image
        return prebuilt_image(self.framework, region, gpu=gpu)


def check_uri(checks: Checks, key: str, uri: object, region: str) -> None:
    """An artifact, or a version of the registry by its number; skipped while it is not known."""
    checks.optional_text(key, _URI, "gs://bucket/folder, or vertex://projects/…/models/…@1")
    if not isinstance(uri, str):
        return
    if uri.startswith("vertex://") and registry_version(uri) is None:
        checks.problem(key, uri, "vertex://projects/…/locations/…/models/…@<number>: aliases move")
    elif registry_region(uri) not in {None, region}:
        checks.problem(key, uri, f"a version in {region}; one can be copied there")
    if ARTIFACT_FILE.fullmatch(uri):
        checks.problem(key, uri, "the folder that the file is in")


def read_container(
    checks: Checks, args: Mapping[str, Any], uris: Mapping[str, object], images: Mapping[str, str]
) -> dict[str, Container]:
    """The container of each version; those of the registry have one already.

    Args:
        checks: notes what is wrong.
        args: of the component.
        uris: where each version is, as far as it is known.
        images: the argument that names each version's image.
    """
    uploaded = [key for key, uri in uris.items() if not _is_registered(uri)]
    used = {images[key] for key in uploaded}
    for argument in filter(checks.given, dict.fromkeys(images.values())):
        if argument not in used:
            checks.problem(argument, args[argument], "no image: a registered model has its own")
        checks.text(argument, IMAGE, "an image in Artifact Registry")
    given = {key: args.get(images[key]) for key in uploaded}
    own = [key for key, image in given.items() if image is not None]
    framework = checks.optional("framework") or ""
    if len(own) < len(uploaded) and framework not in PREBUILT:
        known = ", ".join(PREBUILT)
        checks.problem("framework", args.get("framework"), f"one of {known}, or give image")
    if not uploaded and framework:
        checks.problem("framework", framework, "none: a registered model has its container")
    if not own:
        for key in filter(checks.given, CONTAINER_KEYS):
            checks.problem(key, args[key], "it with an image of one's own")
    for key in ("predict_route", "health_route"):
        checks.optional_text(key, _ROUTE, "a path that begins with /")
    port = checks.whole("port", 0, 1, _HIGHEST_PORT) if checks.given("port") else None
    env = _read_env(checks)
    return {
        key: Container(
            image=image,
            framework=framework,
            port=port if image is not None else None,
            predict_route=args.get("predict_route") if image is not None else None,
            health_route=args.get("health_route") if image is not None else None,
            arguments=checks.texts("arguments", []) if image is not None else [],
            env=env if image is not None else {},
        )
        for key, image in given.items()
    }


def check_gpu(checks: Checks, containers: Mapping[str, Container], accelerator: object) -> None:
    """Google has containers that use GPUs for some frameworks alone."""
    for container in containers.values():
        known = PREBUILT.get(container.framework)
        if accelerator and container.image is None and known is not None and not known.gpu:
            use = f"none: Google's container for {container.framework} uses no GPU; or give image"
            checks.problem("accelerator", accelerator, use)


def _is_registered(uri: object) -> bool:
    return isinstance(uri, str) and uri.startswith("vertex://")


def _read_env(checks: Checks) -> dict[str, str]:
    env = checks.mapping("env")
    for name, value in env.items():
        if not VARIABLE_NAME.fullmatch(name) or name.startswith(RESERVED_VARIABLE):
            use = f"names of letters, digits and _, without {RESERVED_VARIABLE} first"
            checks.problem("env", name, use)
        elif name in CLOUD_KEYS:
            checks.problem("env", name, "the service account's rights: keys of a cloud live long")
        elif looks_like_a_secret(name, value):
            # The value is not repeated: it may be one.
            checks.problem("env", name, "Secret Manager: everybody reads a model's variables")
    return env


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A version as it is to be in the Model Registry."""

    name: str
    """The component's, by which resources are named."""
    physical_name: str
    version: str
    uri: pulumi.Input[str]
    project: pulumi.Input[str]
    region: str
    description: str
    vocabulary: Mapping[str, str]
    key: pulumi.Input[str]
    gpu: bool
    timeout_seconds: int


def upload(asked: Registered, container: Container, opts: pulumi.ResourceOptions) -> VertexModel:
    """The uploaded model.

    Its id is made of the version, the stack and what cannot change in place: a change makes another
    model before the old one goes, a run that was killed finds what it made, and no stack takes, or
    deletes, a model of another one.
    """
    image = container.image_in(asked.region, gpu=asked.gpu)
    fixed: list[pulumi.Input[Any]] = [
        *(pulumi.get_project(), pulumi.get_stack()),
        *(asked.uri, image, asked.key, container.port),
        *(container.predict_route, container.health_route),
        *(container.arguments, container.env),
    ]
    start = f"{asked.physical_name}-{slug(asked.version)}"
    start = start[: _LONGEST_ID - _HASH_LENGTH - 1].rstrip("-")
    model_id = pulumi.Output.json_dumps(fixed, sort_keys=True).apply(
        lambda text: f"{start}-{hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]}"
    )
    return VertexModel(
        f"{asked.name}-{slug(asked.version)}-model",
        project=asked.project,
        region=asked.region,
        model_id=model_id,
        display_name=f"{asked.physical_name} {asked.version}",
        description=asked.description or None,
        labels=tags.google(asked.vocabulary),
        artifact_uri=asked.uri,
        image_uri=image,
        args=container.arguments or None,
        env=container.env or None,
        port=container.port,
        predict_route=container.predict_route,
        health_route=container.health_route,
        kms_key_name=asked.key,
        timeout_seconds=asked.timeout_seconds,
        opts=opts,
    )
