"""Objectives of errors: watched, by alerts that can fire, over windows that belong together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from facts import tags
from facts.burn_rate import duration
from policies.alarms import signals
from policies.burn_alerts import ALERT_TYPES, GOOGLE_SLO, Burn, Window, burns
from policies.configuration import setting
from policies.error_metrics import Share, percent_of_requests, watches_errors
from policies.properties import ABSENT, Property
from policies.resource_types import (
    ALARM,
    AZURE_ALERTS,
    AZURE_APP,
    AZURE_ML_ENDPOINT,
    CLOUD_RUN_SERVICE,
    COMPOSITE_ALARM,
    ENDPOINT,
    FUNCTION,
    GOOGLE_ALERT_POLICY,
    VERTEX_ENDPOINT,
)
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, stack_rule
from policies.view import Stack, View

SERVED: Final = (
    *(ENDPOINT, FUNCTION, CLOUD_RUN_SERVICE, VERTEX_ENDPOINT),
    *(AZURE_ML_ENDPOINT, AZURE_APP),
)
ALERTS: Final = (ALARM, GOOGLE_ALERT_POLICY, *AZURE_ALERTS)
_METRIC: Final = re.compile(r'metric\.type\s*=\s*"([^"]+)"')
_WORD: Final = re.compile(r"[\w-]+")
# Where an alert says what it is about.
_ABOUT: Final = ("metricQueries", "dimensions", "conditions", "scopes", "criteria")


def _objective(view: View) -> float | None:
    """The percent of requests that may fail, from the tags; None: none declared, or unreadable."""
    try:
        value = float(view.tags.get(tags.ERROR_RATE_PERCENT, ""))
    except ValueError:
        view.tags_unknown()
        return None
    return value if value > 0 else None


@stack_rule(
    "slo/error-alarm-missing",
    severity=Severity.CRITICAL,
    types=(*SERVED, *ALERTS, COMPOSITE_ALARM, GOOGLE_SLO),
    fix="Add an alarm on the share of failed requests, at the objective or by its burn rate, and "
    "give it the model's tag.",
    unknown=Unknown.COUNTS,
    settings=NoSettings,
)
def error_alarm_missing(stack: Stack, _settings: NoSettings) -> Faults:
    """An objective of errors is declared and nothing watches it.

    An alert belongs to what serves a model when it names it, is made from it, or has the same model
    tag. One that waits for more failures than the objective allows counts only with others, over
    two windows: by itself it is silent while the objective is missed.
    """
    alerts = [_Alert(stack, view) for view in stack.of(*ALERTS) if watches_errors(view)]
    joined = " ".join(str(view.get("alarmRule").raw) for view in stack.of(COMPOSITE_ALARM))
    unsure = any(view.get("alarmRule").unknown for view in stack.of(COMPOSITE_ALARM))
    for view in stack.of(*SERVED):
        objective = _objective(view)
        if objective is None:
            continue
        own = [alert for alert in alerts if alert.is_about(view)]
        late = [one.view for one in own if one.waits_longer(objective, joined, unsure=unsure)]
        if own and len(late) < len(own):
            continue
        found = f"{tags.ERROR_RATE_PERCENT} {objective:g} and "
        found += f"only {late[0].name}, which waits for more" if late else "no alarm on errors"
        yield Stack.fault(
            view,
            view.tag_places()[-1],
            "an alarm on the share of requests that fail in the stack",
            found,
        )


class _Alert:
    """An alert on errors; each of many models asks it, so that it reads its resource once."""

    def __init__(self, stack: Stack, view: View) -> None:
        self.view = view
        self._stack = stack

    def is_about(self, served: View) -> bool:
        """Whether it has the model's tag, is made from what serves it, or names that."""
        model, name = served.tags.get(tags.MODEL), served.get("name")
        if model is not None and self.view.tags.get(tags.MODEL) == model:
            return True
        if served.urn in self._upstream:
            return True
        unknown, texts, words = self._named
        if unknown or (name.unknown and texts):
            return True
        if not isinstance(name.raw, str) or not name.raw:
            return False
        # A word is in a text where it is one of its words; a name may be more than a word.
        return name.raw in words or (
            _WORD.fullmatch(name.raw) is None and any(_names_it(name.raw, text) for text in texts)
        )

    def waits_longer(self, objective: float, joined: str, *, unsure: bool) -> bool:
        """Whether an alarm by itself goes off only where more fails than is allowed."""
        if self.view.token != ALARM or unsure:
            return False
        share = self._share
        if share is None or share.value * 100 <= objective:
            return False
        name = self.view.get("name")
        return not name.unknown and f'"{name.raw}"' not in joined

    @cached_property
    def _upstream(self) -> set[str]:
        return self._stack.upstream(self.view, *_ABOUT)

    @cached_property
    def _named(self) -> tuple[bool, list[str], set[str]]:
        """Whether a place that names something is unknown, the texts there, and their words."""
        places = list(_names(self.view))
        texts = [str(place.raw) for place in places if place.raw is not ABSENT]
        words = {word for text in texts for word in _WORD.findall(text)}
        return any(place.unknown for place in places), texts, words

    @cached_property
    def _share(self) -> Share | None:
        return percent_of_requests(self.view)


