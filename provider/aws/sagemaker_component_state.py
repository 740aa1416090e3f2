"""What DescribeInferenceComponent of SageMaker says is live, and how that compares with an ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

__all__ = ["Live", "as_asked", "has", "is_final", "is_placed", "live_of", "reason", "told"]

# InferenceComponentStatus in SageMaker's API model; the others are final.
_MOVING: Final = frozenset({"Creating", "Updating", "Deleting"})


@dataclass(frozen=True, slots=True)
class Live:
    """What DescribeInferenceComponent says."""

    status: str
    endpoint_name: str
    specification: dict[str, Any]
    wanted: int
    placed: int
    reason: str
    deployment: dict[str, Any]
    arn: str = ""
    tags: dict[str, str] = field(default_factory=dict[str, str])


def live_of(answer: Mapping[str, Any]) -> Live:
    """What DescribeInferenceComponent answered."""
    copies = cast("dict[str, int]", answer.get("RuntimeConfig") or {})
    return Live(
        status=str(answer.get("InferenceComponentStatus", "")),
        endpoint_name=str(answer["EndpointName"]),
        specification=_specified(cast("dict[str, Any]", answer.get("Specification") or {})),
        wanted=int(copies.get("DesiredCopyCount", 0)),
        placed=int(copies.get("CurrentCopyCount", 0)),
        reason=" ".join(str(answer.get("FailureReason") or "").split()),
        deployment=cast("dict[str, Any]", answer.get("LastDeploymentConfig") or {}),
        arn=str(answer["InferenceComponentArn"]),
    )


def is_final(live: Live) -> bool:
    """Whether nothing moves."""
    return live.status not in _MOVING


def is_placed(live: Live) -> bool:
    """Whether all copies are there, or SageMaker has said that they will not be."""
    return live.placed >= live.wanted or live.reason != ""


def _specified(summary: dict[str, Any]) -> dict[str, Any]:
    """What is described, as it is asked for."""
    container = cast("dict[str, Any]", summary.get("Container") or {})
    if "DeployedImage" not in container:
        return summary
    image = cast("dict[str, Any]", container["DeployedImage"]).get("SpecifiedImage")
    rest = {key: value for key, value in container.items() if key != "DeployedImage"}
    return {**summary, "Container": {**rest, "Image": image}}


def as_asked(live: object, asked: object, earlier: object) -> bool:
    """Whether what is live has all that is asked, and nothing that is asked no longer.

    SageMaker fills in what nobody asked for.
    """
    if not has(live, asked):
        return False
    now, wanted = _mapped(live), _mapped(asked)
    return all(
        key in wanted and as_asked(now[key], wanted[key], value)
        for key, value in _mapped(earlier).items()
        if key in now
    )


def _mapped(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def has(live: object, asked: object) -> bool:
    """Whether what is live has all that is asked."""
    if isinstance(asked, Mapping):
        now = _mapped(live)
        wanted = cast("Mapping[str, object]", asked)
        return all(key in now and has(now[key], value) for key, value in wanted.items())
    return live == asked


def told(specification: Mapping[str, Any]) -> str:
    """The model, and what a copy gets."""
    container = cast("Mapping[str, Any]", specification.get("Container") or {})
    model = specification.get("ModelName") or container.get("Image") or "nothing"
    needs = cast("Mapping[str, Any]", specification.get("ComputeResourceRequirements") or {})
    amounts = ", ".join(f"{key} {value:g}" for key, value in sorted(needs.items()))
    return f"model {model} ({amounts})" if amounts else f"model {model}"


def reason(live: Live) -> str:
    """SageMaker's reason, as a sentence without its end."""
    if live.reason:
        return f"FailureReason: {live.reason.rstrip('.')}"
    return "SageMaker gives no FailureReason; see the alarms of its deployment configuration"
