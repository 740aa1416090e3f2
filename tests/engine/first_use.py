"""What the warm Python does before it forks: what modules do at first use, and shorter pauses."""

import dataclasses
import functools
import os
from collections.abc import Collection, Iterator
from typing import Any, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
from botocore.loaders import JSONFileLoader  # pyright: ignore[reportMissingTypeStubs]
from pydantic import BaseModel

from provider.gcp import vertex
from provider.waiting import Poll

__all__ = ["fork_google_clients", "poll_often", "use"]

# What the first-party provider asks of AWS.
_SERVICES = ("sagemaker", "cloudwatch", "application-autoscaling", "lambda", "s3", "codedeploy")


def use(packages: Collection[str]) -> None:
    """Pydantic builds the classes that these packages defer, botocore reads its services.

    Each program would spend 0.15 s of CPU on the one, each plugin that asks AWS 0.3 on the other.
    """
    for each in _models(BaseModel):
        if each.__module__.partition(".")[0] in packages:
            each.model_rebuild(raise_errors=False)
    # By file, whichever session asks: each has a loader of its own, and hands what that has read to
    # all its clients.
    loader = cast(Any, JSONFileLoader)
    read = functools.cache(loader().load_file)

    def load_file(_: object, file_path: str) -> Any:  # noqa: ANN401 - as botocore's
        return read(file_path)

    loader.load_file = load_file
    session = cast(Any, boto3.Session("none", "none", region_name="us-east-1"))
    for service in _SERVICES:
        session.client(service)


def poll_often() -> None:
    """The first-party provider begins with a tenth of its pauses, as stand-ins' times are scaled.

    Half of an update of SageMaker or Vertex AI was pauses.
    """
    usual = Poll()
    often = dataclasses.replace(usual, first_seconds=usual.first_seconds / 10)
    cast(Any, Poll).__init__.__defaults__ = dataclasses.astuple(often)


def fork_google_clients() -> None:
    """The first-party provider asks Vertex AI by a fork of the second server.

    To load Google's clients takes 1 s of CPU, in each step that asks.
    """
    usual = cast(Any, vertex)._command  # noqa: SLF001 - as anybody who replaces it

    def command() -> tuple[str, ...]:
        interpreter, *arguments = cast(tuple[str, ...], usual())
        return (os.environ.get("MODEL_SERVING_WARM_GOOGLE", interpreter), *arguments)

    cast(Any, vertex)._command = command  # noqa: SLF001


def _models(parent: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in parent.__subclasses__():
        yield each
        yield from _models(each)
