"""Rules of Prometheus on drift: how far what a version was asked lately is from its profile.

The server counts rows by the bins of a profile (runtime/drift). Counts of all pods are summed over
a window, and the population stability index of the sums is what is told: that of one pod of many
says little, and no average of theirs is that of all rows.
"""

from collections.abc import Iterator
from typing import Any, Final

from components.kubernetes.monitoring.alerts import Rule
from components.kubernetes.monitoring.indicators import VERSION
from components.kubernetes.monitoring.panels import Panel
from components.kubernetes.monitoring.watched import Watched
from facts.alerts import DATA_DRIFTS
from facts.drift_profiles import LEAST_ROWS, LEAST_SHARE

__all__ = ["drift_panel", "drift_rules"]

# The counts of so many minutes are added up: the group has to be evaluated as often, and once.
_STEP: Final = "5m"
# Several evaluations: an hour's window may just have held a batch of one customer's.
_WAIT: Final = "15m"
_COLUMN: Final = f"{VERSION}, kind, column"


def drift_rules(
    about: Watched, selector: str, hours: int, threshold: float
) -> Iterator[dict[str, Any]]:
    """The group of them.

    Args:
        about: whose they are.
        selector: matchers of the model's series.
        hours: the window.
        threshold: the index above which a column has drifted.
    """
    own = _own(about)
    step, rows = (
        f"model_version:drift_rows:increase{_STEP}",
        f"model_version:drift_rows:sum{hours}h",
    )
    share, index = f"model_version:drift_share:ratio{hours}h", _index(hours)
    base = "model_version:drift_baseline:ratio"
    recorded: list[Rule] = [
        {
            "record": step,
            "expr": f"sum by ({_COLUMN}, bin) "
            f"(increase(model_server_drift_rows_total{{{selector}}}[{_STEP}]))",
        },
        {
            "record": base,
            # Of pods of one version all have the same, but for the time of an update.
            "expr": f"max by ({_COLUMN}, bin) (model_server_drift_baseline_ratio{{{selector}}})",
        },
        {"record": rows, "expr": f"sum_over_time({step}{own}[{hours}h])"},
        {
            "record": share,
            "expr": f"{rows}{own} / on ({_COLUMN}) group_left ()\n"
            f"(sum by ({_COLUMN}) ({rows}{own}) >= {LEAST_ROWS})",
        },
        {
            "record": index,
            "expr": f"sum by ({_COLUMN}) (\n  ({_floored(share, own)} - {_floored(base, own)})\n"
            f"  * ln({_floored(share, own)} / {_floored(base, own)})\n)",
        },
    ]
    rules = [{**rule, "labels": about.labels} for rule in recorded]
    rules.append(
        about.alerts.alert(
            DATA_DRIFTS,
            f"{index}{own} > {threshold:g}",
            severity="ticket",
            wait=_WAIT,
            summary=(
                f"What {about.model}{about.told_version} in {about.environment} is asked has "
                "drifted: {{ $labels.kind }} {{ $labels.column }}"
            ),
            description=(
                "The population stability index of its distribution over "
                f'{_hours(hours)} is {{{{ $value | printf "%.2f" }}}} from that of the profile; '
                f"{threshold:g} may be."
            ),
        )
    )
    name = f"{about.namespace}-{about.model}-drift"
    yield {"name": name, "interval": _STEP, "rules": rules}


def drift_panel(about: Watched, hours: int, threshold: float) -> Panel:
    """The index of each column over time."""
    return Panel(
        f"Drift over {_hours(hours)}",
        {f"{{{{{VERSION}}}}} {{{{kind}}}} {{{{column}}}}": f"{_index(hours)}{_own(about)}"},
        "none",
        f"Population stability index; told from {LEAST_ROWS} rows on.",
        limit=threshold,
    )


def _index(hours: int) -> str:
    return f"model_version:drift_index:psi{hours}h"


def _floored(series: str, own: str) -> str:
    return f"clamp_min({series}{own}, {LEAST_SHARE:g})"


def _own(about: Watched) -> str:
    return f"{{{about.matchers}}}"


def _hours(hours: int) -> str:
    return "an hour" if hours == 1 else f"{hours} hours"
