"""Rules of what makes pods: Deployments, StatefulSets, DaemonSets, Jobs, autoscalers, budgets.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ and pkg/apis/apps,
batch, autoscaling and policy of the API server, 1.34.
"""

import re
import zoneinfo
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.rules import metadata, pods, words
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = [
    "autoscaler",
    "budget",
    "cron_job",
    "daemon_set",
    "deployment",
    "job",
    "pod",
    "replica_set",
    "selector",
    "stateful_set",
]

Object = dict[str, Any]
_ALWAYS = ("Always",)
_ONCE = ("OnFailure", "Never")
_MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
# Minute, hour, day of the month, month, day of the week, as the cron library of the controller.
_CRON: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (
        *(1, 12),
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ),
    (0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def _spec(value: Object) -> Object:
    return mapped(value.get("spec"))


def _known(value: Any) -> bool:  # noqa: ANN401
    return value is not UNKNOWN


# ---- pods and what keeps them ----


def pod(value: Object) -> Iterator[Problem]:
    """A single pod."""
    yield from pods.problems(_spec(value), "spec")


def _kept(value: Object, *, claims: tuple[str, ...] = ()) -> Iterator[Problem]:
    """A selector and a template whose pods are restarted for ever."""
    spec = _spec(value)
    yield from words.at_least(spec.get("replicas"), 0, "spec.replicas")
    yield from words.at_least(spec.get("minReadySeconds"), 0, "spec.minReadySeconds")
    yield from words.at_least(spec.get("revisionHistoryLimit"), 0, "spec.revisionHistoryLimit")
    yield from _selected(spec)
    inner = mapped(mapped(spec.get("template")).get("spec"))
    at = "spec.template.spec"
    yield from pods.problems(inner, at, restart=_ALWAYS, claims=claims)
    if inner.get("activeDeadlineSeconds") is not None:
        yield Problem(f"{at}.activeDeadlineSeconds", "only a Pod and a Job have it")


def _selected(spec: Object) -> Iterator[Problem]:
    given, template = spec.get("selector"), mapped(spec.get("template"))
    labels = mapped(template.get("metadata")).get("labels")
    yield from metadata.labels(labels, "spec.template.metadata.labels")
    if not words.is_object(given):
        return
    chosen = mapped(given)
    yield from selector(chosen, "spec.selector")
    wanted = mapped(chosen.get("matchLabels"))
    if not wanted and not listed(chosen.get("matchExpressions")) and not has_unknown(given):
        yield Problem("spec.selector", "an empty selector is refused; give it matchLabels")
    if _known(spec.get("template")) and not any(
        has_unknown(part) for part in (labels, template.get("metadata"))
    ):
        yield from _matched(chosen, mapped(labels))


def _matched(chosen: Object, labels: Object) -> Iterator[Problem]:
    for key, value in mapped(chosen.get("matchLabels")).items():
        if value is not UNKNOWN and labels.get(key) != value:
            yield Problem(
                "spec.template.metadata.labels",
                f"selector does not match template labels: {key} is {labels.get(key)!r} in the"
                f" template, {value!r} in spec.selector.matchLabels",
            )
            return
    for _, expression in words.each(chosen.get("matchExpressions")):
        key, values = expression.get("key"), listed(expression.get("values"))
        held = {
            "In": labels.get(str(key)) in values,
            "NotIn": labels.get(str(key)) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }.get(str(expression.get("operator")), True)
        if not held and not has_unknown(expression):
            yield Problem(
                "spec.template.metadata.labels",
                f"selector does not match template labels: {key} {expression['operator']}"
                f" {values or ''}".rstrip(),
            )
            return


def selector(given: Object, at: str) -> Iterator[Problem]:
    """A selector of labels."""
    yield from metadata.labels(given.get("matchLabels"), f"{at}.matchLabels")
    operators = ("In", "NotIn", "Exists", "DoesNotExist")
    for index, expression in words.each(given.get("matchExpressions")):
        where = f"{at}.matchExpressions[{index}]"
        operator, values = expression.get("operator"), expression.get("values")
        yield from words.among(operator, operators, f"{where}.operator")
        if isinstance(expression.get("key"), str):
            yield from words.label_key(expression["key"], f"{where}.key")
        if operator in {"In", "NotIn"} and not values:
            yield Problem(f"{where}.values", f"give at least one with operator {operator}")
        if operator in {"Exists", "DoesNotExist"} and values:
            yield Problem(f"{where}.values", f"must be empty with operator {operator}")


def replica_set(value: Object) -> Iterator[Problem]:
    """A ReplicaSet."""
    yield from _kept(value)


def deployment(value: Object) -> Iterator[Problem]:
    """A Deployment."""
    yield from _kept(value)
    spec = _spec(value)
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    if words.number(deadline) and words.number(ready) and deadline <= ready:
        yield Problem(
            "spec.progressDeadlineSeconds", f"got {deadline}; must be above minReadySeconds {ready}"
        )
    strategy = mapped(spec.get("strategy"))
    at = "spec.strategy"
    yield from words.among(strategy.get("type"), ("Recreate", "RollingUpdate"), f"{at}.type")
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling is not None:
        yield Problem(f"{at}.rollingUpdate", "may not be given with type Recreate")
    parts = mapped(rolling)
    low, high = parts.get("maxUnavailable"), parts.get("maxSurge")
    yield from words.share(low, f"{at}.rollingUpdate.maxUnavailable", full=True)
    yield from words.share(high, f"{at}.rollingUpdate.maxSurge")
    if words.is_zero(low) and words.is_zero(high):
        yield Problem(f"{at}.rollingUpdate.maxUnavailable", "may not be 0 where maxSurge is 0")


def stateful_set(value: Object) -> Iterator[Problem]:
    """A StatefulSet."""
    spec = _spec(value)
    templates = listed(spec.get("volumeClaimTemplates"))
    names = [mapped(mapped(t).get("metadata")).get("name") for t in templates]
    yield from _kept(value, claims=tuple(name for name in names if isinstance(name, str)))
    policies = ("OrderedReady", "Parallel")
    yield from words.among(spec.get("podManagementPolicy"), policies, "spec.podManagementPolicy")
    strategy = mapped(spec.get("updateStrategy"))
    at = "spec.updateStrategy"
    yield from words.among(strategy.get("type"), ("OnDelete", "RollingUpdate"), f"{at}.type")
    if strategy.get("type") == "OnDelete" and strategy.get("rollingUpdate") is not None:
        yield Problem(f"{at}.rollingUpdate", "may not be given with type OnDelete")
    partition = mapped(strategy.get("rollingUpdate")).get("partition")
    yield from words.at_least(partition, 0, f"{at}.rollingUpdate.partition")


def daemon_set(value: Object) -> Iterator[Problem]:
    """A DaemonSet."""
    yield from _kept(value)
    strategy = mapped(_spec(value).get("updateStrategy"))
    at = "spec.updateStrategy"
    yield from words.among(strategy.get("type"), ("OnDelete", "RollingUpdate"), f"{at}.type")
    parts = mapped(strategy.get("rollingUpdate"))
    low, high = parts.get("maxUnavailable", 1), parts.get("maxSurge", 0)
    yield from words.share(low, f"{at}.rollingUpdate.maxUnavailable", full=True)
    yield from words.share(high, f"{at}.rollingUpdate.maxSurge", full=True)
    if words.is_zero(low) and words.is_zero(high):
        yield Problem(f"{at}.rollingUpdate.maxUnavailable", "cannot be 0 where maxSurge is 0")
    elif not (words.is_zero(low) or words.is_zero(high) or has_unknown([low, high])):
        yield Problem(f"{at}.rollingUpdate.maxSurge", "must be 0 where maxUnavailable is not")


# ---- jobs ----


def job(value: Object) -> Iterator[Problem]:
    """A Job."""
    yield from _job(_spec(value), "spec")


def _job(spec: Object, at: str) -> Iterator[Problem]:
    for name in ("parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished"):
        yield from words.at_least(spec.get(name), 0, f"{at}.{name}")
    yield from words.at_least(spec.get("activeDeadlineSeconds"), 0, f"{at}.activeDeadlineSeconds")
    mode = spec.get("completionMode")
    yield from words.among(mode, ("Indexed", "NonIndexed"), f"{at}.completionMode")
    if mode == "Indexed" and spec.get("completions") is None:
        yield Problem(f"{at}.completions", "missing; it is needed where completionMode is Indexed")
    chosen = spec.get("selector") not in (None, UNKNOWN)
    if chosen and spec.get("manualSelector") in {None, False}:
        yield Problem(f"{at}.selector", "the server makes it; leave it out, or set manualSelector")
    inner = mapped(mapped(spec.get("template")).get("spec"))
    yield from pods.problems(inner, f"{at}.template.spec", restart=_ONCE)
    if spec.get("podFailurePolicy") is not None and inner.get("restartPolicy") == "OnFailure":
        yield Problem(
            f"{at}.template.spec.restartPolicy", "use Never where podFailurePolicy is given"
        )


def cron_job(value: Object) -> Iterator[Problem]:
    """A CronJob."""
    spec = _spec(value)
    yield from _schedule(spec.get("schedule"))
    policies = ("Allow", "Forbid", "Replace")
    yield from words.among(spec.get("concurrencyPolicy"), policies, "spec.concurrencyPolicy")
    for name in (
        *("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"),
    ):
        yield from words.at_least(spec.get(name), 0, f"spec.{name}")
    zone = spec.get("timeZone")
    if isinstance(zone, str) and (not zone or zone.lower() == "local" or not _is_zone(zone)):
        yield Problem("spec.timeZone", f"got {shown(zone)}; use a zone such as Europe/Berlin")
    template = mapped(mapped(spec.get("jobTemplate")).get("spec"))
    yield from _job(template, "spec.jobTemplate.spec")


def _is_zone(name: str) -> bool:
    if not zoneinfo.TZPATH or not zoneinfo.available_timezones():
        return True  # This machine has no list to look into.
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _schedule(text: Any) -> Iterator[Problem]:  # noqa: ANN401
    if not isinstance(text, str):
        return
    at = "spec.schedule"
    if "TZ" in text:
        yield Problem(at, "a time zone goes into spec.timeZone")
    elif text.startswith("@"):
        if text not in _MACROS and not re.fullmatch(r"@every [0-9.hmsuµn]+", text):
            yield Problem(at, f"got {shown(text)}; use five fields, or one of {', '.join(_MACROS)}")
    else:
        fields = text.split()
        bad = len(fields) != len(_CRON) or any(
            not _is_field(field, *bounds) for field, bounds in zip(fields, _CRON, strict=False)
        )
        if bad:
            yield Problem(
                at,
                f"got {shown(text)}; use minute, hour, day of the month, month and day of the"
                ' week, as "0 3 * * 1"',
            )


def _is_field(field: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    """Whether a part of a schedule is a list of numbers, ranges and steps."""
    for part in field.split(","):
        values, _, step = part.partition("/")
        if "/" in part and not (step.isdecimal() and int(step) > 0):
            return False
        if values in {"*", "?"}:
            continue
        ends = [_number(end, low, names) for end in values.split("-")]
        if len(ends) > 2 or ends != sorted(ends) or ends[0] < low or ends[-1] > high:  # noqa: PLR2004 - a range
            return False
    return True


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    """The number of a part of a schedule; -1 for none."""
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if text.isdecimal() else -1


# ---- scaling and budgets ----

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


def autoscaler(value: Object) -> Iterator[Problem]:
    """A HorizontalPodAutoscaler."""
    spec = _spec(value)
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
    values = [name for name in _TARGETS.values() if target.get(name) is not None]
    if not values:
        yield Problem(where, f"give one of {', '.join(_TARGETS.values())}")


def budget(value: Object) -> Iterator[Problem]:
    """A PodDisruptionBudget."""
    spec = _spec(value)
    low, high = spec.get("minAvailable"), spec.get("maxUnavailable")
    if low is not None and high is not None:
        yield Problem("spec", "minAvailable and maxUnavailable cannot be both set")
    yield from words.share(low, "spec.minAvailable", full=True)
    yield from words.share(high, "spec.maxUnavailable", full=True)
    policies = ("IfHealthyBudget", "AlwaysAllow")
    given = spec.get("unhealthyPodEvictionPolicy")
    yield from words.among(given, policies, "spec.unhealthyPodEvictionPolicy")
    yield from selector(mapped(spec.get("selector")), "spec.selector")
