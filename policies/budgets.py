"""Cost: a budget that is spent is told to somebody."""

from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.pools import POOLS, pools
from policies.properties import Fault, Property
from policies.rule import Faults, Level, Severity, Unknown, stack_rule
from policies.view import Stack, View

AWS_BUDGET: Final = "aws:budgets/budget:Budget"
GOOGLE_BUDGET: Final = "gcp:billing/budget:Budget"
AZURE_BUDGETS: Final = (
    "azure-native:consumption:Budget",
    "azure-native:costmanagement:Budget",
)
BUDGETS: Final = (AWS_BUDGET, GOOGLE_BUDGET, *AZURE_BUDGETS)


@dataclass(frozen=True)
class BudgetOfAccelerators:
    """Settings."""

    require_with_accelerators: bool = setting(
        False,
        "Ask for a budget in each stack with a pool of accelerators; often another stack has it.",
    )


@stack_rule(
    "cost/budget-silent",
    severity=Severity.MEDIUM,
    types=(*BUDGETS, *POOLS),
    fix="Name thresholds, and who is told: notifications, thresholdRules with allUpdatesRule.",
    unknown=Unknown.REST,
    settings=BudgetOfAccelerators,
    level=Level.ADVISORY,
)
def budget_silent(stack: Stack, settings: BudgetOfAccelerators) -> Faults:
    """A budget tells nobody when it is spent, and stops nothing.

    Google tells the account's administrators unless it is told not to; AWS and Azure tell those
    that are named. https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html,
    https://cloud.google.com/billing/docs/how-to/budgets
    """
    for view in stack.of(AWS_BUDGET):
        yield from _silent(view, "subscriberEmailAddresses", "subscriberSnsTopicArns")
    for view in stack.of(*AZURE_BUDGETS):
        yield from _silent(view, "contactEmails", "contactGroups", "contactRoles")
    for view in stack.of(GOOGLE_BUDGET):
        thresholds, told = view.get("thresholdRules"), view.get("allUpdatesRule")
        if thresholds.absent:
            yield Stack.fault(view, thresholds, "shares of the budget, such as 0.9")
        muted = told.get("disableDefaultIamRecipients")
        ways = [told.get(key) for key in ("pubsubTopic", "monitoringNotificationChannels")]
        if muted.flag() and all(map(_empty, ways)):
            yield Stack.fault(view, muted, "false, or whom else to tell")
    if settings.require_with_accelerators and not stack.of(*BUDGETS):
        # One finding: the stack has no budget, not each of its pools.
        for view in stack.of(*POOLS):
            if any(pool.accelerated() for pool in pools(view)):
                yield Fault("", "accelerators, and no budget", "a budget in the stack", view.urn)
                return


def _silent(view: View, *keys: str) -> Faults:
    """Of notifications as a list or, with Azure, as a map by name."""
    place = view.get("notifications")
    if place.absent:
        yield Stack.fault(view, place, "thresholds, and who is told")
        return
    named = view.token in AZURE_BUDGETS and isinstance(place.raw, dict)
    each = [one for _, one in place.entries()] if named else place.items()
    for one in each:
        ways = [one.get(key) for key in keys]
        if all(map(_empty, ways)):
            yield Stack.fault(view, ways[0], "whom to tell")


def _empty(place: Property) -> bool:
    return place.absent or place.raw in ([], "")


RULES = (budget_silent,)
