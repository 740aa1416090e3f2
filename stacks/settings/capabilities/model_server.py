"""Asks that a plain model server on Kubernetes cannot honour."""

from collections.abc import Iterator
from typing import Final

from stacks.settings.asked import Asked
from stacks.settings.capabilities import takeover
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.problems import Problem


def _no_image(asked: Asked) -> Iterator[Problem]:
    model = asked.settings.model
    if asked.settings.target == "kubernetes" and model.image is None:
        yield refuse("kubernetes/no-image", ("model", "image"), model.framework, asked)


RULES: Final[tuple[Rule, ...]] = (_no_image, *takeover.RULES)
