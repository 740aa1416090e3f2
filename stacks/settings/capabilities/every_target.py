"""Asks that some targets cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.capabilities import TARGETS
from facts.kserve import AZURE_SCHEMES
from facts.resource_bounds import BOUNDS
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.common import Artifact, Candidate
from stacks.settings.problems import Problem, nearest


def _framework(asked: Asked) -> Iterator[Problem]:
    target, artifact = TARGETS[asked.settings.target], asked.settings.model
    known, framework = target.frameworks, artifact.framework
    # Where none are named, the target says by itself what it serves.
    if known and framework is not None and framework not in known and artifact.image is None:
        yield refuse(
            "any/framework",
            ("model", "framework"),
            framework,
            asked,
            allowed=", ".join(known),
            close=nearest(framework, known),
            source=target.source,
        )


def _stable_artifact(asked: Asked) -> Iterator[Problem]:
    yield from _artifact(asked, "model", asked.settings.model)


def _candidate_artifact(asked: Asked) -> Iterator[Problem]:
    if asked.settings.candidate is not None:
        yield from _artifact(asked, "candidate", asked.settings.candidate)


def _artifact(asked: Asked, key: str, artifact: Artifact | Candidate) -> Iterator[Problem]:
    target, scheme = TARGETS[asked.settings.target], artifact.uri.partition(":")[0]
    if target.name == "kserve" and scheme in AZURE_SCHEMES:
        return  # It reads them by another spelling: `kserve/artifact`.
    if scheme not in target.uri_schemes:
        yield refuse(
            "any/artifact",
            (key, "uri"),
            artifact.uri,
            asked,
            allowed=", ".join(f"{scheme}:" for scheme in target.uri_schemes),
            source=target.source,
        )


def _shift(asked: Asked) -> Iterator[Problem]:
    target, shift = TARGETS[asked.settings.target], asked.settings.rollout.shift
    if shift is not None and shift not in target.shifts:
        yield refuse(
            "kserve/shift" if target.name == "kserve" else "any/shift",
            ("rollout", "shift"),
            str(shift),
            asked,
            allowed=", ".join(target.shifts),
            source=target.source,
        )


def _gpu_pool(asked: Asked) -> Iterator[Problem]:
    pool, bounds = asked.settings.resources.gpu_pool, BOUNDS.get(asked.settings.target)
    if pool is not None and (bounds is None or not bounds.accelerators):
        yield refuse("any/gpu-pool", ("resources", "gpu_pool"), pool, asked)


RULES: Final[tuple[Rule, ...]] = (
    _framework,
    _stable_artifact,
    _candidate_artifact,
    _shift,
    _gpu_pool,
)
