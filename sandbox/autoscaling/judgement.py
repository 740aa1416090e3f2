"""Why a pod would not run on a pool's next node, and whether there is a machine for one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.autoscaling.karpenter import allows
from sandbox.autoscaling.node import CLASS_LABEL, GPU, Taint, Template
from sandbox.autoscaling.pods import Pod
from sandbox.capacity import left
from sandbox.store import Store

__all__ = ["Verdict", "short", "unfit"]

Object = dict[str, Any]
_NO_ROOM = {
    "eks": "InsufficientInstanceCapacity",
    "gke": "ZONE_RESOURCE_POOL_EXHAUSTED",
    "aks": "AllocationFailed",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one pool: its place in the order (0: not tried), and the reason."""

    template: Template
    place: int
    reason: str
    chosen: bool = False


def unfit(template: Template, pod: Pod) -> list[str]:
    """Everything that keeps the pod off; empty where it would run."""
    if template.closed:
        return [template.closed]
    found = [*_labels(template, pod), *_taints(template, pod), *_resources(template, pod)]
    if template.most is not None and template.nodes >= template.most:
        found.append(f"max nodes reached: {template.nodes} of {template.most}")
    return found


def short(store: Store, template: Template, pod: Pod) -> str:
    """Why there is no machine; empty where one is left of a type that the pod fits on."""
    machines = [m for m in template.machines if not template.options or _fits(template, pod, m)]
    tried = [(machine, zone) for machine in machines for zone in template.zones]
    for machine, zone in tried:
        room = left(store, machine, zone, template.capacity)
        if room is None or room > 0:
            return ""
    code = _NO_ROOM[template.cloud]
    zones = ", ".join(dict.fromkeys(zone for _, zone in tried))
    return f"{code}: {', '.join(machines)} in {zones} ({template.capacity})"


# ---- inside ----


def _labels(template: Template, pod: Pod) -> Iterator[str]:
    for key, value in pod.selector.items():
        if key in template.choices:
            if value not in template.choices[key]:
                yield f"label {key}={value} missing: it may be {', '.join(template.choices[key])}"
        elif template.labels.get(key) != value:
            has = template.labels.get(key)
            told = f", it is {has}" if has is not None else ""
            yield f"label {key}={value} missing{told}"
    if pod.affinity and not any(_term(template, term) for term in pod.affinity):
        keys = sorted({str(each.get("key")) for term in pod.affinity for each in term})
        yield f"node affinity not met: {', '.join(keys)}"


def _term(template: Template, term: tuple[Object, ...]) -> bool:
    return all(_expression(template, each) for each in term)


def _expression(template: Template, expression: Object) -> bool:
    key, operator = str(expression.get("key")), expression.get("operator")
    if key in template.choices:
        return any(allows(expression, {key: value}) for value in template.choices[key])
    if key not in template.labels:
        return operator in {"DoesNotExist", "NotIn"}
    return allows(expression, template.labels)


def _taints(template: Template, pod: Pod) -> Iterator[str]:
    tolerations = list(pod.tolerations)
    if template.cloud == "gke":
        # GKE adds them to pods that ask for GPUs, or for a ComputeClass.
        tolerations.append({"key": GPU, "operator": "Exists"})
        if chosen := pod.selector.get(CLASS_LABEL):
            tolerations.append({"key": CLASS_LABEL, "operator": "Equal", "value": chosen})
    for one in template.taints:
        kept = one.effect in {"NoSchedule", "NoExecute"}
        if kept and not any(_tolerates(each, one) for each in tolerations):
            yield f"taint {one} not tolerated"


def _tolerates(toleration: Object, one: Taint) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/."""
    key, effect = toleration.get("key"), toleration.get("effect")
    exists = toleration.get("operator") == "Exists"
    return (
        (key == one.key or (exists and not key))
        and (not effect or effect == one.effect)
        and (exists or str(toleration.get("value") or "") == one.value)
    )


def _resources(template: Template, pod: Pod) -> Iterator[str]:
    if template.options:
        if not any(_fits(template, pod, machine) for machine in template.options):
            yield f"no machine has {_told(pod.requests)}"
        return
    for name, wanted in pod.requests.items():
        has = template.resources.get(name)
        if name.startswith("nvidia.com/"):
            if not has:
                yield f"no GPU of that resource: {name}"
            elif has < wanted:
                yield f"{has:g} {name}, and {wanted:g} are asked for"
        elif (has is not None or "/" in name) and (has or 0.0) < wanted:
            yield f"not enough {name}: {has or 0:g}, and {wanted:g} is asked for"


def _fits(template: Template, pod: Pod, machine: str) -> bool:
    option = template.options.get(machine)
    if option is None:
        return False
    has, asked = option.resources, pod.requests.items()
    enough = all(has.get(name, 0.0) >= n for name, n in asked if name in has or "/" in name)
    return enough and all(
        option.labels.get(key, value) == value for key, value in pod.selector.items()
    )


def _told(requests: dict[str, float]) -> str:
    return ", ".join(f"{name}: {number:g}" for name, number in sorted(requests.items()))
