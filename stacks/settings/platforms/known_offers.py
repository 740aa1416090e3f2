"""The pools that the models of a stack run on: its own, or those of the platform's stack."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from facts.pools.offers import Offer
from stacks.settings import stack_values
from stacks.settings.environment import Environment, Layer
from stacks.settings.fields import NotKnown
from stacks.settings.files import stack_file
from stacks.settings.platforms.gpu_pools import offers as offered
from stacks.settings.problems import Problem
from stacks.settings.yaml_source import read

__all__ = ["AskPlatform", "known_offers"]

AskPlatform: TypeAlias = Callable[[str], Mapping[str, Offer]]
"""What the pools offer of a platform's stack, by its full name."""


def known_offers(
    root: Path, site: Environment | None, ask: AskPlatform | None
) -> Mapping[str, Offer] | None:
    """What the pools offer; None where nobody here knows which there are.

    Models that name no platform's stack have no pools by name. Without an engine to `ask` the
    platform's settings are read, where their file is in this project; its own mistakes are its own.
    """
    if site is None:
        return None
    try:
        if site.layer is not Layer.SERVING:
            return offered(site)
        stack = site.platform_stack
        if stack is None:
            return {}
        if ask is not None:
            return ask(stack)
        return _written(root, stack_file(stack.rpartition("/")[2]))
    except NotKnown:
        return None


def _written(root: Path, file: str) -> Mapping[str, Offer] | None:
    if not (root / file).is_file():
        return None
    problems: list[Problem] = []
    source = read(root / file, file, empty_is_problem=False)
    values = stack_values.from_file(source, problems)
    platform = stack_values.site(values, source, problems)
    return None if platform is None or problems else offered(platform)
