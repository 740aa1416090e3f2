"""Cloud Monitoring: objectives, alert policies, channels, dashboards.

https://cloud.google.com/monitoring/api/ref_v3/rest
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.check import Problem
from sandbox.clouds.base import Call, moment
from sandbox.clouds.gcp.json_model import misfits
from sandbox.clouds.gcp.kind import Identity, Kind
from sandbox.clouds.gcp.references import problem
from sandbox.values import listed, mapped

__all__ = ["KINDS"]

_API: Final = "https://cloud.google.com/monitoring/api/ref_v3/rest/"
_DASHBOARD: Final = f"{_API}v1/projects.dashboards#Dashboard"
_POLICY: Final = f"{_API}v3/projects.alertPolicies"
_SLO_DOCS: Final = "https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/"
_BURN_RATE: Final = f"{_SLO_DOCS}alerting-on-budget-burn-rate"
_SLO: Final = f"{_API}v3/services.serviceLevelObjectives"
_MOST_CONDITIONS: Final = 6
_MOST_COLUMNS: Final = 48
_LAYOUTS: Final = ("gridLayout", "mosaicLayout", "rowLayout", "columnLayout")
_ALIGNMENT_SECONDS: Final = (60, 90_000)
_LONGEST_LOOKBACK: Final = 86_400
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}
_SELECTOR: Final = re.compile(
    r'\s*select_slo_(?P<what>\w+)\(\s*"?(?P<slo>[^",)]+)"?\s*(,\s*"?(?P<lookback>[^")]*)"?\s*)?\)\s*'
)


def _named_by_service(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"name": identity.id}


def _policy_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous is not None else {}
    who = f"sandbox@{identity.project}.iam.gserviceaccount.com"
    return {
        "name": identity.id,
        "creationRecords": before.get("creationRecords")
        or [{"mutateTime": moment(), "mutatedBy": who}],
        "enabled": call.inputs.get("enabled", True),
    }


def _policy_constraints(call: Call) -> list[Problem]:
    conditions = listed(call.inputs.get("conditions"))
    found: list[Problem] = []
    if len(conditions) > _MOST_CONDITIONS:
        reason = f"got {len(conditions)}; a policy has one to {_MOST_CONDITIONS} ({_POLICY})"
        found.append(Problem("conditions", reason))
    for number, condition in enumerate(conditions):
        threshold = mapped(mapped(condition).get("conditionThreshold"))
        place = f"conditions[{number}].conditionThreshold"
        found += [Problem(f"{place}.{key}", reason) for key, reason in _threshold(threshold)]
    return found


def _threshold(threshold: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a condition that compares, by its key."""
    selected, duration = threshold.get("filter"), _seconds(threshold.get("duration"))
    if duration is not None and duration % 60:
        yield "duration", f'got "{threshold["duration"]}"; use whole minutes ({_POLICY})'
    if threshold.get("evaluationMissingData") and duration is not None and duration < 60:  # noqa: PLR2004 - a minute
        yield "evaluationMissingData", f"it goes with a duration of 60s and more ({_POLICY})"
    for key in ("aggregations", "denominatorAggregations"):
        for number, one in enumerate(listed(threshold.get(key))):
            period = _seconds(mapped(one).get("alignmentPeriod"))
            least, most = _ALIGNMENT_SECONDS
            if period is not None and not least <= period <= most:
                at = f"{key}[{number}].alignmentPeriod"
                yield at, f"got {period:g}s; use {least}s to {most}s ({_POLICY}#Aggregation)"
    if isinstance(selected, str):
        yield from _filter(selected, threshold)


