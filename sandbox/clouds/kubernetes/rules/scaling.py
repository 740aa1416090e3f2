"""Rules of autoscalers and disruption budgets.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/
horizontal-pod-autoscaler-v2/; pkg/apis/autoscaling/validation/validation.go of the API server,
1.34: validateHorizontalPodAutoscalerSpec, validateScalingRules, validateMetricSpec,
validateMetricTarget, validateResourceSource; pkg/apis/policy/validation/validation.go:
ValidatePodDisruptionBudgetSpec, which takes a budget with neither bound.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.formats import quantity
from sandbox.clouds.kubernetes.rules import words, workloads
from sandbox.values import mapped
from sandbox.wire import has_unknown

__all__ = ["autoscaler", "budget"]

Object = dict[str, Any]
_METRICS = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}
_TARGETS = {
    "Utilization": "averageUtilization",
    "Value": "value",
    "AverageValue": "averageValue",
}


# Metrics of what pods use of a resource.
_SHARES = ("resource", "containerResource")


def autoscaler(value: Object) -> Iterator[Problem]:
    """A HorizontalPodAutoscaler."""
    spec = mapped(value.get("spec"))
    low, high = spec.get("minReplicas", 1), spec.get("maxReplicas")
    yield from words.at_least(low, 1, "spec.minReplicas")
    yield from words.at_least(high, 1, "spec.maxReplicas")
    if words.number(low) and words.number(high) and high < low:
        yield Problem("spec.maxReplicas", f"got {high}; must be at least minReplicas {low}")
    for name in ("kind", "name"):
        target = mapped(spec.get("scaleTargetRef"))
        if target and target.get(name) == "":
            yield Problem(f"spec.scaleTargetRef.{name}", "must not be empty")
    for index, metric in words.each(spec.get("metrics")):
        yield from _metric(metric, f"spec.metrics[{index}]")
    for way, rules in mapped(spec.get("behavior")).items():
        at = f"spec.behavior.{way}"
        parts = mapped(rules)
        window = parts.get("stabilizationWindowSeconds")
        yield from words.within(window, 0, 3600, f"{at}.stabilizationWindowSeconds")
        yield from words.among(
            parts.get("selectPolicy"), ("Max", "Min", "Disabled"), f"{at}.selectPolicy"
        )
        for index, policy in words.each(parts.get("policies")):
            where = f"{at}.policies[{index}]"
            yield from words.among(policy.get("type"), ("Pods", "Percent"), f"{where}.type")
            yield from words.at_least(policy.get("value"), 1, f"{where}.value")
            yield from words.within(policy.get("periodSeconds"), 1, 1800, f"{where}.periodSeconds")


def _metric(metric: Object, at: str) -> Iterator[Problem]:
    kind = metric.get("type")
    yield from words.among(kind, tuple(_METRICS), f"{at}.type")
    given = [name for name in _METRICS.values() if metric.get(name) is not None]
    wanted = _METRICS.get(str(kind))
    if wanted is None or has_unknown(metric):
        return
    if given != [wanted]:
        yield Problem(at, f"give {wanted}, and no other source, with type {kind}")
        return
    target = mapped(mapped(metric[wanted]).get("target"))
    where = f"{at}.{wanted}.target"
    yield from words.among(target.get("type"), tuple(_TARGETS), f"{where}.type")
    yield from words.at_least(target.get("averageUtilization"), 1, f"{where}.averageUtilization")
    for name in ("value", "averageValue"):
        amount = quantity(target.get(name))
        if amount is not None and amount <= 0:
            yield Problem(f"{where}.{name}", f"got {shown(target[name])}; must be above zero")
    values = [name for name in _TARGETS.values() if target.get(name) is not None]
    if wanted in _SHARES:
        own = [name for name in ("averageUtilization", "averageValue") if name in values]
        if len(own) != 1:
            yield Problem(where, "give exactly one of averageUtilization, averageValue")
    elif not values:
        yield Problem(where, f"give one of {', '.join(_TARGETS.values())}")


def budget(value: Object) -> Iterator[Problem]:
    """A PodDisruptionBudget."""
    spec = mapped(value.get("spec"))
    low, high = spec.get("minAvailable"), spec.get("maxUnavailable")
    if low is not None and high is not None:
        yield Problem("spec", "minAvailable and maxUnavailable cannot be both set")
    yield from words.share(low, "spec.minAvailable", full=True)
    yield from words.share(high, "spec.maxUnavailable", full=True)
    policies = ("IfHealthyBudget", "AlwaysAllow")
    given = spec.get("unhealthyPodEvictionPolicy")
    yield from words.among(given, policies, "spec.unhealthyPodEvictionPolicy")
    yield from workloads.selector(mapped(spec.get("selector")), "spec.selector")
