"""What every kind of SageMaker's inference refuses of artifacts, images and variables."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from facts.sagemaker import HOSTING, nearest
from facts.sagemaker_hosting import ECR_IMAGE, S3_URI
from stacks.settings.capabilities.refusing import Placed, refuse
from stacks.settings.problems import Problem, shown
from stacks.settings.variables import told_secret
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["artifact", "image", "instance_type", "s3", "secrets"]

_SECRETS_GO: Final = "let the container read it from Secrets Manager by its role"


def instance_type(asked: Placed, given: str) -> Iterator[Problem]:
    """A machine that hosts no endpoint."""
    if given not in HOSTING:
        path, close = ("instance_type",), nearest(given)
        yield refuse("sagemaker/instance-type", path, given, asked, close=close)


def artifact(asked: Placed, path: KeyPath, uri: str) -> Iterator[Problem]:
    """A bucket without anything in it; other schemes are refused for every target alike."""
    if uri.startswith("s3:") and not re.fullmatch(S3_URI, uri):
        yield Problem(
            asked.where(path),
            "MS0106",
            dotted(path),
            f"got {shown(uri)}, which names nothing in a bucket",
            allowed="s3://bucket/model/1.4.0/model.tar.gz",
            fix="add the object's key, or a prefix that ends with /",
        )


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


def secrets(
    asked: Placed, variables: Mapping[str, str], path: KeyPath = ("env",)
) -> Iterator[Problem]:
    """A secret that everybody could read."""
    for name, value in variables.items():
        if found := told_secret(asked.where, (*path, name), value, _SECRETS_GO):
            yield found
