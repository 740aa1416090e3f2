"""What KEDA's webhook refuses of a ScaledObject, beyond its schema.

Source: apis/keda/v1alpha1/ of KEDA 2.17: verifyFallback of scaledobject_webhook.go with
CheckFallbackValid, ValidateTriggers of scaletriggers_types.go. Bounds of replicas are only logged
there. What other ScaledObjects and autoscalers scale is not looked at here.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["scaled_object"]

Object = dict[str, Any]
_OWN = ("cpu", "memory")
_NOT_CACHED = ("cpu", "memory", "cron")


def scaled_object(value: Object) -> Iterator[Problem]:
    """What is wrong with a ScaledObject."""
    spec = mapped(value.get("spec"))
    if value.get("spec") is UNKNOWN or spec.get("triggers") is UNKNOWN:
        return
    triggers = listed(spec.get("triggers"))
    if not triggers:
        yield Problem("spec.triggers", "no triggers defined in the ScaledObject")
    names: set[Any] = set()
    for index, trigger in words.each(spec.get("triggers")):
        at, name = f"spec.triggers[{index}]", trigger.get("name")
        if name and name is not UNKNOWN and name in names:
            yield Problem(f"{at}.name", f"got {shown(name)}, which another trigger has")
        names.add(name if isinstance(name, str) else None)
        if trigger.get("useCachedMetrics") is True and trigger.get("type") in _NOT_CACHED:
            yield Problem(f"{at}.useCachedMetrics", f"not supported for {trigger['type']}")
    yield from _fallback(spec, triggers)


def _fallback(spec: Object, triggers: list[Any]) -> Iterator[Problem]:
    fallback = spec.get("fallback")
    if not words.is_object(fallback):
        return
    for key in ("failureThreshold", "replicas"):
        yield from words.at_least(mapped(fallback).get(key), 0, f"spec.fallback.{key}")
    advanced = spec.get("advanced")
    if has_unknown([advanced, *triggers]) or mapped(advanced).get("scalingModifiers"):
        return
    others = [mapped(each) for each in triggers if mapped(each).get("type") not in _OWN]
    if not any(each.get("metricType") == "AverageValue" for each in others):
        yield Problem(
            "spec.fallback",
            "at least one trigger (that is not cpu or memory) has to have the `AverageValue` type",
        )
