"""Lifecycle: models that are to go, before their day and after it."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from facts import tags
from policies.cost_and_tags import SERVING_TYPES
from policies.properties import Property
from policies.resource_types import AZURE_ML_DEPLOYMENT, CLOUD_RUN_SERVICE
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

_TYPES: Final = (*SERVING_TYPES, CLOUD_RUN_SERVICE, AZURE_ML_DEPLOYMENT)


@resource_rule(
    "lifecycle/deprecated",
    severity=Severity.LOW,
    types=_TYPES,
    fix="Move callers to the replacement, then delete the model's file.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def deprecated(view: View, _settings: NoSettings) -> Faults:
    """A model is deprecated, and its day is to come.

    The tag deprecation-date, which comes from deprecation.date of the model's file, beside
    deprecation-replacement where another model takes its place. Said in every preview until the
    model is gone, so that nobody learns of it on the day.
    """
    for place, day in _days(view):
        left = (day - view.today).days
        if left > 0:
            yield place.fault("callers of its own no more", f"the end in {left} days, on {day}")


@resource_rule(
    "lifecycle/past-deprecation",
    severity=Severity.MEDIUM,
    types=_TYPES,
    fix="Delete the model's file, or agree on a later deprecation.date with its callers.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def past_deprecation(view: View, _settings: NoSettings) -> Faults:
    """A deprecated model is still served on its day or later.

    Callers were told a day, and what lives on past it is paid for, patched and answered for by
    nobody. An exemption with an end gives those more time who need it.
    """
    for place, day in _days(view):
        if day <= view.today:
            yield place.fault("no model to be served from that day on", f"the end on {day}")


def _days(view: View) -> Iterator[tuple[Property, date]]:
    """The day that a resource says, if it can be read: `tags/malformed` finds others."""
    view.tags_unknown()
    try:
        day = date.fromisoformat(view.tags.get(tags.DEPRECATION_DATE, ""))
    except ValueError:
        return
    yield view.tag_places()[-1], day


RULES = (deprecated, past_deprecation)
