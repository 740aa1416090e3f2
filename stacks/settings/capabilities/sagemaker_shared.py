"""What every kind of SageMaker's inference refuses of artifacts, images and variables."""

import re
from collections.abc import Iterator, Mapping

from facts.pods import looks_like_a_secret
from facts.sagemaker_hosting import ECR_IMAGE, S3_URI
from stacks.settings.capabilities.refusing import Placed, refuse
from stacks.settings.problems import Problem, shown
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["image", "s3", "secrets"]


def image(asked: Placed, path: KeyPath, given: str | None) -> Iterator[Problem]:
    """An image that is not in Amazon ECR."""
    if given is not None and not re.fullmatch(ECR_IMAGE, given):
        yield refuse("sagemaker/image", path, given, asked)


def s3(asked: Placed, path: KeyPath, uri: str | None, *, folder: bool = False) -> Iterator[Problem]:
    """A place that is not in S3, or names nothing in a bucket; `folder` ends with `/`."""
    wanted = folder and uri is not None and not uri.endswith("/")
    if uri is not None and (wanted or not re.fullmatch(S3_URI, uri)):
        yield Problem(
            asked.where(path),
            "MS0106",
            dotted(path),
            f"got {shown(uri)}, which is no place in S3" + (" that ends with /" if wanted else ""),
            allowed="s3://bucket/folder/",
            fix="name a bucket and a prefix in it",
        )


def secrets(asked: Placed, variables: Mapping[str, str]) -> Iterator[Problem]:
    """A secret that everybody could read."""
    for name, value in variables.items():
        if looks_like_a_secret(name, value):
            yield Problem(
                asked.where(("env", name)),
                "MS0107",
                f"env.{name}",
                "looks like a secret, and settings are read by everybody",
                fix="let the container read it from Secrets Manager by its role",
            )
