"""Asks that Seldon Core 2 cannot honour."""

from collections.abc import Iterator
from typing import Final

from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.common import ShareOwner
from stacks.settings.problems import Problem


def _seldon_cpu(asked: Asked) -> Iterator[Problem]:
    cpu = asked.settings.resources.cpu
    if asked.settings.target == "seldon" and cpu is not None:
        yield refuse("seldon/own-server", ("resources", "cpu"), cpu, asked)


def _seldon_accelerator(asked: Asked) -> Iterator[Problem]:
    accelerator = asked.settings.resources.accelerator
    if asked.settings.target == "seldon" and accelerator is not None:
        yield refuse("seldon/own-server", ("resources", "accelerator"), accelerator, asked)


def _seldon_image(asked: Asked) -> Iterator[Problem]:
    image = asked.settings.model.image
    if asked.settings.target == "seldon" and image is not None:
        yield refuse("seldon/own-server", ("model", "image"), image, asked)


def _seldon_owner(asked: Asked) -> Iterator[Problem]:
    owner = asked.settings.rollout.owner
    if asked.settings.target == "seldon" and owner is not ShareOwner.FILE:
        yield refuse("seldon/share-owner", ("rollout", "owner"), str(owner), asked)


def _seldon_mirror(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "seldon" or settings.mirror_percent is None:
        return
    percent, path = settings.mirror_percent, ("mirror_percent",)
    if settings.candidate is None:
        yield Problem(
            asked.where(path),
            "MS0203",
            "mirror_percent",
            f"got {percent}, and there is no candidate to get the copies",
            fix="add `candidate: {uri: …, version: …}`, or remove mirror_percent",
        )
    elif settings.canary_percent:
        yield refuse("seldon/mirror-beside-share", path, percent, asked)


RULES: Final[tuple[Rule, ...]] = (
    _seldon_cpu,
    _seldon_accelerator,
    _seldon_image,
    _seldon_owner,
    _seldon_mirror,
)