def _filter(selected: str, threshold: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not selected.lstrip().startswith("select_slo_"):
        if "metric.type" not in selected:
            yield "filter", f"it has to name a metric.type ({_POLICY}#MetricThreshold)"
        return
    selector = _SELECTOR.fullmatch(selected)
    if selector is None:
        yield "filter", f'got {selected!r}; use select_slo_burn_rate("<objective>", "3600s")'
        return
    if threshold.get("denominatorFilter"):
        yield "denominatorFilter", "an objective's data are no part of a ratio"
    if selector["what"] != "burn_rate":
        return
    lookback = _seconds(selector["lookback"])
    if lookback is None:
        yield "filter", f"its lookback period is missing, as 3600s ({_BURN_RATE})"
    elif lookback > _LONGEST_LOOKBACK:
        yield "filter", f"it looks back on {lookback:g} s; 24 hours at most ({_BURN_RATE})"


def _seconds(value: Any) -> float | None:  # noqa: ANN401 - a property value
    """A duration in seconds; None where it is none, or not known."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", value) if isinstance(value, str) else None
    return float(found[1]) * _UNITS[found[2]] if found else None


def _policy_references(call: Call) -> list[Problem]:
    """Objectives that conditions are on have to be there."""
    found: list[Problem] = []
    for number, condition in enumerate(listed(call.inputs.get("conditions"))):
        threshold = mapped(mapped(condition).get("conditionThreshold"))
        selected = threshold.get("filter")
        selector = _SELECTOR.fullmatch(selected) if isinstance(selected, str) else None
        if selector is not None:
            place = f"conditions[{number}].conditionThreshold.filter"
            found += problem(call, place, "objective", selector["slo"])
    return found


def _dashboard_constraints(call: Call) -> list[Problem]:
    text: Any = call.inputs.get("dashboardJson")
    if not isinstance(text, str):
        return []
    try:
        document: Any = json.loads(text)
    except ValueError as error:
        return [Problem("dashboardJson", f"is no JSON: {error} ({_DASHBOARD})")]
    wrong = [*misfits("monitoring.v1", "Dashboard", document), *_dashboard(mapped(document))]
    return [Problem("dashboardJson", f"{reason} ({_DASHBOARD})") for reason in wrong]


def _dashboard(document: Mapping[str, Any]) -> Iterator[str]:
    """What the descriptions of the model say beside its types."""
    if not document.get("displayName"):
        yield "displayName is required"
    layouts = [each for each in _LAYOUTS if each in document]
    if len(layouts) > 1:
        yield f"{' and '.join(layouts)} exclude one another"
    mosaic = mapped(document.get("mosaicLayout"))
    if not mosaic:
        return
    columns = int(mosaic.get("columns") or 0)
    if not 1 <= columns <= _MOST_COLUMNS:
        yield f"mosaicLayout.columns is {columns}; use 1 to {_MOST_COLUMNS}"
    for number, tile in enumerate(map(mapped, listed(mosaic.get("tiles")))):
        left, width = int(tile.get("xPos") or 0), int(tile.get("width") or 0)
        if width < 1 or int(tile.get("height") or 0) < 1 or left < 0 or left + width > columns:
            yield f"mosaicLayout.tiles[{number}] is not within the {columns} columns"


def _slo_constraints(call: Call) -> list[Problem]:
    goal = call.inputs.get("goal")
    found: list[Problem] = []
    if isinstance(goal, int | float) and goal <= 0:
        found.append(Problem("goal", f"got {goal:g}; use more than 0 ({_SLO})"))
    ratio = mapped(mapped(call.inputs.get("requestBasedSli")).get("goodTotalRatio"))
    if ratio and len([each for each in ratio.values() if each]) != 2:  # noqa: PLR2004 - a ratio
        reason = f"use two of goodServiceFilter, badServiceFilter and totalServiceFilter ({_SLO})"
        found.append(Problem("requestBasedSli.goodTotalRatio", reason))
    return found


def _slo_references(call: Call) -> list[Problem]:
    """Its service is a custom one that is there, or one that Google makes by itself, as of GKE."""
    service = call.inputs.get("service")
    made = {"canonical-ist", "ist", "gke", "gae", "run"}
    if not isinstance(service, str) or service.partition(":")[0] in made:
        return []
    return problem(call, "service", "level", service)


def _slo_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"name": identity.id, "sloId": identity.id.rpartition("/")[2]}


KINDS = {
    "gcp:monitoring/alertPolicy:AlertPolicy": Kind(
        references={"notificationChannels.[]": "channel"},
        referring=_policy_references,
        constraints=_policy_constraints,
        outputs=_policy_outputs,
    ),
    "gcp:monitoring/customService:CustomService": Kind(outputs=_named_by_service),
    "gcp:monitoring/dashboard:Dashboard": Kind(constraints=_dashboard_constraints),
    "gcp:monitoring/notificationChannel:NotificationChannel": Kind(outputs=_named_by_service),
    "gcp:monitoring/slo:Slo": Kind(
        referring=_slo_references,
        constraints=_slo_constraints,
        outputs=_slo_outputs,
    ),
}
