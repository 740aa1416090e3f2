"""What a model's name in a registry stands for at the moment: an alias, a tag, a branch, a label.

`serving:index:resolveModels` is served by the provider in `provider/`, in previews too. It blocks,
so that what a reference stands for is plain text: a component checks it before anything is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi

from components.serving_provider import ServingProvider

__all__ = ["Refused", "Resolved", "resolve_models"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference, and what it stands for by a name that stays.

    `digest` is the artifact's, as `sha256:…`, and empty where the registry does not know it;
    `details` are what else it tells, as MLflow's `run_id`.
    """

    uri: str
    resolved_uri: str
    version: str
    digest: str = ""
    details: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Refused:
    """A reference that stands for nothing that could be deployed."""

    uri: str
    registry: str
    said: str
    way_out: str
    unsafe: bool = False
    """Whether it is there, and its files are not to be loaded."""


def resolve_models(
    references: Sequence[tuple[str, bool]], provider: ServingProvider
) -> list[Resolved | Refused]:
    """Ask the registries, all at once; the answers in the order of the references.

    Each is a reference, and whether its target's server loads nothing but pickles.

    Raises:
        Exception: where the provider itself cannot be asked, or one is no reference.
    """
    if not references:
        return []
    found = pulumi.runtime.invoke(
        "serving:index:resolveModels",
        {"references": [{"uri": uri, "pickles": pickles} for uri, pickles in references]},
        pulumi.InvokeOptions(provider=provider),
    )
    return [_told(answer) for answer in cast("dict[str, Any]", found.value)["models"]]


def _told(answer: Mapping[str, Any]) -> Resolved | Refused:
    if "problem" in answer:
        return Refused(
            answer["uri"],
            answer["registry"],
            answer["said"],
            answer["wayOut"],
            unsafe=answer["problem"] == "unsafe",
        )
    return Resolved(
        answer["uri"],
        answer["resolvedUri"],
        answer["version"],
        answer.get("digest") or "",
        dict(answer.get("details") or {}),
    )
