"""Which alerts fire, and since when: the first that somebody on call looks for."""

from collections.abc import Iterator
from typing import Final

from components.kubernetes.monitoring.indicators import VERSION
from components.kubernetes.monitoring.panels import Mark, Panel
from components.kubernetes.monitoring.places import Places
from facts.burn_rate import Severity

__all__ = ["fired", "firing"]

# Labels that tell alerts of one model, or of one GPU, apart.
_LABELS: Final = ("alertname", "slo", VERSION, "Hostname", "gpu", "exported_pod", "pod")
_BY: Final = ", ".join(_LABELS)
_NAMED: Final = " ".join(f"{{{{{label}}}}}" for label in _LABELS)
# Whose link it is, as Grafana fills it in.
_ALERT: Final = "${__field.labels.alertname}"
_COLORS: Final[dict[Severity, str]] = {"page": "red", "ticket": "orange"}


def firing(selector: str, places: Places, columns: int) -> Panel:
    """Alerts that fire now, and for how long.

    Args:
        selector: matchers of PromQL that select the alerts.
        places: where a click leads to.
        columns: of the grid.
    """
    now = f'ALERTS{{alertstate="firing",{selector}}}'
    since = f"ALERTS_FOR_STATE{{{selector}}} and ignoring (alertstate) {now}"
    return Panel(
        "Alerts, and for how long",
        {_NAMED: f"time() - min by ({_BY}) ({since})"},
        "s",
        "So long has what they tell been so. A click leads to the runbook.",
        kind="list",
        columns=columns,
        rows=6,
        steps={0: "red"},
        empty="none",
        more={
            "decimals": 0,
            "links": [{"title": "Runbook", "url": places.runbook(_ALERT), "targetBlank": True}],
        },
    )


def fired(selector: str) -> Iterator[Mark]:
    """When alerts began to fire, over all panels; how long they went on would hide the lines."""
    for severity, color in _COLORS.items():
        alerts = f'ALERTS{{alertstate="firing",severity="{severity}",{selector}}}'
        query = f"max by ({_BY}) ({alerts} unless {alerts} offset 2m)"
        yield Mark(f"Alerts: {severity}", query, _NAMED, color)
