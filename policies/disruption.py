"""Resources: maintenance of nodes goes on, and takes no server away with it."""

from typing import Final

from facts.pods import blocked_eviction
from policies.pods import pods
from policies.properties import Property
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, stack_rule
from policies.scalers import SCALERS, fewest
from policies.view import Stack, View
from policies.workloads import SERVERS, labels, same_namespace, selects

BUDGET: Final = "kubernetes:policy/v1:PodDisruptionBudget"
_SEVERAL: Final = 2


def _chosen(stack: Stack, budget: View) -> list[View]:
    """The servers of the stack whose pods a budget is for, or perhaps."""
    selector = budget.get("spec", "selector")
    return [
        view
        for view in stack.of(*SERVERS)
        if same_namespace(budget, view)
        and any(selects(selector, labels(view, pod)) for pod in pods(view))
    ]


@stack_rule(
    "resources/disruption-blocked",
    severity=Severity.HIGH,
    types=(BUDGET, *SERVERS, *SCALERS),
    fix="Let one pod go: maxUnavailable 1, or minAvailable below the fewest replicas.",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def disruption_blocked(stack: Stack, _settings: NoSettings) -> Faults:
    """No pod of a server may ever be evicted, so no node below it can be maintained.

    Upgrades of the cluster wait until they give up, or until somebody is called at night.
    minAvailable is held against the fewest replicas of what the budget is for, where the stack has
    it.
    https://kubernetes.io/docs/tasks/run-application/configure-pdb/
    """
    for budget in stack.of(BUDGET):
        spec = budget.get("spec")
        most, least = spec.get("maxUnavailable"), spec.get("minAvailable")
        if (amount := _share(most)) is not None and blocked_eviction(1, None, amount):
            yield Stack.fault(budget, most, "1 or more")
        if (amount := _share(least)) is not None:
            kept = _kept(stack, budget)
            if amount == "100%":
                yield Stack.fault(budget, least, "fewer than all")
            elif kept and blocked_eviction(kept, amount, None):
                yield Stack.fault(budget, least, f"fewer than the {kept} that run at the least")


def _share(place: Property) -> str | None:
    """A number of pods or a share of them as a text; None where it is absent or unknown."""
    value = place.plain()
    if place.absent or place.unknown:
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)


def _kept(stack: Stack, budget: View) -> int:
    """The fewest pods that a budget is for; 0 where that is not known."""
    numbers = [fewest(stack, view)[1] for view in _chosen(stack, budget)]
    if any(number is None for number in numbers):
        return 0
    return sum(max(1, int(number or 0)) for number in numbers)


@stack_rule(
    "resources/disruption-budget-missing",
    severity=Severity.MEDIUM,
    types=(BUDGET, *SERVERS, *SCALERS),
    fix="Add a PodDisruptionBudget for its labels, with maxUnavailable 1.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def disruption_budget_missing(stack: Stack, _settings: NoSettings) -> Faults:
    """Maintenance may take all replicas of a server at once.

    Nodes are drained one by one or many at a time; only a budget makes them wait for each other's
    pods. Asked of Deployments and StatefulSets that always have two replicas or more.
    https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
    """
    guarded = {one.urn for budget in stack.of(BUDGET) for one in _chosen(stack, budget)}
    for view in stack.of(*SERVERS):
        _, number = fewest(stack, view)
        if view.urn not in guarded and number is not None and number >= _SEVERAL:
            wanted = "a PodDisruptionBudget of the stack that selects its pods"
            place = view.get("spec", "replicas")
            yield Stack.fault(view, place, wanted, f"{number:g} replicas at the least")


RULES = (
    disruption_blocked,
    disruption_budget_missing,
)
