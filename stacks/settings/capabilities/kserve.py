"""Asks that KServe cannot honour."""

from collections.abc import Iterator
from typing import Final

from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.problems import Problem


def _kserve_candidate(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "kserve" or settings.deployment_mode != "standard":
        return
    if settings.candidate is not None:
        path = ("canary_percent",) if settings.canary_percent else ("candidate", "version")
        got = settings.canary_percent or settings.candidate.version
        yield refuse("kserve/candidate-in-standard-mode", path, got, asked)


def _kserve_zero(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "kserve" or settings.deployment_mode != "standard":
        return
    if settings.min_replicas == 0:
        yield refuse("kserve/zero-in-standard-mode", ("min_replicas",), 0, asked)


RULES: Final[tuple[Rule, ...]] = (
    _kserve_candidate,
    _kserve_zero,
)
