"""Rules of what keeps pods: Deployments, StatefulSets, DaemonSets and controllers of replicas.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ and
pkg/apis/apps/validation/validation.go of the API server, 1.34: ValidateDeploymentSpec,
ValidateStatefulSetSpec, ValidateDaemonSetSpec, ValidateReplicaSetSpec; ValidateLabelSelector of
k8s.io/apimachinery; ValidateReplicationControllerSpec of pkg/apis/core.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.kubernetes.rules import access, metadata, pods, words
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = [
    "daemon_set",
    "deployment",
    "pod",
    "replica_set",
    "replication_controller",
    "selector",
    "stateful_set",
]

Object = dict[str, Any]
_ALWAYS = ("Always",)
# Seconds that the server fills in for a Deployment's progress.
_PROGRESS = 600


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


def replication_controller(value: Object) -> Iterator[Problem]:
    """A ReplicationController, whose selector is the template's labels if it has none."""
    spec = _spec(value)
    yield from words.at_least(spec.get("replicas"), 0, "spec.replicas")
    yield from words.at_least(spec.get("minReadySeconds"), 0, "spec.minReadySeconds")
    template = mapped(spec.get("template"))
    labels, chosen = mapped(template.get("metadata")).get("labels"), spec.get("selector")
    yield from metadata.labels(labels, "spec.template.metadata.labels")
    known = _known(spec.get("template")) and not has_unknown([chosen, template.get("metadata")])
    if words.is_object(chosen) and known:
        yield from _matched({"matchLabels": chosen}, mapped(labels))
    inner = mapped(template.get("spec"))
    yield from pods.problems(inner, "spec.template.spec", restart=_ALWAYS)


def deployment(value: Object) -> Iterator[Problem]:
    """A Deployment."""
    yield from _kept(value)
    spec = _spec(value)
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    deadline = _PROGRESS if deadline is None else deadline
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
    yield from words.boundary(spec.get("serviceName") or None, "spec.serviceName")
    for index, template in words.each(templates):
        yield from access.claim(template, f"spec.volumeClaimTemplates[{index}].spec")
    for name in ("whenDeleted", "whenScaled"):
        kept = mapped(spec.get("persistentVolumeClaimRetentionPolicy")).get(name)
        at = f"spec.persistentVolumeClaimRetentionPolicy.{name}"
        yield from words.among(kept, ("Retain", "Delete"), at)
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
    if strategy.get("type") in {"OnDelete", UNKNOWN}:
        return
    parts = mapped(strategy.get("rollingUpdate"))
    low, high = parts.get("maxUnavailable", 1), parts.get("maxSurge", 0)
    yield from words.share(low, f"{at}.rollingUpdate.maxUnavailable", full=True)
    yield from words.share(high, f"{at}.rollingUpdate.maxSurge", full=True)
    if words.is_zero(low) and words.is_zero(high):
        yield Problem(f"{at}.rollingUpdate.maxUnavailable", "cannot be 0 where maxSurge is 0")
    elif not (words.is_zero(low) or words.is_zero(high) or has_unknown([low, high])):
        yield Problem(f"{at}.rollingUpdate.maxSurge", "must be 0 where maxUnavailable is not")
