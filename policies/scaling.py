"""Resources: what is to scale has something that moves it."""

import re
from typing import Final

from policies.properties import Fault, Property
from policies.resource_types import ENDPOINT, ENDPOINT_CONFIGURATION, SCALING_TARGET
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, stack_rule
from policies.view import Stack, View

POLICY: Final = "aws:appautoscaling/policy:Policy"
SCHEDULE: Final = "aws:appautoscaling/scheduledAction:ScheduledAction"
_VARIANT: Final = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")


@stack_rule(
    "resources/scaling-idle",
    severity=Severity.MEDIUM,
    types=(SCALING_TARGET, POLICY, SCHEDULE, ENDPOINT, ENDPOINT_CONFIGURATION),
    fix="Add a Policy or a ScheduledAction with the target's resourceId; name a variant that is "
    "there.",
    unknown=Unknown.COUNTS,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def scaling_idle(stack: Stack, _settings: NoSettings) -> Faults:
    """A target of Application Auto Scaling is moved by nothing, or is no variant of its endpoint.

    It only says between which bounds something may move: without a policy or a schedule the
    endpoint stays as large as it was made.
    https://docs.aws.amazon.com/autoscaling/application/userguide/what-is-application-auto-scaling.html
    """
    movers = stack.of(POLICY, SCHEDULE)
    for target in stack.of(SCALING_TARGET):
        place = target.get("resourceId")
        if not any(_moves(mover, target) for mover in movers):
            found = "a target that nothing moves"
            yield Fault("", found, "a Policy or a ScheduledAction", target.urn)
        elif (variants := _variants(stack, target)) is not None:
            found = _VARIANT.fullmatch(place.text() or "")
            if found and found[2] not in variants:
                named = ", ".join(sorted(variants))
                yield Stack.fault(target, place, f"a variant of the endpoint: {named}")


def _moves(mover: View, target: View) -> bool:
    if target.urn in mover.resource.dependencies:
        return True
    keys = ("resourceId", "scalableDimension")
    return all(_alike(mover.get(key), target.get(key)) for key in keys)


def _alike(one: Property, other: Property) -> bool:
    return one.unknown or other.unknown or one.raw == other.raw


def _variants(stack: Stack, target: View) -> set[str] | None:
    """The variants of the endpoint that a target names; None where the stack does not tell."""
    found = _VARIANT.fullmatch(target.get("resourceId").text() or "")
    if found is None:
        return None
    for endpoint in stack.of(ENDPOINT):
        if endpoint.get("name").raw != found[1]:
            continue
        above = stack.upstream(endpoint, "endpointConfigName")
        named = endpoint.get("endpointConfigName").raw
        for configuration in stack.of(ENDPOINT_CONFIGURATION):
            known = isinstance(named, str) and configuration.get("name").raw == named
            if known or configuration.urn in above:
                several = configuration.get("productionVariants").items()
                names = [variant.get("variantName").text() for variant in several]
                # An unnamed variant gets a name of the provider's.
                return None if None in names else {name for name in names if name}
    return None


RULES = (scaling_idle,)
