"""The versions of a model that run beside each other, each in a slot of its own.

A slot is named after its version and not after the part that the version plays: the candidate that
becomes the stable model is the very same Deployment, and none of its pods moves.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.labels import COMPONENT, NAME
from components.kubernetes.server.strategy import Strategy
from components.serving import Core
from facts.strategies import slug

__all__ = ["SERVER", "SLOT", "Slot", "inner_host", "read_slots"]

SLOT: Final = "model-serving/slot"
SERVER: Final = "server"
# Of the one Deployment that is changed in place; no version is spelled so.
_IN_PLACE: Final = "in_place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One version that runs: where its artifact is, who serves it, and on how many pods."""

    model: str
    version: str
    image: pulumi.Input[str]
    uri: pulumi.Input[str]
    min_replicas: int
    max_replicas: int
    slug: str = ""
    """Empty for the one Deployment that is changed in place."""
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where the parts of the same version are, by variable."""

    @property
    def name(self) -> str:
        """Name of the slot's objects."""
        return f"{self.model}-{self.slug}" if self.slug else self.model

    def child(self, role: str) -> str:
        """Name of a child resource."""
        return f"{self.model}-{role}-{self.slug}" if self.slug else f"{self.model}-{role}"

    def selector(self) -> dict[str, str]:
        """Labels of the slot's pods alone, so that no budget and no autoscaler finds others'."""
        return {
            NAME: self.model,
            COMPONENT: SERVER,
            SLOT: self.slug or _IN_PLACE,
        }


def inner_host(service: str, namespace: pulumi.Input[str]) -> pulumi.Input[str]:
    """The name of a Service inside of the cluster, in full: a proxy reads it anywhere."""
    if isinstance(namespace, str):
        return f"{service}.{namespace}.svc.cluster.local"
    return pulumi.Output.concat(service, ".", namespace, ".svc.cluster.local")


def read_slots(
    checks: Checks, core: Core, strategy: Strategy, args: Mapping[str, Any]
) -> list[Slot]:
    """The slots that run, the stable model's first, then the candidate's; notes what is wrong."""
    in_place = not strategy.kind.takes_candidate
    stable = Slot(
        model=core.name,
        version=core.model_version,
        image=args.get("image", ""),
        uri=args.get("model_uri", ""),
        min_replicas=core.min_replicas,
        max_replicas=core.max_replicas,
        slug="" if in_place else slug(core.model_version),
    )
    if core.candidate_version is None or in_place:
        return [stable]
    candidate = dataclasses.replace(
        stable,
        version=core.candidate_version,
        image=args.get("candidate_image", stable.image),
        uri=args.get("candidate_uri", ""),
        min_replicas=strategy.candidate_min_replicas,
        slug=slug(core.candidate_version),
    )
    if candidate.slug == stable.slug and candidate.version != stable.version:
        checks.problem(
            "candidate_version",
            candidate.version,
            f"a version that is spelled otherwise than {stable.version} in a name too: both are "
            f"{stable.name}",
        )
    return [stable, candidate]
