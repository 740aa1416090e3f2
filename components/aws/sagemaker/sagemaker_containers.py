"""The containers of a SageMaker model: its own, and others that answer with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.aws.sagemaker.sagemaker_model_package import ARN
from components.aws.sagemaker.sagemaker_models import Container, is_archive
from components.checks import Checks
from components.serving import Core
from facts.sagemaker_hosting import (
    CONTAINERS,
    ECR_IMAGE,
    ENVIRONMENT_BYTES,
    S3_URI,
    too_much_environment,
)

__all__ = [
    "CALLS",
    "PACKAGE_ARN",
    "Containers",
    "SageMakerContainer",
    "is_package",
    "read_containers",
]

PACKAGE_ARN: Final = re.sub(r"\?P<\w+>", "?:", ARN)
CALLS: Final = ("serial", "direct")
_MOST_CONTAINERS: Final = int(CONTAINERS.maximum or 0)
# ContainerHostname in the API model.
_HOSTNAME: Final = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
OWN: Final = "model"
"""The hostname of the model's own container among others."""


class SageMakerContainer(TypedDict):
    """A container beside the model's own, which is called `model`."""

    hostname: str
    """The name by which requests, logs and metrics know it."""
    image: str
    """Container image in Amazon ECR, pinned by digest."""
    uri: NotRequired[str]
    """S3 URI of its artifact. Default: none, the image holds it."""
    candidate_image: NotRequired[str]
    """Its image beside the candidate. Default: image."""
    candidate_uri: NotRequired[str]
    """Its artifact beside the candidate. Default: uri."""
    env: NotRequired[dict[str, str]]
    """Its environment variables; nothing secret. Default: none."""
    first: NotRequired[bool]
    """Whether it answers before the model's own container, where they answer in turn.
    Default: false."""


@dataclass(frozen=True, slots=True)
class _Further:
    hostname: str
    image: str
    uri: str | None
    candidate_image: str
    candidate_uri: str | None
    env: dict[str, str]
    first: bool


@dataclass(frozen=True, slots=True)
class Containers:
    """What every version's model is made of, checked."""

    env: Mapping[str, str] = field(default_factory=dict[str, str])
    many_models: bool = False
    model_cache: bool = True
    further: tuple[_Further, ...] = ()
    call: str = "serial"

    def of(
        self, image: pulumi.Input[str], uri: pulumi.Input[str], *, candidate: bool
    ) -> list[Container]:
        """The containers of one version, in the order in which they answer."""
        packaged = is_package(uri)
        own = Container(
            image=None if packaged else image,
            uri=None if packaged else uri,
            package_arn=uri if packaged else None,
            env=self.env,
            hostname=OWN if self.further else None,
            many_models=self.many_models,
            model_cache=self.model_cache,
        )

        def others(*, first: bool) -> list[Container]:
            return [
                Container(
                    image=each.candidate_image if candidate else each.image,
                    uri=each.candidate_uri if candidate else each.uri,
                    env=each.env,
                    hostname=each.hostname,
                )
                for each in self.further
                if each.first == first
            ]

        return [*others(first=True), own, *others(first=False)]

    def reads(self, *, candidate: bool) -> tuple[list[str], list[str]]:
        """Images and artifacts of the containers beside the model's own, of one version."""
        return (
            [each.candidate_image if candidate else each.image for each in self.further],
            [
                uri
                for each in self.further
                if (uri := each.candidate_uri if candidate else each.uri) is not None
            ],
        )


def is_package(uri: pulumi.Input[str]) -> bool:
    """Whether a URI names a version in SageMaker's model registry; one not known yet does not."""
    return isinstance(uri, str) and uri.startswith("arn:")


def read_containers(checks: Checks, args: Mapping[str, Any], core: Core) -> Containers:
    """`env`, `many_models`, `model_cache`, `containers` and `container_call`."""
    many = checks.flag("many_models", default=False)
    if checks.given("model_cache") and not many:
        checks.problem("model_cache", args["model_cache"], "it with many_models, or not at all")
    further = [
        _further(checks, number, each)
        for number, each in enumerate(checks.dictionaries("containers"))
    ]
    if len(further) >= _MOST_CONTAINERS:
        most = _MOST_CONTAINERS - 1
        checks.problem("containers", f"{len(further)}", f"at most {most} beside the model's own")
    names = [OWN, *(each.hostname for each in further)]
    for name in {name for name in names if names.count(name) > 1}:
        checks.problem("containers", name, f"each hostname once; {OWN} is the model's own")
    call = checks.choice("container_call", "serial", CALLS)
    if checks.given("container_call") and not further:
        checks.problem("container_call", call, "it with containers, or not at all")
    if call == "direct":
        for number in [number for number, each in enumerate(further) if each.first]:
            checks.problem(f"containers[{number}].first", True, "no order with direct calls")  # noqa: FBT003 - the value that was given
        if many:
            checks.problem("many_models", many, "container_call serial, or one model")
    if many:
        _check_prefixes(checks, args, core)
    env = checks.mapping("env")
    if much := too_much_environment([env, *(each.env for each in further)]):
        checks.problem("env", f"{len(env)} variables", f"{much} ({ENVIRONMENT_BYTES.source})")
    return Containers(
        env,
        many,
        checks.flag("model_cache", default=True),
        tuple(further),
        call,
    )


def _further(checks: Checks, number: int, args: Mapping[str, object]) -> _Further:
    inner = Checks("container", str(number), args, SageMakerContainer.__annotations__)
    image_use = "an image in Amazon ECR: SageMaker pulls from nowhere else"
    inner.text("hostname", _HOSTNAME, "1 to 63 letters, digits and inner hyphens")
    inner.text("image", ECR_IMAGE, image_use)
    inner.optional_text("candidate_image", ECR_IMAGE, image_use)
    for key in ("uri", "candidate_uri"):
        inner.optional_text(key, S3_URI, "an S3 URI such as s3://bucket/model.tar.gz")
    image, uri = str(args.get("image")), args.get("uri")
    candidate_uri = args.get("candidate_uri", uri)
    found = _Further(
        str(args.get("hostname")),
        image,
        str(uri) if uri is not None else None,
        str(args.get("candidate_image", image)),
        str(candidate_uri) if candidate_uri is not None else None,
        inner.mapping("env"),
        inner.flag("first", default=False),
    )
    checks.take(f"containers[{number}]", inner)
    return found


def _check_prefixes(checks: Checks, args: Mapping[str, Any], core: Core) -> None:
    """Many models lie below a prefix: https://docs.aws.amazon.com/sagemaker/latest/dg/create-multi-model-endpoint.html."""
    keys: Sequence[str] = ("model_uri", *(("candidate_uri",) if core.candidate_version else ()))
    for key in keys:
        uri = args.get(key)
        if isinstance(uri, str) and (is_package(uri) or not uri.endswith("/")):
            checks.problem(key, uri, "with many_models the prefix of the models, such as s3://b/m/")
    for number, each in enumerate(checks.dictionaries("containers")):
        uri = each.get("uri")
        if isinstance(uri, str) and not is_archive(uri):
            checks.problem(f"containers[{number}].uri", uri, "a .tar.gz beside many models")
