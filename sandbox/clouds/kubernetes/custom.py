"""Custom resources: objects of free form, checked as far as is known without their definitions."""

from typing import Any, cast

from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call
from sandbox.wire import UNKNOWN

__all__ = ["is_custom", "problems"]

_TOP = {"apiVersion", "kind", "metadata", "spec", "status", "data", "stringData", "others"}
# https://kserve.github.io/website/docs/reference/crd-api: the parts of an InferenceService.
_INFERENCE_SPEC = ("predictor", "transformer", "explainer", "canary")


def is_custom(token: str) -> bool:
    """Whether a type is of a group that Kubernetes itself does not have: its domain has a dot."""
    group = token.split(":")[1].partition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def problems(call: Call) -> list[Problem]:
    """What is wrong with a custom resource, whatever its kind, and with a KServe one."""
    inputs = call.inputs
    group_version = call.token.split(":")[1]
    kind = call.token.rpartition(":")[2]
    found: list[Problem] = []
    for name, wanted in (("apiVersion", group_version), ("kind", kind)):
        given = inputs.get(name)
        if given is not UNKNOWN and given != wanted:
            found.append(Problem(name, f'got {given!r}; use "{wanted}"'))
    for name in inputs:
        if (
            name not in _TOP
            and not name.startswith("__")
            and group_version.startswith("serving.kserve")
        ):
            meant = nearest(name, _TOP)
            hint = f'; did you mean "{meant}"?' if meant else ""
            found.append(Problem(name, f"unknown field{hint}"))
    if kind == "InferenceService":
        found += _inference_service(inputs.get("spec"))
    return found


def _inference_service(spec: Any) -> list[Problem]:  # noqa: ANN401
    if spec is UNKNOWN:
        return []
    if not isinstance(spec, dict):
        return [Problem("spec", "missing required property; give it an object with predictor")]
    parts = cast("dict[str, Any]", spec)
    found: list[Problem] = []
    for name in parts:
        if name not in _INFERENCE_SPEC:
            meant = nearest(name, _INFERENCE_SPEC)
            hint = f'; did you mean "{meant}"?' if meant else ""
            found.append(Problem(f"spec.{name}", f"unknown field{hint}"))
    predictor = parts.get("predictor")
    if predictor is None:
        found.append(Problem("spec.predictor", "missing required property"))
    elif isinstance(predictor, dict):
        found += _predictor(cast("dict[str, Any]", predictor))
    return found


def _predictor(predictor: dict[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    low, high = predictor.get("minReplicas"), predictor.get("maxReplicas")
    if isinstance(low, int) and isinstance(high, int) and high and low > high:
        # KServe's validating webhook: MinReplicas cannot be greater than MaxReplicas.
        found.append(Problem("spec.predictor.minReplicas", f"got {low}, above maxReplicas {high}"))
    percent = predictor.get("canaryTrafficPercent")
    whole = isinstance(percent, int) and not isinstance(percent, bool)
    if percent is not None and percent is not UNKNOWN and not (whole and 0 <= percent <= 100):  # noqa: PLR2004
        found.append(
            Problem(
                "spec.predictor.canaryTrafficPercent",
                f"got {percent}; use a whole number from 0 to 100",
            )
        )
    return found
