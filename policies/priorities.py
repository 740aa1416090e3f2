"""Resources: who goes first where machines are short, and how much one namespace may take."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from policies.configuration import setting
from policies.namespaces import NAMESPACE
from policies.pods import Pod, pod_accelerators, pods
from policies.properties import Property
from policies.resource_types import INFERENCE_SERVICE, LANGUAGE_MODEL
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, stack_rule
from policies.view import Stack, View
from policies.workloads import SERVERS, WORKLOADS, named, namespace

_QUOTA: Final = "kubernetes:core/v1:ResourceQuota"
_PRIORITY: Final = "kubernetes:scheduling.k8s.io/v1:PriorityClass"
_BATCHES: Final = ("kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob")
_ANSWERING: Final = (*SERVERS, INFERENCE_SERVICE, LANGUAGE_MODEL)


@stack_rule(
    "resources/batch-outranks-serving",
    severity=Severity.MEDIUM,
    types=(*_BATCHES, *_ANSWERING, _PRIORITY),
    fix="Give the batch a PriorityClass of a smaller value, or the server one of a larger.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def batch_outranks_serving(stack: Stack, _settings: NoSettings) -> Faults:
    """A batch takes the place of a server when machines are short.

    Pods of a larger priority drive out others, GPUs included; a pod without a class has the class
    that is globalDefault, or 0. Only classes of the stack are known by value:
    https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
    """
    classes = _Classes(stack)
    ranks = [rank for _, pod in _all(stack, _ANSWERING) if (rank := classes.value(pod)) is not None]
    if not ranks:
        return
    least = min(ranks)
    for view, pod in _all(stack, _BATCHES):
        rank = classes.value(pod)
        if rank is not None and rank > least and not classes.waits(pod):
            place = pod.spec.get("priorityClassName")
            yield Stack.fault(view, place, f"a priority of at most {least}", f"{rank}")


class _Classes:
    """The stack's PriorityClasses, by name."""

    def __init__(self, stack: Stack) -> None:
        self._values: dict[str, Decimal] = {}
        self._waiting: set[str] = set()
        self._usual: Decimal | None = Decimal(0)
        for view in stack.of(_PRIORITY):
            name, value = named(view), view.get("value").number()
            if name is None or value is None:
                continue
            self._values[name] = Decimal(str(value))
            if view.get("preemptionPolicy").text() == "Never":
                self._waiting.add(name)
            if view.get("globalDefault").flag():
                self._usual = Decimal(str(value))

    def value(self, pod: Pod) -> Decimal | None:
        """The pod's priority. None: its class is not of this stack, or not known yet."""
        place = pod.spec.get("priorityClassName")
        return self._usual if place.absent else self._values.get(place.text() or "")

    def waits(self, pod: Pod) -> bool:
        """Whether it drives nobody out."""
        return pod.spec.get("priorityClassName").text() in self._waiting


def _all(stack: Stack, types: tuple[str, ...]) -> Iterator[tuple[View, Pod]]:
    for view in stack.of(*types):
        for pod in pods(view):
            yield view, pod


@dataclass(frozen=True)
class Quotas:
    """Settings."""

    required: bool = setting(
        False,
        "Ask a quota of every namespace whose pods use accelerators. Off: a team may have its "
        "cluster to itself.",
    )


@stack_rule(
    "resources/accelerator-quota-missing",
    severity=Severity.MEDIUM,
    types=(NAMESPACE, _QUOTA, *WORKLOADS),
    fix="Add a ResourceQuota with spec.hard['requests.nvidia.com/gpu'] to the namespace.",
    unknown=Unknown.LATER,
    settings=Quotas,
    level=Level.ADVISORY,
)
def accelerator_quota_missing(stack: Stack, settings: Quotas) -> Faults:
    """One namespace may take all accelerators of a shared cluster.

    Quotas of accelerators are on requests alone, as they cannot be overcommitted. Asked of
    namespaces of the stack in which its own pods use some:
    https://kubernetes.io/docs/concepts/policy/resource-quotas/#resource-quota-for-extended-resources
    """
    if not settings.required:
        return
    using = _using(stack)
    bound = {
        (namespace(view), key)
        for view in stack.of(_QUOTA)
        for key, _ in view.get("spec", "hard").entries()
    }
    for view in stack.of(NAMESPACE):
        name = named(view)
        for device in sorted(using.get(name or "", ())):
            if not {(name, f"requests.{device}"), (None, f"requests.{device}")} & bound:
                place = view.get("metadata", "name")
                wanted = f"a ResourceQuota in it with requests.{device}"
                yield Stack.fault(view, place, wanted, "none in the stack")


def _using(stack: Stack) -> dict[str, set[str]]:
    """The accelerators that pods of a namespace ask for."""
    found: dict[str, set[str]] = {}
    for view, pod in _all(stack, WORKLOADS):
        amount, place = pod_accelerators(pod)
        name = namespace(view)
        if amount and place is not None and name is not None:
            found.setdefault(name, set()).add(_device(place))
    return found


def _device(limit: Property) -> str:
    """`nvidia.com/gpu`, of the place where a limit is."""
    return limit.path.partition(".limits.")[2]


RULES = (
    batch_outranks_serving,
    accelerator_quota_missing,
)