def _names_it(name: str, text: str) -> bool:
    """Whether a text holds the name, and not only as a part of a longer one."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _names(alert: View) -> Iterator[Property]:
    """Places that name what an alert is about."""
    if alert.token == ALARM:
        for signal in signals(alert):
            yield from (value for _, value in signal.dimensions.entries())
    for condition in alert.get("conditions").items():
        yield condition.get("conditionThreshold", "filter")
    yield from alert.get("scopes").items()


@stack_rule(
    "slo/burn-rate-unreachable",
    severity=Severity.HIGH,
    types=ALERT_TYPES,
    fix="Lower the factor, or the threshold: a factor times the share that may be bad is a share "
    "of all requests.",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def burn_rate_unreachable(stack: Stack, _settings: NoSettings) -> Faults:
    """An alert waits for more bad requests than there are requests.

    A burn rate of 14.4 where 10 % may be bad is 144 % of them: it never fires, whatever happens.
    So is a threshold of 1 in percent that is held against a share, or the other way round.
    """
    for burn in burns(stack):
        told: set[str] = set()
        for window in burn.windows:
            if not window.reachable and window.place.path not in told:
                told.add(window.place.path)
                yield Stack.fault(
                    burn.view,
                    window.place,
                    "less than all requests",
                    f"{(window.share or 0) * 100:.4g} % of requests",
                )
    for view in stack.of(ALARM):
        share = percent_of_requests(view)
        if (
            share is not None
            and not Window(share.place, 0, share.value, None, share.reached_at_once).reachable
        ):
            found = f"{share.value * 100:.4g} % of requests"
            yield Stack.fault(view, share.place, "less than all requests", found)
    for view in stack.of(GOOGLE_ALERT_POLICY):
        yield from _google_ratio(view)


def _google_ratio(view: View) -> Faults:
    """Conditions on a part of one metric by all of it, whose threshold is a share from 0 to 1."""
    for condition in view.get("conditions").items():
        ratio = condition.get("conditionThreshold")
        part, whole = (
            _METRIC.search(ratio.get(key).text() or "") for key in ("filter", "denominatorFilter")
        )
        place = ratio.get("thresholdValue")
        above = (ratio.get("comparison").text() or "").startswith("COMPARISON_GT")
        same = part is not None and whole is not None and part[1] == whole[1]
        if same and above and (place.number() or 0) >= 1:
            yield Stack.fault(view, place, "less than 1: a share of requests")


@dataclass(frozen=True)
class Windows:
    """Settings."""

    window_ratio: int = setting(
        12, "How many times the short window the long one is; half and twice of it pass.", minimum=1
    )


@stack_rule(
    "slo/burn-rate-windows",
    severity=Severity.HIGH,
    types=ALERT_TYPES,
    fix="Take the pairs of the SRE workbook: for 30 days 14.4 over 1 h and 5 min, 6 over 6 h and "
    "30 min, 3 over 1 d and 2 h, 1 over 3 d and 6 h.",
    unknown=Unknown.REST,
    settings=Windows,
    level=Level.ADVISORY,
)
def burn_rate_windows(stack: Stack, settings: Windows) -> Faults:
    """A burn-rate alert has one window, or windows and a factor that do not belong together.

    With the long window alone it goes on for as long after all is well; with the short one alone a
    moment wakes somebody. A factor below 1 fires while the objective is met, and one that takes
    more than the budget within its window fires when all is spent.
    https://sre.google/workbook/alerting-on-slos/
    """
    for burn in burns(stack):
        if burn.meant:
            yield from _unlike(burn, settings)


def _unlike(burn: Burn, settings: Windows) -> Faults:
    windows = sorted(burn.windows, key=lambda one: one.minutes)
    short, long = windows[0], windows[-1]
    said = " and ".join(duration(round(one.minutes)) for one in reversed(windows))
    half, twice = settings.window_ratio / 2, settings.window_ratio * 2
    if len(windows) == 1:
        wanted = f"one of {duration(round(long.minutes / settings.window_ratio) or 1)} beside it"
        yield Stack.fault(burn.view, long.place, wanted, f"one window of {said}")
    elif not burn.together:
        place = burn.view.get("combiner")
        yield Stack.fault(burn.view, place, "AND: both windows have to burn")
    elif not half <= long.minutes / max(short.minutes, 1) <= twice:
        wanted = f"a long window that is {settings.window_ratio} times the short one"
        yield Stack.fault(burn.view, long.place, wanted, f"windows of {said}")
    elif _apart(short, long):
        yield Stack.fault(burn.view, short.place, "the same threshold in both windows")
    if long.factor is not None:
        spent = long.factor * long.minutes / (burn.period_days * 1440)
        if long.factor < 1:
            yield Stack.fault(burn.view, long.place, "a factor of 1 or more", f"{long.factor:g}")
        elif spent >= 1:
            found = f"{long.factor:g} over {duration(round(long.minutes))}: {spent:.0%} of it"
            yield Stack.fault(burn.view, long.place, "a part of the budget", found)


def _apart(one: Window, other: Window) -> bool:
    values = [(one.factor, other.factor), (one.share, other.share)]
    # Rounded by whoever wrote them.
    return any(a is not None and b is not None and abs(a - b) > max(a, b) / 20 for a, b in values)


RULES = (
    error_alarm_missing,
    burn_rate_unreachable,
    burn_rate_windows,
)
